//! Turns a source's pattern into the paths it names at this moment.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::rotation::is_packed_name;

/// Whether the pattern can name more than one path.
pub(super) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// What a pattern names.
#[derive(Default)]
pub(super) struct Expanded {
    /// Sorted. A directory that is not there has none.
    pub paths: Vec<PathBuf>,
    /// A directory that cannot be listed, so there may be more.
    pub hidden: Option<PathBuf>,
    /// A directory could not be listed for a reason that may be gone in a moment.
    pub has_failed: bool,
}

pub(super) fn expand(pattern: &str) -> Expanded {
    if !is_glob(pattern) {
        return Expanded { paths: vec![pattern.into()], ..Expanded::default() };
    }
    let mut found = Expanded::default();
    let (directories, name) = pattern.rsplit_once('/').map_or((".", pattern), |(directory, name)| (directory, name));
    for directory in directories_of(directories, &mut found.hidden) {
        found.add(&directory, name);
    }
    found.paths.sort_unstable();
    found
}

/// Which directories decide what a pattern names.
pub(super) enum Listed {
    /// It is a path.
    Nothing,
    One(PathBuf),
    Many,
}

pub(super) fn listed(pattern: &str) -> Listed {
    let directory = directory(pattern);
    match is_glob(pattern) {
        false => Listed::Nothing,
        true if Path::new(pattern).parent().is_some_and(|it| it == directory) => Listed::One(directory),
        true if !pattern.contains('/') => Listed::One(directory),
        true => Listed::Many,
    }
}

/// The directories that the pattern of directories names.
fn directories_of(pattern: &str, hidden: &mut Option<PathBuf>) -> Vec<PathBuf> {
    if !is_glob(pattern) {
        return vec![PathBuf::from(if pattern.is_empty() { "/" } else { pattern })];
    }
    let mut directories = Vec::new();
    for path in glob::glob(pattern).into_iter().flatten() {
        match path {
            Ok(path) => directories.push(path),
            Err(error) => *hidden = Some(error.path().to_owned()),
        }
    }
    directories
}

impl Expanded {
    /// Adds the files in a directory that are named so. Names need not be text.
    fn add(&mut self, directory: &Path, name: &str) {
        let Ok(pattern) = glob::Pattern::new(name) else { return };
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => {
                match error.kind() {
                    io::ErrorKind::PermissionDenied => self.hidden = Some(directory.to_owned()),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {}
                    _ => self.has_failed = true,
                }
                return;
            }
        };
        for entry in entries.flatten().filter(|entry| pattern.matches(&entry.file_name().to_string_lossy())) {
            let is_directory = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => kind.is_dir(),
                _ => entry.path().is_dir(),
            };
            if !is_directory && !is_packed_name(&entry.path()) {
                self.paths.push(entry.path());
            }
        }
    }
}

pub(super) fn matches(pattern: &str, path: &Path) -> bool {
    Path::new(pattern) == path || glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_path(path))
}

/// The deepest directory that every path of the pattern lies under.
pub(super) fn directory(pattern: &str) -> PathBuf {
    let path = Path::new(pattern);
    let fixed = path.ancestors().skip(1).find(|ancestor| !is_glob(&ancestor.to_string_lossy()));
    match fixed {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_a_pattern_is_its_fixed_part() {
        for (pattern, expected) in
            [("/var/log/nginx/*.log", "/var/log/nginx"), ("/srv/*/logs/a.log", "/srv"), ("a.log", "."), ("/a.log", "/")]
        {
            assert_eq!(directory(pattern), Path::new(expected), "{pattern}");
        }
    }

    #[test]
    fn a_glob_names_plain_files_and_no_compressed_ones() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.log", "a.log", "a.log.1", "a.log.2.gz", "c.txt"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let pattern = directory.path().join("*.log*").to_string_lossy().into_owned();
        let names: Vec<_> = expand(&pattern).paths.iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.log", "a.log.1", "b.log"]);
        assert_eq!(expand("/not/there/x").paths, [Path::new("/not/there/x")]);
        assert!(expand("/not/there/*").paths.is_empty());
    }
}
