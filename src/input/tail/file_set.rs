//! Open files, found by their inode and by the path of their log.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::identity::Inode;
use super::open_file::OpenFile;

#[derive(Default)]
pub(super) struct FileSet {
    files: Vec<OpenFile>,
    by_inode: HashMap<Inode, usize>,
    by_path: HashMap<PathBuf, Vec<usize>>,
}

impl FileSet {
    pub(super) fn push(&mut self, file: OpenFile) {
        self.by_inode.insert(file.at.inode, self.files.len());
        self.by_path.entry(file.at.path.clone()).or_default().push(self.files.len());
        self.files.push(file);
    }

    /// Takes a file out. The last one gets its index.
    pub(super) fn remove(&mut self, index: usize) -> OpenFile {
        let last = self.files.len() - 1;
        let file = self.files.swap_remove(index);
        self.by_inode.remove(&file.at.inode);
        if let Some(of_path) = self.by_path.get_mut(&file.at.path) {
            of_path.retain(|other| *other != index);
            if of_path.is_empty() {
                self.by_path.remove(&file.at.path);
            }
        }
        if let Some(moved) = self.files.get(index) {
            self.by_inode.insert(moved.at.inode, index);
            let of_path = self.by_path.get_mut(&moved.at.path).into_iter().flatten();
            of_path.filter(|other| **other == last).for_each(|other| *other = index);
        }
        file
    }

    pub(super) fn find(&self, inode: Inode) -> Option<usize> {
        self.by_inode.get(&inode).copied()
    }

    pub(super) fn touch(&mut self, inode: Inode) {
        if let Some(index) = self.find(inode) {
            self.files[index].touch();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    pub(super) fn get(&self, index: usize) -> &OpenFile {
        &self.files[index]
    }

    /// Its inode and path must stay as they are.
    pub(super) fn get_mut(&mut self, index: usize) -> &mut OpenFile {
        &mut self.files[index]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &OpenFile> {
        self.files.iter()
    }

    /// The files of the log at `path`.
    pub(super) fn of(&self, path: &Path) -> impl Iterator<Item = &OpenFile> {
        self.by_path.get(path).into_iter().flatten().map(|index| &self.files[*index])
    }

    /// Takes out the files for which `is_over` says so.
    pub(super) fn take_if(&mut self, is_over: impl Fn(&OpenFile) -> bool) -> Vec<OpenFile> {
        let over: Vec<usize> = (0..self.files.len()).rev().filter(|index| is_over(&self.files[*index])).collect();
        over.into_iter().map(|index| self.remove(index)).collect()
    }

    /// Takes out the file that has been silent for the longest time, of those for which `may_go` says so.
    pub(super) fn take_longest_silent(&mut self, may_go: impl Fn(&OpenFile) -> bool) -> Option<OpenFile> {
        let waiting = self.files.iter().enumerate().filter(|(_, file)| may_go(file));
        let longest = waiting.min_by_key(|(_, file)| file.quiet_since).map(|(index, _)| index)?;
        Some(self.remove(longest))
    }

    pub(super) fn forget_sightings(&mut self) {
        self.files.iter_mut().for_each(|file| file.seen = false);
    }

    /// The file that was last at `path`, copies apart.
    pub(super) fn last_at(&self, path: &Path) -> Option<&OpenFile> {
        self.of(path).filter(|file| file.at.was_at(path)).max_by_key(|file| file.at.written_nanos)
    }

    pub(super) fn drain(&mut self) -> Vec<OpenFile> {
        self.by_inode.clear();
        self.by_path.clear();
        std::mem::take(&mut self.files)
    }
}
