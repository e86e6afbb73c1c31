//! Lets files go: those that are over, those that have to be opened again, and those whose descriptor is needed.

use std::time::Instant;

use super::Tailer;
use crate::input::lines::{Line, Lines};
use crate::input::tail::open_file::OpenFile;
use crate::input::tail::positions::Role;
use crate::input::tail::waiting::WhereIs;
use crate::input::wake::Round;

impl Tailer {
    /// Closes the moved files that nothing will be written to any more.
    pub(super) fn release(&mut self, now: Instant, round: &mut Round, lines: &mut impl Lines) {
        self.reopen_stale();
        if self.drained.is_empty() {
            return;
        }
        let begun = self.live.begun_paths();
        for mut file in self.drained.take_over(now, self.options.quiet_grace, &begun) {
            if file.at.role == Role::Recovered && file.seen {
                self.remember(&file);
                file.at.role = Role::Copy;
                self.live.push(file);
                continue;
            }
            self.deliver_rest(&mut file, round, lines);
            self.finish(file);
        }
        for mut file in self.drained.take_excess() {
            self.deliver_rest(&mut file, round, lines);
            self.finish(file);
        }
    }

    /// Closes what cannot be read through its descriptor any more. The next look opens it again.
    fn reopen_stale(&mut self) {
        for file in self.live.take_stale() {
            self.close_at_path(file, None);
        }
        for file in self.drained.take_stale() {
            self.waiting.push(file.at, file.source, WhereIs::UNKNOWN);
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

    /// Lets a file go for good. What was not read of it is lost.
    pub(super) fn finish(&mut self, file: OpenFile) {
        self.logs.count_lost(file.source, file.at.unread_bytes());
        self.remember(&file);
    }

    pub(super) fn remember(&mut self, file: &OpenFile) {
        if let Some(path) = file.current_path() {
            self.places.learn(&file.at.path, &path);
        }
        self.history.remember(file.at.clone(), self.open_count());
    }

    /// Makes sure that one more file can be opened: closes the one that will be missed least. Logs are opened again when
    /// they are written to; a rotated file is lost.
    pub(super) fn make_room(&mut self) {
        while self.open_count() >= self.options.files_max {
            self.free_descriptor();
        }
    }

    pub(super) fn free_descriptor(&mut self) {
        if let Some(file) = self.live.take_idle() {
            let exhausted = file.exhausted();
            self.close_at_path(file, exhausted);
        } else if let Some(file) = self.live.take_any() {
            self.close_at_path(file, None);
        } else if let Some(file) = self.drained.take_cheapest() {
            self.finish(file);
        }
    }

    fn close_at_path(&mut self, file: OpenFile, exhausted: Option<(u64, i64)>) {
        self.waiting.push(file.at, file.source, WhereIs::AtPath { exhausted, seen: file.seen });
    }
}
