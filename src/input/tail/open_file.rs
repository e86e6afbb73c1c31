//! One open file and how far it has been read.
//!
//! It knows when its content was replaced under it. It does not know paths, sources or what became of that content.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::contents::Contents;
use super::identity::{Fingerprint, Inode, written_nanos};
use super::positions::{Position, Role};
use crate::input::lines::Line;
use crate::input::parts::{Inside, Joined, split_joined};

pub(super) struct OpenFile {
    pub source: usize,
    pub at: Position,
    pub contents: Contents,
    /// A path led to it when the paths were last looked up.
    pub seen: bool,
    /// Nothing of it was ever read, so it may yet turn out to be a copy.
    pub is_fresh: bool,
    /// When bytes last came, or when it was moved away.
    pub quiet_since: Instant,
    /// The size and time of writing at which everything had been read, so that an idle file costs one `fstat`.
    exhausted: Option<(u64, i64)>,
    /// When it was last looked at.
    checked: Option<Instant>,
    /// How many names lead to it.
    links: u64,
    /// The last byte read was NUL, so there may be a hole to be skipped.
    in_hole: bool,
    /// Reading fails until it is opened again.
    is_stale: bool,
}

/// Nothing was written for so long: the file is looked at less often.
const IDLE: Duration = Duration::from_secs(1);
/// The longer a file is silent, the more seldom it is looked at: after so much of its silence.
const OF_SILENCE: u32 = 2;

/// How often an idle file is looked at.
#[derive(Clone, Copy)]
pub(super) struct IdleChecks {
    least: Duration,
    most: Duration,
}

impl IdleChecks {
    /// Files that are looked at in the time of one `idle_check_every`, however long all have been silent.
    const FILES: usize = 100;

    /// Of `files`, each at least this often where there are few.
    pub(super) fn of(files: usize, idle_check_every: Duration) -> Self {
        Self { least: idle_check_every, most: idle_check_every.mul_f64(1.0 + (files / Self::FILES) as f64) }
    }
}

/// What [`OpenFile::fill`] found.
pub(super) enum Filled {
    /// So many bytes, proven to be those of the file as it is known.
    Bytes(usize),
    Nothing,
    /// The file was cut off, and perhaps written anew.
    Replaced,
}

impl OpenFile {
    pub(super) fn new(source: usize, at: Position, contents: Contents, now: Instant) -> Self {
        let is_fresh = at.offset == 0 && matches!(at.role, Role::Live | Role::Moved);
        Self {
            source,
            at,
            contents,
            seen: false,
            is_fresh,
            quiet_since: now,
            exhausted: None,
            checked: None,
            links: 1,
            in_hole: false,
            is_stale: false,
        }
    }

    /// The same file under another index of its source.
    pub(super) fn of_source(self, source: usize) -> Self {
        Self { source, ..self }
    }

    /// It is idle, and was looked at so short a time ago that it need not be again.
    pub(super) fn may_be_skipped(&self, now: Instant, every: IdleChecks) -> bool {
        let since = |then: Instant| now.saturating_duration_since(then);
        let silence = since(self.quiet_since);
        let due = || (silence / OF_SILENCE).clamp(every.least, every.most);
        self.is_exhausted() && silence > IDLE && self.checked.is_some_and(|then| since(then) < due())
    }

    /// Something happened to it, so it has to be looked at.
    pub(super) fn touch(&mut self) {
        self.checked = None;
    }

    /// No name leads to it any more.
    pub(super) fn is_unlinked(&self) -> bool {
        self.links == 0
    }

    /// The same, asked now.
    pub(super) fn is_removed(&self) -> bool {
        self.contents.file().metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }

    /// The path at which it can be found now, where the kernel tells. It may be gone from there in a moment.
    pub(super) fn current_path(&self) -> Option<PathBuf> {
        let link = format!("/proc/self/fd/{}", self.contents.file().as_raw_fd());
        let path = std::fs::read_link(link).ok()?;
        let is_there = std::fs::metadata(&path).is_ok_and(|metadata| Inode::of(&metadata) == self.at.inode);
        is_there.then_some(path)
    }

    /// Reading it failed in a way that opening it again may help against.
    pub(super) fn note_error(&mut self, error: &io::Error) {
        self.is_stale = matches!(error.raw_os_error(), Some(libc::ESTALE | libc::EIO | libc::ENODEV | libc::ENXIO));
    }

    pub(super) fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Everything that is there now has been read.
    pub(super) fn has_nothing_new(&self) -> bool {
        let state = self.contents.file().metadata().map(|metadata| (metadata.len(), written_nanos(&metadata)));
        self.exhausted.is_some() && self.exhausted == state.ok()
    }

    /// The size and time of writing at which everything had been read, if it has.
    pub(super) fn exhausted(&self) -> Option<(u64, i64)> {
        self.exhausted
    }

    /// Whether the content begins like `head`: that which was read, or that which is there now and was not looked at.
    pub(super) fn begins_like(&self, head: &Fingerprint) -> bool {
        let is_there = |now: Fingerprint| self.contents.is_plain() && now.agrees_with(head);
        self.at.fingerprint.agrees_with(head) || Fingerprint::read(self.contents.file()).is_ok_and(is_there)
    }

    /// Reads on from the offset.
    ///
    /// The first bytes are compared *after* the read: a cut that came before it is found out, so nothing is handed out
    /// that was read in new content at an old offset.
    pub(super) fn fill(&mut self, buffer: &mut [u8], now: Instant) -> io::Result<Filled> {
        let metadata = self.contents.file().metadata()?;
        let state = (metadata.len(), written_nanos(&metadata));
        (self.checked, self.links) = (Some(now), metadata.nlink());
        if self.exhausted == Some(state) {
            return Ok(Filled::Nothing);
        }
        if self.contents.is_plain() && state.0 < self.at.offset {
            return Ok(Filled::Replaced);
        }
        self.skip_hole(state.0);
        let room = self.room(state.0, buffer.len());
        let count = self.contents.read_at(&mut buffer[..room], self.at.offset)?;
        let mut fingerprint = self.at.fingerprint;
        fingerprint.extend(self.at.offset, &buffer[..count]);
        if self.contents.is_plain() && !Fingerprint::read(self.contents.file())?.continues(&fingerprint) {
            // Which content the bytes came from is known only if they are the first ones.
            if self.at.fingerprint.is_empty() {
                self.at.fingerprint = fingerprint;
            }
            return Ok(Filled::Replaced);
        }
        self.at.fingerprint = fingerprint;
        self.in_hole = count > 0 && buffer[count - 1] == 0;
        if self.at.role == Role::Live && !fingerprint.is_empty() {
            self.at.written_nanos = state.1;
        }
        let end = self.at.offset + count as u64;
        if end > self.at.size {
            self.quiet_since = now;
        }
        self.at.size = if self.contents.is_plain() { end.max(state.0) } else { end };
        self.exhausted = (count < buffer.len() && !self.contents.has_failed()).then_some(state);
        Ok(if count == 0 { Filled::Nothing } else { Filled::Bytes(count) })
    }

    /// Goes on behind a hole. Only where all before it was read: a hole begins with a NUL, which ends no line.
    fn skip_hole(&mut self, size: u64) {
        if std::mem::take(&mut self.in_hole) && !self.at.discarding {
            let next = self.contents.next_data(self.at.offset).unwrap_or(self.at.offset);
            self.at.offset = next.clamp(self.at.offset, size.max(self.at.offset));
        }
    }

    /// How much of a buffer the file fills, now that it has this size: asking for more would cost another read, of nothing.
    fn room(&self, size: u64, buffer: usize) -> usize {
        let there = if self.contents.is_plain() { size.saturating_sub(self.at.offset) } else { u64::MAX };
        usize::try_from(there).unwrap_or(usize::MAX).min(buffer)
    }

    /// Hands out the lines in `bytes`, which stand at the offset, and moves it. Returns how many bytes are done with.
    /// `at_end`: it will not grow, so a last line without its newline is one, too.
    pub(super) fn deliver(
        &mut self,
        bytes: &[u8],
        line_bytes_max: usize,
        at_end: bool,
        joined: &mut Joined,
        mut on_line: impl FnMut(Line<'_>),
    ) -> u64 {
        let mut inside = Inside { line: self.at.discarding, parts: self.at.discarding_parts };
        let mut done = split_joined(bytes, line_bytes_max, at_end, &mut inside, joined, &mut on_line);
        if at_end && done < bytes.len() {
            on_line(Line::Complete(&bytes[done..]));
            done = bytes.len();
        }
        (self.at.discarding, self.at.discarding_parts) = (inside.line, inside.parts);
        self.at.offset += done as u64;
        done as u64
    }

    /// Nothing more can be read of an archive that is damaged, while a plain file may be better the next time.
    pub(super) fn give_up_archive(&mut self) {
        if !self.contents.is_plain() {
            self.exhausted = Some((self.at.size, self.at.written_nanos));
        }
    }

    /// Everything that was there at the last look has been read, but for a half line.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted.is_some()
    }

    /// Begins the content that replaced the old one, and returns the position in the old, which has no inode any more.
    pub(super) fn restart(&mut self) -> io::Result<Position> {
        let size = self.contents.file().metadata()?.len();
        let head = Fingerprint::read(self.contents.file())?;
        let old = self.at.clone().cut_off();
        let only_shortened = !old.fingerprint.is_empty() && head.continues(&old.fingerprint);
        if only_shortened {
            self.at.offset = old.offset.min(size);
        } else {
            self.at.offset = 0;
            self.at.fingerprint = Fingerprint::EMPTY;
        }
        self.at.discarding = false;
        self.at.discarding_parts = [false; 2];
        self.at.size = size;
        self.exhausted = None;
        Ok(old)
    }
}
