//! What was read to its end and let go, so that a late copy of it is not taken for news.

use std::collections::VecDeque;

use super::positions::Position;

/// How many files are remembered.
const REMEMBERED_MAX: usize = 64;

#[derive(Default)]
pub(super) struct History {
    finished: VecDeque<Position>,
}

impl History {
    pub fn new(finished: Vec<Position>) -> Self {
        Self { finished: finished.into() }
    }

    /// Notes content as read to its end.
    pub fn remember(&mut self, at: Position) {
        if self.finished.len() >= REMEMBERED_MAX {
            self.finished.pop_front();
        }
        self.finished.push_back(at);
    }

    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.finished.iter()
    }
}
