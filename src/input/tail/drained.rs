//! The open files that were rotated away and are read to their end, and when they may be let go.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

use super::file_set::FileSet;
use super::identity::Inode;
use super::open_file::OpenFile;
use super::positions::Role;

/// Files of one log that are open at once after they were rotated away. Those that were read to their end and wait for a
/// successor go first, then others are opened.
const PER_LOG_MAX: usize = 64;
/// Packed files that are open at once: each needs some megabytes.
const PACKED_MAX: usize = 8;

/// A removed file takes room on the disk as long as it is open, so it is held a shorter time after its successor has begun.
const REMOVED_GRACE: Duration = Duration::from_secs(1);
/// And it is let go some time if no successor comes.
const REMOVED_MAX: Duration = Duration::from_secs(600);

#[derive(Default)]
pub(super) struct DrainedFiles {
    files: FileSet,
}

impl DrainedFiles {
    pub(super) fn files(&self) -> &FileSet {
        &self.files
    }

    pub(super) fn get_mut(&mut self, index: usize) -> &mut OpenFile {
        self.files.get_mut(index)
    }

    /// Takes a file that was found elsewhere than at its path.
    pub(super) fn push(&mut self, file: OpenFile) {
        self.files.push(file);
    }

    /// Takes a file that has just been moved away.
    pub(super) fn push_moved(&mut self, mut file: OpenFile, now: Instant) {
        file.at.role = Role::Moved;
        file.quiet_since = now;
        self.files.push(file);
    }

    /// Whether another rotated file of this log may be opened.
    pub(super) fn has_room(&self, path: &Path, packed: bool) -> bool {
        let is_free = !packed || self.files.iter().filter(|file| !file.contents.is_plain()).count() < PACKED_MAX;
        is_free && self.files.of(path).filter(|file| !is_waiting(file)).count() < PER_LOG_MAX
    }

    /// Has a file looked at in the next round, if it is held here.
    pub(super) fn touch(&mut self, inode: Inode) {
        self.files.touch(inode);
    }

    pub(super) fn begin_look(&mut self) {
        self.files.forget_sightings();
    }

    /// Notes that a path leads to this file, and gives back one that was moved: it is live again.
    /// `None`: it is not held here.
    pub(super) fn see(&mut self, inode: Inode) -> Option<Option<OpenFile>> {
        let index = self.files.find(inode)?;
        self.files.get_mut(index).seen = true;
        let is_back = self.files.get(index).at.role == Role::Moved;
        Some(is_back.then(|| self.files.remove(index)))
    }

    /// Takes out the files that have to be opened again.
    pub(super) fn take_stale(&mut self) -> Vec<OpenFile> {
        self.files.take_if(OpenFile::is_stale)
    }

    /// Takes out the files that nothing will be written to any more. nginx writes to a moved file until it is told to
    /// reopen, so it is over only once its successor has `begun`.
    pub(super) fn take_over(&mut self, now: Instant, grace: Duration, begun: &HashSet<&Path>) -> Vec<OpenFile> {
        self.files.take_if(|file| {
            let quiet = now.saturating_duration_since(file.quiet_since);
            let has_begun = begun.contains(file.at.path.as_path());
            let is_removed = file.is_unlinked();
            match file.at.role {
                Role::Recovered => file.is_exhausted() || quiet >= grace,
                Role::Moved if !file.is_exhausted() => false,
                Role::Moved if has_begun => quiet >= if is_removed { grace.min(REMOVED_GRACE) } else { grace },
                Role::Moved => is_removed && quiet >= REMOVED_MAX,
                Role::Copy => true,
                Role::Live => false,
            }
        })
    }

    /// Takes out the files that wait for a successor while too many of their log do, the longest silent ones.
    pub(super) fn take_excess(&mut self) -> Vec<OpenFile> {
        let mut counts: HashMap<&Path, usize> = HashMap::new();
        for file in self.files.iter().filter(|file| is_waiting(file)) {
            *counts.entry(&file.at.path).or_default() += 1;
        }
        let crowded = counts.into_iter().filter(|(_, count)| *count > PER_LOG_MAX);
        let crowded: Vec<_> = crowded.map(|(path, count)| (path.to_owned(), count - PER_LOG_MAX)).collect();
        let take = |(path, count): (std::path::PathBuf, usize), files: &mut FileSet| {
            let mut longest = || files.take_longest_silent(|file| is_waiting(file) && file.at.path == path);
            (0..count).filter_map(|_| longest()).collect::<Vec<_>>()
        };
        crowded.into_iter().flat_map(|it| take(it, &mut self.files)).collect()
    }

    /// Takes out a file that was read to its end, as it is now, and waits for its successor. The longest silent one, if it
    /// can be opened again; a removed one cannot.
    pub(super) fn take_waiting(&mut self) -> Option<OpenFile> {
        let may_go = |file: &OpenFile| is_waiting(file) && file.has_nothing_new();
        let linked = self.files.take_longest_silent(|file| !file.is_removed() && is_waiting(file));
        linked.or_else(|| self.files.take_longest_silent(may_go))
    }

    /// Takes out any file, the longest silent one.
    pub(super) fn take_any(&mut self) -> Option<OpenFile> {
        self.files.take_longest_silent(|_| true)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.len() == 0
    }

    pub(super) fn drain(&mut self) -> Vec<OpenFile> {
        self.files.drain()
    }
}

/// Moved, read to its end, and perhaps written to again.
fn is_waiting(file: &OpenFile) -> bool {
    file.at.role == Role::Moved && file.is_exhausted()
}
