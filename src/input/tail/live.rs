//! The open files that a path leads to: those that are read, and copies that are held so that they are known.

use std::collections::HashSet;
use std::path::Path;

use super::file_set::FileSet;
use super::identity::Inode;
use super::open_file::OpenFile;
use super::positions::Role;

#[derive(Default)]
pub(super) struct LiveFiles {
    files: FileSet,
}

impl LiveFiles {
    pub(super) fn files(&self) -> &FileSet {
        &self.files
    }

    pub(super) fn get_mut(&mut self, index: usize) -> &mut OpenFile {
        self.files.get_mut(index)
    }

    /// Takes a file that a path leads to.
    pub(super) fn push(&mut self, mut file: OpenFile) {
        file.seen = true;
        if file.at.role == Role::Moved {
            file.at.role = Role::Live;
        }
        self.files.push(file);
    }

    /// Has a file looked at in the next round, if it is held here.
    pub(super) fn touch(&mut self, inode: Inode) {
        self.files.touch(inode);
    }

    pub(super) fn begin_look(&mut self) {
        self.files.forget_sightings();
    }

    /// Notes that a path leads to this file. `false`: it is not held here.
    pub(super) fn see(&mut self, inode: Inode) -> bool {
        let found = self.files.find(inode);
        if let Some(index) = found {
            self.files.get_mut(index).seen = true;
        }
        found.is_some()
    }

    /// Takes out the files that no path leads to any more: they have been moved, or their directory has.
    pub(super) fn take_unseen(&mut self) -> Vec<OpenFile> {
        self.files.take_if(|file| !file.seen)
    }

    /// Takes out the files that have to be opened again.
    pub(super) fn take_stale(&mut self) -> Vec<OpenFile> {
        self.files.take_if(OpenFile::is_stale)
    }

    /// Takes out the file that is likeliest to be of no use soon: the longest silent one that was read to its end.
    pub(super) fn take_idle(&mut self) -> Option<OpenFile> {
        self.files.take_longest_silent(|file| file.is_exhausted() || file.at.role == Role::Copy)
    }

    /// Takes out any file, the longest silent one.
    pub(super) fn take_any(&mut self) -> Option<OpenFile> {
        self.files.take_longest_silent(|_| true)
    }

    /// Takes out a copy that turns out to hold bytes which are nowhere else.
    pub(super) fn take_copy(&mut self, inode: Inode) -> Option<OpenFile> {
        let index = self.files.find(inode).filter(|index| self.files.get(*index).at.role == Role::Copy)?;
        Some(self.files.remove(index))
    }

    /// The paths at which a file has been written to: what was moved away from there has its successor.
    pub(super) fn begun_paths(&self) -> HashSet<&Path> {
        let begun = self.files.iter().filter(|file| file.at.role == Role::Live && file.at.size > 0);
        begun.map(|file| file.at.path.as_path()).collect()
    }

    pub(super) fn drain(&mut self) -> Vec<OpenFile> {
        self.files.drain()
    }
}
