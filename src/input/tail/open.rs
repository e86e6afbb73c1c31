//! Opens a file that a path leads to for the first time, and decides where in it to begin.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::Instant;

use memchr::memrchr;

use super::StartFrom;
use super::contents::Contents;
use super::follow::Follow;
use super::identity::{Fingerprint, Inode, written_nanos};
use super::positions::{Position, Role};
use super::reason::Cause;
use super::status::Rotation;
use super::tailer::Tailer;

/// The fewest descriptors a process is given is 1024, and the web server needs some too.
const FILES_MAX: usize = 512;

impl Tailer {
    /// Opens a file that is not held: one that was saved, or else a new one. Returns the position it replaces.
    pub(super) fn open_path(&mut self, index: usize, inode: Inode, now: Instant, first: bool) -> Option<Position> {
        let (path, source) = self.paths[index].clone();
        if self.files.len() >= FILES_MAX {
            self.note_trouble(index, Cause::TooManyFiles);
            return None;
        }
        let mut contents = match Contents::open(Path::new(&path)) {
            Ok(contents) => contents,
            Err(error) => {
                if first {
                    self.unread_at_start.push(inode);
                }
                let is_file = error.kind() != io::ErrorKind::InvalidInput;
                self.note_trouble(index, if is_file { Cause::from(&error) } else { Cause::NotAFile });
                return None;
            }
        };
        let metadata = contents.file().metadata().ok()?;
        let inode = Inode::of(&metadata);
        if self.held(inode).is_some() {
            return None;
        }
        self.logs[source].paths_open += 1;
        let head = contents.fingerprint().unwrap_or(Fingerprint::EMPTY);
        let saved = self.saved_at(&path, inode, &head, metadata.len());
        let mut replaced = None;
        let mut at = match saved {
            Some(saved) => self.missing.swap_remove(saved).at,
            None => {
                replaced = self.replaced_at(&path, source);
                let at_start = first || self.unread_at_start.contains(&inode);
                let mut at = self.begin(&path, source, &contents, &metadata, at_start);
                at.fingerprint = head;
                at
            }
        };
        at.inode = inode;
        if at.role == Role::Moved {
            at.role = Role::Live;
        }
        let mut file = Follow::new(source, at, contents, now);
        file.is_fresh |= saved.is_none();
        file.seen = true;
        self.files.push(file);
        replaced
    }

    /// The saved position in a file that was found at `path`. Two of inode, content and path have to agree:
    /// the number of a device may change when a machine starts, and an empty file has no content to go by.
    fn saved_at(&self, path: &str, inode: Inode, head: &Fingerprint, size: u64) -> Option<usize> {
        let agrees = |at: &Position, same_inode: bool| {
            let same_content = !at.fingerprint.is_empty() && head.continues(&at.fingerprint);
            match (same_inode, at.home == path) {
                (true, true) => head.continues(&at.fingerprint),
                (true, false) => same_content,
                (false, true) => same_content && size >= at.offset && !at.is_cut_off(),
                (false, false) => false,
            }
        };
        let find = |same_inode| {
            self.missing.iter().position(|it| (it.at.inode == inode) == same_inode && agrees(&it.at, same_inode))
        };
        find(true).or_else(|| find(false))
    }

    /// The position at which an unknown file is begun.
    fn begin(&self, path: &str, source: usize, contents: &Contents, metadata: &Metadata, at_start: bool) -> Position {
        let mut at = Position::new(&self.sources[source].pattern, path, Inode::of(metadata));
        at.real = resolved(path);
        at.size = metadata.len();
        at.written_nanos = written_nanos(metadata);
        if at_start && !self.logs[source].resumed && self.sources[source].from == StartFrom::End {
            (at.offset, at.discarding) = self.last_line_start(contents, metadata.len());
        }
        at
    }

    /// The position in the file that was last at `path`, and what became of it counted.
    fn replaced_at(&mut self, path: &str, source: usize) -> Option<Position> {
        let was_there = |at: &Position| at.home == path && at.role != Role::Twin;
        let held = self.files.iter().filter(|file| was_there(&file.at)).max_by_key(|file| file.at.written_nanos);
        let (at, kind) = match held {
            Some(file) if file.at.real != resolved(path) => (file.at.clone(), Rotation::Retargeted),
            Some(file) => {
                let is_linked = file.contents.file().metadata().is_ok_and(|metadata| metadata.nlink() > 0);
                (file.at.clone(), if is_linked { Rotation::Renamed } else { Rotation::Removed })
            }
            None => {
                let gone =
                    self.missing.iter().map(|missing| &missing.at).chain(&self.finished).filter(|at| was_there(at));
                (gone.max_by_key(|at| at.written_nanos)?.clone(), Rotation::Renamed)
            }
        };
        self.logs[source].count(kind);
        Some(at)
    }

    /// Where to begin at the end: after the last newline, so that a half line is read whole once it is one.
    fn last_line_start(&self, contents: &Contents, size: u64) -> (u64, bool) {
        let reach = size.min(self.options.line_bytes_max as u64 + 1);
        let mut tail = vec![0; usize::try_from(reach).unwrap_or_default()];
        if contents.file().read_exact_at(&mut tail, size - reach).is_err() {
            return (size, false);
        }
        match memrchr(b'\n', &tail) {
            Some(newline) => (size - reach + newline as u64 + 1, false),
            None if reach == size => (0, false),
            None => (size, true),
        }
    }
}

/// The path with symbolic links resolved, or as it is where that fails.
pub(super) fn resolved(path: &str) -> String {
    fs::canonicalize(path)
        .ok()
        .and_then(|real| real.into_os_string().into_string().ok())
        .unwrap_or_else(|| path.to_owned())
}
