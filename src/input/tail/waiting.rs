//! The saved positions whose file has not turned up yet.

use std::time::{Duration, Instant};

use super::identity::{Fingerprint, Inode};
use super::positions::{Position, Role};

#[derive(Default)]
pub(super) struct WaitingPositions {
    waiting: Vec<Waiting>,
}

/// One of them.
pub(super) struct Waiting {
    pub at: Position,
    pub source: usize,
    /// When it was first looked for in vain.
    since: Option<Instant>,
}

impl Waiting {
    /// Whether it has been looked for long enough. A copy may come late, so some time passes before content is given up.
    pub fn is_over(&mut self, now: Instant, grace: Duration) -> bool {
        now.saturating_duration_since(*self.since.get_or_insert(now)) >= grace
    }
}

impl WaitingPositions {
    pub fn push(&mut self, at: Position, source: usize) {
        self.push_back(Waiting { at, source, since: None });
    }

    /// Lets one wait on.
    pub fn push_back(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The one that waited longest without being looked for.
    pub fn pop_first(&mut self) -> Option<Waiting> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.iter()
    }

    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.waiting.iter().map(|waiting| &waiting.at)
    }

    /// Takes the position in a file that was found at `path`. Two of inode, content and path have to agree:
    /// the number of a device may change when a machine starts, and an empty file has no content to go by.
    pub fn take(&mut self, path: &str, inode: Inode, head: &Fingerprint, size: u64) -> Option<Position> {
        let agrees = |at: &Position, same_inode: bool| {
            let same_content = !at.fingerprint.is_empty() && head.continues(&at.fingerprint);
            match (same_inode, at.path == path) {
                (true, true) => head.continues(&at.fingerprint),
                (true, false) => same_content,
                (false, true) => same_content && size >= at.offset && !at.is_cut_off(),
                (false, false) => false,
            }
        };
        let find =
            |same_inode| self.positions().position(|at| (at.inode == inode) == same_inode && agrees(at, same_inode));
        let found = find(true).or_else(|| find(false))?;
        Some(self.waiting.swap_remove(found).at)
    }

    /// The last position of each path that leads nowhere just now, as `is_there` has it: nginx has not been told to reopen
    /// yet. Files may have come and gone there since.
    pub fn last_of_empty_paths(&self, is_there: impl Fn(&str) -> bool) -> Vec<Position> {
        let mut last: Vec<&Position> = Vec::new();
        for at in self.positions().filter(|at| at.role != Role::Copy) {
            match last.iter_mut().find(|other| other.path == at.path) {
                Some(other) if other.written_nanos < at.written_nanos => *other = at,
                Some(_) => {}
                None => last.push(at),
            }
        }
        last.into_iter().filter(|at| !is_there(&at.path)).cloned().collect()
    }
}
