//! Looks at where the paths lead now: new files are opened, moved ones noticed, missing ones searched for.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Instant;

use memchr::memrchr;

use super::contents::Contents;
use super::follow::Follow;
use super::identity::{Fingerprint, Inode, written_nanos};
use super::positions::{Position, Role};
use super::reason::Cause;
use super::rotation::{self, Found};
use super::status::{Rotation, Trouble};
use super::tailer::{Missing, Tailer};
use super::{StartFrom, glob};

/// The fewest descriptors a process is given is 1024, and the web server needs some too.
const FILES_MAX: usize = 512;

/// A path that leads to a file already held.
struct Sighting {
    file: usize,
    path: usize,
    written_nanos: i64,
}

impl Tailer {
    /// Looks at every path, unless that was done a moment ago.
    pub(super) fn look(&mut self, now: Instant) {
        let is_recent = |looked| now.saturating_duration_since(looked) < self.options.look_every;
        if !self.look_due && self.looked.is_some_and(is_recent) {
            return;
        }
        self.look_due = false;
        let first = self.looked.is_none();
        self.looked = Some(now);
        self.expand_globs(now);
        for log in &mut self.logs {
            log.paths_open = 0;
            log.trouble = None;
        }
        let replaced = self.look_at_paths(now, first);
        self.note_moved(now);
        self.search_missing(now);
        for at in replaced {
            self.adopt_overtaken(&at, now);
        }
        self.note_empty_globs();
    }

    fn expand_globs(&mut self, now: Instant) {
        let due = self.expanded.is_none_or(|then| now.saturating_duration_since(then) >= self.options.glob_every);
        if due {
            self.expanded = Some(now);
            self.paths = (0..self.sources.len())
                .flat_map(|source| {
                    glob::expand(&self.sources[source].pattern).into_iter().map(move |path| (path, source))
                })
                .collect();
        }
    }

    /// Opens what is new, and returns the positions in the files that were at those paths before.
    fn look_at_paths(&mut self, now: Instant, first: bool) -> Vec<Position> {
        for file in &mut self.files {
            file.seen = false;
        }
        let mut sightings = Vec::new();
        let mut replaced = Vec::new();
        for path in 0..self.paths.len() {
            let source = self.paths[path].1;
            match fs::metadata(&self.paths[path].0) {
                Ok(metadata) => match self.held(Inode::of(&metadata)) {
                    Some(file) => {
                        self.logs[source].paths_open += 1;
                        sightings.push(Sighting { file, path, written_nanos: written_nanos(&metadata) });
                    }
                    None => replaced.extend(self.open_path(path, Inode::of(&metadata), now, first)),
                },
                Err(error) => self.note_trouble(path, Cause::from(&error)),
            }
        }
        for sighting in sightings {
            self.note_sighting(&sighting);
        }
        replaced
    }

    fn held(&self, inode: Inode) -> Option<usize> {
        self.files.iter().position(|file| file.at.inode == inode)
    }

    fn note_sighting(&mut self, sighting: &Sighting) {
        let file = &mut self.files[sighting.file];
        if file.seen {
            return;
        }
        file.seen = true;
        file.at.written_nanos = sighting.written_nanos;
        if file.at.role == Role::Moved {
            file.at.role = Role::Live;
        }
        let path = &self.paths[sighting.path].0;
        if file.at.home != *path {
            file.at.home.clone_from(path);
            file.at.real = resolved(path);
        }
    }

    fn note_trouble(&mut self, path: usize, cause: Cause) {
        let (path, source) = &self.paths[path];
        let is_expected = glob::is_glob(&self.sources[*source].pattern) && cause == Cause::Os(Some(libc::ENOENT));
        if !is_expected {
            self.logs[*source].trouble.get_or_insert_with(|| Trouble { path: path.clone(), cause });
        }
    }

    fn note_empty_globs(&mut self) {
        for (source, log) in self.logs.iter_mut().enumerate() {
            if log.paths_open == 0 && log.trouble.is_none() {
                let path = self.sources[source].pattern.clone();
                log.trouble = Some(Trouble { path, cause: Cause::NoMatch });
            }
        }
    }

    /// Opens a file that is not held: one that was saved, or else a new one. Returns the position it replaces.
    fn open_path(&mut self, index: usize, inode: Inode, now: Instant, first: bool) -> Option<Position> {
        let (path, source) = self.paths[index].clone();
        if self.files.len() >= FILES_MAX {
            self.note_trouble(index, Cause::TooManyFiles);
            return None;
        }
        let contents = match Contents::open(Path::new(&path)) {
            Ok(contents) => contents,
            Err(error) => {
                if first {
                    self.unread_at_start.push(inode);
                }
                let is_file = error.kind() != std::io::ErrorKind::InvalidInput;
                self.note_trouble(index, if is_file { Cause::from(&error) } else { Cause::NotAFile });
                return None;
            }
        };
        let metadata = contents.file().metadata().ok()?;
        let head = Fingerprint::read(contents.file()).ok()?;
        let inode = Inode::of(&metadata);
        if self.held(inode).is_some() {
            return None;
        }
        self.logs[source].paths_open += 1;
        let saved = self.missing.iter().position(|it| it.at.inode == inode && head.continues(&it.at.fingerprint));
        let mut replaced = None;
        let mut at = match saved {
            Some(saved) => self.missing.swap_remove(saved).at,
            None => {
                replaced = self.replaced_at(&path, source);
                let was_there = first || self.unread_at_start.contains(&inode);
                let from_end = was_there && !self.logs[source].resumed && self.sources[source].from == StartFrom::End;
                let mut at = Position::new(&self.sources[source].pattern, &path, inode);
                if from_end {
                    (at.offset, at.discarding) = self.last_line_start(&contents, metadata.len());
                    at.fingerprint = head;
                }
                at
            }
        };
        if at.role == Role::Moved {
            at.role = Role::Live;
        }
        at.size = at.size.max(metadata.len());
        at.written_nanos = written_nanos(&metadata);
        at.home = path;
        at.real = resolved(&at.home);
        let mut file = Follow::new(source, at, contents, now);
        file.seen = true;
        self.files.push(file);
        replaced
    }

    /// The position in the file that was last at `path`, and what became of it counted.
    fn replaced_at(&mut self, path: &str, source: usize) -> Option<Position> {
        let was_there = |at: &Position| at.home == path && matches!(at.role, Role::Live | Role::Moved);
        let held = self.files.iter().filter(|file| was_there(&file.at)).max_by_key(|file| file.at.written_nanos);
        let (at, kind) = match held {
            Some(file) if file.at.real != resolved(path) => (file.at.clone(), Rotation::Retargeted),
            Some(file) => {
                let is_linked = file.contents.file().metadata().is_ok_and(|metadata| metadata.nlink() > 0);
                (file.at.clone(), if is_linked { Rotation::Renamed } else { Rotation::Removed })
            }
            None => {
                let missing = self.missing.iter().map(|missing| &missing.at).filter(|at| was_there(at));
                (missing.max_by_key(|at| at.written_nanos)?.clone(), Rotation::Renamed)
            }
        };
        self.logs[source].count(kind);
        Some(at)
    }

    /// A file that no path leads to any more has been moved, or its directory has gone.
    fn note_moved(&mut self, now: Instant) {
        for file in self.files.iter_mut().filter(|file| !file.seen && file.at.role == Role::Live) {
            file.at.role = Role::Moved;
            file.quiet_since = now;
        }
    }

    /// Where to begin at the end: after the last newline, so that a half line is read whole once it is one.
    fn last_line_start(&self, contents: &Contents, size: u64) -> (u64, bool) {
        use std::os::unix::fs::FileExt;
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

    /// Looks for the files that are saved and not held, and for content that was cut off.
    fn search_missing(&mut self, now: Instant) {
        for missing in std::mem::take(&mut self.missing) {
            let is_followed = |inode| self.files.iter().any(|it| it.at.inode == inode && it.at.role != Role::Twin);
            match rotation::find(&missing.at, is_followed) {
                Found::Same(contents, inode) if self.held(inode).is_none() => self.resume_moved(missing, contents, now),
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

    fn resume_copy(&mut self, missing: Missing, contents: Contents, metadata: &fs::Metadata, now: Instant) {
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
        for (contents, metadata, _) in rotation::overtaken(at, is_followed, |head| self.knows(head, &at.home)) {
            let Some(source) = self.source_of(at) else { return };
            let mut found = Position::new(&at.pattern, &at.home, Inode::of(&metadata));
            found.real.clone_from(&at.real);
            found.written_nanos = written_nanos(&metadata);
            found.role = if contents.is_plain() { Role::Moved } else { Role::Recovered };
            found.size = if contents.is_plain() { metadata.len() } else { 0 };
            self.logs[source].count(Rotation::Renamed);
            self.files.push(Follow::new(source, found, contents, now));
        }
    }

    /// Whether content that begins so was read, or is being read, in the directory of `home`.
    fn knows(&self, head: &Fingerprint, home: &str) -> bool {
        let beside = |other: &str| Path::new(other).parent() == Path::new(home).parent();
        self.files.iter().any(|it| it.at.fingerprint.agrees_with(head) && beside(&it.at.home))
            || self.missing.iter().any(|it| it.at.fingerprint.agrees_with(head) && beside(&it.at.home))
            || self.finished.iter().any(|it| it.fingerprint.agrees_with(head) && beside(&it.home))
    }
}

/// The path with symbolic links resolved, or as it is where that fails.
fn resolved(path: &str) -> String {
    fs::canonicalize(path)
        .ok()
        .and_then(|real| real.into_os_string().into_string().ok())
        .unwrap_or_else(|| path.to_owned())
}
