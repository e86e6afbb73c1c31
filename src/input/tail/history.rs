//! What was read to its end and let go, so that a late copy of it is not taken for news.

use std::collections::VecDeque;
use std::path::Path;

use super::positions::Position;

/// How many files of one path are remembered in any case.
const PER_PATH_MIN: usize = 8;
/// And how much longer the others: while a younger file could be taken for theirs by its time.
const AGE_NANOS_MAX: i64 = 10_000_000_000;
/// How many files are remembered however few logs there are: a log may be rotated a hundred times a second.
const REMEMBERED_MIN: usize = 512;
/// How many are remembered for each open file.
const PER_FILE: usize = 2;

#[derive(Default)]
pub(super) struct History {
    /// The oldest first.
    finished: VecDeque<Position>,
}

impl History {
    pub(super) fn new(finished: Vec<Position>) -> Self {
        Self { finished: finished.into() }
    }

    /// Notes content as read to its end. `files`: how many are open.
    pub(super) fn remember(&mut self, at: Position, files: usize) {
        self.forget_old(&at);
        while self.finished.len() >= REMEMBERED_MIN.max(files * PER_FILE) {
            self.finished.pop_front();
        }
        self.finished.push_back(at);
    }

    /// Forgets what was written long before `at`, at the same path.
    fn forget_old(&mut self, at: &Position) {
        let since = at.written_nanos.saturating_sub(AGE_NANOS_MAX);
        let mut of_path = self.finished.iter().filter(|other| other.path == at.path).count();
        self.finished.retain(|other| {
            let is_spare = of_path >= PER_PATH_MIN && other.path == at.path && other.written_nanos < since;
            of_path -= usize::from(is_spare);
            !is_spare
        });
    }

    /// The last of a path, copies apart.
    pub(super) fn last_at(&self, path: &Path) -> Option<&Position> {
        self.finished.iter().filter(|at| at.was_at(path)).max_by_key(|at| at.written_nanos)
    }

    pub(super) fn positions(&self) -> impl Iterator<Item = &Position> {
        self.finished.iter()
    }
}
