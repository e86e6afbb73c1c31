//! Families of the error log that belong to no single upstream. Knows: their names. Does not know: nginx's messages.

use super::Scrape;
use super::family::{Family, counter};
use crate::record::Level;
use crate::tally::MessageCount;

pub(super) const FAMILIES: &[Family] = &[
    counter(
        "hangup_client_failures_total",
        &["kind"],
        "How clients failed, in the error log's words; most stand there at level info only.",
        |scrape, out| {
            for (kind, count) in scrape.tally.client_failures().filter(|row| row.1 > 0 || shows(scrape, Level::Info)) {
                out.integer(&[kind], count);
            }
        },
    ),
    counter(
        "hangup_nginx_exhausted_total",
        &["resource"],
        "Messages in the error log that something of nginx or its host has run out.",
        |scrape, out| {
            for (resource, count) in scrape.tally.exhausted().filter(|row| row.1 > 0 || shows(scrape, Level::Crit)) {
                out.integer(&[resource], count);
            }
        },
    ),
    counter(
        "hangup_nginx_failures_total",
        &["kind"],
        "Messages in the error log that nginx itself failed: a worker died, a configuration or a system call was refused.",
        |scrape, out| {
            for (kind, count) in scrape.tally.server_failures().filter(|row| row.1 > 0 || shows(scrape, Level::Alert)) {
                out.integer(&[kind], count);
            }
        },
    ),
    counter(
        "hangup_error_log_messages_total",
        &["level", "class"],
        "Error-log entries; class unclassified holds those that no rule knows.",
        |scrape, out| {
            let shown = |row: &MessageCount| row.count > 0 || shows(scrape, row.level);
            for row in scrape.tally.error_messages().filter(shown) {
                out.integer(&[row.level.as_str(), row.class], row.count);
            }
        },
    ),
];

/// Whether entries of this level reach a followed error log: a counter that cannot move is no 0.
fn shows(scrape: &Scrape<'_>, level: Level) -> bool {
    scrape.error_level.is_some_and(|least| level >= least)
}
