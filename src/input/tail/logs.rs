//! The sources and what is counted of each. Values only: what a status is made of.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::glob;
use super::options::{Source, StartFrom};
use super::positions::{LogCounts, Position};
use super::reason::{Cause, sentence};
use crate::input::status::{LogStatus, Rotation};

/// How many logs that are gone are remembered.
const RETIRED_MAX: usize = 10_000;

/// All sources, by index.
pub(super) struct Logs {
    logs: Vec<Log>,
    by_pattern: HashMap<String, usize>,
    /// Counts of logs that are not followed any more, in case they come back.
    retired: Vec<LogCounts>,
    /// Of all of them.
    rotations: u64,
}

struct Log {
    source: Source,
    counts: LogCounts,
    /// The path that cannot be read, and why.
    trouble: Option<(PathBuf, Cause)>,
    /// What does not stand in the way of reading, and should be known.
    limit: Option<(PathBuf, Cause)>,
    paths_open: usize,
    /// Its positions were saved, so whatever is not among them is new.
    resumed: bool,
}

/// What the open files and waiting positions of one source add up to.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    pub files: usize,
    pub unread_bytes: u64,
}

impl Logs {
    pub(super) fn new(sources: Vec<Source>, saved: Vec<LogCounts>) -> Self {
        let rotations = saved.iter().flat_map(|log| log.rotations).sum();
        let mut saved: HashMap<String, LogCounts> = saved.into_iter().map(|log| (log.pattern.clone(), log)).collect();
        let log = |source: Source| {
            let counts = saved.remove(&source.pattern);
            let resumed = counts.is_some();
            let fresh = || LogCounts { pattern: source.pattern.clone(), ..LogCounts::default() };
            let counts = counts.unwrap_or_else(fresh);
            Log { counts, source, trouble: None, limit: None, paths_open: 0, resumed }
        };
        let logs: Vec<Log> = sources.into_iter().map(log).collect();
        let indices = logs.iter().enumerate().rev();
        let by_pattern = indices.map(|(index, log)| (log.source.pattern.clone(), index)).collect();
        let mut retired: Vec<LogCounts> = saved.into_values().collect();
        retired.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        retired.truncate(RETIRED_MAX);
        Self { logs, by_pattern, retired, rotations }
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.logs.iter().map(|log| log.source.pattern.as_str())
    }

    pub(super) fn pattern(&self, source: usize) -> &str {
        &self.logs[source].source.pattern
    }

    /// The source a saved position belongs to now.
    pub(super) fn source_of(&self, at: &Position) -> Option<usize> {
        let same = self.by_pattern.get(&at.pattern).copied();
        same.or_else(|| self.patterns().position(|pattern| glob::matches(pattern, &at.path)))
    }

    pub(super) fn is_resumed(&self, source: usize) -> bool {
        self.logs[source].resumed
    }

    /// Whether what is there at start-up is history, and reading begins at its end.
    pub(super) fn begins_at_end(&self, source: usize) -> bool {
        let log = &self.logs[source];
        !log.resumed && log.source.from == StartFrom::End
    }

    /// Forgets what the last look found.
    pub(super) fn begin_look(&mut self) {
        for log in &mut self.logs {
            (log.paths_open, log.trouble, log.limit) = (0, None, None);
        }
    }

    pub(super) fn note_open(&mut self, source: usize) {
        self.logs[source].paths_open += 1;
    }

    pub(super) fn note_trouble(&mut self, source: usize, path: &Path, cause: Cause) {
        let is_expected = glob::is_glob(self.pattern(source)) && cause == Cause::Os(Some(libc::ENOENT));
        if !is_expected {
            self.logs[source].trouble.get_or_insert_with(|| (path.to_owned(), cause));
        }
    }

    pub(super) fn note_limit(&mut self, source: usize, path: &Path, cause: Cause) {
        self.logs[source].limit.get_or_insert_with(|| (path.to_owned(), cause));
    }

    /// A pattern that leads nowhere is in trouble, too.
    pub(super) fn end_look(&mut self) {
        for log in self.logs.iter_mut().filter(|log| log.paths_open == 0 && log.trouble.is_none()) {
            let nothing = || (PathBuf::from(&log.source.pattern), Cause::NoMatch);
            log.trouble = Some(log.limit.take().unwrap_or_else(nothing));
        }
    }

    pub(super) fn note_read_error(&mut self, source: usize, path: &Path, cause: Cause) {
        let log = &mut self.logs[source];
        log.counts.read_errors += 1;
        log.trouble = Some((path.to_owned(), cause));
    }

    pub(super) fn count_rotation(&mut self, source: usize, kind: Rotation) {
        self.rotations += 1;
        self.logs[source].counts.rotations[kind as usize] += 1;
    }

    /// Those of all logs, whether they are still followed or not.
    pub(super) fn rotations(&self) -> u64 {
        self.rotations
    }

    pub(super) fn count_read(&mut self, source: usize, bytes: u64) {
        self.logs[source].counts.bytes_read += bytes;
    }

    pub(super) fn count_lost(&mut self, source: usize, bytes: u64) {
        self.logs[source].counts.bytes_lost += bytes;
    }

    pub(super) fn counts(&self) -> Vec<LogCounts> {
        self.logs.iter().map(|log| &log.counts).chain(&self.retired).cloned().collect()
    }

    /// One entry for each source, given what its files and positions add up to.
    pub(super) fn status(&self, sums: &[Sum]) -> Vec<LogStatus> {
        self.logs.iter().zip(sums).map(|(log, sum)| log.status(*sum)).collect()
    }
}

impl Log {
    fn status(&self, sum: Sum) -> LogStatus {
        LogStatus {
            pattern: self.source.pattern.clone(),
            up: self.paths_open > 0 && self.trouble.is_none(),
            error: self.trouble.as_ref().or(self.limit.as_ref()).map(|(path, cause)| sentence(path, cause)),
            unread_bytes: sum.unread_bytes,
            bytes_read: self.counts.bytes_read,
            bytes_lost: self.counts.bytes_lost,
            datagrams_lost: None,
            read_errors: self.counts.read_errors,
            rotations: std::array::from_fn(|i| (Rotation::ALL[i], self.counts.rotations[i])),
            files: sum.files,
        }
    }
}
