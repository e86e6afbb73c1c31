//! Where the patterns led when they were last expanded, and when to look there again.

use std::time::Instant;

use super::options::Options;

/// The paths to look at, each with its source.
#[derive(Default)]
pub(super) struct Paths {
    paths: Vec<(String, usize)>,
    looked: Option<Instant>,
    expanded: Option<Instant>,
    is_due: bool,
}

impl Paths {
    /// Makes the next round look at every path and pattern afresh.
    pub fn rescan(&mut self) {
        self.expanded = None;
        self.is_due = true;
    }

    /// Whether it is time to look. Notes that it is done, if so.
    pub fn begin_look(&mut self, now: Instant, options: &Options) -> bool {
        let is_recent = |looked| now.saturating_duration_since(looked) < options.look_every;
        if !self.is_due && self.looked.is_some_and(is_recent) {
            return false;
        }
        (self.is_due, self.looked) = (false, Some(now));
        true
    }

    /// Nobody has looked yet.
    pub fn is_first_look(&self) -> bool {
        self.looked.is_none()
    }

    /// Whether it is time to expand the patterns. Notes that it is done, if so.
    pub fn begin_expansion(&mut self, now: Instant, options: &Options) -> bool {
        let due = self.expanded.is_none_or(|then| now.saturating_duration_since(then) >= options.glob_every);
        if due {
            self.expanded = Some(now);
        }
        due
    }

    pub fn set(&mut self, paths: impl Iterator<Item = (String, usize)>) {
        self.paths.clear();
        self.paths.extend(paths);
    }

    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// A path and its source.
    pub fn get(&self, index: usize) -> (&str, usize) {
        let (path, source) = &self.paths[index];
        (path, *source)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.paths.iter().map(|(path, source)| (path.as_str(), *source))
    }
}
