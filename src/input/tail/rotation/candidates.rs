//! Files that may be what is looked for: their state, and what they begin with, asked of each once.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::contents::Contents;
use super::super::identity::{Fingerprint, Inode, born_nanos, written_nanos};
use super::listing::Listing;

/// A file that was looked at.
#[derive(Clone, Debug)]
pub(in crate::input::tail) struct RotatedFile {
    pub path: PathBuf,
    pub inode: Inode,
    pub born_nanos: Option<i64>,
    pub written_nanos: i64,
    /// As it lies on the disk, in bytes.
    pub size: u64,
    /// What its content begins with.
    pub head: Fingerprint,
    pub is_plain: bool,
}

/// A file that was not opened.
pub(super) struct Seen {
    pub path: PathBuf,
    pub metadata: Metadata,
}

type Version = (Inode, u64, i64);

/// What is known of files that were looked at.
#[derive(Default)]
pub(super) struct Candidates {
    /// Of each version of a file: what it begins with, and whether it is plain. `None`: it cannot be read.
    heads: HashMap<Version, Option<(Fingerprint, bool)>>,
    /// The files of a directory, asked for in this look.
    seen: HashMap<PathBuf, Arc<Vec<Seen>>>,
}

/// More are not remembered, and so asked for again.
const HEADS_MAX: usize = 100_000;

impl Candidates {
    pub(super) fn begin_look(&mut self) {
        self.seen.clear();
        if self.heads.len() > HEADS_MAX {
            self.heads.clear();
        }
    }

    /// All files of a directory.
    pub(super) fn all(&mut self, listing: &Listing) -> Arc<Vec<Seen>> {
        let directory = listing.directory().to_owned();
        let read = || Arc::new(listing.iter(false).filter_map(|entry| see(listing.path(entry))).collect());
        Arc::clone(self.seen.entry(directory).or_insert_with(read))
    }

    /// The file as a candidate, if it can be read.
    pub(super) fn look(&mut self, seen: &Seen) -> Option<RotatedFile> {
        let (inode, written) = (Inode::of(&seen.metadata), written_nanos(&seen.metadata));
        let version = (inode, seen.metadata.len(), written);
        let head = || open(&seen.path).ok().map(|(contents, _, head)| (head, contents.is_plain()));
        let (head, is_plain) = (*self.heads.entry(version).or_insert_with(head))?;
        Some(RotatedFile {
            path: seen.path.clone(),
            inode,
            born_nanos: born_nanos(&seen.metadata),
            written_nanos: written,
            size: seen.metadata.len(),
            head,
            is_plain,
        })
    }
}

/// The state of a regular file.
pub(super) fn see(path: PathBuf) -> Option<Seen> {
    let metadata = fs::metadata(&path).ok().filter(Metadata::is_file)?;
    Some(Seen { path, metadata })
}

/// A packed file that is still being written has no readable head, and its original is still there.
pub(super) fn open(path: &Path) -> io::Result<(Contents, Metadata, Fingerprint)> {
    let mut contents = Contents::open(path)?;
    let metadata = contents.file().metadata()?;
    let head = contents.fingerprint()?;
    Ok((contents, metadata, head))
}
