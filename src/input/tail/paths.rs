//! Where the patterns lead, when to look there again, and what of it need not be looked at, as nothing in its directory has
//! changed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::glob::{self, Listed};
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
    /// Directories whose names decide what a pattern names.
    listed: Vec<PathBuf>,
    /// Directories that patterns cannot be expanded in, each with its source.
    hidden: Vec<(PathBuf, usize)>,
    /// Directories of logs that cannot be listed, each with the source of one log.
    unlisted: Vec<(PathBuf, usize)>,
    looked: Option<Instant>,
    looked_at_all: Option<Instant>,
    expanded: Option<Instant>,
    is_due: bool,
    /// A pattern may name other paths than it did.
    may_differ: bool,
    /// What the last look found may hold no longer, though no directory has changed.
    is_uncertain: bool,
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

    /// Makes the next look find out anew what stands in the way.
    pub(super) fn doubt(&mut self) {
        self.is_uncertain = true;
    }

    /// How often something is done that takes its time with each path.
    fn pace(&self, every: Duration) -> Duration {
        every.mul_f64(1.0 + (self.entries.len() / PATHS_PER_LOOK) as f64)
    }

    /// Whether it is time to look. Notes that it is done, if so.
    pub(super) fn begin_look(&mut self, now: Instant, options: &Options) -> bool {
        let every = self.pace(options.look_every);
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

    /// Finds out which directories have changed, and expands the patterns, if that is due. `false`: every path leads
    /// where it did at the last look.
    pub(super) fn refresh<'a>(
        &mut self,
        now: Instant,
        options: &Options,
        patterns: impl Iterator<Item = &'a str>,
    ) -> bool {
        let is_over =
            |then: Option<Instant>, every| then.is_none_or(|then| now.saturating_duration_since(then) >= every);
        let all = is_over(self.looked_at_all, self.pace(options.look_at_all_every));
        let mut may_differ = std::mem::take(&mut self.is_uncertain) | all;
        for directory in &mut self.directories {
            let stamp = stamp(&directory.path);
            directory.is_unchanged = !all && stamp.is_some() && stamp == directory.stamp;
            directory.stamp = stamp;
            may_differ |= !directory.is_unchanged;
        }
        self.may_differ |= may_differ;
        if self.expanded.is_none() || (self.may_differ && is_over(self.expanded, options.glob_every)) {
            self.expanded = Some(now);
            self.may_differ = false;
            may_differ |= self.expand(patterns);
        }
        if all {
            self.looked_at_all = Some(now);
            self.unlisted = self.unlisted();
        }
        may_differ || self.entries.iter().any(|entry| entry.led_to.is_none())
    }

    fn unlisted(&self) -> Vec<(PathBuf, usize)> {
        let is_unlisted = |directory: &Directory| permission::is_unlisted(&directory.path);
        let unlisted: Vec<bool> = self.directories.iter().map(is_unlisted).collect();
        let entries = self.entries.iter().filter(|entry| unlisted[entry.directory]);
        entries.map(|entry| (self.directories[entry.directory].path.clone(), entry.source)).collect()
    }

    /// Whether they name other paths than before.
    fn expand<'a>(&mut self, patterns: impl Iterator<Item = &'a str>) -> bool {
        self.hidden.clear();
        let (mut paths, mut listed): (Vec<(PathBuf, usize)>, Vec<PathBuf>) = Default::default();
        for (source, pattern) in patterns.enumerate() {
            let found = glob::expand(pattern);
            match glob::listed(pattern) {
                Listed::Nothing => {}
                Listed::One(directory) => listed.push(directory),
                // Directories may come and go between those that hold the paths and the pattern's fixed part.
                Listed::Many => self.may_differ = true,
            }
            if found.has_failed {
                self.may_differ = true;
                // What was known of it holds until more is.
                let of_source = self.entries.iter().filter(|entry| entry.source == source);
                paths.extend(of_source.map(|entry| (entry.path.clone(), source)));
                continue;
            }
            self.hidden.extend(found.hidden.map(|directory| (directory, source)));
            paths.extend(found.paths.into_iter().map(|path| (path, source)));
        }
        let is_same = |entry: &Entry, (path, source): &(PathBuf, usize)| entry.path == *path && entry.source == *source;
        listed.sort_unstable();
        listed.dedup();
        let unchanged = self.listed == listed
            && self.entries.len() == paths.len()
            && self.entries.iter().zip(&paths).all(|(a, b)| is_same(a, b));
        if !unchanged {
            self.listed = listed;
            self.set(paths);
        }
        !unchanged
    }

    fn set(&mut self, paths: Vec<(PathBuf, usize)>) {
        self.directories.clear();
        let mut by_path: HashMap<PathBuf, usize> = HashMap::new();
        let mut number = |directory: PathBuf| {
            *by_path.entry(directory).or_insert_with_key(|directory| {
                self.directories.push(Directory { path: directory.clone(), stamp: None, is_unchanged: false });
                self.directories.len() - 1
            })
        };
        for directory in &self.listed {
            number(directory.clone());
        }
        let entries = paths.into_iter().map(|(path, source)| {
            let parent = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
            Entry { path, source, directory: number(parent), led_to: None }
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
