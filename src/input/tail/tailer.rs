//! The follower of all logs: which files are held, and one round of reading them.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::time::Instant;

use super::follow::Follow;
use super::identity::Inode;
use super::positions::{Position, Positions};
use super::status::{LogCounts, Rotation, Trouble};
use super::{Line, Lines, Options, Round, Source, glob};

/// Long enough that the two system calls beside each read do not count.
const READ_BYTES: usize = 256 * 1024;
/// How many files that were read to their end are remembered, so that a late copy of one is not taken for news.
const FINISHED_MAX: usize = 64;

/// Follows all sources. Lives on one thread; every call returns soon.
pub struct Tailer {
    pub(super) sources: Vec<Source>,
    pub(super) options: Options,
    pub(super) logs: Vec<Log>,
    /// Every file held open, in the order in which they were found.
    pub(super) files: Vec<Follow>,
    /// Positions whose file has not turned up yet.
    pub(super) missing: Vec<Missing>,
    pub(super) finished: VecDeque<Position>,
    /// Where the patterns led when they were last expanded, each with its source.
    pub(super) paths: Vec<(String, usize)>,
    pub(super) looked: Option<Instant>,
    pub(super) look_due: bool,
    pub(super) expanded: Option<Instant>,
    /// Files that were there at start-up and could not be opened, so that they are not taken for new ones later.
    pub(super) unread_at_start: Vec<Inode>,
    pub(super) buffer: Vec<u8>,
    /// The file whose turn it is, as the budget may end before all have had theirs.
    turn: usize,
}

/// What is known of one source.
pub(super) struct Log {
    pub counts: LogCounts,
    pub trouble: Option<Trouble>,
    pub paths_open: usize,
    /// Its positions were saved, so whatever is not among them is new.
    pub resumed: bool,
}

pub(super) struct Missing {
    pub at: Position,
    pub source: usize,
    pub since: Option<Instant>,
}

impl Tailer {
    pub fn new(sources: Vec<Source>, options: Options) -> Self {
        Self::resume(sources, options, Positions::default())
    }

    /// Goes on where `positions` were taken. Sources that had none yet begin as with [`Tailer::new`], and positions
    /// of sources that are gone are dropped; so a changed configuration is taken by resuming from one's own positions.
    pub fn resume(sources: Vec<Source>, options: Options, positions: Positions) -> Self {
        let saved = |pattern: &str| positions.logs.iter().find(|log| log.pattern == pattern).cloned();
        let logs = sources.iter().map(|source| Log::new(&source.pattern, saved(&source.pattern))).collect();
        let buffer = vec![0; READ_BYTES.max(options.line_bytes_max + 2)];
        let mut tailer = Self {
            sources,
            options,
            logs,
            files: Vec::new(),
            missing: Vec::new(),
            finished: positions.finished.into(),
            paths: Vec::new(),
            looked: None,
            look_due: true,
            expanded: None,
            unread_at_start: Vec::new(),
            buffer,
            turn: 0,
        };
        for at in positions.files {
            if let Some(source) = tailer.source_of(&at) {
                tailer.missing.push(Missing { at, source, since: None });
            }
        }
        tailer
    }

    /// Looks at the paths and hands out about `budget_bytes` of lines, each with the index of its source.
    ///
    /// The budget is shared among the files, and may be overdrawn by one read for each.
    /// `now` may not go backwards.
    pub fn round(&mut self, budget_bytes: usize, now: Instant, on_line: impl FnMut(usize, Line<'_>)) -> Round {
        self.round_for(budget_bytes, now, &mut Each(on_line))
    }

    /// The same for whoever wants to know when files are waited for.
    pub fn round_for(&mut self, budget_bytes: usize, now: Instant, lines: &mut impl Lines) -> Round {
        self.look(now);
        let mut round = Round::default();
        let count = self.files.len();
        let share = (budget_bytes / count.max(1)) as u64;
        for step in 0..count {
            let index = (self.turn + step) % count;
            if round.bytes >= budget_bytes as u64 {
                self.turn = index;
                round.more = true;
                break;
            }
            self.read(index, share, now, &mut round, lines);
        }
        lines.pause();
        self.release(now, &mut round, lines);
        round
    }

    /// Makes the next round look at every path, glob and file afresh.
    pub fn rescan(&mut self) {
        self.expanded = None;
        self.look_due = true;
    }

    /// Everything needed to go on exactly after the last line that was handed out.
    pub fn positions(&self) -> Positions {
        let held = self.files.iter().map(|file| &file.at);
        Positions {
            logs: self.logs.iter().map(|log| log.counts.clone()).collect(),
            files: held.chain(self.missing.iter().map(|missing| &missing.at)).cloned().collect(),
            finished: self.finished.iter().cloned().collect(),
        }
    }

    /// The directories in which something happens when a log changes.
    pub fn directories(&self) -> Vec<PathBuf> {
        let unique: HashSet<PathBuf> = self.sources.iter().map(|source| glob::directory(&source.pattern)).collect();
        unique.into_iter().collect()
    }

    /// The source a saved position belongs to now.
    pub(super) fn source_of(&self, at: &Position) -> Option<usize> {
        let same = self.sources.iter().position(|source| source.pattern == at.pattern);
        same.or_else(|| self.sources.iter().position(|source| glob::matches(&source.pattern, &at.home)))
    }

    /// Notes content as read to its end.
    pub(super) fn remember(&mut self, at: &Position) {
        if self.finished.len() >= FINISHED_MAX {
            self.finished.pop_front();
        }
        self.finished.push_back(at.clone());
    }
}

/// A closure as what takes the lines.
struct Each<F>(F);

impl<F: FnMut(usize, Line<'_>)> Lines for Each<F> {
    fn line(&mut self, source: usize, line: Line<'_>) {
        (self.0)(source, line);
    }
}

impl Log {
    fn new(pattern: &str, saved: Option<LogCounts>) -> Self {
        let resumed = saved.is_some();
        let counts = saved.unwrap_or_else(|| LogCounts { pattern: pattern.to_owned(), ..LogCounts::default() });
        Self { counts, trouble: None, paths_open: 0, resumed }
    }

    pub fn count(&mut self, kind: Rotation) {
        self.counts.rotations[kind as usize] += 1;
    }
}
