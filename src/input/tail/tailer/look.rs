//! Looks at where the paths lead now: which files are new, which have moved, and what stands in the way.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Tailer;
use crate::input::tail::identity::{Inode, written_nanos};
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::reason::Cause;

impl Tailer {
    /// Looks at every path, unless that was done a moment ago.
    pub(super) fn look(&mut self, now: Instant) {
        let first = self.paths.is_first_look();
        if !self.paths.begin_look(now, &self.options) {
            return;
        }
        self.search.begin_look();
        let may_differ = self.paths.refresh(now, &self.options, self.logs.patterns());
        if !may_differ && self.waiting.is_empty() {
            return;
        }
        self.revision += 1;
        self.logs.begin_look();
        for (directory, source) in self.paths.hidden() {
            self.logs.note_limit(source, directory, Cause::Hidden);
        }
        if first {
            self.remember_all_old();
        }
        let mut replaced = self.look_at_paths(now, first);
        if first {
            replaced.extend(self.waiting.last_of_empty_paths(|path| path.exists()));
        }
        self.note_moved(now);
        self.search_waiting(now);
        for at in replaced {
            self.adopt_rotated_past(&at, now);
        }
        self.open_rotated(now);
        self.logs.end_look();
    }

    fn remember_all_old(&mut self) {
        let of_new = |(path, source): (&Path, usize)| (!self.logs.is_resumed(source)).then(|| path.to_owned());
        let paths: Vec<PathBuf> = self.paths.iter().filter_map(of_new).collect();
        paths.iter().for_each(|path| self.remember_old(path));
    }

    /// Opens what is new, and returns the positions in the files that were at those paths before.
    fn look_at_paths(&mut self, now: Instant, first: bool) -> Vec<Position> {
        self.live.begin_look();
        self.drained.begin_look();
        self.waiting.begin_look();
        let mut replaced = Vec::new();
        for index in 0..self.paths.len() {
            let source = self.paths.get(index).1;
            if self.paths.leads_to(index).is_some_and(|inode| self.see(inode)) {
                self.logs.note_open(source);
                continue;
            }
            match self.stat(index) {
                Err(error) => self.logs.note_trouble(source, self.paths.get(index).0, Cause::from(&error)),
                Ok(metadata) => replaced.extend(self.look_at(index, &metadata, now, first)),
            }
        }
        replaced
    }

    /// The state of the file that a path leads to.
    fn stat(&mut self, index: usize) -> io::Result<Metadata> {
        let path = self.paths.get(index).0;
        let own = fs::symlink_metadata(path);
        let is_link = own.as_ref().is_ok_and(Metadata::is_symlink);
        let metadata = if is_link { fs::metadata(path) } else { own };
        // What was mounted by itself is told at every look.
        let is_usual = |metadata: &&Metadata| !is_link && metadata.nlink() > 0;
        let inode = metadata.as_ref().ok().filter(is_usual).map(Inode::of);
        self.paths.note(index, inode);
        metadata
    }

    fn look_at(&mut self, index: usize, metadata: &Metadata, now: Instant, first: bool) -> Option<Position> {
        let (path, source) = self.paths.get(index);
        let (path, inode) = (path.to_owned(), Inode::of(metadata));
        if metadata.nlink() == 0 {
            self.logs.note_trouble(source, &path, Cause::Unlinked);
        }
        let state = (metadata.len(), written_nanos(metadata));
        if self.see(inode) || self.waiting.see(inode, state) == Some(true) {
            self.logs.note_open(source);
            return None;
        }
        let replaced = self.open_path(&path, source, inode, now, first);
        if !self.is_held(inode) {
            // It has to be tried again.
            self.paths.note(index, None);
        }
        replaced
    }

    /// Notes that a path leads to this file. `false`: it is not held.
    fn see(&mut self, inode: Inode) -> bool {
        self.live.see(inode) || self.see_drained(inode)
    }

    fn see_drained(&mut self, inode: Inode) -> bool {
        let found = self.drained.see(inode);
        let is_held = found.is_some();
        if let Some(back) = found.flatten() {
            self.live.push(back);
        }
        is_held
    }

    /// A file that no path leads to any more has been moved, or its directory has gone.
    fn note_moved(&mut self, now: Instant) {
        self.waiting.end_look();
        for file in self.live.take_unseen() {
            if file.at.role == Role::Copy {
                self.finish(file);
                continue;
            }
            if let Some(path) = file.current_path() {
                self.places.learn(&file.at.path, &path);
            }
            self.drained.push_moved(file, now);
        }
    }
}
