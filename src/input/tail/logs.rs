//! The sources and what is counted of each. Values only: what a status is made of.

use super::options::{Source, StartFrom};
use super::positions::{LogCounts, Position};
use super::reason::{Cause, sentence};
use super::{glob, paths::Paths};
use crate::input::status::{LogStatus, Rotation};

/// All sources, by index.
pub(super) struct Logs {
    logs: Vec<Log>,
}

struct Log {
    source: Source,
    counts: LogCounts,
    /// The path that cannot be read, and why.
    trouble: Option<(String, Cause)>,
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
    pub fn new(sources: Vec<Source>, saved: &[LogCounts]) -> Self {
        let log = |source: Source| {
            let counts = saved.iter().find(|log| log.pattern == source.pattern).cloned();
            let resumed = counts.is_some();
            let fresh = || LogCounts { pattern: source.pattern.clone(), ..LogCounts::default() };
            Log { counts: counts.unwrap_or_else(fresh), source, trouble: None, paths_open: 0, resumed }
        };
        Self { logs: sources.into_iter().map(log).collect() }
    }

    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.logs.iter().map(|log| log.source.pattern.as_str())
    }

    pub fn pattern(&self, source: usize) -> &str {
        &self.logs[source].source.pattern
    }

    /// The source a saved position belongs to now.
    pub fn source_of(&self, at: &Position) -> Option<usize> {
        let same = self.patterns().position(|pattern| pattern == at.pattern);
        same.or_else(|| self.patterns().position(|pattern| glob::matches(pattern, &at.path)))
    }

    pub fn is_resumed(&self, source: usize) -> bool {
        self.logs[source].resumed
    }

    /// Whether what is there at start-up is history, and reading begins at its end.
    pub fn begins_at_end(&self, source: usize) -> bool {
        let log = &self.logs[source];
        !log.resumed && log.source.from == StartFrom::End
    }

    /// Forgets what the last look found.
    pub fn begin_look(&mut self) {
        for log in &mut self.logs {
            (log.paths_open, log.trouble) = (0, None);
        }
    }

    pub fn note_open(&mut self, source: usize) {
        self.logs[source].paths_open += 1;
    }

    pub fn note_trouble(&mut self, source: usize, path: &str, cause: Cause) {
        let is_expected = glob::is_glob(self.pattern(source)) && cause == Cause::Os(Some(libc::ENOENT));
        if !is_expected {
            self.logs[source].trouble.get_or_insert_with(|| (path.to_owned(), cause));
        }
    }

    /// A pattern that leads nowhere is in trouble, too.
    pub fn end_look(&mut self) {
        for log in self.logs.iter_mut().filter(|log| log.paths_open == 0 && log.trouble.is_none()) {
            log.trouble = Some((log.source.pattern.clone(), Cause::NoMatch));
        }
    }

    pub fn note_read_error(&mut self, source: usize, path: &str, cause: Cause) {
        let log = &mut self.logs[source];
        log.counts.read_errors += 1;
        log.trouble = Some((path.to_owned(), cause));
    }

    pub fn count_rotation(&mut self, source: usize, kind: Rotation) {
        self.logs[source].counts.rotations[kind as usize] += 1;
    }

    pub fn count_read(&mut self, source: usize, bytes: u64) {
        self.logs[source].counts.bytes_read += bytes;
    }

    pub fn count_lost(&mut self, source: usize, bytes: u64) {
        self.logs[source].counts.bytes_lost += bytes;
    }

    pub fn counts(&self) -> Vec<LogCounts> {
        self.logs.iter().map(|log| log.counts.clone()).collect()
    }

    /// One entry for each source, given what its files and positions add up to.
    pub fn status(&self, sums: &[Sum]) -> Vec<LogStatus> {
        self.logs.iter().zip(sums).map(|(log, sum)| log.status(*sum)).collect()
    }

    /// Where the patterns lead now.
    pub fn expand(&self, paths: &mut Paths) {
        paths.set(
            self.patterns()
                .enumerate()
                .flat_map(|(source, pattern)| glob::expand(pattern).into_iter().map(move |path| (path, source))),
        );
    }
}

impl Log {
    fn status(&self, sum: Sum) -> LogStatus {
        LogStatus {
            pattern: self.source.pattern.clone(),
            up: self.paths_open > 0 && self.trouble.is_none(),
            error: self.trouble.as_ref().map(|(path, cause)| sentence(path, cause)),
            unread_bytes: sum.unread_bytes,
            bytes_read: self.counts.bytes_read,
            bytes_lost: self.counts.bytes_lost,
            read_errors: self.counts.read_errors,
            rotations: std::array::from_fn(|i| (Rotation::ALL[i], self.counts.rotations[i])),
            files: sum.files,
        }
    }
}
