//! Lines and bytes by log. Knows: that every line has one result. Does not know: the files.

use super::by_name::By;
use super::counts::add_all;
use super::labels::LineResult;

use serde::{Deserialize, Serialize};

/// The counters of the logs, in the order of their labels.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Logs(Vec<Log>);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Log {
    pub(super) label: Box<str>,
    #[serde(with = "By::<LineResult>")]
    pub(super) lines: [u64; LineResult::ALL.len()],
    pub(super) bytes: u64,
}

impl Logs {
    /// The place of a label, new or not.
    pub(super) fn register(&mut self, label: &str) -> usize {
        if let Some(at) = self.0.iter().position(|log| *log.label == *label) {
            return at;
        }
        self.0.push(Log { label: label.into(), ..Log::default() });
        self.0.len() - 1
    }
    /// Adds one line; `log` is a place that [`Logs::know`] gave.
    pub(super) fn add(&mut self, log: usize, result: LineResult, bytes: u64) {
        if let Some(log) = self.0.get_mut(log) {
            log.lines[result as usize] += 1;
            log.bytes += bytes;
        }
    }
    pub(super) fn merge(&mut self, other: &Logs) {
        for theirs in &other.0 {
            let at = self.register(&theirs.label);
            let mine = &mut self.0[at];
            add_all(&mut mine.lines, &theirs.lines);
            mine.bytes = mine.bytes.saturating_add(theirs.bytes);
        }
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = &Log> {
        self.0.iter()
    }
}
