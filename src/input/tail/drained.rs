//! The open files that were rotated away and are read to their end, and when they may be let go.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::file_set::FileSet;
use super::identity::Inode;
use super::open_file::OpenFile;
use super::positions::Role;

/// Moved files that wait for a successor that never comes. The longest silent one goes first.
const MOVED_MAX: usize = 64;

#[derive(Default)]
pub(super) struct DrainedFiles {
    files: FileSet,
}

impl DrainedFiles {
    pub fn files(&self) -> &FileSet {
        &self.files
    }

    pub fn get_mut(&mut self, index: usize) -> &mut OpenFile {
        self.files.get_mut(index)
    }

    /// Takes a file that was found elsewhere than at its path.
    pub fn push(&mut self, file: OpenFile) {
        self.files.push(file);
    }

    /// Takes a file that has just been moved away.
    pub fn push_moved(&mut self, mut file: OpenFile, now: Instant) {
        file.at.role = Role::Moved;
        file.quiet_since = now;
        self.files.push(file);
    }

    pub fn begin_look(&mut self) {
        self.files.forget_sightings();
    }

    /// Notes that a path leads to this file, and gives back one that was moved: it is live again.
    /// `None`: it is not held here.
    pub fn see(&mut self, inode: Inode) -> Option<Option<OpenFile>> {
        let index = self.files.find(inode)?;
        self.files.get_mut(index).seen = true;
        let is_back = self.files.get(index).at.role == Role::Moved;
        Some(is_back.then(|| self.files.remove(index)))
    }

    /// Takes out the files that nothing will be written to any more. nginx writes to a moved file until it is told to
    /// reopen, so it is over only once its successor has `begun`.
    pub fn take_over(&mut self, now: Instant, grace: Duration, begun: &HashSet<&str>) -> Vec<OpenFile> {
        let is_quiet = |file: &OpenFile| now.saturating_duration_since(file.quiet_since) >= grace;
        self.files.take_if(|file| match file.at.role {
            Role::Recovered => file.is_exhausted() || is_quiet(file),
            Role::Moved => file.is_exhausted() && is_quiet(file) && begun.contains(file.at.path.as_str()),
            Role::Copy => true,
            Role::Live => false,
        })
    }

    /// Takes out a moved file if too many wait.
    pub fn take_excess(&mut self) -> Option<OpenFile> {
        let moved = |file: &&OpenFile| file.at.role == Role::Moved;
        if self.files.iter().filter(moved).count() <= MOVED_MAX {
            return None;
        }
        let longest = self.files.iter().filter(moved).min_by_key(|file| file.quiet_since)?.at.inode;
        self.files.find(longest).map(|index| self.files.remove(index))
    }

    pub fn is_empty(&self) -> bool {
        self.files.len() == 0
    }
}
