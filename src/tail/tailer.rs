//! The follower of all logs: which files are held, and one round of reading them.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::follow::{Filled, Follow};
use super::identity::Inode;
use super::positions::{Position, Positions, Role};
use super::reason::Cause;
use super::rotation::is_rotated_name;
use super::status::{LogCounts, Rotation, Trouble};
use super::{Line, Options, Round, Source, glob};

/// Long enough that the two system calls beside each read do not count.
const READ_BYTES: usize = 256 * 1024;
/// Moved files that wait for a successor that never comes. The longest silent one goes first.
const MOVED_MAX: usize = 64;
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
    buffer: Vec<u8>,
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
    pub fn round(&mut self, budget_bytes: usize, now: Instant, mut on_line: impl FnMut(usize, Line<'_>)) -> Round {
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
            self.read(index, share, now, &mut round, &mut on_line);
        }
        self.let_go(now, &mut round, &mut on_line);
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

    /// Reads one file up to its share.
    fn read(
        &mut self,
        index: usize,
        share: u64,
        now: Instant,
        round: &mut Round,
        on_line: &mut impl FnMut(usize, Line<'_>),
    ) {
        let mut done = 0;
        while self.files[index].at.role != Role::Twin {
            let file = &mut self.files[index];
            let empty = file.at.fingerprint.is_empty().then(|| file.at.clone());
            let count = match file.fill(&mut self.buffer, now) {
                Ok(Filled::Bytes(count)) => count,
                Ok(Filled::Nothing) => return,
                Ok(Filled::Replaced) => {
                    round.more = true;
                    return self.restart(index, now);
                }
                Err(error) => return self.note_read_error(index, Cause::from(&error)),
            };
            if let Some(empty) = empty {
                if self.is_twin(index) {
                    self.files[index].at.role = Role::Twin;
                    return;
                }
                if empty.size == 0 {
                    // It may have been filled and emptied before, when nobody looked.
                    self.adopt_overtaken(&empty, now);
                    round.more = true;
                }
            }
            let file = &mut self.files[index];
            let source = file.source;
            let bytes = file.deliver(&self.buffer[..count], self.options.line_bytes_max, |line| {
                round.lines += 1;
                on_line(source, line);
            });
            self.logs[source].counts.bytes_read += bytes;
            round.bytes += bytes;
            done += bytes;
            if bytes > 0 {
                file.quiet_since = now;
            }
            if file.is_exhausted() {
                return;
            }
            if done >= share {
                round.more = true;
                return;
            }
        }
    }

    /// The content was cut off: begin the new one, and look for what of the old was not read.
    fn restart(&mut self, index: usize, now: Instant) {
        let source = self.files[index].source;
        match self.files[index].restart() {
            Ok(old) => {
                self.missing.push(Missing { at: old.clone(), source, since: None });
                self.adopt_overtaken(&old, now);
                self.rescan();
            }
            Err(error) => self.note_read_error(index, Cause::from(&error)),
        }
    }

    fn note_read_error(&mut self, index: usize, cause: Cause) {
        let file = &self.files[index];
        let log = &mut self.logs[file.source];
        log.counts.read_errors += 1;
        log.trouble = Some(Trouble { path: file.at.home.clone(), cause });
    }

    /// Whether a file that has just got its first bytes is a copy of one that is read, or was, under another name.
    /// Happens where a glob matches the copies that copytruncate makes.
    fn is_twin(&self, index: usize) -> bool {
        let this = &self.files[index].at;
        let is_copy_of = |home: &str| is_beside_and_rotated(home, &this.home);
        self.files.iter().any(|it| is_copy_of(&it.at.home) && it.at.fingerprint.agrees_with(&this.fingerprint))
            || self.missing.iter().any(|it| is_copy_of(&it.at.home) && it.at.fingerprint.agrees_with(&this.fingerprint))
            || self.finished.iter().any(|it| is_copy_of(&it.home) && it.fingerprint.agrees_with(&this.fingerprint))
    }

    /// Closes the moved files that nothing will be written to any more.
    fn let_go(&mut self, now: Instant, round: &mut Round, on_line: &mut impl FnMut(usize, Line<'_>)) {
        for index in (0..self.files.len()).rev() {
            let file = &self.files[index];
            match file.at.role {
                Role::Recovered if !file.is_exhausted() && !self.is_quiet(file, now) => {}
                Role::Recovered if file.seen => self.keep_as_twin(index),
                Role::Recovered => self.finish(index),
                Role::Moved if file.is_exhausted() && self.is_over(file, now) => {
                    self.deliver_rest(index, round, on_line);
                    self.finish(index);
                }
                Role::Twin if !file.seen => self.finish(index),
                Role::Live | Role::Moved | Role::Twin => {}
            }
        }
        let moved = |file: &&Follow| file.at.role == Role::Moved;
        while self.files.iter().filter(moved).count() > MOVED_MAX {
            let waiting = self.files.iter().enumerate().filter(|(_, file)| moved(file));
            let Some((index, _)) = waiting.min_by_key(|(_, file)| file.quiet_since) else { return };
            self.deliver_rest(index, round, on_line);
            self.finish(index);
        }
    }

    /// nginx writes to a moved file until it is told to reopen, so it is over only once its successor has begun.
    fn is_over(&self, this: &Follow, now: Instant) -> bool {
        let is_successor = |it: &Follow| it.at.role == Role::Live && it.at.home == this.at.home && it.at.size > 0;
        self.is_quiet(this, now) && self.files.iter().any(is_successor)
    }

    fn is_quiet(&self, file: &Follow, now: Instant) -> bool {
        now.saturating_duration_since(file.quiet_since) >= self.options.quiet_grace
    }

    /// A last line without newline, in a file that will not grow, is a line: the disk may have been full.
    fn deliver_rest(&mut self, index: usize, round: &mut Round, on_line: &mut impl FnMut(usize, Line<'_>)) {
        let file = &mut self.files[index];
        let rest = match file.contents.read_at(&mut self.buffer, file.at.offset) {
            Ok(count) if count > 0 && !file.at.discarding => &self.buffer[..count],
            _ => return,
        };
        round.lines += 1;
        round.bytes += rest.len() as u64;
        self.logs[file.source].counts.bytes_read += rest.len() as u64;
        file.at.offset += rest.len() as u64;
        on_line(file.source, Line::Complete(rest));
    }

    /// A copy that was read and that a glob matches stays open, so that it is known by its inode.
    fn keep_as_twin(&mut self, index: usize) {
        let at = self.files[index].at.clone();
        self.remember(&at);
        self.files[index].at.role = Role::Twin;
    }

    fn finish(&mut self, index: usize) {
        let file = self.files.swap_remove(index);
        self.logs[file.source].counts.bytes_lost += file.at.unread_bytes();
        self.remember(&file.at);
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

/// Whether `path` lies beside `home` and has the name that rotation would give it.
fn is_beside_and_rotated(home: &str, path: &str) -> bool {
    let (home, path) = (Path::new(home), Path::new(path));
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    home.parent() == path.parent() && is_rotated_name(&name(home), &name(path))
}
