//! Lets files go: those that are over, those that have to be opened again, and those whose descriptor is needed.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use super::Tailer;
use crate::input::lines::Lines;
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
        let mut begun = self.live.begun_paths();
        begun.extend(self.waiting.begun_paths());
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
        let source = file.source;
        lines.file(source, &file.at.path);
        let bytes = file.deliver(rest, self.options.line_bytes_max, true, &mut self.joined, |line| {
            round.lines += 1;
            lines.line(source, line);
        });
        round.bytes += bytes;
        self.logs.count_read(source, bytes);
    }

    /// Lets a file go for good. What was not read of it is lost.
    pub(super) fn finish(&mut self, file: OpenFile) {
        self.logs.count_lost(file.source, file.at.unread_bytes());
        self.remember(&file);
    }

    pub(super) fn remember(&mut self, file: &OpenFile) {
        self.revision += 1;
        if let Some(path) = file.current_path() {
            self.places.learn(&file.at.path, &path);
        }
        self.history.remember(file.at.clone(), self.open_count());
    }

    /// The paths of logs that have been written to: what was moved away from there has its successor.
    pub(super) fn begun_paths(&self) -> HashSet<&Path> {
        let mut begun = self.live.begun_paths();
        begun.extend(self.waiting.begun_paths());
        begun
    }

    /// Makes sure that one more file can be opened: closes the one that will be missed least.
    pub(super) fn make_room(&mut self, now: Instant) {
        while self.open_count() >= self.options.files_max.max(1) {
            self.free_descriptor(now);
        }
    }

    /// Files that are still to be found by a path are opened again when there is something to be read. A removed one is
    /// looked for, in case it was packed; if it is nowhere, what was not read of it is counted as lost.
    pub(super) fn free_descriptor(&mut self, now: Instant) {
        if self.close_idle() || self.close_waiting(now) {
            return;
        }
        if let Some(file) = self.live.take_any() {
            self.close_at_path(file, None);
        } else if let Some(file) = self.drained.take_any() {
            self.close_rotated(file, now);
        }
    }

    /// Closes a log that is idle, if one is.
    pub(super) fn close_idle(&mut self) -> bool {
        let idle = self.live.take_idle();
        let found = idle.is_some();
        if let Some(file) = idle {
            let exhausted = file.exhausted();
            self.close_at_path(file, exhausted);
        }
        found
    }

    /// Closes a rotated file that was read to its end and waits for its successor, if there is one.
    pub(super) fn close_waiting(&mut self, now: Instant) -> bool {
        let waiting = self.drained.take_waiting();
        let found = waiting.is_some();
        if let Some(file) = waiting {
            self.close_rotated(file, now);
        }
        found
    }

    fn close_rotated(&mut self, file: OpenFile, now: Instant) {
        let place = match file.current_path() {
            Some(path) => WhereIs::Rotated { path, exhausted: file.exhausted(), since: now },
            // It was removed, perhaps after it had been packed.
            None => WhereIs::UNKNOWN,
        };
        self.waiting.push(file.at, file.source, place);
    }

    fn close_at_path(&mut self, file: OpenFile, exhausted: Option<(u64, i64)>) {
        self.waiting.push(file.at, file.source, WhereIs::AtPath { exhausted, seen: file.seen });
    }
}
