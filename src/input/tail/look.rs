//! Looks at where the paths lead now: which files are new, which have moved, and what stands in the way.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::glob;
use super::identity::Inode;
use super::positions::{Position, Role};
use super::reason::Cause;
use super::status::Trouble;
use super::tailer::Tailer;

impl Tailer {
    /// Looks at every path, unless that was done a moment ago.
    pub(super) fn look(&mut self, now: Instant) {
        let is_recent = |looked| now.saturating_duration_since(looked) < self.options.look_every;
        if !self.look_due && self.looked.is_some_and(is_recent) {
            return;
        }
        self.look_due = false;
        let first = self.looked.is_none();
        self.looked = Some(now);
        self.expand_globs(now);
        for log in &mut self.logs {
            log.paths_open = 0;
            log.trouble = None;
        }
        if first {
            self.remember_all_old();
        }
        let mut replaced = self.look_at_paths(now, first);
        if first {
            replaced.extend(self.left_behind());
        }
        self.note_moved(now);
        self.search_missing(now);
        for at in replaced {
            self.adopt_overtaken(&at, now);
        }
        self.note_empty_globs();
    }

    fn remember_all_old(&mut self) {
        for (path, source) in self.paths.clone() {
            if !self.logs[source].resumed {
                self.remember_old(&path);
            }
        }
    }

    fn expand_globs(&mut self, now: Instant) {
        let due = self.expanded.is_none_or(|then| now.saturating_duration_since(then) >= self.options.glob_every);
        if due {
            self.expanded = Some(now);
            self.paths = (0..self.sources.len())
                .flat_map(|source| {
                    glob::expand(&self.sources[source].pattern).into_iter().map(move |path| (path, source))
                })
                .collect();
        }
    }

    /// Opens what is new, and returns the positions in the files that were at those paths before.
    fn look_at_paths(&mut self, now: Instant, first: bool) -> Vec<Position> {
        for file in &mut self.files {
            file.seen = false;
        }
        let mut replaced = Vec::new();
        for path in 0..self.paths.len() {
            let source = self.paths[path].1;
            match fs::metadata(&self.paths[path].0) {
                Ok(metadata) => match self.held(Inode::of(&metadata)) {
                    Some(file) => {
                        self.logs[source].paths_open += 1;
                        self.note_sighting(file);
                    }
                    None => replaced.extend(self.open_path(path, Inode::of(&metadata), now, first)),
                },
                Err(error) => self.note_trouble(path, Cause::from(&error)),
            }
        }
        replaced
    }

    /// The last saved position of each path that leads nowhere just now: nginx has not been told to reopen yet. Files
    /// may have come and gone there since, and what was counted of them before must be again, not only once the path is
    /// back.
    fn left_behind(&self) -> Vec<Position> {
        let mut last: Vec<&Position> = Vec::new();
        for at in self.missing.iter().map(|missing| &missing.at).filter(|at| at.role != Role::Twin) {
            match last.iter_mut().find(|other| other.home == at.home) {
                Some(other) if other.written_nanos < at.written_nanos => *other = at,
                Some(_) => {}
                None => last.push(at),
            }
        }
        last.into_iter().filter(|at| !Path::new(&at.home).exists()).cloned().collect()
    }

    pub(super) fn held(&self, inode: Inode) -> Option<usize> {
        self.files.iter().position(|file| file.at.inode == inode)
    }

    fn note_sighting(&mut self, file: usize) {
        let file = &mut self.files[file];
        file.seen = true;
        if file.at.role == Role::Moved {
            file.at.role = Role::Live;
        }
    }

    pub(super) fn note_trouble(&mut self, path: usize, cause: Cause) {
        let (path, source) = &self.paths[path];
        let is_expected = glob::is_glob(&self.sources[*source].pattern) && cause == Cause::Os(Some(libc::ENOENT));
        if !is_expected {
            self.logs[*source].trouble.get_or_insert_with(|| Trouble { path: path.clone(), cause });
        }
    }

    fn note_empty_globs(&mut self) {
        for (source, log) in self.logs.iter_mut().enumerate() {
            if log.paths_open == 0 && log.trouble.is_none() {
                let path = self.sources[source].pattern.clone();
                log.trouble = Some(Trouble { path, cause: Cause::NoMatch });
            }
        }
    }

    /// A file that no path leads to any more has been moved, or its directory has gone.
    fn note_moved(&mut self, now: Instant) {
        for file in self.files.iter_mut().filter(|file| !file.seen && file.at.role == Role::Live) {
            file.at.role = Role::Moved;
            file.quiet_since = now;
        }
    }
}
