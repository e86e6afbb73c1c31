//! How requests are told apart and counted: the tally's options out of the settings and of what nginx.conf tells.
//! Does not know: how anything is counted.

use std::collections::HashSet;

use super::discover::Facts;
use super::logs::{LogKind, LogSpec};
use super::origin::{Finding, Problem, Weight};
use super::resolved::Settings;
use super::settings::{
    ABANDONMENT_LONG_AFTER, HISTOGRAM_BUCKETS, HISTOGRAM_ROUTE_BUCKETS, LIMITS_IDLE, LIMITS_ROUTES, LIMITS_SERIES,
    LIMITS_SERVERS, LIMITS_UPSTREAMS, METRICS_WITHOUT, PROBES_ADDRESSES, PROBES_AGENTS, ROUTES_ADMIT_AFTER,
    ROUTES_IGNORED, ROUTES_PATTERNS, SLO_ABANDONED_TICKET, SLO_GATEWAY_ERRORS_PAGE,
};
use super::slo::Threshold;
use crate::record::Sight;
use crate::tally::{self, Admission, Normal, Probes, SeriesLimit};

/// The tally's options, with what is known beforehand.
pub(super) fn options(
    settings: &Settings,
    logs: &[LogSpec],
    facts: &Facts,
    problems: &mut Vec<Problem>,
) -> tally::Options {
    let defaults = tally::Options::default();
    let routes = Admission { limit: settings.get(&LIMITS_ROUTES), threshold: settings.get(&ROUTES_ADMIT_AFTER) };
    tally::Options {
        bounds_ms: settings.get(&HISTOGRAM_BUCKETS),
        long_after_ms: settings.get(&ABANDONMENT_LONG_AFTER),
        ignored_routes: settings.get(&ROUTES_IGNORED),
        route_patterns: settings.get(&ROUTES_PATTERNS),
        probes: probes(settings, problems),
        servers: Admission { limit: settings.get(&LIMITS_SERVERS), ..defaults.servers },
        routes,
        upstreams: Admission { limit: settings.get(&LIMITS_UPSTREAMS), ..defaults.upstreams },
        known_servers: known_servers(logs, facts),
        known_upstreams: facts.upstreams.clone(),
        read_timeouts: facts.read_timeouts.clone(),
        logs: logs.iter().map(|log| log.path.clone()).collect(),
        series: SeriesLimit {
            series: settings.get(&LIMITS_SERIES),
            route_histogram: without_route(settings).then_some(0),
            idle_ms: i64::try_from(settings.get(&LIMITS_IDLE).as_millis()).unwrap_or(i64::MAX),
        },
        normal: normal(settings),
        route_bounds_ms: Some(settings.get(&HISTOGRAM_ROUTE_BUCKETS)).filter(|bounds| !bounds.is_empty()),
        ..defaults
    }
}

/// Of two words on one thing the last holds, so it stands first. What is set for a route says nothing of its server.
fn normal(settings: &Settings) -> Vec<Normal> {
    let of = |setting, normal: fn(f64) -> Normal| {
        let said: Vec<Threshold> = settings.get(setting);
        let whole = said.into_iter().rev().filter(|threshold| threshold.route.is_none());
        whole.map(|threshold| Normal { server: threshold.server, ..normal(threshold.ratio) }).collect::<Vec<_>>()
    };
    let left = of(&SLO_ABANDONED_TICKET, |ratio| Normal { server: None, left: Some(ratio), errors: None });
    let errors = of(&SLO_GATEWAY_ERRORS_PAGE, |ratio| Normal { server: None, left: None, errors: Some(ratio) });
    left.into_iter().chain(errors).collect()
}

/// Whether histograms by route are not shown, so that they take no room.
fn without_route(settings: &Settings) -> bool {
    let without = settings.get(&METRICS_WITHOUT);
    without.iter().any(|pair| pair.name == "hangup_http_request_duration_seconds" && pair.value == "route")
}

/// The servers of nginx.conf and the labels of the logs, which are not always the same. A server that no log is named
/// after is in one that names its servers line by line.
fn known_servers(logs: &[LogSpec], facts: &Facts) -> Vec<(String, Sight)> {
    let labels = logs.iter().filter_map(|log| Some((log.server()?, log.sight())));
    let all = logs.iter().map(LogSpec::sight).fold(Sight::NOTHING, Sight::and);
    let logged = facts.servers.iter().filter(|server| !facts.silent_servers.contains(server));
    let logged = logged.map(|server| (server.as_str(), all));
    let mut seen = HashSet::new();
    let known = labels.chain(logged).filter(|(name, _)| seen.insert(*name));
    known.map(|(name, sight)| (name.to_owned(), sight)).collect()
}

/// The label of all that has none of its own.
const OTHER: &str = "other";

/// What is known beforehand gets its series beforehand, so a host of thousands of sites keeps to the limit here.
/// The rest has to be admitted by its requests.
pub(super) fn bounded(tally: &mut tally::Options, facts: &mut Facts, logs: &mut [LogSpec]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(shortened("servers", tally.servers.limit, &mut tally.known_servers));
    findings.extend(shortened("upstreams", tally.upstreams.limit, &mut tally.known_upstreams));
    let known: HashSet<&str> = tally.known_servers.iter().map(|(name, _)| name.as_str()).collect();
    let silent = &facts.silent_servers;
    facts.timeouts.retain(|timeout| known.contains(timeout.server.as_str()) || silent.contains(&timeout.server));
    for log in logs {
        match &mut log.kind {
            LogKind::Access { server, .. } if !known.contains(server.as_str()) => *server = OTHER.to_owned(),
            _ => {}
        }
    }
    findings
}

/// Cuts a list at its limit, and says so.
fn shortened<T>(what: &str, limit: usize, names: &mut Vec<T>) -> Option<Finding> {
    let count = names.len();
    names.truncate(limit);
    let text = format!(
        "nginx.conf has {count} {what}, and the limit is {limit}: the others share the label `other` until their \
         requests are many; raise limits.{what} to have them all"
    );
    (count > limit).then(|| Finding::new(Weight::Note, None, text))
}

fn probes(settings: &Settings, problems: &mut Vec<Problem>) -> Probes {
    let agents = settings.get(&PROBES_AGENTS);
    Probes::new(&agents, settings.get(&PROBES_ADDRESSES)).unwrap_or_else(|error| {
        // Each for itself is right, so all together they are too large.
        let text = format!("the patterns cannot be used together: {error}");
        problems.push(Problem::new(settings.origin(&PROBES_AGENTS), text));
        Probes::default()
    })
}
