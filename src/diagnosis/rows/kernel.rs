//! What happens to packets before any program sees them.

use super::super::case::{COMPARABLE, Case, Found, Look, MANY, SHARE, SOME, Symptom};
use super::super::cause::Confidence;
use super::super::finding::{Evidence, Unit, written};
use super::super::host::Counter;
use crate::record::UpstreamFailure;

/// From here on a table or a queue is as good as full.
const NEARLY_FULL: f64 = 0.8;
const FULL: f64 = 0.9;
/// A SYN is sent again after a second.
const RETRIED_SYN: f64 = 0.9;

pub(super) fn conntrack_lost(look: &Look) -> u64 {
    let count = |counter| look.host.counter(counter).unwrap_or(0);
    (count(Counter::ConntrackDrop) + count(Counter::ConntrackInsertFailed)).max(count(Counter::ConntrackTableFull))
}

/// The kernel's word that the table is full is enough; else packets have to be lost, and the table be nearly full or the
/// losses a share of the requests: two flows that race for one entry lose a packet now and then on a healthy host.
pub(super) fn conntrack(case: &Case<'_>) -> Option<Found> {
    let (look, lost) = (&case.sum, conntrack_lost(&case.sum));
    let (full_messages, ratio) = (look.host.counter(Counter::ConntrackTableFull), look.host.conntrack_ratio());
    let is_full = ratio.is_some_and(|ratio| ratio > FULL);
    let many = lost >= MANY && (is_full || case.share(lost) > SHARE);
    if full_messages.unwrap_or(0) == 0 && !many {
        return None;
    }
    let table = look.host.conntrack.map_or_else(
        || "The connection tracking table".to_owned(),
        |table| format!("The connection tracking table ({} of {} entries)", table.entries, table.limit),
    );
    let what = if is_full || full_messages.unwrap_or(0) > 0 { "is full" } else { "loses packets" };
    let evidence = [
        ratio.map(|ratio| Evidence::new("entries of nf_conntrack_max", ratio, NEARLY_FULL, Unit::Ratio, "conntrack")),
        count(look, Counter::ConntrackDrop, "packets dropped", "conntrack -S, drop"),
        count(look, Counter::ConntrackInsertFailed, "connections not entered", "conntrack -S, insert_failed"),
        count(look, Counter::ConntrackTableFull, "messages `table full, dropping packet`", "kernel log"),
    ];
    let rest = [(look.connect_timeouts() > 0).then(|| {
        Evidence::new(
            "connects to upstreams that timed out",
            look.connect_timeouts() as f64,
            None,
            Unit::Count,
            "error log",
        )
    })];
    Some(Found {
        confidence: Confidence::Certain,
        weight: lost,
        symptom: Symptom::Host,
        upstream: None,
        route: None,
        sentence: format!("{table} {what}: {lost} packets were dropped, so new connections time out."),
        evidence: evidence.into_iter().chain(rest).flatten().collect(),
    })
}

fn count(look: &Look, counter: Counter, signal: &str, source: &str) -> Option<Evidence> {
    let value = look.host.counter(counter)?;
    Some(Evidence::new(signal, value as f64, 0.0, Unit::Count, source))
}

pub(super) fn queue_overflows(look: &Look) -> u64 {
    look.host.counter(Counter::ListenOverflows).unwrap_or(0) + look.upstream.failure(UpstreamFailure::QueueFull)
}

/// The kernel counts overflows for all listeners together: they count here while a queue that matters is full, or, where
/// no queue is visible, while connections to upstreams need a second SYN.
pub(super) fn accept_queue(case: &Case<'_>) -> Option<Found> {
    let look = &case.sum;
    let refused = look.upstream.failure(UpstreamFailure::QueueFull);
    let overflows = look.host.counter(Counter::ListenOverflows).unwrap_or(0);
    let full = look.host.queue.as_ref().filter(|_| look.host.queue_ratio().is_some_and(|ratio| ratio > NEARLY_FULL));
    let late = look.server.attempts.connects.above(RETRIED_SYN);
    let many = overflows >= MANY && case.share(overflows) > SHARE;
    let shown = many && (full.is_some() || late >= SOME);
    if !shown && refused < SOME {
        return None;
    }
    let confidence = if full.is_some() || refused >= SOME { Confidence::Certain } else { Confidence::Possible };
    let upstream = case.worst_upstream(|upstream| upstream.failure(UpstreamFailure::QueueFull));
    let whose = full.map(|queue| format!("The accept queue of {} ({} of {})", queue.name, queue.length, queue.limit));
    let whose = whose.or_else(|| upstream.as_ref().map(|name| format!("The accept queue of {name}")));
    let whose = whose.unwrap_or_else(|| "An accept queue".to_owned());
    let evidence = [
        look.host.queue_ratio().map(|ratio| {
            Evidence::new("fullest accept queue", ratio, NEARLY_FULL, Unit::Ratio, "ss -ltn, Recv-Q of Send-Q")
        }),
        count(look, Counter::ListenOverflows, "connections turned away", "ListenOverflows"),
        (late > 0).then(|| {
            let limit = Some(COMPARABLE);
            let ratio = late as f64 / look.server.attempts.connects.total().max(1) as f64;
            Evidence::new("connects that took a second SYN", ratio, limit, Unit::Ratio, "$upstream_connect_time")
        }),
        (refused > 0).then(|| {
            Evidence::new("connects refused with EAGAIN", refused as f64, SOME as f64, Unit::Count, "error log")
        }),
    ];
    let turned_away = overflows.max(refused);
    Some(Found {
        confidence,
        weight: turned_away.max(late),
        symptom: Symptom::Host,
        upstream,
        route: None,
        sentence: format!(
            "{whose} overflows: {turned_away} connections ({}) were turned away before accept().",
            written(case.per_second(turned_away), Unit::PerSecond)
        ),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
