//! What is said of each log: to metrics and the page always, to hangup's own log once for each change.
//! Knows: states and their sentences. Does not know: how a log is read.

use tracing::{info, warn};

use crate::input::LogStatus;
use crate::metrics::LogSample;

/// One log, for metrics and the page.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub sample: LogSample,
    /// What is wrong and what to do.
    pub error: Option<String>,
}

impl Log {
    /// `last_ms` is when its last line was written, by its own words.
    pub fn new(status: LogStatus, last_ms: Option<i64>, now_ms: i64) -> Log {
        // Without a time in its lines (an error log's has no zone), how far behind it is cannot be told: absent, not 0.
        let behind_ms = last_ms.map(|last_ms| if status.unread_bytes > 0 { (now_ms - last_ms).max(0) } else { 0 });
        let sample = LogSample {
            log: status.pattern,
            up: status.up,
            unread_bytes: status.unread_bytes,
            lost_bytes: status.bytes_lost,
            read_errors: status.read_errors,
            lag_seconds: behind_ms.map(|ms| ms as f64 / 1000.0),
            last_line_timestamp_seconds: last_ms.map(|ms| ms as f64 / 1000.0),
            rotations: status.rotations.iter().map(|(kind, count)| (kind.as_str(), *count)).collect(),
        };
        Log { sample, error: status.error }
    }
}

/// The state of each log that was reported last, in order to report only changes.
pub struct StateChangeLog(Vec<Option<String>>);

impl StateChangeLog {
    pub fn of(logs: usize) -> StateChangeLog {
        StateChangeLog(vec![None; logs])
    }

    pub fn report_change(&mut self, index: usize, status: &LogStatus) {
        let state = status.error.clone().unwrap_or_default();
        let reported = self.0[index].replace(state.clone());
        match (reported, state.is_empty()) {
            (Some(before), _) if before == state => {}
            (_, true) => info!(log = status.pattern, "following"),
            (_, false) => warn!(log = status.pattern, "{state}"),
        }
    }
}
