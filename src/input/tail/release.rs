//! Decides when a file that no path leads to may be let go.

use std::time::Instant;

use super::follow::Follow;
use super::positions::Role;
use super::tailer::Tailer;
use super::{Line, Lines, Round};

/// Moved files that wait for a successor that never comes. The longest silent one goes first.
const MOVED_MAX: usize = 64;

impl Tailer {
    /// Closes the moved files that nothing will be written to any more.
    pub(super) fn release(&mut self, now: Instant, round: &mut Round, lines: &mut impl Lines) {
        for index in (0..self.files.len()).rev() {
            let file = &self.files[index];
            match file.at.role {
                Role::Recovered if !file.is_exhausted() && !self.is_quiet(file, now) => {}
                Role::Recovered if file.seen => self.keep_as_twin(index),
                Role::Recovered => self.finish(index),
                Role::Moved if file.is_exhausted() && self.is_over(file, now) => {
                    self.deliver_rest(index, round, lines);
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
            self.deliver_rest(index, round, lines);
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
    fn deliver_rest(&mut self, index: usize, round: &mut Round, lines: &mut impl Lines) {
        let file = &mut self.files[index];
        let rest = match file.contents.read_at(&mut self.buffer, file.at.offset) {
            Ok(count) if count > 0 && !file.at.discarding => &self.buffer[..count],
            _ => return,
        };
        round.lines += 1;
        round.bytes += rest.len() as u64;
        self.logs[file.source].counts.bytes_read += rest.len() as u64;
        file.at.offset += rest.len() as u64;
        lines.line(file.source, Line::Complete(rest));
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
