//! From the settings to the typed [`Config`], telling all that is wrong at once.
//! Does not know: which layer won, or why.

use super::counting;
use super::discover::Found;
use super::layers::Layer;
use super::logs;
use super::origin::{Finding, Problem, Weight};
use super::polling;
use super::resolved::{Settings, Value};
use super::settings::{
    CHAIN, LOG_ENVELOPE, LOG_FORMAT, LOG_LEVEL, LOG_LINE_BYTES_MAX, METRICS_NATIVE_HISTOGRAMS, METRICS_WITHOUT,
    NGINX_CONFIG, NGINX_FROM, NGINX_SCRAPE_HOST, NGINX_SCRAPE_URI, PATH_STATE, ROUTES_IGNORED, ROUTES_PATTERNS,
    SLO_ABANDONED_PAGE, SLO_ABANDONED_TICKET, SLO_GATEWAY_ERRORS_PAGE, STATE_INTERVAL, WEB_CLIENT_ADDRESSES,
    WEB_CONFIG_FILE, WEB_ENABLE_LIFECYCLE, WEB_HOSTNAME, WEB_LISTEN_ADDRESS, WEB_SYSTEMD_SOCKET, WEB_TELEMETRY_PATH,
};
use super::settings::{DIAGNOSIS_RESOLUTION, WEB_ABANDONED_REQUESTS};
use super::slo;
use super::{Config, Described, Hop, LogSpec, Logging, Slo, State, StatusPage, Web};
use crate::input::{self, tail};

/// Reads every setting.
pub(super) fn config(
    settings: Settings,
    layer: Layer,
    mut found: Found,
    mut findings: Vec<Finding>,
) -> Result<Config, Vec<Problem>> {
    let mut problems = settings.problems();
    let given = logs::given(&settings, &found, &mut problems);
    let mut logs = logs::specs(&settings, &found, given.as_ref());
    findings.retain(|finding| !logs.iter().any(|log| is_received(finding, log)));
    let status_pages = status_pages(&settings, &found);
    if logs.is_empty() && status_pages.is_empty() {
        findings.push(nothing_known(&settings, &found));
    }
    let mut tally = counting::options(&settings, &logs, &found.facts, &mut problems);
    findings.extend(counting::bounded(&mut tally, &mut found.facts, &mut logs));
    let poll = polling::options(&settings, &status_pages, &found.facts, &mut problems);
    let config = Config {
        web: web(&settings),
        inputs: inputs(&settings, &logs),
        envelope: settings.get(&LOG_ENVELOPE),
        logs,
        given_format: given.map(|given| given.format),
        status_pages,
        poll,
        state: state(&settings),
        tally,
        without: settings.get(&METRICS_WITHOUT),
        native_histograms: settings.get(&METRICS_NATIVE_HISTOGRAMS),
        slo: slo(&settings),
        logging: Logging { level: settings.get(&LOG_LEVEL), encoding: settings.get(&LOG_FORMAT) },
        chain: chain(&settings),
        diagnosis_resolution: settings.get(&DIAGNOSIS_RESOLUTION).max(std::time::Duration::from_millis(300)),
        described: Described { formats: found.formats, logs: found.written },
        nginx: found.facts,
        sources: found.sources,
        settings,
        given: layer,
        unread: found.unread,
        findings,
    };
    // In the order in which a person meets them: down the file, then the variables, then the flags.
    problems.sort_by(|a, b| a.origin.cmp(&b.origin));
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// It says how a syslog log of nginx.conf can be received, and it is.
fn is_received(finding: &Finding, log: &LogSpec) -> bool {
    let flag = format!("-log={};", log.path);
    log.path.starts_with("syslog:") && finding.text.contains(&flag)
}

/// Who turned discovery off wants it so.
fn nothing_known(settings: &Settings, found: &Found) -> Finding {
    const REST: &str = "no log and no stub_status page is known, so only the host's own signals are served";
    let sought = settings.get(&NGINX_CONFIG).is_some() && !found.facts.read;
    if sought {
        return Finding::new(Weight::Problem, None, format!("no nginx found: {REST}"));
    }
    Finding::new(Weight::Note, None, REST)
}

fn web(settings: &Settings) -> Web {
    Web {
        listen: settings.get(&WEB_LISTEN_ADDRESS),
        telemetry_path: settings.get(&WEB_TELEMETRY_PATH),
        enable_lifecycle: settings.get(&WEB_ENABLE_LIFECYCLE),
        hostnames: settings.get(&WEB_HOSTNAME),
        client_addresses: settings.get(&WEB_CLIENT_ADDRESSES),
        abandoned_requests: settings.get(&WEB_ABANDONED_REQUESTS),
        file: settings.get(&WEB_CONFIG_FILE),
        systemd_socket: settings.get(&WEB_SYSTEMD_SOCKET),
    }
}

fn inputs(settings: &Settings, logs: &[LogSpec]) -> input::Settings {
    let from = settings.get(&NGINX_FROM);
    let tail = tail::Options { line_bytes_max: settings.get(&LOG_LINE_BYTES_MAX), ..tail::Options::default() };
    let logs = logs.iter().map(|log| tail::Source { pattern: log.path.clone(), from });
    input::Settings { logs: logs.collect(), tail }
}

fn state(settings: &Settings) -> Option<State> {
    let interval = settings.get(&STATE_INTERVAL);
    settings.get(&PATH_STATE).map(|directory| State { directory, interval })
}

fn slo(settings: &Settings) -> Slo {
    let patterns = [settings.get(&ROUTES_IGNORED), settings.get(&ROUTES_PATTERNS)].concat();
    let names: Vec<String> = patterns.into_iter().map(|pattern| pattern.name).collect();
    let of = |setting| slo::labelled(settings.get(setting), &names);
    Slo {
        abandoned_ticket: of(&SLO_ABANDONED_TICKET),
        abandoned_page: of(&SLO_ABANDONED_PAGE),
        gateway_errors_page: of(&SLO_GATEWAY_ERRORS_PAGE),
    }
}

fn chain(settings: &Settings) -> Vec<Hop> {
    let hops = settings.values(&CHAIN).into_iter();
    hops.map(|Value { value, origin }| Hop { name: value.name, timeout: value.value, origin }).collect()
}

/// The pages to poll: the discovered one keeps the `Host` it needs, unless a person names another.
fn status_pages(settings: &Settings, found: &Found) -> Vec<StatusPage> {
    let named = settings.get(&NGINX_SCRAPE_HOST);
    let page = |Value { value: uri, origin }: Value<String>| {
        let known = found.status_page.as_ref().filter(|page| page.uri == uri);
        let host = named.clone().or_else(|| known.and_then(|page| page.host.clone()));
        StatusPage { host, uri, origin }
    };
    settings.values(&NGINX_SCRAPE_URI).into_iter().map(page).collect()
}
