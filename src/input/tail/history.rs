//! What was read to its end and let go, so that a late copy of it is not taken for news.

use std::collections::VecDeque;
use std::path::Path;

use super::positions::Position;

/// How many files of one path are remembered.
const PER_PATH_MAX: usize = 8;
/// How many are remembered however few logs there are.
const REMEMBERED_MIN: usize = 64;
/// How many are remembered for each open file.
const PER_FILE: usize = 2;

#[derive(Default)]
pub(super) struct History {
    finished: VecDeque<Position>,
}

impl History {
    pub fn new(finished: Vec<Position>) -> Self {
        Self { finished: finished.into() }
    }

    /// Notes content as read to its end. `files`: how many are open.
    pub fn remember(&mut self, at: Position, files: usize) {
        while self.finished.len() >= REMEMBERED_MIN.max(files * PER_FILE) {
            self.finished.pop_front();
        }
        let mut of_path = self.finished.iter().enumerate().filter(|(_, other)| other.path == at.path);
        let oldest = of_path.next().map(|(index, _)| index);
        if of_path.count() + 1 >= PER_PATH_MAX {
            oldest.map(|index| self.finished.remove(index));
        }
        self.finished.push_back(at);
    }

    /// The last of a path, copies apart.
    pub fn last_at(&self, path: &Path) -> Option<&Position> {
        self.finished.iter().filter(|at| at.was_at(path)).max_by_key(|at| at.written_nanos)
    }

    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.finished.iter()
    }
}
