//! How requests are told apart and counted: the tally's options out of the settings and of what nginx.conf tells.
//! Does not know: how anything is counted.

use std::collections::HashSet;

use super::discover::Facts;
use super::logs::{LogKind, LogSpec};
use super::origin::{Finding, Origin, Problem, Weight};
use super::reader::Reader;
use super::values::{self, Named};
use crate::tally::{self, Admission, Probes, RoutePattern};

/// The tally's options, with what is known beforehand.
pub fn options(read: &mut Reader<'_>, logs: &[LogSpec], facts: &Facts) -> tally::Options {
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
    let labels = logs.iter().filter_map(|log| match &log.kind {
        LogKind::Access { server, .. } => Some(server),
        LogKind::Error { .. } => None,
    });
    let logged = facts.servers.iter().filter(|server| !facts.silent_servers.contains(server));
    let mut seen = HashSet::new();
    labels.chain(logged).filter(|name| seen.insert(name.as_str())).cloned().collect()
}

/// The label of all that has none of its own.
const OTHER: &str = "other";

/// What is known beforehand gets its series beforehand, so a host of thousands of sites keeps to the limit here.
/// The rest has to be admitted by its requests.
pub fn bounded(tally: &mut tally::Options, facts: &mut Facts, logs: &mut [LogSpec]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lists = [
        ("servers", tally.servers.limit, &mut tally.known_servers),
        ("upstreams", tally.upstreams.limit, &mut tally.known_upstreams),
    ];
    for (what, limit, names) in lists {
        if names.len() > limit {
            let text = format!(
                "nginx.conf has {} {what}, and the limit is {limit}: the others share the label `other` until their \
                 requests are many; raise limits.{what} to have them all",
                names.len()
            );
            findings.push(Finding::new(Weight::Note, None, text));
            names.truncate(limit);
        }
    }
    let known: HashSet<&str> = tally.known_servers.iter().map(String::as_str).collect();
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
