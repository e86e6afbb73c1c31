//! Looks for a file known by its identity, wherever rotation may have taken it, and for files nobody has seen yet.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::contents::Contents;
use super::super::identity::{Inode, born_nanos, written_nanos};
use super::super::positions::Position;
use super::candidates::{Candidates, RotatedFile, Seen, open, see};
use super::directories::{Directories, below, beside, own_directories};
use super::listing::{Listing, Listings};
use super::logrotate::OldDirs;
use super::names::{is_packed_name, is_rotated_name, stem, template, usual_names};

/// nginx's workers reopen one after the other, milliseconds apart or more on a busy machine: a late one writes to the
/// older file when the younger has had its last line already.
const LATE_WRITE_NANOS: i64 = 1_000_000_000;
/// The same, and what compressors and file systems cut off a time when they keep it.
const KEPT_TIME_NANOS: i64 = LATE_WRITE_NANOS + 1_000_000_000;

/// Where the rest of a file turned up, and the path there.
pub(in crate::input::tail) enum Found {
    /// The file itself, wherever it was moved to.
    Same(Contents, PathBuf),
    /// The file itself, but its content was cut off and is to be looked for elsewhere.
    Emptied(Contents, PathBuf),
    /// Its content in another file: a copy, or compressed.
    Copy(Contents, Metadata, PathBuf),
    Nothing,
    /// It cannot be known now: the directory is away, or the file may not be opened at the moment.
    CannotLook,
}

/// What is not to be taken for what is looked for.
pub(in crate::input::tail) struct Others<'a> {
    /// It is read already, or waits to be.
    pub is_read: &'a dyn Fn(&Metadata) -> bool,
    /// A rotated file of a log other than that at the first path.
    pub is_of_another: &'a dyn Fn(&Path, &Path) -> bool,
}

/// The searching, with what it has learned of the file system so far.
pub(in crate::input::tail) struct Search {
    listings: Listings,
    candidates: Candidates,
    old_dirs: OldDirs,
}

impl Search {
    /// `logrotate`: the path of its configuration.
    pub(crate) fn new(logrotate: &Path) -> Self {
        Self { listings: Listings::default(), candidates: Candidates::default(), old_dirs: OldDirs::read(logrotate) }
    }

    /// From here on, files may have changed.
    pub(crate) fn begin_look(&mut self) {
        self.listings.begin_look();
        self.candidates.begin_look();
    }

    /// Finds the file that a position belongs to, or else a copy of it. `places`: templates of where its log's files went.
    pub(crate) fn find(&mut self, at: &Position, places: &[PathBuf], others: &Others) -> Found {
        let old = self.old_dirs.of(&at.path);
        let directories = Directories::of(at, places, old, &mut self.listings);
        if directories.is_empty() {
            return Found::CannotLook;
        }
        let near: Vec<Arc<Listing>> = directories.iter().cloned().collect();
        if let Some(found) = find_same(at, &near) {
            return found;
        }
        let hidden = if directories.is_hidden { usual_files(at) } else { Vec::new() };
        if let Some(found) = hidden.iter().find_map(|seen| same_at(at, &seen.path)) {
            return found;
        }
        let below = below(at, &mut self.listings);
        // Beside its directory only the file itself counts: what begins like it may be of another log there.
        let same = find_same(at, &below).or_else(|| find_same(at, &beside(at, &mut self.listings)));
        let copy = same.or_else(|| self.find_copy(at, &near, &hidden, others));
        copy.or_else(|| self.find_copy(at, &below, &[], others)).unwrap_or(Found::Nothing)
    }

    /// Files of the log of `at` that were written since it was last at its path, and are not `known`: each was a log's live
    /// file for a while that nobody looked. Oldest first.
    pub(crate) fn rotated_past(
        &mut self,
        at: &Position,
        places: &[PathBuf],
        others: &Others,
        known: impl Fn(&RotatedFile, &dyn Fn(&Position) -> bool) -> bool,
    ) -> Vec<RotatedFile> {
        let old = self.old_dirs.of(&at.path);
        let directories = Directories::of(at, places, old, &mut self.listings);
        let mut seen = rotated_names(at, &directories, places);
        if directories.is_hidden {
            seen.extend(usual_files(at));
        }
        let in_chain = |other: &Position| is_in_chain(other, &directories);
        let mut files: Vec<RotatedFile> = Vec::new();
        for seen in &seen {
            let written = written_nanos(&seen.metadata);
            if written < at.written_nanos.saturating_sub(LATE_WRITE_NANOS) || (others.is_read)(&seen.metadata) {
                continue;
            }
            let Some(file) = self.candidates.look(seen) else { continue };
            // An empty file may still be written to, unless it is compressed, or is to be: compressors make it long before
            // they write to it.
            let is_of_use = !file.head.is_empty() || (file.is_plain && !is_packed_name(&file.path));
            if is_of_use && !files.iter().any(|other| is_double(other, &file)) && !known(&file, &in_chain) {
                files.push(file);
            }
        }
        files.sort_by_key(|file| file.written_nanos);
        files
    }

    /// Whether a file that was moved away from its path is there under a rotated name, whole: then it was renamed, and what
    /// begins like it is another file and no copy.
    pub(crate) fn is_in_chain(&mut self, at: &Position) -> bool {
        let directories = Directories::of(at, &[], None, &mut self.listings);
        is_in_chain(at, &directories)
    }

    /// The best copy: one with a rotated name, the plain before the packed, the longest.
    fn find_copy(&mut self, at: &Position, listings: &[Arc<Listing>], more: &[Seen], others: &Others) -> Option<Found> {
        if !at.fingerprint.has_entropy() {
            return None;
        }
        let name = at.path.file_name().unwrap_or_default();
        let related: Vec<Seen> = listings.iter().flat_map(|listing| related(listing, name)).collect();
        let best = self.best_copy(at, related.iter().chain(more), others);
        let best = best.or_else(|| {
            let all: Vec<Arc<Vec<Seen>>> = listings.iter().map(|listing| self.candidates.all(listing)).collect();
            self.best_copy(at, all.iter().flat_map(|seen| seen.iter()), others)
        })?;
        let (contents, metadata, head) = open(&best.path).ok()?;
        if !head.continues(&at.fingerprint) {
            return None;
        }
        let is_same = Inode::of(&metadata) == at.inode && contents.is_plain();
        Some(if is_same { Found::Same(contents, best.path) } else { Found::Copy(contents, metadata, best.path) })
    }

    fn best_copy<'a>(
        &mut self,
        at: &Position,
        seen: impl Iterator<Item = &'a Seen>,
        others: &Others,
    ) -> Option<RotatedFile> {
        let name = at.path.file_name().unwrap_or_default();
        let since = at.written_nanos.saturating_sub(KEPT_TIME_NANOS);
        let fitting = seen.filter(|seen| written_nanos(&seen.metadata) >= since && !(others.is_read)(&seen.metadata));
        let looked = fitting.filter_map(|seen| self.candidates.look(seen));
        let copies = looked.filter(|file| file.head.continues(&at.fingerprint));
        copies.filter(|file| !(others.is_of_another)(&at.path, &file.path)).max_by_key(|file| {
            let is_rotated = is_rotated_name(name, file.path.file_name().unwrap_or_default());
            (is_rotated, file.is_plain, file.size)
        })
    }
}

/// Files in a directory whose names begin like the log's, up to its first dot.
fn related(listing: &Listing, name: &OsStr) -> Vec<Seen> {
    let files = listing.with_prefix(stem(name)).filter(|entry| !entry.is_directory && entry.name != name);
    files.filter_map(|entry| see(listing.path(entry))).collect()
}

/// The file itself, by the number of its inode.
fn find_same(at: &Position, listings: &[Arc<Listing>]) -> Option<Found> {
    let numbered =
        listings.iter().flat_map(|listing| listing.with_number(at.inode.number).map(move |entry| listing.path(entry)));
    numbered.filter(|_| !at.is_cut_off()).find_map(|path| same_at(at, &path))
}

/// The file itself, at a path where it may be. Of an empty file nothing is known but its inode, whose number may have
/// come back since; when it was made tells.
fn same_at(at: &Position, path: &Path) -> Option<Found> {
    match open(path) {
        Ok((contents, metadata, head)) => {
            let born_nanos = born_nanos(&metadata);
            let is_its_file = Inode::of(&metadata) == at.inode && at.is_born_like(born_nanos);
            let is_sure = at.born_nanos.is_some() && born_nanos.is_some();
            match head.continues(&at.fingerprint) {
                true if is_its_file && (is_sure || !at.fingerprint.is_empty()) => {
                    Some(Found::Same(contents, path.to_owned()))
                }
                false if is_its_file && is_sure => Some(Found::Emptied(contents, path.to_owned())),
                _ => None,
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(_) => may_be_same(at, path).then_some(Found::CannotLook),
    }
}

/// Whether the file may be there and cannot be opened just now: no right to it, no descriptor left, a disk in trouble.
/// What has only got its number, a directory perhaps, hides it nowhere.
fn may_be_same(at: &Position, path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(metadata) => {
            metadata.is_file() && Inode::of(&metadata) == at.inode && at.is_born_like(born_nanos(&metadata))
        }
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// Files with names that rotation gave.
fn rotated_names(at: &Position, directories: &Directories, places: &[PathBuf]) -> Vec<Seen> {
    let name = at.path.file_name().unwrap_or_default();
    let mut found = Vec::new();
    for listing in directories.iter() {
        let rotated = listing.with_prefix(stem(name)).filter(|entry| is_rotated_name(name, &entry.name));
        found.extend(rotated.map(|entry| listing.path(entry)));
    }
    for listing in directories.iter().filter(|_| !places.is_empty()) {
        let files = listing.iter(false).map(|entry| listing.path(entry));
        found.extend(files.filter(|path| places.contains(&template(path))));
    }
    found.sort();
    found.dedup();
    // The plain before the packed, so that a file just being packed is read from its original.
    found.sort_by_key(|path| is_packed_name(path));
    found.into_iter().filter_map(see).collect()
}

/// Files with the names that rotation usually gives, where names cannot be listed.
fn usual_files(at: &Position) -> Vec<Seen> {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    let names = usual_names(at.path.file_name().unwrap_or_default(), i64::try_from(days).unwrap_or_default());
    let directories = own_directories(at);
    directories.iter().flat_map(|directory| names.iter().filter_map(|name| see(directory.join(name)))).collect()
}

/// A file and what it is packed into, while that is done.
fn is_double(one: &RotatedFile, other: &RotatedFile) -> bool {
    !(one.is_plain && other.is_plain) && one.head.agrees_with(&other.head)
}

fn is_in_chain(at: &Position, directories: &Directories) -> bool {
    let name = at.path.file_name().unwrap_or_default();
    let is_whole = |path: &Path| matches!(same_at(at, path), Some(Found::Same(..)));
    directories.iter().any(|listing| {
        let numbered = listing.with_number(at.inode.number).filter(|entry| is_rotated_name(name, &entry.name));
        numbered.into_iter().any(|entry| is_whole(&listing.path(entry)))
    })
}
