//! Tells copies of what is counted from files that only begin like it.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::{Slot, Tailer};
use crate::input::tail::contents::Contents;
use crate::input::tail::identity::{Fingerprint, Inode};
use crate::input::tail::open_file::OpenFile;
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::rotation::{RotatedFile, is_rotated_name};

/// A file smaller than this may begin like another by chance: lines of one second are often equal.
const CHANCE_BYTES: u64 = 64 * 1024;
/// The same for a file in place of one that was removed.
const CHANCE_REMOVED_BYTES: u64 = 1024;
/// How much before its end proves that a file was taken over whole.
const END_BYTES: u64 = 64;

impl Tailer {
    /// Whether a file that has just got its first bytes is a copy of one that is read, or was, under another name.
    /// Happens where a glob matches the copies that copytruncate makes, and where one was found while it was made.
    pub(super) fn is_copy(&mut self, slot: Slot) -> bool {
        let this = self.file(slot).at.clone();
        let is_at_home = inode_at(&this.path) == Some(this.inode);
        let is_copied_name =
            |path: &Path| (!is_at_home && path == this.path) || is_beside_and_rotated(path, &this.path);
        let like: Vec<Position> = self
            .known()
            .filter(|other| other.inode != this.inode && other.fingerprint.agrees_with(&this.fingerprint))
            .filter(|other| is_copied_name(&other.path))
            .cloned()
            .collect();
        like.iter().any(|other| may_be_copied(other, this.born_nanos, |at| self.search.is_in_chain(at)))
    }

    /// Everything that is known to have been read, or to be read still.
    fn known(&self) -> impl Iterator<Item = &Position> {
        self.files().map(|file| &file.at).chain(self.waiting.positions()).chain(self.history.positions())
    }

    /// Whether the content of a rotated file was read, or is being read, in the directory of its log.
    pub(super) fn is_known(
        known: (&[&OpenFile], &[&Position]),
        file: &RotatedFile,
        path: &Path,
        in_chain: &dyn Fn(&Position) -> bool,
    ) -> bool {
        let beside = |other: &Path| other.parent() == path.parent();
        let is_its = |at: &Position| {
            let is_same = at.inode == file.inode && at.is_born_like(file.born_nanos);
            is_same || !file.is_plain || may_be_copied(at, file.born_nanos, in_chain)
        };
        let (open, positions) = known;
        let chain = path.with_extension("");
        let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
        let is_named = is_rotated_name(&name(path), &name(&file.path));
        // What is there now and was not looked at counts, too: in files of the same chain, whose paths begin alike, and where
        // too little was read to tell and the name does not.
        let begins_like = |it: &OpenFile| {
            let is_of_chain = || it.at.path.as_os_str().as_bytes().starts_with(chain.as_os_str().as_bytes());
            let is_unsure = || !is_named && !it.at.fingerprint.has_entropy() && file.head.continues(&it.at.fingerprint);
            it.at.fingerprint.agrees_with(&file.head) || ((is_of_chain() || is_unsure()) && it.begins_like(&file.head))
        };
        // What it begins with first: it tells most of thousands of files apart, and costs least.
        open.iter().any(|it| begins_like(it) && beside(&it.at.path) && is_its(&it.at))
            || positions.iter().any(|at| at.fingerprint.agrees_with(&file.head) && beside(&at.path) && is_its(at))
    }
}

/// Whether content that begins like that of `at`, in a plain file made at `born_nanos`, may be a copy of it, or both copies
/// of the same. A file that was only renamed was not copied.
fn may_be_copied(at: &Position, born_nanos: Option<i64>, in_chain: impl FnOnce(&Position) -> bool) -> bool {
    if at.is_cut_off() || matches!(at.role, Role::Copy | Role::Recovered) {
        return true;
    }
    if inode_at(&at.path) == Some(at.inode) {
        return at.born_nanos.zip(born_nanos).is_none_or(|(own, other)| other >= own);
    }
    !in_chain(at)
}

fn inode_at(path: &Path) -> Option<Inode> {
    fs::metadata(path).ok().map(|metadata| Inode::of(&metadata))
}

/// Whether `path` lies beside `live` and has the name that rotation would give it.
fn is_beside_and_rotated(live: &Path, path: &Path) -> bool {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
    live.parent() == path.parent() && is_rotated_name(&name(live), &name(path))
}

/// Where to go on in a file that was put in place of `old` and holds what that held: `rsync`, `sed -i` and editors write
/// anew what was there. `None`: it is another file.
pub(super) fn rewritten(old: &OpenFile, new: &Contents, head: &Fingerprint, size: u64) -> Option<u64> {
    let metadata = old.contents.file().metadata().ok()?;
    let (before, is_removed) = (metadata.len(), old.is_removed());
    let begins_like = old.at.fingerprint.has_entropy() && head.continues(&old.at.fingerprint);
    if !begins_like || !new.is_plain() || !old.contents.is_plain() {
        return None;
    }
    let holds_all = size >= before && ends_like(old, new, before);
    match is_removed {
        true if before >= CHANCE_REMOVED_BYTES && size >= before / 2 => Some(if holds_all { before } else { size }),
        false if before >= CHANCE_BYTES && holds_all => Some(before),
        _ => None,
    }
}

fn ends_like(old: &OpenFile, new: &Contents, end: u64) -> bool {
    let length = end.min(END_BYTES);
    let read = |contents: &Contents| {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        contents.file().read_exact_at(&mut bytes, end - length).ok().map(|()| bytes)
    };
    read(&old.contents).is_some_and(|bytes| read(new) == Some(bytes))
}
