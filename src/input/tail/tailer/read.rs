//! Reads one file in one round, and sees what it turns out to be: a copy, cut off, unreadable.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::{Slot, Tailer};
use crate::input::lines::Lines;
use crate::input::tail::identity::Inode;
use crate::input::tail::open_file::Filled;
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::reason::Cause;
use crate::input::tail::rotation::is_rotated_name;
use crate::input::wake::Round;

impl Tailer {
    /// Reads one file up to its share.
    pub(super) fn read(&mut self, slot: Slot, share: u64, now: Instant, round: &mut Round, lines: &mut impl Lines) {
        let mut done = 0;
        while self.file(slot).at.role != Role::Copy {
            let file = slot.file(&mut self.live, &mut self.drained);
            let empty = file.at.fingerprint.is_empty().then(|| file.at.clone());
            lines.pause();
            let count = match file.fill(&mut self.buffer, now) {
                Ok(Filled::Bytes(count)) => count,
                Ok(Filled::Nothing) => return,
                Ok(Filled::Replaced) => {
                    round.more = true;
                    return self.restart(slot, now);
                }
                Err(error) => return self.note_read_error(slot, Cause::from(&error)),
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
        let bytes = file.deliver(&self.buffer[..count], self.options.line_bytes_max, |line| {
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
                self.waiting.push(old.clone(), source);
                self.adopt_rotated_past(&old, now);
                self.rescan();
            }
            Err(error) => self.note_read_error(slot, Cause::from(&error)),
        }
    }

    fn note_read_error(&mut self, slot: Slot, cause: Cause) {
        let file = slot.file(&mut self.live, &mut self.drained);
        file.give_up_archive();
        self.logs.note_read_error(file.source, &file.at.path, cause);
    }

    /// Whether a file that has just got its first bytes is a copy of one that is read, or was, under another name.
    /// Happens where a glob matches the copies that copytruncate makes, and where one was found while it was made.
    fn is_copy(&self, slot: Slot) -> bool {
        let this = match slot {
            Slot::Drained(index) => &self.drained.files().get(index).at,
            Slot::Live(index) => &self.live.files().get(index).at,
        };
        let is_at_home = fs::metadata(&this.path).is_ok_and(|metadata| Inode::of(&metadata) == this.inode);
        let is_copied_name = |path: &str| (!is_at_home && path == this.path) || is_beside_and_rotated(path, &this.path);
        let is_copied =
            |other: &Position| is_copied_name(&other.path) && other.fingerprint.agrees_with(&this.fingerprint);
        self.known().filter(|other| !std::ptr::eq(*other, this)).any(is_copied)
    }
}

/// Whether `path` lies beside `live` and has the name that rotation would give it.
fn is_beside_and_rotated(live: &str, path: &str) -> bool {
    let (live, path) = (Path::new(live), Path::new(path));
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    live.parent() == path.parent() && is_rotated_name(&name(live), &name(path))
}
