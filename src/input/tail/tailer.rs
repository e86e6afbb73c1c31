//! The follower of all logs: one round of looking, reading and letting go, over the owners of files and positions.

mod look;
mod open;
mod read;
mod recover;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

#[cfg(test)]
use super::contents::Contents;
use super::drained::DrainedFiles;
use super::glob;
use super::history::History;
use super::identity::Inode;
use super::live::LiveFiles;
use super::logs::{Logs, Sum};
use super::open_file::OpenFile;
use super::options::{Options, Source};
use super::paths::Paths;
use super::positions::{Position, Positions, Role};
use super::waiting::WaitingPositions;
use crate::input::lines::{Each, Line, Lines};
use crate::input::status::LogStatus;
use crate::input::wake::Round;

/// Long enough that the two system calls beside each read do not count.
const READ_BYTES: usize = 256 * 1024;

/// Follows all sources. Lives on one thread; every call returns soon.
pub struct Tailer {
    options: Options,
    logs: Logs,
    paths: Paths,
    live: LiveFiles,
    drained: DrainedFiles,
    waiting: WaitingPositions,
    history: History,
    /// Files that were there at start-up and could not be opened, so that they are not taken for new ones later.
    unread_at_start: Vec<Inode>,
    buffer: Vec<u8>,
    /// The file whose turn it is, as the budget may end before all have had theirs.
    turn: usize,
}

/// Where an open file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    Drained(usize),
    Live(usize),
}

impl Tailer {
    pub fn new(sources: Vec<Source>, options: Options) -> Self {
        Self::resume(sources, options, Positions::default())
    }

    /// Goes on where `positions` were taken. Sources that had none yet begin as with [`Tailer::new`], and positions
    /// of sources that are gone are dropped.
    pub fn resume(sources: Vec<Source>, options: Options, positions: Positions) -> Self {
        let mut tailer = Self {
            logs: Logs::new(sources, &positions.logs),
            buffer: vec![0; READ_BYTES.max(options.line_bytes_max + 2)],
            options,
            paths: Paths::default(),
            live: LiveFiles::default(),
            drained: DrainedFiles::default(),
            waiting: WaitingPositions::default(),
            history: History::new(positions.finished),
            unread_at_start: Vec::new(),
            turn: 0,
        };
        for at in positions.files {
            if let Some(source) = tailer.logs.source_of(&at) {
                tailer.waiting.push(at, source);
            }
        }
        tailer
    }

    /// Goes on with other sources and limits.
    pub fn reconfigure(&mut self, sources: Vec<Source>, options: Options) {
        *self = Self::resume(sources, options, self.positions());
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
        let drained = self.drained.files().len();
        let count = drained + self.live.files().len();
        let share = (budget_bytes / count.max(1)) as u64;
        for step in 0..count {
            let turn = (self.turn + step) % count;
            if round.bytes >= budget_bytes as u64 {
                self.turn = turn;
                round.more = true;
                break;
            }
            let slot = turn.checked_sub(drained).map_or(Slot::Drained(turn), Slot::Live);
            self.read(slot, share, now, &mut round, lines);
        }
        lines.pause();
        self.release(now, &mut round, lines);
        round
    }

    /// Makes the next round look at every path, glob and file afresh.
    pub fn rescan(&mut self) {
        self.paths.rescan();
    }

    /// One entry for each source, in their order.
    pub fn status(&self) -> Vec<LogStatus> {
        let mut sums = vec![Sum::default(); self.logs.patterns().count()];
        for file in self.files().filter(|file| file.at.role != Role::Copy) {
            sums[file.source].files += 1;
            sums[file.source].unread_bytes += file.at.unread_bytes();
        }
        for waiting in self.waiting.iter() {
            sums[waiting.source].unread_bytes += waiting.at.unread_bytes();
        }
        self.logs.status(&sums)
    }

    /// Everything needed to go on exactly after the last line that was handed out.
    pub fn positions(&self) -> Positions {
        Positions {
            logs: self.logs.counts(),
            files: self.files().map(|file| &file.at).chain(self.waiting.positions()).cloned().collect(),
            finished: self.history.positions().cloned().collect(),
        }
    }

    /// The directories in which something happens when a log changes.
    pub fn directories(&self) -> Vec<PathBuf> {
        let unique: HashSet<PathBuf> = self.logs.patterns().map(glob::directory).collect();
        unique.into_iter().collect()
    }

    /// All open files, those that were rotated away first.
    fn files(&self) -> impl Iterator<Item = &OpenFile> {
        self.drained.files().iter().chain(self.live.files().iter())
    }

    fn is_held(&self, inode: Inode) -> bool {
        self.live.files().find(inode).is_some() || self.drained.files().find(inode).is_some()
    }

    fn file(&mut self, slot: Slot) -> &mut OpenFile {
        slot.file(&mut self.live, &mut self.drained)
    }

    /// Everything that is known to have been read, or to be read still.
    fn known(&self) -> impl Iterator<Item = &Position> {
        self.files().map(|file| &file.at).chain(self.waiting.positions()).chain(self.history.positions())
    }

    /// Closes the moved files that nothing will be written to any more.
    fn release(&mut self, now: Instant, round: &mut Round, lines: &mut impl Lines) {
        if self.drained.is_empty() {
            return;
        }
        let begun = self.live.begun_paths();
        for mut file in self.drained.take_over(now, self.options.quiet_grace, &begun) {
            if file.at.role == Role::Recovered && file.seen {
                self.history.remember(file.at.clone());
                file.at.role = Role::Copy;
                self.live.push(file);
                continue;
            }
            self.deliver_rest(&mut file, round, lines);
            self.finish(file);
        }
        while let Some(file) = self.drained.take_excess() {
            self.finish(file);
        }
    }

    /// A last line without newline, in a file that will not grow, is a line: the disk may have been full.
    fn deliver_rest(&mut self, file: &mut OpenFile, round: &mut Round, lines: &mut impl Lines) {
        if file.at.role != Role::Moved {
            return;
        }
        let rest = match file.contents.read_at(&mut self.buffer, file.at.offset) {
            Ok(count) if count > 0 && !file.at.discarding => &self.buffer[..count],
            _ => return,
        };
        round.lines += 1;
        round.bytes += rest.len() as u64;
        self.logs.count_read(file.source, rest.len() as u64);
        file.at.offset += rest.len() as u64;
        lines.line(file.source, Line::Complete(rest));
    }

    fn finish(&mut self, file: OpenFile) {
        self.logs.count_lost(file.source, file.at.unread_bytes());
        self.history.remember(file.at);
    }
}

#[cfg(test)]
impl Tailer {
    /// Gives a live file other contents, as a disk in trouble would, and returns those it had.
    pub(super) fn replace_contents(&mut self, index: usize, contents: Contents) -> Contents {
        std::mem::replace(&mut self.live.get_mut(index).contents, contents)
    }

    pub(super) fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }
}

impl Slot {
    fn file<'a>(self, live: &'a mut LiveFiles, drained: &'a mut DrainedFiles) -> &'a mut OpenFile {
        match self {
            Slot::Drained(index) => drained.get_mut(index),
            Slot::Live(index) => live.get_mut(index),
        }
    }
}
