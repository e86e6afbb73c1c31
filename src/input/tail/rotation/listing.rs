//! What lies in directories. Each is listed once for every change in it, however many logs it holds.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::identity::{Inode, written_nanos};

/// More names than this in one directory are not looked at.
const NAMES_MAX: usize = 100_000;
/// A directory that changed so short a time before it was listed may have changed again since, unseen: the clock of file
/// systems ticks every few milliseconds.
const UNSURE_NANOS: i64 = 100_000_000;

/// The names in one directory.
pub(super) struct Listing {
    directory: PathBuf,
    /// Sorted by name.
    entries: Vec<Entry>,
    /// Indices into `entries`.
    by_number: HashMap<u64, Vec<usize>>,
}

pub(super) struct Entry {
    pub name: OsString,
    /// Of the inode, as the directory has it.
    pub number: u64,
    pub is_directory: bool,
}

impl Listing {
    fn read(directory: &Path) -> io::Result<Self> {
        let entry = |entry: fs::DirEntry| {
            let is_directory = entry.file_type().is_ok_and(|it| it.is_dir());
            Entry { name: entry.file_name(), number: entry.ino(), is_directory }
        };
        let mut entries: Vec<Entry> = fs::read_dir(directory)?.take(NAMES_MAX).flatten().map(entry).collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let mut by_number: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            by_number.entry(entry.number).or_default().push(index);
        }
        Ok(Self { directory: directory.to_owned(), entries, by_number })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn path(&self, entry: &Entry) -> PathBuf {
        self.directory.join(&entry.name)
    }

    /// All files, or all directories.
    pub(super) fn iter(&self, directories: bool) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.is_directory == directories)
    }

    pub(super) fn with_number(&self, number: u64) -> impl Iterator<Item = &Entry> {
        self.by_number.get(&number).into_iter().flatten().map(|index| &self.entries[*index])
    }

    /// Those whose names begin so.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a OsStr) -> impl Iterator<Item = &'a Entry> {
        let first = self.entries.partition_point(|entry| entry.name.as_os_str() < prefix);
        let begins = |entry: &&Entry| entry.name.as_bytes().starts_with(prefix.as_bytes());
        self.entries[first..].iter().take_while(begins)
    }
}

/// The directories that were listed.
#[derive(Default)]
pub(super) struct Listings {
    by_path: HashMap<PathBuf, Listed>,
    look: u64,
}

struct Listed {
    /// `None`: it changed too short a time before.
    stamp: Option<(Inode, i64)>,
    /// The look at which it was last known to be as it is.
    look: u64,
    listing: Result<Arc<Listing>, io::ErrorKind>,
}

impl Listings {
    /// From here on, directories may have changed. What the last look did not ask for is forgotten.
    pub(super) fn begin_look(&mut self) {
        let last = self.look;
        self.by_path.retain(|_, listed| listed.look == last);
        self.look += 1;
    }

    pub(super) fn get(&mut self, directory: &Path) -> Result<Arc<Listing>, io::ErrorKind> {
        let look = self.look;
        if let Some(listed) = self.by_path.get(directory).filter(|listed| listed.look == look) {
            return listed.listing.clone();
        }
        let stamp = stamp(directory);
        // What could not be listed for want of a descriptor can be in a moment.
        let is_valid = |it: &&mut Listed| it.stamp.is_some() && it.stamp == stamp && it.listing.is_ok();
        if let Some(listed) = self.by_path.get_mut(directory).filter(is_valid) {
            listed.look = look;
            return listed.listing.clone();
        }
        let listing = Listing::read(directory).map(Arc::new).map_err(|error| error.kind());
        // What could not be listed may be listed the next time, though nothing in it changed: a descriptor was missing.
        let stamp = stamp.filter(|_| listing.is_ok());
        self.by_path.insert(directory.to_owned(), Listed { stamp, look, listing: listing.clone() });
        listing
    }
}

/// What changes with every name that comes or goes. `None`: it changed just now, or cannot be known.
pub(in crate::input::tail) fn stamp(directory: &Path) -> Option<(Inode, i64)> {
    let metadata = fs::metadata(directory).ok()?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()?;
    let written = written_nanos(&metadata);
    (written < now.saturating_sub(UNSURE_NANOS)).then(|| (Inode::of(&metadata), written))
}
