//! Reads one file in one round, and sees what it turns out to be: a copy, cut off, unreadable.

use std::io;
use std::time::Instant;

use super::{Slot, Tailer};
use crate::input::lines::Lines;
use crate::input::tail::open_file::Filled;
use crate::input::tail::positions::Role;
use crate::input::tail::reason::Cause;
use crate::input::tail::waiting::WhereIs;
use crate::input::wake::Round;

impl Tailer {
    /// Reads one file up to its share.
    pub(super) fn read(&mut self, slot: Slot, share: u64, now: Instant, round: &mut Round, lines: &mut impl Lines) {
        let mut done = 0;
        while self.file(slot).at.role != Role::Copy {
            let file = slot.file(&mut self.live, &mut self.drained);
            let empty = file.at.fingerprint.is_empty().then(|| file.at.clone());
            lines.pause();
            let before = file.exhausted();
            let filled = file.fill(&mut self.buffer, now);
            self.revision += u64::from(file.exhausted() != before || !matches!(filled, Ok(Filled::Nothing)));
            let count = match filled {
                Ok(Filled::Bytes(count)) => count,
                Ok(Filled::Nothing) => return,
                Ok(Filled::Replaced) => {
                    round.more = true;
                    return self.restart(slot, now);
                }
                Err(error) => return self.note_read_error(slot, &error),
            };
            if std::mem::take(&mut file.is_fresh) && self.is_copy(slot) {
                self.file(slot).at.role = Role::Copy;
                return;
            }
            if let Some(empty) = empty {
                // It may have been filled and emptied before, when nobody looked.
                self.adopt_rotated_past(&empty, now);
                round.more = true;
            }
            done += self.deliver(slot, count, now, round, lines);
            if self.file(slot).is_exhausted() {
                return;
            }
            if done >= share {
                round.more = true;
                return;
            }
        }
    }

    /// Hands out the lines in the `count` bytes that were read, and returns how many bytes are done with.
    fn deliver(&mut self, slot: Slot, count: usize, now: Instant, round: &mut Round, lines: &mut impl Lines) -> u64 {
        let file = slot.file(&mut self.live, &mut self.drained);
        let source = file.source;
        lines.file(source, &file.at.path);
        let limit = self.options.line_bytes_max;
        let bytes = file.deliver(&self.buffer[..count], limit, false, &mut self.joined, |line| {
            round.lines += 1;
            lines.line(source, line);
        });
        if bytes > 0 {
            file.quiet_since = now;
        }
        self.logs.count_read(source, bytes);
        round.bytes += bytes;
        bytes
    }

    /// The content was cut off: begin the new one, and look for what of the old was not read.
    fn restart(&mut self, slot: Slot, now: Instant) {
        let file = self.file(slot);
        let source = file.source;
        match file.restart() {
            Ok(old) => {
                self.waiting.push(old.clone(), source, WhereIs::UNKNOWN);
                self.adopt_rotated_past(&old, now);
                self.paths.hurry();
            }
            Err(error) => self.note_read_error(slot, &error),
        }
    }

    fn note_read_error(&mut self, slot: Slot, error: &io::Error) {
        let file = slot.file(&mut self.live, &mut self.drained);
        file.give_up_archive();
        file.note_error(error);
        self.paths.doubt();
        self.logs.note_read_error(file.source, &file.at.path, Cause::from(error));
    }
}
