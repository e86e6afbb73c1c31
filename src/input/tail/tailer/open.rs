//! Opens a file that a path leads to for the first time, and decides where in it to begin.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::Instant;

use memchr::memrchr;

use super::Tailer;
use crate::input::status::Rotation;
use crate::input::tail::contents::Contents;
use crate::input::tail::identity::{Fingerprint, Inode, written_nanos};
use crate::input::tail::open_file::OpenFile;
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::reason::Cause;

/// The fewest descriptors a process is given is 1024, and the web server needs some too.
const FILES_MAX: usize = 512;

impl Tailer {
    /// Opens a file that is not held: one that was saved, or else a new one. Returns the position it replaces.
    pub(super) fn open_path(
        &mut self,
        path: &str,
        source: usize,
        inode: Inode,
        now: Instant,
        first: bool,
    ) -> Option<Position> {
        let mut contents = match self.open(path) {
            Ok(contents) => contents,
            Err(cause) => {
                if first {
                    self.unread_at_start.push(inode);
                }
                self.logs.note_trouble(source, path, cause);
                return None;
            }
        };
        let metadata = contents.file().metadata().ok()?;
        let inode = Inode::of(&metadata);
        if self.is_held(inode) {
            return None;
        }
        self.logs.note_open(source);
        let head = contents.fingerprint().unwrap_or(Fingerprint::EMPTY);
        let saved = self.waiting.take(path, inode, &head, metadata.len());
        let (is_saved, mut replaced) = (saved.is_some(), None);
        let mut at = match saved {
            Some(at) => at,
            None => {
                replaced = self.replaced_at(path, source);
                let at_start = first || self.unread_at_start.contains(&inode);
                Position { fingerprint: head, ..self.begin(path, source, &contents, &metadata, at_start) }
            }
        };
        at.inode = inode;
        let mut file = OpenFile::new(source, at, contents, now);
        file.is_fresh |= !is_saved;
        if file.at.role == Role::Recovered {
            file.seen = true;
            self.drained.push(file);
        } else {
            self.live.push(file);
        }
        replaced
    }

    fn open(&self, path: &str) -> Result<Contents, Cause> {
        if self.live.files().len() + self.drained.files().len() >= FILES_MAX {
            return Err(Cause::TooManyFiles);
        }
        Contents::open(Path::new(path)).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => Cause::NotAFile,
            _ => Cause::from(&error),
        })
    }

    /// The position at which an unknown file is begun.
    fn begin(&self, path: &str, source: usize, contents: &Contents, metadata: &Metadata, at_start: bool) -> Position {
        let mut at = Position::new(self.logs.pattern(source), path, Inode::of(metadata));
        at.canonical_path = canonical(path);
        at.size = metadata.len();
        at.written_nanos = written_nanos(metadata);
        if at_start && self.logs.begins_at_end(source) {
            (at.offset, at.discarding) = self.last_line_start(contents, metadata.len());
        }
        at
    }

    /// The position in the file that was last at `path`, and what became of it counted.
    fn replaced_at(&mut self, path: &str, source: usize) -> Option<Position> {
        let held = self.live.files().last_at(path).into_iter().chain(self.drained.files().last_at(path));
        let (at, kind) = match held.max_by_key(|file| file.at.written_nanos) {
            Some(file) if file.at.canonical_path != canonical(path) => (file.at.clone(), Rotation::Retargeted),
            Some(file) => {
                let is_linked = file.contents.file().metadata().is_ok_and(|metadata| metadata.nlink() > 0);
                (file.at.clone(), if is_linked { Rotation::Renamed } else { Rotation::Removed })
            }
            None => {
                let gone = self.waiting.positions().chain(self.history.positions()).filter(|at| at.was_at(path));
                (gone.max_by_key(|at| at.written_nanos)?.clone(), Rotation::Renamed)
            }
        };
        self.logs.count_rotation(source, kind);
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
pub(super) fn canonical(path: &str) -> String {
    fs::canonicalize(path)
        .ok()
        .and_then(|real| real.into_os_string().into_string().ok())
        .unwrap_or_else(|| path.to_owned())
}
