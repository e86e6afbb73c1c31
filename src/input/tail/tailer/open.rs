//! Opens a file that a path leads to for the first time, and decides where in it to begin.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use memchr::memrchr;

use super::Tailer;
use super::copies::rewritten;
use crate::input::status::Rotation;
use crate::input::tail::contents::Contents;
use crate::input::tail::identity::{Fingerprint, Inode, born_nanos, written_nanos};
use crate::input::tail::open_file::OpenFile;
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::reason::Cause;
use crate::input::tail::waiting::Sighting;
use crate::permission;

impl Tailer {
    /// Opens a file that is not held: one that was saved, or else a new one. Returns the position it replaces.
    pub(super) fn open_path(
        &mut self,
        path: &Path,
        source: usize,
        inode: Inode,
        now: Instant,
        first: bool,
    ) -> Option<Position> {
        let mut contents = match self.open(path, now) {
            Ok(contents) => contents,
            Err(cause) => {
                if first {
                    self.unread_at_start.insert(inode);
                }
                match cause {
                    // Its beginning could not be read.
                    Cause::Os(Some(libc::EIO | libc::ESTALE)) => self.logs.note_read_error(source, path, cause),
                    _ => self.logs.note_trouble(source, path, cause),
                }
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
        let (born_nanos, size) = (born_nanos(&metadata), metadata.len());
        let saved = self.waiting.take(&Sighting { path, inode, born_nanos, head: &head, size });
        let (is_saved, mut replaced) = (saved.is_some(), None);
        let mut at = match saved {
            Some(waiting) => waiting.at,
            None => {
                replaced = self.replaced_at(path, source);
                self.waiting.cut_off(inode);
                let at_start = first || self.unread_at_start.contains(&inode);
                let begun = self.begin(path, source, &contents, &metadata, at_start);
                let at = Position { fingerprint: head, ..begun };
                self.after_rewriting(at, &contents)
            }
        };
        (at.inode, at.born_nanos) = (inode, born_nanos);
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

    fn open(&mut self, path: &Path, now: Instant) -> Result<Contents, Cause> {
        // As nginx's image has it: opened here, that would be hangup's own output.
        if permission::output(path).is_some_and(|output| output != path) {
            return Err(Cause::Output);
        }
        self.make_room(now);
        let is_full = |error: &io::Error| matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE));
        let opened = match Contents::open(path) {
            Err(error) if is_full(&error) => {
                self.free_descriptor(now);
                Contents::open(path)
            }
            opened => opened,
        };
        match opened {
            Ok(contents) if is_own_output(contents.file()) => Err(Cause::OwnOutput),
            Ok(contents) if contents.is_plain() => Ok(contents),
            Ok(_) => Err(Cause::Packed),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(Cause::NotAFile),
            Err(error) => Err(Cause::from(&error)),
        }
    }

    /// The position at which an unknown file is begun.
    fn begin(&self, path: &Path, source: usize, contents: &Contents, metadata: &Metadata, at_start: bool) -> Position {
        let mut at = Position::new(self.logs.pattern(source), path, Inode::of(metadata));
        at.canonical_path = canonical(path);
        at.size = metadata.len();
        at.written_nanos = written_nanos(metadata);
        if at_start && self.logs.begins_at_end(source) {
            (at.offset, at.discarding) = self.last_line_start(contents, metadata.len());
        }
        at
    }

    /// The position in a file that may hold what the one before it at its path held.
    fn after_rewriting(&self, mut at: Position, contents: &Contents) -> Position {
        let before = self.live.files().last_at(&at.path);
        if let Some(offset) = before.and_then(|old| rewritten(old, contents, &at.fingerprint, at.size)) {
            let mut last = [0];
            let is_line_start =
                offset == 0 || contents.file().read_exact_at(&mut last, offset - 1).is_ok_and(|()| last == [b'\n']);
            (at.offset, at.discarding) = (offset, !is_line_start);
        }
        at
    }

    /// The position in the file that was last at `path`, and what became of it counted.
    fn replaced_at(&mut self, path: &Path, source: usize) -> Option<Position> {
        let held = self.live.files().last_at(path).into_iter().chain(self.drained.files().last_at(path));
        let (at, kind) = match held.max_by_key(|file| file.at.written_nanos) {
            Some(file) if file.at.canonical_path != canonical(path) => (file.at.clone(), Rotation::Retargeted),
            Some(file) => (file.at.clone(), if file.is_removed() { Rotation::Removed } else { Rotation::Renamed }),
            None => {
                let gone = self.waiting.last_at(path).into_iter().chain(self.history.last_at(path));
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

/// Whether this process writes its own output there, which it would read for ever.
fn is_own_output(file: &fs::File) -> bool {
    let of = |metadata: io::Result<Metadata>| metadata.ok().map(|it| Inode::of(&it));
    let own = ["/proc/self/fd/1", "/proc/self/fd/2"].map(|path| of(fs::metadata(path)));
    of(file.metadata()).is_some_and(|inode| own.contains(&Some(inode)))
}

/// The path with symbolic links resolved, or as it is where that fails.
pub(super) fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
