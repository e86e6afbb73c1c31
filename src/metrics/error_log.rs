//! Families of the error log that belong to no single upstream. Knows: their names. Does not know: nginx's messages.

use super::family::{Family, counter};

pub const FAMILIES: &[Family] = &[
    counter(
        "hangup_client_failures_total",
        &["kind"],
        "How clients failed, in the error log's words; most stand there at level info only.",
        |scrape, out| {
            for (kind, count) in scrape.tally.client_failures() {
                out.integer(&[kind], count);
            }
        },
    ),
    counter(
        "hangup_nginx_exhausted_total",
        &["resource"],
        "Messages in the error log that something of nginx or its host has run out.",
        |scrape, out| {
            for (resource, count) in scrape.tally.exhausted() {
                out.integer(&[resource], count);
            }
        },
    ),
    counter(
        "hangup_nginx_failures_total",
        &["kind"],
        "Messages in the error log that nginx itself failed: a worker died, a configuration or a system call was refused.",
        |scrape, out| {
            for (kind, count) in scrape.tally.server_failures() {
                out.integer(&[kind], count);
            }
        },
    ),
    counter(
        "hangup_error_log_messages_total",
        &["level", "class"],
        "Error-log entries; class unclassified holds those that no rule knows.",
        |scrape, out| {
            for row in scrape.tally.error_messages() {
                out.integer(&[row.level, row.class], row.count);
            }
        },
    ),
];
