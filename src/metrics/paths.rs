//! Families of the ways to the upstreams, as the kernel measures them (tcp_info). Knows: their names.
//! Does not know: how the kernel is asked.

use super::Scrape;
use super::family::{Family, Sink, gauge};
use crate::kernel::upstream_paths::UpstreamPath;

const UPSTREAM: &[&str] = &["upstream"];

pub(super) const FAMILIES: &[Family] = &[
    gauge(
        "hangup_upstream_tcp_rtt_seconds",
        UPSTREAM,
        "Mean smoothed round trip of the open connections to an upstream; a connect timeout should be at least three times as long.",
        |scrape, out| each(scrape, out, |path| path.round_trip_seconds),
    ),
    gauge(
        "hangup_upstream_tcp_idle_seconds",
        UPSTREAM,
        "The longest that an open connection to an upstream has been without data: its keep-alive time is no shorter.",
        |scrape, out| each(scrape, out, |path| path.idle_seconds),
    ),
    gauge(
        "hangup_upstream_tcp_sent_segments",
        UPSTREAM,
        "TCP segments that were sent on the connections to an upstream that are open now.",
        |scrape, out| each(scrape, out, |path| Some(path.sent_segments as f64)),
    ),
    gauge(
        "hangup_upstream_tcp_retransmitted_segments",
        UPSTREAM,
        "TCP segments that were sent again on the connections to an upstream that are open now.",
        |scrape, out| each(scrape, out, |path| Some(path.retransmitted_segments as f64)),
    ),
    gauge(
        "hangup_upstream_tcp_unanswered_syns",
        UPSTREAM,
        "Connections to an upstream being opened whose first packet (SYN) had to be sent again.",
        |scrape, out| each(scrape, out, |path| Some(path.unanswered_syns as f64)),
    ),
];

fn each(scrape: &Scrape<'_>, out: &mut dyn Sink, value: fn(&UpstreamPath) -> Option<f64>) {
    for path in scrape.readings.upstream_paths.iter().flatten() {
        if let Some(value) = value(path) {
            out.float(&[&path.upstream.to_string()], value);
        }
    }
}
