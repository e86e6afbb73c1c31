//! The directories in which the rotated files of a log may lie.
//! Knows: where rotation puts files. Does not know: their names.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::super::positions::Position;
use super::listing::{Listing, Listings};
use super::names::{is_rotated_name, template};

/// Directories beside and below that of a log that are looked through.
const FAR_MAX: usize = 256;
/// Directories named by numbers alone, as by year, month and day, lie so deep.
const DATED_DEPTH: usize = 3;

/// Those of one log, as far as they can be listed.
#[derive(Default)]
pub(super) struct Directories {
    /// Its own, and that of what a link leads to.
    pub own: Vec<Arc<Listing>>,
    /// Where its rotated files are expected besides.
    pub expected: Vec<Arc<Listing>>,
    /// One of its own may be entered and not listed.
    pub is_hidden: bool,
}

impl Directories {
    /// `places`: templates of where its files went before. `old`: where logrotate puts them.
    pub(super) fn of(at: &Position, places: &[PathBuf], old: Option<PathBuf>, listings: &mut Listings) -> Self {
        let mut found = Self::default();
        for directory in own_directories(at) {
            match listings.get(&directory) {
                Ok(listing) => found.own.push(listing),
                Err(kind) => found.is_hidden |= kind == io::ErrorKind::PermissionDenied,
            }
        }
        let mut expected = earlier_directories(&at.path, listings);
        expected.extend(old);
        for place in places.iter().filter_map(|place| place.parent()) {
            expand(place, listings, &mut expected);
        }
        expected.dedup();
        found.expected.extend(expected.iter().filter_map(|directory| listings.get(directory).ok()));
        found
    }

    /// Nothing can be looked through: the directory was moved, and its successor is not there yet.
    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.expected.is_empty() && !self.is_hidden
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Listing>> {
        self.own.iter().chain(&self.expected)
    }
}

pub(super) fn own_directories(at: &Position) -> Vec<PathBuf> {
    let mut own = vec![parent(&at.path), parent(&at.canonical_path)];
    own.dedup();
    own
}

pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Directories that are named like earlier ones of a log's own: `/var/log/nginx.1`.
fn earlier_directories(live: &Path, listings: &mut Listings) -> Vec<PathBuf> {
    let directory = parent(live);
    let (Some(name), Some(above)) = (directory.file_name(), directory.parent()) else { return Vec::new() };
    let Ok(listing) = listings.get(above) else { return Vec::new() };
    let earlier = listing.with_prefix(name).filter(|entry| entry.is_directory && is_rotated_name(name, &entry.name));
    earlier.map(|entry| listing.path(entry)).collect()
}

/// The directories that a template stands for.
fn expand(template_of: &Path, listings: &mut Listings, found: &mut Vec<PathBuf>) {
    let mut directories = vec![PathBuf::new()];
    for component in template_of.components() {
        let Component::Normal(name) = component else {
            directories.iter_mut().for_each(|directory| directory.push(component));
            continue;
        };
        if name.as_bytes().contains(&b'#') {
            directories = directories.iter().flat_map(|directory| matching(directory, name, listings)).collect();
        } else {
            directories.iter_mut().for_each(|directory| directory.push(name));
        }
    }
    found.append(&mut directories);
}

fn matching(directory: &Path, name: &OsStr, listings: &mut Listings) -> Vec<PathBuf> {
    let Ok(listing) = listings.get(directory) else { return Vec::new() };
    let alike = listing.iter(true).filter(|entry| template(Path::new(&entry.name)).as_os_str() == name);
    alike.take(FAR_MAX).map(|entry| listing.path(entry)).collect()
}

/// Those below a log's own.
pub(super) fn below(at: &Position, listings: &mut Listings) -> Vec<Arc<Listing>> {
    let mut found = Vec::new();
    own_directories(at).iter().for_each(|own| list_below(own, DATED_DEPTH, listings, &mut found));
    found
}

/// Those beside a log's own. Logs of others lie there.
pub(super) fn beside(at: &Position, listings: &mut Listings) -> Vec<Arc<Listing>> {
    let mut found: Vec<Arc<Listing>> = Vec::new();
    for own in own_directories(at) {
        let Some(above) = own.parent().and_then(|above| listings.get(&parent_or_dot(above)).ok()) else { continue };
        for entry in above.iter(true).filter(|entry| own.file_name() != Some(&entry.name)).take(FAR_MAX) {
            found.extend(listings.get(&above.path(entry)).ok());
        }
    }
    found
}

fn parent_or_dot(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_owned() }
}

fn list_below(directory: &Path, depth: usize, listings: &mut Listings, far: &mut Vec<Arc<Listing>>) {
    let Ok(listing) = listings.get(directory) else { return };
    for entry in listing.iter(true) {
        if far.len() >= FAR_MAX {
            return;
        }
        let path = listing.path(entry);
        far.extend(listings.get(&path).ok());
        let is_dated = entry.name.as_bytes().iter().all(|byte| byte.is_ascii_digit() || b".-_".contains(byte));
        if is_dated && depth > 1 {
            list_below(&path, depth - 1, listings, far);
        }
    }
}
