//! Gets back what left its path unread: files saved and not held, content that was cut off, files nobody opened.

use std::fs::Metadata;
use std::path::Path;
use std::time::Instant;

use super::contents::Contents;
use super::follow::Follow;
use super::identity::{Fingerprint, Inode, written_nanos};
use super::open::resolved;
use super::positions::{Position, Role};
use super::rotation::{self, Found};
use super::status::Rotation;
use super::tailer::{Missing, Tailer};

/// How many rotated files are noted for a path at start-up. Only the newest can be mistaken later.
const OLD_MAX: usize = 2;

impl Tailer {
    /// Looks for the files that are saved and not held, and for content that was cut off.
    pub(super) fn search_missing(&mut self, now: Instant) {
        for _ in 0..self.missing.len() {
            let missing = self.missing.remove(0);
            let is_followed = |inode| self.files.iter().any(|it| it.at.inode == inode && it.at.role != Role::Twin);
            match rotation::find(&missing.at, is_followed) {
                Found::Same(contents) if self.held(missing.at.inode).is_none() => {
                    self.resume_moved(missing, contents, now);
                }
                Found::Copy(..) | Found::Nothing if missing.at.role == Role::Twin => self.remember(&missing.at),
                Found::Copy(contents, metadata) => self.resume_copy(missing, contents, &metadata, now),
                Found::CannotLook => self.missing.push(missing),
                Found::Same(..) | Found::Nothing => self.wait_for(missing, now),
            }
        }
    }

    fn resume_moved(&mut self, missing: Missing, contents: Contents, now: Instant) {
        let mut at = missing.at;
        if at.role == Role::Live {
            at.role = Role::Moved;
        }
        self.files.push(Follow::new(missing.source, at, contents, now));
    }

    fn resume_copy(&mut self, missing: Missing, contents: Contents, metadata: &Metadata, now: Instant) {
        let mut at = missing.at;
        let log = &mut self.logs[missing.source];
        if at.is_cut_off() {
            log.count(Rotation::Copytruncated);
        }
        let inode = Inode::of(metadata);
        let twin = self.files.iter().position(|file| file.at.inode == inode);
        if contents.is_plain() {
            log.counts.bytes_lost += at.size.saturating_sub(metadata.len().max(at.offset));
            if metadata.len() <= at.offset {
                self.remember(&at);
                return;
            }
            at.size = metadata.len();
        }
        at.inode = inode;
        at.role = Role::Recovered;
        let mut file = Follow::new(missing.source, at, contents, now);
        if let Some(twin) = twin {
            file.seen = self.files.swap_remove(twin).seen;
        }
        self.files.push(file);
    }

    /// A copy may come late, so some time passes before content is given up.
    fn wait_for(&mut self, mut missing: Missing, now: Instant) {
        let since = *missing.since.get_or_insert(now);
        if now.saturating_duration_since(since) < self.options.quiet_grace {
            self.missing.push(missing);
            return;
        }
        let log = &mut self.logs[missing.source];
        log.counts.bytes_lost += missing.at.unread_bytes();
        if missing.at.is_cut_off() {
            log.count(Rotation::Truncated);
        }
        self.remember(&missing.at);
    }

    /// Reads the files that came and went at a path between two looks.
    pub(super) fn adopt_overtaken(&mut self, at: &Position, now: Instant) {
        let is_followed = |inode| self.held(inode).is_some();
        for (contents, metadata, head) in rotation::overtaken(at, is_followed, |head| self.knows(head, &at.home)) {
            let Some(source) = self.source_of(at) else { return };
            let mut found = Position::new(&at.pattern, &at.home, Inode::of(&metadata));
            found.real.clone_from(&at.real);
            found.written_nanos = written_nanos(&metadata);
            found.role = if contents.is_plain() { Role::Moved } else { Role::Recovered };
            found.fingerprint = head;
            found.size = if contents.is_plain() { metadata.len() } else { 0 };
            self.logs[source].count(Rotation::Renamed);
            self.files.push(Follow::new(source, found, contents, now));
        }
    }

    /// Notes the rotated files that are there at start-up, so that none is ever taken for one that was overlooked.
    pub(super) fn remember_old(&mut self, path: &str) {
        let mut at = Position::new("", path, Inode::default());
        at.real = resolved(path);
        at.written_nanos = std::fs::metadata(path).map_or(0, |metadata| written_nanos(&metadata));
        let nothing_followed = |_| false;
        let old = rotation::overtaken(&at, nothing_followed, Fingerprint::is_empty);
        for (_, _, fingerprint) in old.into_iter().rev().take(OLD_MAX) {
            self.remember(&Position { fingerprint, role: Role::Twin, ..at.clone() });
        }
    }

    /// Whether content that begins so was read, or is being read, in the directory of `home`.
    fn knows(&self, head: &Fingerprint, home: &str) -> bool {
        let beside = |other: &str| Path::new(other).parent() == Path::new(home).parent();
        self.files.iter().any(|it| it.begins_like(head) && beside(&it.at.home))
            || self.missing.iter().any(|it| it.at.fingerprint.agrees_with(head) && beside(&it.at.home))
            || self.finished.iter().any(|it| it.fingerprint.agrees_with(head) && beside(&it.home))
    }
}
