//! Families of the upstreams, from the `$upstream_*` lists and from the error log.
//! Knows: their names. Does not know: how tries are read or counted.

use super::Scrape;
use super::family::{Family, Sink, counter, histogram};
use crate::record::Level;
use crate::tally::UpstreamTime;

const DURATION_LABELS: &[&str] = &["server", "upstream", "outcome"];

pub(super) const FAMILIES: &[Family] = &[
    histogram(
        "hangup_upstream_connect_duration_seconds",
        DURATION_LABELS,
        "Time until the connection to the upstream stood, TLS included, for each try ($upstream_connect_time).",
        |scrape, out| durations(scrape, out, UpstreamTime::Connect),
    ),
    histogram(
        "hangup_upstream_header_duration_seconds",
        DURATION_LABELS,
        "Time until the upstream's response header was read, for each try ($upstream_header_time).",
        |scrape, out| durations(scrape, out, UpstreamTime::Header),
    ),
    histogram(
        "hangup_upstream_response_duration_seconds",
        DURATION_LABELS,
        "Time until the upstream's response was read, or the try ended otherwise ($upstream_response_time).",
        |scrape, out| durations(scrape, out, UpstreamTime::Response),
    ),
    counter(
        "hangup_upstream_near_timeout_total",
        &["server", "upstream"],
        "Tries whose response header took two thirds of the read timeout that nginx.conf has for the request's location.",
        |scrape, out| {
            for row in scrape.tally.near_timeouts() {
                out.integer(&[row.server, row.upstream], row.count);
            }
        },
    ),
    counter(
        "hangup_upstream_tries_total",
        &["upstream", "status"],
        "Tries against an upstream server by its own status ($upstream_status); a retry is a try after the first.",
        |scrape, out| {
            for row in scrape.tally.upstream_tries() {
                out.integer(&[row.upstream, row.status], row.count);
            }
        },
    ),
    counter(
        "hangup_upstream_keepalive_races_total",
        &["upstream"],
        "Tries that ended with a 502 within 10 ms on a connection that was open already: the upstream closed it just then.",
        |scrape, out| {
            for (upstream, count) in scrape.tally.keepalive_races() {
                out.integer(&[upstream], count);
            }
        },
    ),
    counter(
        "hangup_upstream_timeouts_total",
        &["upstream", "phase"],
        "Upstream timeouts in the error log, by what nginx was waiting for.",
        |scrape, out| {
            for row in scrape.tally.upstream_timeouts().filter(|row| row.count > 0 || followed(scrape)) {
                out.integer(&[row.upstream, row.kind], row.count);
            }
        },
    ),
    counter(
        "hangup_upstream_failures_total",
        &["upstream", "kind"],
        "Upstream failures other than timeouts in the error log.",
        |scrape, out| {
            for row in scrape.tally.upstream_failures().filter(|row| row.count > 0 || followed(scrape)) {
                out.integer(&[row.upstream, row.kind], row.count);
            }
        },
    ),
];

/// Whether any error log tells of upstreams: a counter that cannot move is no 0.
fn followed(scrape: &Scrape<'_>) -> bool {
    scrape.error_level.is_some_and(|least| least <= Level::Error)
}

fn durations(scrape: &Scrape<'_>, out: &mut dyn Sink, time: UpstreamTime) {
    for row in scrape.tally.upstream_durations(time) {
        out.histogram(&[row.server, row.upstream, row.outcome.as_str()], row.histogram);
    }
}
