//! What is said of each log: to metrics and the page always, to hangup's own log once for each change.
//! Knows: states and their sentences. Does not know: how a log is read.

use std::collections::HashMap;

use tracing::{info, warn};

use crate::ingest::{Ingest, LogKind};
use crate::input::LogStatus;
use crate::metrics::LogSample;
use crate::record::Signal;

/// One log, for metrics and the page.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub sample: LogSample,
    /// What is wrong and what to do.
    pub error: Option<String>,
}

impl Log {
    /// `number` is the log's among those of `ingest`, which knows how its lines are read.
    pub(super) fn new(status: LogStatus, ingest: &Ingest, number: usize, now_ms: i64) -> Log {
        // When its last line was written, by its own words.
        let last_ms = ingest.last_time_ms(number);
        let (product, format, visible) = reading(ingest, number);
        // Without a time in its lines (an error log's has no zone), how far behind it is cannot be told: absent, not 0.
        let behind_ms = last_ms.map(|last_ms| if status.unread_bytes > 0 { (now_ms - last_ms).max(0) } else { 0 });
        let sample = LogSample {
            log: status.pattern,
            up: status.up,
            unread_bytes: status.unread_bytes,
            lost_bytes: status.bytes_lost,
            lost_datagrams: status.datagrams_lost,
            read_errors: status.read_errors,
            lag_seconds: behind_ms.map(|ms| ms as f64 / 1000.0),
            last_line_timestamp_seconds: last_ms.map(|ms| ms as f64 / 1000.0),
            rotations: status.rotations.iter().map(|(kind, count)| (kind.as_str(), *count)).collect(),
            product,
            format,
            visible,
        };
        Log { sample, error: status.error }
    }
}

/// The product, the format's name, and what the log can show.
fn reading(ingest: &Ingest, number: usize) -> (&'static str, String, Vec<(&'static str, bool)>) {
    match ingest.kind(number) {
        LogKind::Access { format, .. } => {
            let sight = ingest.sight(number);
            let visible = Signal::ALL.map(|signal| (signal.as_str(), signal.is_visible(sight)));
            (format.product().as_str(), format.name().to_owned(), visible.to_vec())
        }
        LogKind::Error(format) => (format.product().as_str(), "error_log".to_owned(), Vec::new()),
    }
}

/// The state of each log that was reported last, by its path, in order to report only changes.
#[derive(Default)]
pub(super) struct StateChangeLog(HashMap<String, String>);

impl StateChangeLog {
    pub(super) fn report_change(&mut self, status: &LogStatus) {
        let state = status.error.as_deref().unwrap_or_default();
        let reported = self.0.get(&status.pattern);
        if reported.is_some_and(|reported| reported == state) {
            return;
        }
        self.0.insert(status.pattern.clone(), state.to_owned());
        match state.is_empty() {
            true => info!(log = status.pattern, "following"),
            false => warn!(log = status.pattern, "{state}"),
        }
    }
}
