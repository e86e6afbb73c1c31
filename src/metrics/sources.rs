//! Families of what hangup reads: logs, pollers, and the bounds of its own tables.
//! Knows: their names. Does not know: how anything is read.

use super::family::{Family, Sink, counter, gauge};
use super::{LogSample, Scrape};
use crate::poll::SourceStatus;

const LOG: &[&str] = &["log"];
const SOURCE: &[&str] = &["source"];

pub(super) const FAMILIES: &[Family] = &[
    counter(
        "hangup_log_lines_total",
        &["log", "result"],
        "Lines read, each under exactly one result.",
        |scrape, out| {
            for row in scrape.tally.log_lines() {
                out.integer(&[row.log, row.result.as_str()], row.count);
            }
        },
    ),
    counter("hangup_log_bytes_total", LOG, "Bytes of the lines read.", |scrape, out| {
        for (log, bytes) in scrape.tally.log_bytes() {
            out.integer(&[log], bytes);
        }
    }),
    gauge("hangup_log_up", LOG, "Whether the log is there and can be read.", |scrape, out| {
        logs(scrape, out, |log| Some(f64::from(u8::from(log.up))))
    }),
    gauge("hangup_log_info", &["log", "product", "format"], "How the log is read; always 1.", |scrape, out| {
        for log in &scrape.logs {
            out.integer(&[&log.log, log.product, &log.format], 1);
        }
    }),
    gauge(
        "hangup_log_visible",
        &["log", "signal"],
        "Whether the log can show the signal at all; what is not visible is unknown, never 0.",
        |scrape, out| {
            for log in &scrape.logs {
                for (signal, visible) in &log.visible {
                    out.integer(&[&log.log, signal], u64::from(*visible));
                }
            }
        },
    ),
    gauge(
        "hangup_log_fits",
        LOG,
        "Whether most of the log's last lines fit a format that nginx.conf has or had for it; absent until there are lines to tell.",
        |scrape, out| logs(scrape, out, |log| Some(f64::from(u8::from(log.fits?)))),
    ),
    gauge("hangup_log_unread_bytes", LOG, "Bytes on disk that have not been read yet.", |scrape, out| {
        logs(scrape, out, |log| Some(log.unread_bytes as f64))
    }),
    gauge(
        "hangup_log_lag_seconds",
        LOG,
        "How far reading is behind writing; 0 when everything on disk has been read, absent where lines have no time that can be told.",
        |scrape, out| logs(scrape, out, |log| log.lag_seconds),
    ),
    gauge(
        "hangup_log_last_line_timestamp_seconds",
        LOG,
        "The last line's own time, in Unix seconds.",
        |scrape, out| logs(scrape, out, |log| log.last_line_timestamp_seconds),
    ),
    counter(
        "hangup_log_rotations_total",
        &["log", "kind"],
        "Rotations seen, by how the log was given new content.",
        |scrape, out| {
            for log in &scrape.logs {
                for (kind, count) in &log.rotations {
                    out.integer(&[&log.log, kind], *count);
                }
            }
        },
    ),
    counter(
        "hangup_log_lost_bytes_total",
        LOG,
        "Bytes known to have been written that were gone before they could be read.",
        |scrape, out| logs(scrape, out, |log| Some(log.lost_bytes as f64)),
    ),
    counter(
        "hangup_log_lost_datagrams_total",
        LOG,
        "Syslog datagrams that arrived and were dropped as the socket's buffer was full; those that never arrived are in no count.",
        |scrape, out| logs(scrape, out, |log| log.lost_datagrams.map(|count| count as f64)),
    ),
    counter("hangup_log_read_errors_total", LOG, "Failed attempts to open or read the log.", |scrape, out| {
        logs(scrape, out, |log| Some(log.read_errors as f64))
    }),
    gauge("hangup_source_up", SOURCE, "Whether the source's last poll succeeded.", |scrape, out| {
        polled(scrape, out, |source| Some(f64::from(u8::from(source.up))))
    }),
    gauge(
        "hangup_source_last_success_timestamp_seconds",
        SOURCE,
        "When the source was last polled with success, in Unix seconds.",
        |scrape, out| polled(scrape, out, |source| source.last_success_unix_seconds),
    ),
    gauge("hangup_source_duration_seconds", SOURCE, "How long the source's last poll took.", |scrape, out| {
        polled(scrape, out, |source| Some(source.duration_seconds))
    }),
    counter(
        "hangup_series_limit_hits_total",
        &["label"],
        "Times a new value of the label was counted as other because the label's limit was reached.",
        |scrape, out| {
            for (label, count) in scrape.tally.limit_hits() {
                out.integer(&[label], count);
            }
        },
    ),
];

fn logs(scrape: &Scrape<'_>, out: &mut dyn Sink, value: fn(&LogSample) -> Option<f64>) {
    for log in &scrape.logs {
        if let Some(value) = value(log) {
            out.float(&[&log.log], value);
        }
    }
}

/// Of the sources that this host has and that have been asked; nothing is known of the others.
fn polled(scrape: &Scrape<'_>, out: &mut dyn Sink, value: fn(&SourceStatus) -> Option<f64>) {
    for source in scrape.readings.sources.iter().filter(|source| source.available && source.polled_once) {
        if let Some(value) = value(source) {
            out.float(&[&source.source], value);
        }
    }
}
