//! Looks at where the paths lead now: which files are new, which have moved, and what stands in the way.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::Tailer;
use crate::input::tail::identity::Inode;
use crate::input::tail::positions::{Position, Role};
use crate::input::tail::reason::Cause;

impl Tailer {
    /// Looks at every path, unless that was done a moment ago.
    pub(super) fn look(&mut self, now: Instant) {
        let first = self.paths.is_first_look();
        if !self.paths.begin_look(now, &self.options) {
            return;
        }
        if self.paths.begin_expansion(now, &self.options) {
            self.logs.expand(&mut self.paths);
        }
        self.logs.begin_look();
        if first {
            self.remember_all_old();
        }
        let mut replaced = self.look_at_paths(now, first);
        if first {
            replaced.extend(self.waiting.last_of_empty_paths(|path| Path::new(path).exists()));
        }
        self.note_moved(now);
        self.search_waiting(now);
        for at in replaced {
            self.adopt_rotated_past(&at, now);
        }
        self.logs.end_look();
    }

    fn remember_all_old(&mut self) {
        let of_new = |(path, source): (&str, usize)| (!self.logs.is_resumed(source)).then(|| path.to_owned());
        let paths: Vec<String> = self.paths.iter().filter_map(of_new).collect();
        paths.iter().for_each(|path| self.remember_old(path));
    }

    /// Opens what is new, and returns the positions in the files that were at those paths before.
    fn look_at_paths(&mut self, now: Instant, first: bool) -> Vec<Position> {
        self.live.begin_look();
        self.drained.begin_look();
        let mut replaced = Vec::new();
        for index in 0..self.paths.len() {
            let (path, source) = self.paths.get(index);
            match fs::metadata(path).map(|metadata| Inode::of(&metadata)) {
                Err(error) => self.logs.note_trouble(source, path, Cause::from(&error)),
                Ok(inode) if self.see(inode) => self.logs.note_open(source),
                Ok(inode) => {
                    let path = self.paths.get(index).0.to_owned();
                    replaced.extend(self.open_path(&path, source, inode, now, first));
                }
            }
        }
        replaced
    }

    /// Notes that a path leads to this file. `false`: it is not held.
    fn see(&mut self, inode: Inode) -> bool {
        if self.live.see(inode) {
            return true;
        }
        let found = self.drained.see(inode);
        let is_held = found.is_some();
        if let Some(back) = found.flatten() {
            self.live.push(back);
        }
        is_held
    }

    /// A file that no path leads to any more has been moved, or its directory has gone.
    fn note_moved(&mut self, now: Instant) {
        for file in self.live.take_unseen() {
            if file.at.role == Role::Copy {
                self.finish(file);
            } else {
                self.drained.push_moved(file, now);
            }
        }
    }
}
