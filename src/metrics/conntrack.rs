//! Families of the connection tracking table but for its counters. Knows: their names. Does not know: where the kernel tells them.

use super::Scrape;
use super::family::{Family, Sink, gauge};
use crate::kernel::conntrack::Conntrack;

pub(super) const FAMILIES: &[Family] = &[
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
];

/// A number of the table, where the host has the table and the kernel tells the number.
fn table(scrape: &Scrape<'_>, out: &mut dyn Sink, number: fn(&Conntrack) -> Option<u64>) {
    if let Some(number) = scrape.readings.conntrack.as_ref().and_then(number) {
        out.integer(&[], number);
    }
}
