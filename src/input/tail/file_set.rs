//! Open files, found by their inode.

use std::collections::HashMap;

use super::identity::Inode;
use super::open_file::OpenFile;

#[derive(Default)]
pub(super) struct FileSet {
    files: Vec<OpenFile>,
    by_inode: HashMap<Inode, usize>,
}

impl FileSet {
    pub fn push(&mut self, file: OpenFile) {
        self.by_inode.insert(file.at.inode, self.files.len());
        self.files.push(file);
    }

    /// Takes a file out. The last one gets its index.
    pub fn remove(&mut self, index: usize) -> OpenFile {
        let file = self.files.swap_remove(index);
        self.by_inode.remove(&file.at.inode);
        if let Some(moved) = self.files.get(index) {
            self.by_inode.insert(moved.at.inode, index);
        }
        file
    }

    pub fn find(&self, inode: Inode) -> Option<usize> {
        self.by_inode.get(&inode).copied()
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn get(&self, index: usize) -> &OpenFile {
        &self.files[index]
    }

    /// Its inode must stay as it is.
    pub fn get_mut(&mut self, index: usize) -> &mut OpenFile {
        &mut self.files[index]
    }

    pub fn iter(&self) -> impl Iterator<Item = &OpenFile> {
        self.files.iter()
    }

    /// Takes out the files for which `is_over` says so.
    pub fn take_if(&mut self, is_over: impl Fn(&OpenFile) -> bool) -> Vec<OpenFile> {
        let over: Vec<usize> = (0..self.files.len()).rev().filter(|index| is_over(&self.files[*index])).collect();
        over.into_iter().map(|index| self.remove(index)).collect()
    }

    pub fn forget_sightings(&mut self) {
        self.files.iter_mut().for_each(|file| file.seen = false);
    }

    /// The file that was last at `path`, copies apart.
    pub fn last_at(&self, path: &str) -> Option<&OpenFile> {
        self.files.iter().filter(|file| file.was_at(path)).max_by_key(|file| file.at.written_nanos)
    }
}
