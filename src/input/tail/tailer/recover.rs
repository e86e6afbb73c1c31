//! Finds rotated or truncated files that still contain unread bytes, and reopens them.

use std::fs::Metadata;
use std::path::Path;
use std::time::Instant;

use super::Tailer;
use super::open::canonical;
use crate::input::status::Rotation;
use crate::input::tail::contents::Contents;
use crate::input::tail::identity::{Fingerprint, Inode, written_nanos};
use crate::input::tail::open_file::OpenFile;
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::rotation::{self, Found};
use crate::input::tail::waiting::Waiting;

/// How many rotated files are noted for a path at start-up. Only the newest can be mistaken later.
const OLD_MAX: usize = 2;

impl Tailer {
    /// Looks for the files that are saved and not held, and for content that was cut off.
    pub(super) fn search_waiting(&mut self, now: Instant) {
        for _ in 0..self.waiting.len() {
            let Some(waiting) = self.waiting.pop_first() else { return };
            let is_read = |inode| self.files().any(|it| it.at.inode == inode && it.at.role != Role::Copy);
            match rotation::find(&waiting.at, is_read) {
                Found::Same(contents) if !self.is_held(waiting.at.inode) => self.resume_moved(waiting, contents, now),
                Found::Copy(..) | Found::Nothing if waiting.at.role == Role::Copy => self.history.remember(waiting.at),
                Found::Copy(contents, metadata) => self.resume_copy(waiting, contents, &metadata, now),
                Found::CannotLook => self.waiting.push_back(waiting),
                Found::Same(..) | Found::Nothing => self.wait_for(waiting, now),
            }
        }
    }

    fn resume_moved(&mut self, waiting: Waiting, contents: Contents, now: Instant) {
        let Waiting { mut at, source, .. } = waiting;
        if at.role == Role::Live {
            at.role = Role::Moved;
        }
        self.drained.push(OpenFile::new(source, at, contents, now));
    }

    fn resume_copy(&mut self, waiting: Waiting, contents: Contents, metadata: &Metadata, now: Instant) {
        let Waiting { mut at, source, .. } = waiting;
        if at.is_cut_off() {
            self.logs.count_rotation(source, Rotation::Copytruncated);
        }
        if contents.is_plain() {
            self.logs.count_lost(source, at.size.saturating_sub(metadata.len().max(at.offset)));
            if metadata.len() <= at.offset {
                self.history.remember(at);
                return;
            }
            at.size = metadata.len();
        }
        at.inode = Inode::of(metadata);
        at.role = Role::Recovered;
        let copy = self.live.take_copy(at.inode);
        let mut file = OpenFile::new(source, at, contents, now);
        file.seen = copy.is_some();
        self.drained.push(file);
    }

    fn wait_for(&mut self, mut waiting: Waiting, now: Instant) {
        if !waiting.is_over(now, self.options.quiet_grace) {
            self.waiting.push_back(waiting);
            return;
        }
        self.logs.count_lost(waiting.source, waiting.at.unread_bytes());
        if waiting.at.is_cut_off() {
            self.logs.count_rotation(waiting.source, Rotation::Truncated);
        }
        self.history.remember(waiting.at);
    }

    /// Reads the files that came and went at a path between two looks.
    pub(super) fn adopt_rotated_past(&mut self, at: &Position, now: Instant) {
        let Some(source) = self.logs.source_of(at) else { return };
        let is_known = |head: &Fingerprint| self.knows(head, &at.path);
        for (contents, metadata, head) in rotation::rotated_past(at, |inode| self.is_held(inode), is_known) {
            let mut found = Position::new(&at.pattern, &at.path, Inode::of(&metadata));
            found.canonical_path.clone_from(&at.canonical_path);
            found.written_nanos = written_nanos(&metadata);
            found.role = if contents.is_plain() { Role::Moved } else { Role::Recovered };
            found.fingerprint = head;
            found.size = if contents.is_plain() { metadata.len() } else { 0 };
            self.logs.count_rotation(source, Rotation::Renamed);
            self.drained.push(OpenFile::new(source, found, contents, now));
        }
    }

    /// Notes the rotated files that are there at start-up, so that none is ever taken for one that was overlooked.
    pub(super) fn remember_old(&mut self, path: &str) {
        let mut at = Position::new("", path, Inode::default());
        at.canonical_path = canonical(path);
        at.written_nanos = std::fs::metadata(path).map_or(0, |metadata| written_nanos(&metadata));
        let nothing_is_held = |_| false;
        let old = rotation::rotated_past(&at, nothing_is_held, Fingerprint::is_empty);
        for (_, _, fingerprint) in old.into_iter().rev().take(OLD_MAX) {
            self.history.remember(Position { fingerprint, role: Role::Copy, ..at.clone() });
        }
    }

    /// Whether content that begins so was read, or is being read, in the directory of `path`.
    fn knows(&self, head: &Fingerprint, path: &str) -> bool {
        let beside = |other: &str| Path::new(other).parent() == Path::new(path).parent();
        self.files().any(|it| it.begins_like(head) && beside(&it.at.path))
            || self.waiting.positions().any(|at| at.fingerprint.agrees_with(head) && beside(&at.path))
            || self.history.positions().any(|at| at.fingerprint.agrees_with(head) && beside(&at.path))
    }
}
