//! The follower of all logs: one round of looking, reading and letting go, over the owners of files and positions.

mod copies;
mod look;
mod open;
mod read;
mod recover;
mod release;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[cfg(test)]
use super::contents::Contents;
use super::drained::DrainedFiles;
use super::glob;
use super::history::History;
use super::identity::Inode;
use super::live::LiveFiles;
use super::logs::{Logs, Sum};
use super::open_file::{IdleChecks, OpenFile};
use super::options::{Options, Source};
use super::paths::Paths;
use super::places::Places;
use super::positions::{Position, Positions, Role};
use super::rotation::Search;
use super::waiting::{WaitingPositions, WhereIs};
use crate::input::lines::{Each, Line, Lines};
use crate::input::parts::Joined;
use crate::input::status::LogStatus;
use crate::input::wake::Round;

/// Long enough that the two system calls beside each read do not count.
const READ_BYTES: usize = 256 * 1024;
/// Positions in files of logs that are not followed any more, in case they come back.
const RETIRED_MAX: usize = 10_000;

/// Follows all sources. Lives on one thread; every call returns soon.
pub struct Tailer {
    options: Options,
    logs: Logs,
    paths: Paths,
    live: LiveFiles,
    drained: DrainedFiles,
    waiting: WaitingPositions,
    history: History,
    places: Places,
    search: Search,
    retired: Vec<Position>,
    /// Files that were there at start-up and could not be opened, so that they are not taken for new ones later.
    unread_at_start: HashSet<Inode>,
    buffer: Vec<u8>,
    joined: Joined,
    /// The file whose turn it is, as the budget may end before all have had theirs.
    turn: usize,
    /// The next round looks at idle files, too.
    check_all: bool,
    /// Goes up with whatever may change a status.
    revision: u64,
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

    /// Goes on where `positions` were taken. Sources that had none yet begin as with [`Tailer::new`]; positions of sources
    /// that are gone are kept, in case they come back.
    pub fn resume(sources: Vec<Source>, options: Options, positions: Positions) -> Self {
        let mut tailer = Self {
            logs: Logs::new(sources, positions.logs),
            buffer: buffer(&options),
            joined: Joined::default(),
            search: Search::new(&options.logrotate),
            options,
            paths: Paths::default(),
            live: LiveFiles::default(),
            drained: DrainedFiles::default(),
            waiting: WaitingPositions::default(),
            history: History::new(positions.finished),
            places: Places::new(positions.places),
            retired: Vec::new(),
            unread_at_start: HashSet::new(),
            turn: 0,
            check_all: false,
            revision: 0,
        };
        positions.files.into_iter().for_each(|at| tailer.await_file(at));
        tailer
    }

    /// Goes on with other sources and limits. Files stay open as long as they belong to a source.
    pub fn reconfigure(&mut self, sources: Vec<Source>, options: Options) {
        self.revision += 1;
        self.logs = Logs::new(sources, self.logs.counts());
        self.buffer = buffer(&options);
        self.search = Search::new(&options.logrotate);
        self.options = options;
        self.paths = Paths::default();
        for file in self.live.drain() {
            match self.logs.source_of(&file.at) {
                Some(source) => self.live.push(file.of_source(source)),
                None => self.retire(file.at),
            }
        }
        for file in self.drained.drain() {
            match self.logs.source_of(&file.at) {
                Some(source) => self.drained.push(file.of_source(source)),
                None => self.retire(file.at),
            }
        }
        let waiting = self.waiting.take_if(|_| true).into_iter().map(|waiting| waiting.at);
        waiting.chain(std::mem::take(&mut self.retired)).for_each(|at| self.await_file(at));
    }

    fn await_file(&mut self, at: Position) {
        match self.logs.source_of(&at) {
            Some(source) => self.waiting.push(at, source, WhereIs::UNKNOWN),
            None => self.retire(at),
        }
    }

    fn retire(&mut self, at: Position) {
        if self.retired.len() < RETIRED_MAX {
            self.retired.push(at);
        }
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
        let every = IdleChecks::of(count, self.options.idle_check_every);
        for step in 0..count {
            let turn = (self.turn + step) % count;
            if round.bytes >= budget_bytes as u64 {
                self.turn = turn;
                round.more = true;
                break;
            }
            let slot = turn.checked_sub(drained).map_or(Slot::Drained(turn), Slot::Live);
            if self.check_all || !self.file(slot).may_be_skipped(now, every) {
                self.read(slot, share, now, &mut round, lines);
            }
        }
        self.check_all &= round.more;
        lines.pause();
        self.release(now, &mut round, lines);
        round
    }

    /// Makes the next round look at every path, glob and file afresh.
    pub fn rescan(&mut self) {
        self.paths.rescan();
        self.check_all = true;
    }

    /// Makes the next round look at every path and every open file, however short a time ago that was done.
    pub fn hurry(&mut self) {
        self.paths.hurry();
        self.check_all = true;
    }

    /// Makes the next round look at the file at this path: something happened to it.
    pub fn touch(&mut self, path: &Path) {
        self.paths.hurry();
        let Ok(metadata) = std::fs::metadata(path) else { return };
        self.live.touch(Inode::of(&metadata));
        self.drained.touch(Inode::of(&metadata));
    }

    /// While this stays as it is, so do the status and the positions.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Those of all sources, whether they are still followed or not.
    pub fn rotations(&self) -> u64 {
        self.logs.rotations()
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
        let files = self.files().map(|file| &file.at).chain(self.waiting.positions()).chain(&self.retired);
        Positions {
            logs: self.logs.counts(),
            files: files.cloned().collect(),
            finished: self.history.positions().cloned().collect(),
            places: self.places.to_saved(),
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

    fn open_count(&self) -> usize {
        self.drained.files().len() + self.live.files().len()
    }

    fn is_held(&self, inode: Inode) -> bool {
        self.live.files().find(inode).is_some() || self.drained.files().find(inode).is_some()
    }

    fn file(&mut self, slot: Slot) -> &mut OpenFile {
        slot.file(&mut self.live, &mut self.drained)
    }
}

fn buffer(options: &Options) -> Vec<u8> {
    vec![0; READ_BYTES.max(options.line_bytes_max + 2)]
}

impl Slot {
    fn file<'a>(self, live: &'a mut LiveFiles, drained: &'a mut DrainedFiles) -> &'a mut OpenFile {
        match self {
            Slot::Drained(index) => drained.get_mut(index),
            Slot::Live(index) => live.get_mut(index),
        }
    }
}

#[cfg(test)]
impl Tailer {
    /// Gives a live file other contents, as a disk in trouble would, and returns those it had.
    pub(super) fn replace_contents(&mut self, index: usize, contents: Contents) -> Contents {
        std::mem::replace(&mut self.live.get_mut(index).contents, contents)
    }

    /// Lets every file be opened again, as after an error of the disk.
    pub(super) fn make_stale(&mut self) {
        let error = std::io::Error::from_raw_os_error(libc::ESTALE);
        for slot in (0..self.live.files().len()).map(Slot::Live) {
            self.file(slot).note_error(&error);
        }
        for slot in (0..self.drained.files().len()).map(Slot::Drained) {
            self.file(slot).note_error(&error);
        }
    }

    pub(super) fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }
}
