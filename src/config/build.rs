//! From values as written to the typed [`Config`], telling all that cannot be read at once.
//! Does not know: which layer won, or why.

use super::counting;
use super::discover::Found;
use super::layers::{self, Layer, Written};
use super::logs;
use super::origin::{Finding, Problem, Weight};
use super::polling;
use super::reader::{Reader, default};
use super::values::{self, Named};
use super::{Config, Hop, Logging, State, StatusPage, Web};
use crate::input::tail::StartFrom;

/// Reads every setting of the merged layer.
pub fn config(merged: Layer, mut found: Found, mut findings: Vec<Finding>) -> Result<Config, Vec<Problem>> {
    let mut read = Reader::new(&merged);
    for name in ["nginx.access-log", "nginx.error-log"] {
        read.many(name, values::pattern);
    }
    let given = logs::given(&merged, &found, &mut read.problems);
    let mut logs = logs::specs(&merged, &found, given.as_ref());
    let status_pages = status_pages(&mut read, &found);
    if logs.is_empty() && status_pages.is_empty() {
        let text = "no log and no stub_status page is known, so only the host's own signals are served";
        findings.push(Finding::new(Weight::Note, None, text));
    }
    let mut tally = counting::options(&mut read, &logs, &found.facts);
    findings.extend(counting::bounded(&mut tally, &mut found.facts, &mut logs));
    let poll = polling::options(&mut read, &status_pages, &found.facts);
    let config = Config {
        web: web(&mut read),
        logs,
        given_format: given.map(|given| given.format),
        from: if read.word("nginx.from") == "start" { StartFrom::Start } else { StartFrom::End },
        status_pages,
        poll,
        state: state(&mut read),
        tally,
        line_bytes_max: read.one("log.line-bytes-max", line_bytes),
        logging: Logging { level: read.word("log.level"), json: read.word("log.format") == "json" },
        chain: chain(&mut read),
        nginx: found.facts,
        settings: layers::printed(&merged),
        findings,
    };
    // In the order in which a person meets them: down the file, then the variables, then the flags.
    read.problems.sort_by(|a, b| a.origin.cmp(&b.origin));
    if read.problems.is_empty() { Ok(config) } else { Err(read.problems) }
}

fn web(read: &mut Reader<'_>) -> Web {
    let mut listen = read.many("web.listen-address", values::listen_address);
    if listen.is_empty() {
        listen.push(default("web.listen-address", values::listen_address));
    }
    let telemetry_path = read.one("web.telemetry-path", telemetry_path);
    Web { listen, telemetry_path, enable_lifecycle: read.one("web.enable-lifecycle", values::switch) }
}

/// The paths the server answers itself.
fn telemetry_path(text: &str) -> Result<String, String> {
    let path = values::url_path(text)?;
    let taken = path.starts_with("/-/") || path.starts_with("/api/");
    if taken { Err(format!("`{path}` is a path of hangup's own; choose another, such as /metrics")) } else { Ok(path) }
}

/// nginx itself writes lines of 32 KiB, and a status line has to fit.
fn line_bytes(text: &str) -> Result<usize, String> {
    /// Shorter lines than these are ordinary.
    const LINE_BYTES_LEAST: usize = 1 << 10;
    /// Each file being read may hold this much in memory.
    const LINE_BYTES_MOST: usize = 16 << 20;
    let bytes = values::size(text)?;
    let fits = (LINE_BYTES_LEAST..=LINE_BYTES_MOST).contains(&bytes);
    if fits { Ok(bytes) } else { Err(format!("`{text}` is not between 1KiB and 16MiB")) }
}

fn state(read: &mut Reader<'_>) -> Option<State> {
    let interval = read.one("state.interval", values::period);
    let directory = read.maybe("path.state", values::path)?;
    Some(State { directory, interval })
}

fn chain(read: &mut Reader<'_>) -> Vec<Hop> {
    let hops = read.pairs("chain", |text| {
        let Named { name, value } = values::named(text)?;
        Ok((name, values::period(&value)?))
    });
    hops.into_iter().map(|(written, (name, timeout))| Hop { name, timeout, origin: written.origin }).collect()
}

/// The pages to poll: the discovered one keeps the `Host` it needs.
fn status_pages(read: &mut Reader<'_>, found: &Found) -> Vec<StatusPage> {
    let named = read.pairs("nginx.scrape-uri", values::scrape_uri);
    let page = |(written, uri): (Written, String)| {
        let known = found.status_page.as_ref().filter(|page| page.uri == uri);
        StatusPage { host: known.and_then(|page| page.host.clone()), uri, origin: written.origin }
    };
    named.into_iter().map(page).collect()
}
