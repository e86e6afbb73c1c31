//! One open file and how far it has been read.
//!
//! It knows when its content was replaced under it. It does not know paths, sources or what became of that content.

use std::io;
use std::time::Instant;

use super::contents::Contents;
use super::identity::{Fingerprint, Inode, written_nanos};
use super::positions::{Position, Role};
use crate::input::lines::{Line, split};

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
    pub fn new(source: usize, at: Position, contents: Contents, now: Instant) -> Self {
        let is_fresh = at.fingerprint.is_empty();
        Self { source, at, contents, seen: false, is_fresh, quiet_since: now, exhausted: None }
    }

    /// It was last at `path`, and is no copy.
    pub fn was_at(&self, path: &str) -> bool {
        self.at.was_at(path)
    }

    /// Whether the content begins like `head`: that which was read, or that which is there now and was not looked at.
    pub fn begins_like(&self, head: &Fingerprint) -> bool {
        let is_there = |now: Fingerprint| self.contents.is_plain() && now.agrees_with(head);
        self.at.fingerprint.agrees_with(head) || Fingerprint::read(self.contents.file()).is_ok_and(is_there)
    }

    /// Reads on from the offset.
    ///
    /// The first bytes are compared *after* the read: a cut that came before it is found out, so nothing is handed out
    /// that was read in new content at an old offset.
    pub fn fill(&mut self, buffer: &mut [u8], now: Instant) -> io::Result<Filled> {
        let metadata = self.contents.file().metadata()?;
        let state = (metadata.len(), written_nanos(&metadata));
        if self.exhausted == Some(state) {
            return Ok(Filled::Nothing);
        }
        if self.contents.is_plain() && state.0 < self.at.offset {
            return Ok(Filled::Replaced);
        }
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

    /// How much of a buffer the file fills, now that it has this size: asking for more would cost another read, of nothing.
    fn room(&self, size: u64, buffer: usize) -> usize {
        let there = if self.contents.is_plain() { size.saturating_sub(self.at.offset) } else { u64::MAX };
        usize::try_from(there).unwrap_or(usize::MAX).min(buffer)
    }

    /// Hands out the lines in `bytes`, which stand at the offset, and moves it. Returns how many bytes are done with.
    pub fn deliver(&mut self, bytes: &[u8], line_bytes_max: usize, on_line: impl FnMut(Line<'_>)) -> u64 {
        let done = split(bytes, line_bytes_max, &mut self.at.discarding, on_line) as u64;
        self.at.offset += done;
        done
    }

    /// Nothing more can be read of an archive that is damaged, while a plain file may be better the next time.
    pub fn give_up_archive(&mut self) {
        if !self.contents.is_plain() {
            self.exhausted = Some((self.at.size, self.at.written_nanos));
        }
    }

    /// Everything that was there at the last look has been read, but for a half line.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted.is_some()
    }

    /// Begins the content that replaced the old one, and returns the position in the old, which has no inode any more.
    pub fn restart(&mut self) -> io::Result<Position> {
        let size = self.contents.file().metadata()?.len();
        let head = Fingerprint::read(self.contents.file())?;
        let old = Position { inode: Inode::default(), ..self.at.clone() };
        let only_shortened = !old.fingerprint.is_empty() && head.continues(&old.fingerprint);
        if only_shortened {
            self.at.offset = old.offset.min(size);
        } else {
            self.at.offset = 0;
            self.at.fingerprint = Fingerprint::EMPTY;
        }
        self.at.discarding = false;
        self.at.size = size;
        self.exhausted = None;
        Ok(old)
    }
}
