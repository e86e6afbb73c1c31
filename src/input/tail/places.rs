//! Where rotation was seen to take the files of each log, if not beside it under a usual name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::positions::Place;
use super::rotation::{is_rotated_name, template};

/// How many places of one log are remembered: the last ones.
const PER_LOG_MAX: usize = 8;

#[derive(Default)]
pub(super) struct Places {
    /// Templates of rotated files, by the path of their log.
    by_log: HashMap<PathBuf, Vec<PathBuf>>,
}

impl Places {
    pub(super) fn new(saved: Vec<Place>) -> Self {
        let mut places = Self::default();
        for place in saved {
            places.by_log.entry(place.path).or_default().push(place.template);
        }
        places
    }

    /// Learns from a rotated file that is known to be of this log.
    pub(super) fn learn(&mut self, log: &Path, rotated: &Path) {
        let (name, directory) = (log.file_name().unwrap_or_default(), log.parent());
        let is_usual = rotated.parent() == directory && is_rotated_name(name, rotated.file_name().unwrap_or_default());
        let template = template(rotated);
        if is_usual || rotated == log || !rotated.is_absolute() {
            return;
        }
        let known = self.by_log.entry(log.to_owned()).or_default();
        known.retain(|other| *other != template);
        known.push(template);
        if known.len() > PER_LOG_MAX {
            known.remove(0);
        }
    }

    pub(super) fn of(&self, log: &Path) -> &[PathBuf] {
        self.by_log.get(log).map_or(&[], Vec::as_slice)
    }

    pub(super) fn to_saved(&self) -> Vec<Place> {
        let of_log = |(path, templates): (&PathBuf, &Vec<PathBuf>)| {
            let place = |template: &PathBuf| Place { path: path.clone(), template: template.clone() };
            templates.iter().map(place).collect::<Vec<_>>()
        };
        let mut saved: Vec<Place> = self.by_log.iter().flat_map(of_log).collect();
        saved.sort_by(|a, b| a.path.cmp(&b.path));
        saved
    }
}
