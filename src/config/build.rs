//! From values as written to the typed [`Config`], telling all that cannot be read at once.
//! Does not know: which layer won, or why.

use std::fmt::Display;

use super::discover::{Facts, Found};
use super::layers::{self, Layer, Written};
use super::logs::{self, LogKind, LogSpec};
use super::origin::{Finding, Origin, Problem, Weight};
use super::settings::named;
use super::values::{self, Named};
use super::{Config, Hop, Logging, Poll, State, StatusPage, Web};
use crate::tail::StartFrom;
use crate::tally::{self, Admission, Probes, RoutePattern};

/// Reads every setting of the merged layer.
pub fn config(merged: Layer, found: Found, mut findings: Vec<Finding>) -> Result<Config, Vec<Problem>> {
    let mut read = Reader { layer: &merged, problems: layers::choices(&merged) };
    let given = logs::given(&merged, &found, &mut read.problems);
    let logs = logs::specs(&merged, &found, given.as_ref());
    let status_pages = status_pages(&mut read, &found);
    if logs.is_empty() && status_pages.is_empty() {
        let text = "no log and no stub_status page is known, so only the host's own signals are served";
        findings.push(Finding::new(Weight::Note, None, text));
    }
    let tally = tally(&mut read, &logs, &found.facts);
    let config = Config {
        web: web(&mut read),
        logs,
        given_format: given.map(|given| given.format),
        from: if read.word("nginx.from") == "start" { StartFrom::Start } else { StartFrom::End },
        status_pages,
        poll: Poll {
            interval: read.one("poll.interval", values::period),
            timeout: read.one("poll.timeout", values::period),
        },
        procfs: read.one("path.procfs", values::path),
        state: state(&mut read),
        tally,
        line_bytes_max: read.one("log.line-bytes-max", line_bytes),
        logging: Logging { level: read.word("log.level"), json: read.word("log.format") == "json" },
        chain: chain(&mut read),
        nginx: found.facts,
        settings: layers::printed(&merged),
        findings,
    };
    if read.problems.is_empty() { Ok(config) } else { Err(read.problems) }
}

struct Reader<'a> {
    layer: &'a Layer,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn written(&self, name: &str) -> Vec<Written> {
        self.layer.get(name).map(|said| said.values.clone()).unwrap_or_default()
    }

    /// Every value that can be read, each with what was written; the others are problems.
    fn pairs<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<(Written, T)> {
        let mut pairs = Vec::new();
        for written in self.written(name) {
            match parse(&written.text) {
                Ok(value) => pairs.push((written, value)),
                Err(text) => self.problem(&written, text),
            }
        }
        pairs
    }

    fn many<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        self.pairs(name, parse).into_iter().map(|(_, value)| value).collect()
    }

    fn maybe<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.many(name, parse).pop()
    }

    /// A value there always is. One that was unset or cannot be read falls back to the default, the latter
    /// only so that the rest can be read, too: its problem is already told.
    fn one<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        self.maybe(name, &parse).unwrap_or_else(|| default(name, parse))
    }

    fn word(&mut self, name: &str) -> String {
        self.one(name, values::text)
    }

    fn problem(&mut self, written: &Written, text: impl Into<String>) {
        self.problems.push(Problem::new(written.origin.clone(), text));
    }
}

fn default<T, E: Display>(name: &str, parse: impl Fn(&str) -> Result<T, E>) -> T {
    let text = named(name).and_then(|setting| setting.default.last()).expect("asked only for settings with a default");
    parse(text).map_err(|error| error.to_string()).expect("each default can be read: a test reads them all")
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

fn tally(read: &mut Reader<'_>, logs: &[LogSpec], facts: &Facts) -> tally::Options {
    /// Upstreams are few and each counts from its first try; a server or route has to come back.
    const UPSTREAM_THRESHOLD: u64 = 1;
    let limit = |read: &mut Reader<'_>, name: &str, threshold| Admission { limit: read.one(name, limit), threshold };
    let threshold = read.one("routes.admit-after", admit_after);
    let defaults = tally::Options::default();
    tally::Options {
        bounds_ms: read.many("histogram.buckets", values::bound),
        long_after_ms: read.one("abandonment.long-after", |text| values::period(text).and_then(values::millis)),
        route_patterns: read.many("routes.patterns", route),
        probes: probes(read),
        servers: limit(read, "limits.servers", defaults.servers.threshold),
        routes: limit(read, "limits.routes", threshold),
        upstreams: limit(read, "limits.upstreams", UPSTREAM_THRESHOLD),
        known_servers: known_servers(logs, facts),
        known_upstreams: facts.upstreams.clone(),
        logs: logs.iter().map(|log| log.path.clone()).collect(),
        ..defaults
    }
}

/// The servers of nginx.conf and the labels of the logs, which are not always the same.
fn known_servers(logs: &[LogSpec], facts: &Facts) -> Vec<String> {
    let mut known = facts.servers.clone();
    for log in logs {
        match &log.kind {
            LogKind::Access { server, .. } if !known.contains(server) => known.push(server.clone()),
            _ => {}
        }
    }
    known
}

fn probes(read: &mut Reader<'_>) -> Probes {
    // Each is tried alone first, so that a problem names the one that is wrong.
    let agents: Vec<String> = read.many("probes.agents", |text| values::regex(text).map(|_| text.to_owned()));
    let networks = read.many("probes.addresses", values::network);
    Probes::new(&agents, networks).unwrap_or_else(|error| {
        // Each for itself is right, so all together they are too large.
        let origin = read.layer.get("probes.agents").map_or(Origin::Default, |said| said.origin.clone());
        read.problems.push(Problem::new(origin, format!("the patterns cannot be used together: {error}")));
        Probes::default()
    })
}

fn route(text: &str) -> Result<RoutePattern, String> {
    let Named { name, value } = values::named(text)?;
    values::regex(&value)?;
    RoutePattern::new(&value, &name).map_err(|error| error.to_string())
}

fn limit(text: &str) -> Result<usize, String> {
    /// The interners' ids are 16 bits wide, and no Prometheus is glad of so many series.
    const LIMIT_MOST: usize = 10_000;
    let count = values::count(text)?;
    if count <= LIMIT_MOST { Ok(count) } else { Err(format!("`{text}` is over {LIMIT_MOST}; fewer values tell more")) }
}

fn admit_after(text: &str) -> Result<u64, String> {
    values::count(text).map(|count| count as u64)
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
