//! Where the patterns lead, when to look there again, and what of it need not be looked at, as nothing in its directory has
//! changed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::glob;
use super::identity::Inode;
use super::options::Options;
use super::rotation::{is_rotated_name, stamp};
use crate::permission;

/// Paths that are looked at in the time of one `look_every`.
const PATHS_PER_LOOK: usize = 1_000;

/// The paths to look at, each with its source.
#[derive(Default)]
pub(super) struct Paths {
    entries: Vec<Entry>,
    directories: Vec<Directory>,
    /// Directories that patterns cannot be expanded in, each with its source.
    hidden: Vec<(PathBuf, usize)>,
    /// Directories of logs that cannot be listed, each with the source of one log.
    unlisted: Vec<(PathBuf, usize)>,
    looked: Option<Instant>,
    looked_at_all: Option<Instant>,
    expanded: Option<Instant>,
    is_due: bool,
}

struct Entry {
    path: PathBuf,
    source: usize,
    directory: usize,
    /// Where it led at the last look, if nothing but its directory can change that.
    led_to: Option<Inode>,
}

struct Directory {
    path: PathBuf,
    /// At the last look. `None`: it was changing.
    stamp: Option<(Inode, i64)>,
    is_unchanged: bool,
}

impl Paths {
    /// Makes the next round look at every path and pattern afresh.
    pub(super) fn rescan(&mut self) {
        (self.expanded, self.looked_at_all) = (None, None);
        self.is_due = true;
    }

    /// Makes the next round look, however short a time ago that was done.
    pub(super) fn hurry(&mut self) {
        self.is_due = true;
    }

    /// Whether it is time to look. Notes that it is done, if so.
    pub(super) fn begin_look(&mut self, now: Instant, options: &Options) -> bool {
        let every = options.look_every.mul_f64(1.0 + (self.entries.len() / PATHS_PER_LOOK) as f64);
        let is_recent = |looked| now.saturating_duration_since(looked) < every;
        if !self.is_due && self.looked.is_some_and(is_recent) {
            return false;
        }
        (self.is_due, self.looked) = (false, Some(now));
        true
    }

    /// Nobody has looked yet.
    pub(super) fn is_first_look(&self) -> bool {
        self.looked.is_none()
    }

    /// Finds out which directories have changed, or expands the patterns, if that is due.
    pub(super) fn refresh<'a>(&mut self, now: Instant, options: &Options, patterns: impl Iterator<Item = &'a str>) {
        let is_over =
            |then: Option<Instant>, every| then.is_none_or(|then| now.saturating_duration_since(then) >= every);
        if is_over(self.expanded, options.glob_every) {
            self.expanded = Some(now);
            self.expand(patterns);
        }
        let all = is_over(self.looked_at_all, options.look_at_all_every);
        if all {
            self.looked_at_all = Some(now);
            self.unlisted = self.unlisted();
        }
        for directory in &mut self.directories {
            let stamp = stamp(&directory.path);
            directory.is_unchanged = !all && stamp.is_some() && stamp == directory.stamp;
            directory.stamp = stamp;
        }
    }

    fn unlisted(&self) -> Vec<(PathBuf, usize)> {
        let is_unlisted = |directory: &Directory| permission::is_unlisted(&directory.path);
        let unlisted: Vec<bool> = self.directories.iter().map(is_unlisted).collect();
        let entries = self.entries.iter().filter(|entry| unlisted[entry.directory]);
        entries.map(|entry| (self.directories[entry.directory].path.clone(), entry.source)).collect()
    }

    fn expand<'a>(&mut self, patterns: impl Iterator<Item = &'a str>) {
        self.hidden.clear();
        let mut paths: Vec<(PathBuf, usize)> = Vec::new();
        for (source, pattern) in patterns.enumerate() {
            let found = glob::expand(pattern);
            if found.has_failed {
                // What was known of it holds until more is.
                let of_source = self.entries.iter().filter(|entry| entry.source == source);
                paths.extend(of_source.map(|entry| (entry.path.clone(), source)));
                continue;
            }
            self.hidden.extend(found.hidden.map(|directory| (directory, source)));
            paths.extend(found.paths.into_iter().map(|path| (path, source)));
        }
        let is_same = |entry: &Entry, (path, source): &(PathBuf, usize)| entry.path == *path && entry.source == *source;
        let unchanged =
            self.entries.len() == paths.len() && self.entries.iter().zip(&paths).all(|(a, b)| is_same(a, b));
        if !unchanged {
            self.set(paths);
        }
    }

    fn set(&mut self, paths: Vec<(PathBuf, usize)>) {
        self.directories.clear();
        let mut by_path: HashMap<PathBuf, usize> = HashMap::new();
        let entries = paths.into_iter().map(|(path, source)| {
            let parent = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
            let directory = *by_path.entry(parent).or_insert_with_key(|parent| {
                self.directories.push(Directory { path: parent.clone(), stamp: None, is_unchanged: false });
                self.directories.len() - 1
            });
            Entry { path, source, directory, led_to: None }
        });
        self.entries = entries.collect();
    }

    /// Whether the name of a file says that it was rotated away from another log's path than `own`.
    pub(super) fn is_rotated_of_another(&self, own: &Path, path: &Path) -> bool {
        let is_rotated = |live: &Path, path: &Path| {
            is_rotated_name(live.file_name().unwrap_or_default(), path.file_name().unwrap_or_default())
        };
        let others = self.entries.iter().filter(|entry| entry.path != own && entry.path.parent() == path.parent());
        let is_its = |entry: &Entry| is_rotated(&entry.path, path) && !is_rotated(&entry.path, own);
        !is_rotated(own, path) && others.into_iter().any(is_its)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// A path and its source.
    pub(super) fn get(&self, index: usize) -> (&Path, usize) {
        let entry = &self.entries[index];
        (&entry.path, entry.source)
    }

    /// Where a path leads, if that is known without looking.
    pub(super) fn leads_to(&self, index: usize) -> Option<Inode> {
        let entry = &self.entries[index];
        entry.led_to.filter(|_| self.directories[entry.directory].is_unchanged)
    }

    /// Notes where a path leads. `None`: nowhere, or elsewhere as soon as a link is changed.
    pub(super) fn note(&mut self, index: usize, inode: Option<Inode>) {
        self.entries[index].led_to = inode;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, usize)> {
        self.entries.iter().map(|entry| (entry.path.as_path(), entry.source))
    }

    /// Directories that cannot be listed, each with its source.
    pub(super) fn hidden(&self) -> impl Iterator<Item = (&Path, usize)> {
        self.hidden.iter().chain(&self.unlisted).map(|(directory, source)| (directory.as_path(), *source))
    }
}
