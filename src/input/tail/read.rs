//! Reads one file in one round, and sees what it turns out to be: a copy, cut off, unreadable.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::follow::Filled;
use super::identity::Inode;
use super::positions::{Position, Role};
use super::reason::Cause;
use super::rotation::is_rotated_name;
use super::status::Trouble;
use super::tailer::{Missing, Tailer};
use super::{Lines, Round};

impl Tailer {
    /// Reads one file up to its share.
    pub(super) fn read(&mut self, index: usize, share: u64, now: Instant, round: &mut Round, lines: &mut impl Lines) {
        let mut done = 0;
        while self.files[index].at.role != Role::Twin {
            let file = &mut self.files[index];
            let empty = file.at.fingerprint.is_empty().then(|| file.at.clone());
            lines.pause();
            let count = match file.fill(&mut self.buffer, now) {
                Ok(Filled::Bytes(count)) => count,
                Ok(Filled::Nothing) => return,
                Ok(Filled::Replaced) => {
                    round.more = true;
                    return self.restart(index, now);
                }
                Err(error) => return self.note_read_error(index, Cause::from(&error)),
            };
            if std::mem::take(&mut self.files[index].is_fresh) && self.is_twin(index) {
                self.files[index].at.role = Role::Twin;
                return;
            }
            if let Some(empty) = empty {
                // It may have been filled and emptied before, when nobody looked.
                self.adopt_overtaken(&empty, now);
                round.more = true;
            }
            let file = &mut self.files[index];
            let source = file.source;
            let bytes = file.deliver(&self.buffer[..count], self.options.line_bytes_max, |line| {
                round.lines += 1;
                lines.line(source, line);
            });
            self.logs[source].counts.bytes_read += bytes;
            round.bytes += bytes;
            done += bytes;
            if bytes > 0 {
                file.quiet_since = now;
            }
            if file.is_exhausted() {
                return;
            }
            if done >= share {
                round.more = true;
                return;
            }
        }
    }

    /// The content was cut off: begin the new one, and look for what of the old was not read.
    fn restart(&mut self, index: usize, now: Instant) {
        let source = self.files[index].source;
        match self.files[index].restart() {
            Ok(old) => {
                self.missing.push(Missing { at: old.clone(), source, since: None });
                self.adopt_overtaken(&old, now);
                self.rescan();
            }
            Err(error) => self.note_read_error(index, Cause::from(&error)),
        }
    }

    fn note_read_error(&mut self, index: usize, cause: Cause) {
        let file = &mut self.files[index];
        file.give_up_archive();
        let log = &mut self.logs[file.source];
        log.counts.read_errors += 1;
        log.trouble = Some(Trouble { path: file.at.home.clone(), cause });
    }

    /// Whether a file that has just got its first bytes is a copy of one that is read, or was, under another name.
    /// Happens where a glob matches the copies that copytruncate makes, and where one was found while it was made.
    fn is_twin(&self, index: usize) -> bool {
        let this = &self.files[index].at;
        let is_at_home = fs::metadata(&this.home).is_ok_and(|metadata| Inode::of(&metadata) == this.inode);
        let is_copied_name = |home: &str| (!is_at_home && home == this.home) || is_beside_and_rotated(home, &this.home);
        let is_twin_of =
            |other: &Position| is_copied_name(&other.home) && other.fingerprint.agrees_with(&this.fingerprint);
        let others = self.files.iter().enumerate().filter(|(other, _)| *other != index);
        others.map(|(_, it)| &it.at).chain(self.missing.iter().map(|it| &it.at)).chain(&self.finished).any(is_twin_of)
    }
}

/// Whether `path` lies beside `home` and has the name that rotation would give it.
fn is_beside_and_rotated(home: &str, path: &str) -> bool {
    let (home, path) = (Path::new(home), Path::new(path));
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    home.parent() == path.parent() && is_rotated_name(&name(home), &name(path))
}
