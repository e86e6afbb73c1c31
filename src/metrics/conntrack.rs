//! Families of the connection tracking table. Knows: their names. Does not know: where the kernel tells them.

use super::Scrape;
use super::family::{Family, Sink, counter, gauge};
use crate::kernel::conntrack::Conntrack;

pub const FAMILIES: &[Family] = &[
    gauge(
        "hangup_conntrack_entries",
        &[],
        "Connections in the kernel's connection tracking table (nf_conntrack_count).",
        |scrape, out| table(scrape, out, |tracked| tracked.entries),
    ),
    gauge(
        "hangup_conntrack_entries_limit",
        &[],
        "Entries at which the connection tracking table is full and packets of new connections are dropped (nf_conntrack_max).",
        |scrape, out| table(scrape, out, |tracked| tracked.entries_limit),
    ),
    gauge(
        "hangup_conntrack_buckets",
        &[],
        "Hash buckets of the connection tracking table (nf_conntrack_buckets).",
        |scrape, out| table(scrape, out, |tracked| tracked.buckets),
    ),
    counter(
        "hangup_conntrack_insert_failed_total",
        &[],
        "Connections that could not be entered into the connection tracking table; their packet was dropped.",
        |scrape, out| table(scrape, out, |tracked| count(tracked, "insert_failed")),
    ),
    counter(
        "hangup_conntrack_drop_total",
        &[],
        "Packets dropped because connection tracking failed, a full table included.",
        |scrape, out| table(scrape, out, |tracked| count(tracked, "drop")),
    ),
    counter(
        "hangup_conntrack_early_drop_total",
        &[],
        "Connections thrown out of the full connection tracking table to make room for new ones.",
        |scrape, out| table(scrape, out, |tracked| count(tracked, "early_drop")),
    ),
    counter(
        "hangup_conntrack_error_total",
        &[],
        "Packets that connection tracking rejected as broken.",
        |scrape, out| table(scrape, out, |tracked| count(tracked, "error")),
    ),
    counter(
        "hangup_conntrack_invalid_total",
        &[],
        "Packets that belong to no connection that could be tracked.",
        |scrape, out| table(scrape, out, |tracked| count(tracked, "invalid")),
    ),
];

/// A number of the table, where the host has the table and the kernel tells the number.
fn table(scrape: &Scrape<'_>, out: &mut dyn Sink, number: fn(&Conntrack) -> Option<u64>) {
    if let Some(number) = scrape.readings.conntrack.as_ref().and_then(number) {
        out.integer(&[], number);
    }
}

fn count(table: &Conntrack, name: &str) -> Option<u64> {
    table.counters.iter().find(|count| count.name == name).map(|count| count.value)
}
