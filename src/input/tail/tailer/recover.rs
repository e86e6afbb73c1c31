//! Finds rotated or truncated files that still contain unread bytes, and reopens them.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::Tailer;
use super::open::canonical;
use crate::input::status::Rotation;
use crate::input::tail::contents::Contents;
use crate::input::tail::identity::{Inode, born_nanos, written_nanos};
use crate::input::tail::open_file::OpenFile;
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::rotation::{Found, Others, RotatedFile};
use crate::input::tail::waiting::{Waiting, WhereIs};

/// How many rotated files are noted for a path at start-up. Only the newest can be mistaken later.
const OLD_MAX: usize = 2;
/// Looks from one search for the same file to the next.
const LOOKS_PER_SEARCH: u32 = 4;

impl Tailer {
    /// Looks for the files that are saved and not held, and for content that was cut off.
    pub(super) fn search_waiting(&mut self, now: Instant) {
        let every = self.options.look_every * LOOKS_PER_SEARCH;
        let mut due = VecDeque::from(self.waiting.take_if(|waiting| waiting.is_due(now, every)));
        while let Some(waiting) = due.pop_front() {
            match self.find(&waiting.at) {
                Found::Same(contents, path) if !self.has_file(&waiting.at) => {
                    self.places.learn(&waiting.at.path, &path);
                    self.resume_moved(waiting, contents, now);
                }
                Found::Emptied(contents, path) => due.push_back(self.resume_emptied(waiting, contents, &path, now)),
                Found::Copy(..) | Found::Nothing if waiting.at.role == Role::Copy => {
                    self.history.remember(waiting.at, self.open_count());
                }
                Found::Copy(contents, metadata, path) => {
                    self.places.learn(&waiting.at.path, &path);
                    self.resume_copy(waiting, contents, &metadata, now);
                }
                Found::CannotLook => self.waiting.push_back(waiting),
                Found::Same(..) | Found::Nothing => self.wait_for(waiting, now),
            }
        }
    }

    fn find(&mut self, at: &Position) -> Found {
        let Self { live, drained, paths, places, search, waiting, .. } = self;
        let is_read = |metadata: &Metadata| {
            let inode = Inode::of(metadata);
            let is_live = |index| live.files().get(index).at.role != Role::Copy;
            live.files().find(inode).is_some_and(is_live)
                || drained.files().find(inode).is_some()
                || (inode != at.inode && waiting.has_file(inode, born_nanos(metadata), false))
        };
        let is_of_another = |own: &Path, path: &Path| paths.is_rotated_of_another(own, path);
        let others = Others { is_read: &is_read, is_of_another: &is_of_another };
        search.find(at, places.of(&at.path), &others)
    }

    /// Whether the file of a position is read already, or closed at a known place.
    fn has_file(&self, at: &Position) -> bool {
        self.is_held(at.inode) || self.waiting.has_file(at.inode, at.born_nanos, true)
    }

    fn resume_moved(&mut self, waiting: Waiting, contents: Contents, now: Instant) {
        let Waiting { mut at, source, .. } = waiting;
        if at.role == Role::Live {
            at.role = Role::Moved;
        }
        self.make_room(now);
        self.drained.push(OpenFile::new(source, at, contents, now));
    }

    /// The file goes on from its start, if it is not known already, and what was in it is looked for elsewhere.
    fn resume_emptied(&mut self, waiting: Waiting, contents: Contents, path: &Path, now: Instant) -> Waiting {
        let Waiting { at, source, place } = waiting;
        if !self.has_file(&at) && at.role != Role::Copy {
            self.places.learn(&at.path, path);
            let mut emptied = Position::new(&at.pattern, &at.path, at.inode);
            (emptied.born_nanos, emptied.role) = (at.born_nanos, Role::Moved);
            emptied.canonical_path.clone_from(&at.canonical_path);
            emptied.written_nanos = at.written_nanos;
            self.make_room(now);
            self.drained.push(OpenFile::new(source, emptied, contents, now));
        }
        Waiting { at: at.cut_off(), source, place }
    }

    fn resume_copy(&mut self, waiting: Waiting, contents: Contents, metadata: &Metadata, now: Instant) {
        let Waiting { mut at, source, .. } = waiting;
        if at.is_cut_off() {
            self.logs.count_rotation(source, Rotation::Copytruncated);
        }
        if contents.is_plain() {
            self.logs.count_lost(source, at.size.saturating_sub(metadata.len().max(at.offset)));
            if metadata.len() <= at.offset {
                self.history.remember(at.cut_off(), self.open_count());
                return;
            }
            at.size = metadata.len();
        }
        (at.inode, at.born_nanos) = (Inode::of(metadata), born_nanos(metadata));
        at.role = Role::Recovered;
        let copy = self.live.take_copy(at.inode);
        let closed = self.waiting.take_if(|waiting| waiting.at.inode == at.inode && waiting.at.role == Role::Copy);
        self.make_room(now);
        let mut file = OpenFile::new(source, at, contents, now);
        file.seen = copy.is_some() || !closed.is_empty();
        self.drained.push(file);
    }

    fn wait_for(&mut self, mut waiting: Waiting, now: Instant) {
        if !waiting.note_miss(now, self.options.quiet_grace) {
            self.waiting.push_back(waiting);
            return;
        }
        self.logs.count_lost(waiting.source, waiting.at.unread_bytes());
        if waiting.at.is_cut_off() {
            self.logs.count_rotation(waiting.source, Rotation::Truncated);
        }
        self.history.remember(waiting.at.cut_off(), self.open_count());
    }

    /// Finds the files that came and went at a path between two looks. They are read when it is their turn.
    pub(super) fn adopt_rotated_past(&mut self, at: &Position, now: Instant) {
        let Some(source) = self.logs.source_of(at) else { return };
        for file in self.rotated_past(at, false) {
            let mut found = Position::new(&at.pattern, &at.path, file.inode);
            found.canonical_path.clone_from(&at.canonical_path);
            (found.born_nanos, found.written_nanos) = (file.born_nanos, file.written_nanos);
            found.role = if file.is_plain { Role::Moved } else { Role::Recovered };
            found.fingerprint = file.head;
            found.size = if file.is_plain { file.size } else { 0 };
            self.logs.count_rotation(source, Rotation::Renamed);
            let place = WhereIs::Rotated { path: file.path, exhausted: None, since: now };
            self.waiting.push(found, source, place);
        }
    }

    /// `at_start`: everything that is there is history.
    fn rotated_past(&mut self, at: &Position, at_start: bool) -> Vec<RotatedFile> {
        let Self { live, drained, paths, places, search, waiting, history, .. } = self;
        let is_read = |metadata: &Metadata| {
            let inode = Inode::of(metadata);
            !at_start
                && (live.files().find(inode).is_some()
                    || drained.files().find(inode).is_some()
                    || waiting.has_file(inode, born_nanos(metadata), true))
        };
        let is_of_another = |own: &Path, path: &Path| paths.is_rotated_of_another(own, path);
        let others = Others { is_read: &is_read, is_of_another: &is_of_another };
        let open: Vec<&OpenFile> = drained.files().iter().chain(live.files().iter()).collect();
        let positions: Vec<&Position> = waiting.positions().chain(history.positions()).collect();
        search.rotated_past(at, places.of(&at.path), &others, |file, in_chain| {
            if at_start {
                return file.head.is_empty();
            }
            Self::is_known((&open, &positions), file, &at.path, in_chain)
        })
    }

    /// Opens the rotated files that are closed and have something to be read, as many as may be open.
    pub(super) fn open_rotated(&mut self, now: Instant) {
        let rotated = self.waiting.take_rotated();
        if rotated.is_empty() {
            return;
        }
        let begun: HashSet<PathBuf> = self.begun_paths().into_iter().map(Path::to_owned).collect();
        for waiting in rotated {
            let WhereIs::Rotated { path, exhausted, since } = waiting.place else { continue };
            let Waiting { at, source, .. } = waiting;
            let metadata = fs::metadata(&path).ok().filter(|metadata| Inode::of(metadata) == at.inode);
            let Some(metadata) = metadata else {
                // It was moved again.
                self.waiting.push(at, source, WhereIs::UNKNOWN);
                continue;
            };
            let is_idle = exhausted == Some((metadata.len(), written_nanos(&metadata)));
            let is_over = begun.contains(&at.path) && now.saturating_duration_since(since) >= self.options.quiet_grace;
            if is_idle && is_over {
                self.logs.count_lost(source, at.unread_bytes());
                self.history.remember(at, self.open_count());
            } else if is_idle || !self.may_open_rotated(&at, now) {
                self.waiting.push(at, source, WhereIs::Rotated { path, exhausted, since });
            } else {
                self.open_one_rotated(at, source, path, now);
            }
        }
    }

    fn may_open_rotated(&mut self, at: &Position, now: Instant) -> bool {
        let has_descriptor = self.open_count() < self.options.files_max || self.close_idle() || self.close_waiting(now);
        has_descriptor && self.drained.has_room(&at.path, at.role == Role::Recovered)
    }

    fn open_one_rotated(&mut self, at: Position, source: usize, path: PathBuf, now: Instant) {
        match Contents::open(&path).and_then(|contents| contents.file().metadata().map(|it| (contents, it))) {
            Ok((contents, metadata)) if Inode::of(&metadata) == at.inode => {
                let mut file = OpenFile::new(source, at, contents, now);
                file.quiet_since = now.checked_sub(silence(&metadata)).unwrap_or(now);
                self.drained.push(file);
            }
            _ => self.waiting.push(at, source, WhereIs::UNKNOWN),
        }
    }

    /// Notes the rotated files that are there at start-up, so that none is ever taken for one that was overlooked.
    pub(super) fn remember_old(&mut self, path: &Path) {
        let mut at = Position::new("", path, Inode::default());
        at.canonical_path = canonical(path);
        at.written_nanos = std::fs::metadata(path).map_or(0, |metadata| written_nanos(&metadata));
        let old = self.rotated_past(&at, true);
        for file in old.into_iter().rev().take(OLD_MAX) {
            let old = Position { fingerprint: file.head, role: Role::Copy, ..at.clone() };
            self.history.remember(old, self.paths.len());
        }
    }
}

/// How long nothing has been written to a file.
fn silence(metadata: &Metadata) -> Duration {
    let written = metadata.modified().unwrap_or_else(|_| SystemTime::now());
    SystemTime::now().duration_since(written).unwrap_or_default()
}
