//! Looks through a log's directory for a file known by its identity, or for files nobody has seen yet.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::super::contents::Contents;
use super::super::identity::{Fingerprint, Inode, written_nanos};
use super::super::positions::Position;
use super::names::{is_related_name, is_rotated_name};

/// More names than this in one directory are not looked at; a log directory has some hundred.
const NAMES_MAX: usize = 10_000;

/// nginx's workers reopen one after the other, milliseconds apart or more on a busy machine: a late one writes to the
/// older file when the younger has had its last line already.
const LATE_WRITE_NANOS: i64 = 1_000_000_000;

/// Where the rest of a file turned up.
pub(crate) enum Found {
    /// The file itself, wherever it was moved to.
    Same(Contents),
    /// Its content in another file: a copy, or compressed.
    Copy(Contents, Metadata),
    Nothing,
    /// It cannot be known now: the directory is away, or the file may not be opened at the moment.
    CannotLook,
}

/// Finds the file that a position belongs to, or else a copy of it that is not `followed` already.
pub(crate) fn find(at: &Position, followed: impl Fn(Inode) -> bool) -> Found {
    let Ok(siblings) = siblings(at) else { return Found::CannotLook };
    for sibling in siblings.iter().filter(|sibling| sibling.number == at.inode.number) {
        match open(&sibling.path) {
            Ok((contents, metadata, head)) if is_same(at, &metadata, &head) => {
                return Found::Same(contents);
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Found::CannotLook,
            _ => {}
        }
    }
    find_copy(at, &siblings, followed).map_or(Found::Nothing, |(contents, metadata)| Found::Copy(contents, metadata))
}

/// Files beside `at` that look rotated, were written since it was last at home, and are not `known`: each was a log's
/// live file for a while that nobody looked. Oldest first.
pub(crate) fn rotated_past(
    at: &Position,
    followed: impl Fn(Inode) -> bool,
    known: impl Fn(&Fingerprint) -> bool,
) -> Vec<(Contents, Metadata, Fingerprint)> {
    let mut files: Vec<(Contents, Metadata, Fingerprint)> = Vec::new();
    for sibling in siblings(at).unwrap_or_default().iter().filter(|sibling| sibling.looks_rotated) {
        let Ok((contents, metadata, head)) = open(&sibling.path) else { continue };
        // An empty file may still be written to, unless it is compressed.
        let is_younger = written_nanos(&metadata) >= at.written_nanos.saturating_sub(LATE_WRITE_NANOS);
        let is_new = is_younger && (contents.is_plain() || !head.is_empty());
        let is_double = files.iter().any(|(_, _, other)| other.agrees_with(&head));
        if is_new && !is_double && !known(&head) && !followed(Inode::of(&metadata)) {
            files.push((contents, metadata, head));
        }
    }
    files.sort_by_key(|(_, metadata, _)| written_nanos(metadata));
    files
}

struct Sibling {
    path: PathBuf,
    number: u64,
    related: bool,
    looks_rotated: bool,
}

/// The plain files before the compressed ones, so that a file just being compressed is read from its original.
fn siblings(at: &Position) -> io::Result<Vec<Sibling>> {
    let same_name = same_name(at);
    let mut siblings = match list(Path::new(&at.path)) {
        // The directory was moved, and its successor is not there yet.
        Err(error) if same_name.is_empty() => return Err(error),
        beside => beside.unwrap_or_default(),
    };
    siblings.extend(same_name);
    if at.canonical_path != at.path {
        siblings.extend(list(Path::new(&at.canonical_path)).unwrap_or_default());
    }
    siblings.sort_by_key(|sibling| sibling.path.extension().is_some_and(|extension| extension == "gz"));
    Ok(siblings)
}

/// Files of the log's own name in directories that are named like earlier ones of its directory:
/// `/var/log/nginx.1/access.log`. Another site's logs may lie so too, so they are taken for rotated ones only if the
/// file itself is among them.
fn same_name(at: &Position) -> Vec<Sibling> {
    let live = Path::new(&at.path);
    let (Some(name), Some(directory)) = (live.file_name(), live.parent()) else { return Vec::new() };
    let earlier = list(directory).unwrap_or_default().into_iter().filter(|beside| beside.looks_rotated);
    let file = |directory: Sibling| {
        let path = directory.path.join(name);
        let number = fs::metadata(&path).ok()?.ino();
        Some(Sibling { path, number, related: false, looks_rotated: false })
    };
    let mut same_name: Vec<Sibling> = earlier.filter_map(file).collect();
    let was_moved = same_name.iter().any(|same_name_file| same_name_file.number == at.inode.number);
    same_name.iter_mut().for_each(|same_name_file| same_name_file.looks_rotated = was_moved);
    same_name
}

fn list(live: &Path) -> io::Result<Vec<Sibling>> {
    let directory = match live.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let live = live.file_name().unwrap_or_default().to_string_lossy();
    let entries = fs::read_dir(directory)?.take(NAMES_MAX).flatten();
    Ok(entries
        .map(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            Sibling {
                path: entry.path(),
                number: entry.ino(),
                related: is_related_name(&live, &name),
                looks_rotated: is_rotated_name(&live, &name),
            }
        })
        .collect())
}

/// Of an empty file nothing is known but its inode, whose number may have come back since.
fn is_same(at: &Position, metadata: &Metadata, head: &Fingerprint) -> bool {
    Inode::of(metadata) == at.inode && !at.fingerprint.is_empty() && head.continues(&at.fingerprint)
}

/// The longest plain copy, else a compressed one.
fn find_copy(at: &Position, siblings: &[Sibling], followed: impl Fn(Inode) -> bool) -> Option<(Contents, Metadata)> {
    if !at.fingerprint.has_entropy() {
        return None;
    }
    let candidates = siblings.iter().filter(|sibling| sibling.related);
    candidates
        .filter_map(|sibling| open(&sibling.path).ok())
        .filter(|(_, metadata, head)| head.continues(&at.fingerprint) && !followed(Inode::of(metadata)))
        .map(|(contents, metadata, _)| (contents, metadata))
        .max_by_key(|(contents, metadata)| (contents.is_plain(), metadata.len()))
}

/// A compressed file that is still being written has no readable head, and no original if it matters.
fn open(path: &Path) -> io::Result<(Contents, Metadata, Fingerprint)> {
    let mut contents = Contents::open(path)?;
    let metadata = contents.file().metadata()?;
    let head = contents.fingerprint()?;
    Ok((contents, metadata, head))
}
