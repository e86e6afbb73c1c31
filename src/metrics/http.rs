//! Families of the access log. Knows: their names. Does not know: how requests are judged or counted.

use super::family::{Family, counter, gauge, histogram};
use crate::tally::{AbandonedCount, Agent, GaveUpCount};

pub(super) const FAMILIES: &[Family] = &[
    counter(
        "hangup_http_requests_total",
        &["server", "route", "method", "status", "agent"],
        "Requests, each counted once, from the access log; with an agent only where it is no user's: a probe, or an ignored route.",
        |scrape, out| {
            for row in scrape.tally.requests() {
                let labels = [row.server, row.route, row.method, row.status, row.agent.as_str()];
                out.integer(without_users(&labels, row.agent), row.count);
            }
        },
    ),
    histogram(
        "hangup_http_request_duration_seconds",
        &["server", "route", "outcome"],
        "Request times ($request_time) by how the request ended; sessions of upgraded connections (101) are left out.",
        |scrape, out| {
            for (row, shown) in scrape.tally.durations_in_buckets() {
                out.histogram(&[row.server, row.route, row.outcome.as_str()], &shown);
            }
        },
    ),
    counter(
        "hangup_http_gave_up_total",
        &["server", "route", "party", "phase", "code", "agent"],
        "Requests that somebody stopped waiting for, by who gave up, in which phase, and the status code it shows under; with an agent only where it is no user's.",
        |scrape, out| {
            for GaveUpCount { server, route, gave_up, agent, count } in scrape.tally.gave_up() {
                let code = gave_up.code.to_string();
                let labels = [server, route, gave_up.party.as_str(), gave_up.phase.as_str(), &code, agent.as_str()];
                out.integer(without_users(&labels, agent), count);
            }
        },
    ),
    counter(
        "hangup_http_abandoned_total",
        &["server", "route", "method", "patience", "agent"],
        "Requests whose client left before the response (499), by how long it had waited and whether it was a probe.",
        |scrape, out| {
            for AbandonedCount { server, route, method, patience, agent, count } in scrape.tally.abandoned() {
                out.integer(&[server, route, method, patience.as_str(), agent.as_str()], count);
            }
        },
    ),
    gauge(
        "hangup_http_abandoned_busiest_source_ratio",
        &["server", "source_kind"],
        "Share of the recent 499s that came from the single busiest address, by the kind of that address.",
        |scrape, out| {
            for row in scrape.tally.busiest_sources(scrape.now_ms) {
                out.float(&[row.server, row.kind.as_str()], row.ratio);
            }
        },
    ),
    gauge(
        "hangup_http_abandoned_cliff_seconds",
        &["server"],
        "The request time at which recent 499s pile up, as they do at a timeout in front of nginx.",
        |scrape, out| {
            for row in scrape.tally.cliffs(scrape.now_ms) {
                out.float(&[row.server], row.seconds);
            }
        },
    ),
    gauge(
        "hangup_http_abandoned_cliff_ratio",
        &["server"],
        "Share of the recent 499s that sit at the cliff.",
        |scrape, out| {
            for row in scrape.tally.cliffs(scrape.now_ms) {
                out.float(&[row.server], row.ratio);
            }
        },
    ),
];

/// The labels, without the agent at the end where that is a user: a host without probes has no series more for it, and
/// those of users are named as they always were.
fn without_users<'a, 'b>(labels: &'a [&'b str], agent: Agent) -> &'a [&'b str] {
    match agent {
        Agent::User => &labels[..labels.len() - 1],
        Agent::Probe | Agent::Ignored => labels,
    }
}
