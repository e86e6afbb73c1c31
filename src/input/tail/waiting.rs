//! The saved positions whose file is not open: it has not turned up yet, or was closed to spare a descriptor.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::identity::{Fingerprint, Inode};
use super::positions::{Position, Role};

#[derive(Default)]
pub(super) struct WaitingPositions {
    /// In the order in which they came.
    waiting: BTreeMap<u64, Waiting>,
    by_inode: HashMap<Inode, Vec<u64>>,
    by_path: HashMap<PathBuf, Vec<u64>>,
    next: u64,
}

/// One of them.
pub(super) struct Waiting {
    pub at: Position,
    pub source: usize,
    pub place: WhereIs,
}

/// What is known of where a file is.
#[derive(Clone, Debug)]
pub(super) enum WhereIs {
    /// It has to be looked for. When that was first done in vain, and when last.
    Unknown { since: Option<Instant>, searched: Option<Instant> },
    /// At its log's path, closed. The size and time of writing at which all of it had been read, if it had.
    AtPath { exhausted: Option<(u64, i64)>, seen: bool },
    /// It was rotated to this path, and is closed. The size and time of writing at which all of it had been read, if it had.
    Rotated { path: PathBuf, exhausted: Option<(u64, i64)>, since: Instant },
}

/// What a file at a path is known by.
pub(super) struct Sighting<'a> {
    pub path: &'a Path,
    pub inode: Inode,
    pub born_nanos: Option<i64>,
    pub head: &'a Fingerprint,
    pub size: u64,
}

impl WhereIs {
    pub(super) const UNKNOWN: Self = Self::Unknown { since: None, searched: None };
}

impl Waiting {
    /// Notes that it was looked for in vain, and says whether that has gone on long enough. A copy may come late, so some
    /// time passes before content is given up.
    pub(super) fn note_miss(&mut self, now: Instant, grace: Duration) -> bool {
        let first = match self.place {
            WhereIs::Unknown { since: Some(since), .. } => since,
            _ => now,
        };
        self.place = WhereIs::Unknown { since: Some(first), searched: Some(now) };
        now.saturating_duration_since(first) >= grace
    }

    /// It has to be looked for, and that was not done a moment ago.
    pub(super) fn is_due(&self, now: Instant, every: Duration) -> bool {
        let is_over = |then: Instant| now.saturating_duration_since(then) >= every;
        matches!(self.place, WhereIs::Unknown { searched, .. } if searched.is_none_or(is_over))
    }
}

impl WaitingPositions {
    pub(super) fn push(&mut self, at: Position, source: usize, place: WhereIs) {
        self.push_back(Waiting { at, source, place });
    }

    /// Lets one wait on.
    pub(super) fn push_back(&mut self, waiting: Waiting) {
        self.by_inode.entry(waiting.at.inode).or_default().push(self.next);
        self.by_path.entry(waiting.at.path.clone()).or_default().push(self.next);
        self.waiting.insert(self.next, waiting);
        self.next += 1;
    }

    fn remove(&mut self, id: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&id)?;
        forget(&mut self.by_inode, &waiting.at.inode, id);
        forget(&mut self.by_path, &waiting.at.path, id);
        Some(waiting)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.values()
    }

    pub(super) fn positions(&self) -> impl Iterator<Item = &Position> {
        self.waiting.values().map(|waiting| &waiting.at)
    }

    /// Takes out those for which `is_due` says so, the oldest first.
    pub(super) fn take_if(&mut self, is_due: impl Fn(&Waiting) -> bool) -> Vec<Waiting> {
        let due: Vec<u64> = self.waiting.iter().filter(|(_, waiting)| is_due(waiting)).map(|(id, _)| *id).collect();
        due.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Whether one waits for this file, and its place is known. Where it is not, the inode may have other content by now.
    /// `copies`: also one that is not to be read.
    pub(super) fn has_file(&self, inode: Inode, born_nanos: Option<i64>, copies: bool) -> bool {
        let of_inode = self.by_inode.get(&inode).into_iter().flatten();
        let is_its = |waiting: &Waiting| {
            let is_read = copies || waiting.at.role != Role::Copy;
            is_read && !matches!(waiting.place, WhereIs::Unknown { .. }) && waiting.at.is_born_like(born_nanos)
        };
        of_inode.into_iter().any(|id| is_its(&self.waiting[id]))
    }

    /// The last position at a path, copies apart.
    pub(super) fn last_at(&self, path: &Path) -> Option<&Position> {
        let of_path = self.by_path.get(path)?.iter().map(|id| &self.waiting[id].at);
        of_path.filter(|at| at.was_at(path)).max_by_key(|at| at.written_nanos)
    }

    /// Notes that a path leads to a file that was closed there. `None`: there is none; `Some(true)`: nothing new is in it.
    pub(super) fn see(&mut self, inode: Inode, state: (u64, i64)) -> Option<bool> {
        let closed = self.by_inode.get(&inode)?.iter().copied();
        let mut found = None;
        for id in closed {
            if let Some(Waiting { place: WhereIs::AtPath { exhausted, seen }, .. }) = self.waiting.get_mut(&id) {
                *seen = true;
                found = Some(*exhausted == Some(state));
            }
        }
        found
    }

    /// The paths at which a closed file has been written to.
    pub(super) fn begun_paths(&self) -> impl Iterator<Item = &Path> {
        let begun = self.waiting.values().filter(|waiting| matches!(waiting.place, WhereIs::AtPath { .. }));
        begun.filter(|waiting| waiting.at.size > 0).map(|waiting| waiting.at.path.as_path())
    }

    /// Takes out the files that were rotated and are closed.
    pub(super) fn take_rotated(&mut self) -> Vec<Waiting> {
        self.take_if(|waiting| matches!(waiting.place, WhereIs::Rotated { .. }))
    }

    pub(super) fn begin_look(&mut self) {
        for waiting in self.waiting.values_mut() {
            if let WhereIs::AtPath { seen, .. } = &mut waiting.place {
                *seen = false;
            }
        }
    }

    /// Files that were closed at their path and are not there any more have to be looked for.
    pub(super) fn end_look(&mut self) {
        for waiting in self.waiting.values_mut() {
            if matches!(waiting.place, WhereIs::AtPath { seen: false, .. }) {
                waiting.place = WhereIs::UNKNOWN;
            }
        }
    }

    /// Takes the position in a file that was found at a path. Two of inode, content and path have to agree:
    /// the number of a device may change when a machine starts, and an empty file has no content to go by.
    pub(super) fn take(&mut self, file: &Sighting) -> Option<Waiting> {
        let is_its = |at: &Position| {
            at.is_born_like(file.born_nanos)
                && file.head.continues(&at.fingerprint)
                && (at.path == file.path || !at.fingerprint.is_empty() || at.born_nanos.is_some())
        };
        let same = self.by_inode.get(&file.inode).into_iter().flatten().copied();
        let same = same.filter(|id| is_its(&self.waiting[id].at)).min();
        let is_its_content = |at: &Position| {
            at.inode != file.inode
                && !at.fingerprint.is_empty()
                && file.head.continues(&at.fingerprint)
                && !at.is_cut_off()
                && file.size >= at.offset
        };
        let alike = || {
            let of_path = self.by_path.get(file.path).into_iter().flatten().copied();
            let alike = of_path.filter(|id| is_its_content(&self.waiting[id].at));
            alike.max_by_key(|id| (self.waiting[id].at.role == Role::Live, self.waiting[id].at.written_nanos))
        };
        let found = same.or_else(alike)?;
        self.remove(found)
    }

    /// The content that was in a closed file is not there any more, and has to be looked for.
    pub(super) fn cut_off(&mut self, inode: Inode) {
        let closed = |waiting: &Waiting| waiting.at.inode == inode && matches!(waiting.place, WhereIs::AtPath { .. });
        if self.by_inode.contains_key(&inode) {
            for waiting in self.take_if(closed) {
                self.push(waiting.at.cut_off(), waiting.source, WhereIs::UNKNOWN);
            }
        }
    }

    /// The last position of each path that leads nowhere just now, as `is_there` has it: nginx has not been told to reopen
    /// yet. Files may have come and gone there since.
    pub(super) fn last_of_empty_paths(&self, is_there: impl Fn(&Path) -> bool) -> Vec<Position> {
        let last = self.by_path.keys().filter_map(|path| self.last_at(path));
        let mut last: Vec<Position> = last.filter(|at| !is_there(&at.path)).cloned().collect();
        last.sort_by(|a, b| a.path.cmp(&b.path));
        last
    }
}

fn forget<K: std::hash::Hash + Eq>(index: &mut HashMap<K, Vec<u64>>, key: &K, id: u64) {
    if let Some(ids) = index.get_mut(key) {
        ids.retain(|other| *other != id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}
