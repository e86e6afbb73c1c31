//! Turns a source's pattern into the paths it names at this moment.

use std::path::{Path, PathBuf};

/// The suffixes that compressors give. Such a file is the end of a log's life, never a log that grows.
const COMPRESSED: [&str; 4] = ["gz", "bz2", "xz", "zst"];

/// Whether the pattern can name more than one path.
pub(super) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// The paths, sorted. Those that cannot be listed or are no UTF-8 are left out; a directory that is not there has none.
pub(super) fn expand(pattern: &str) -> Vec<String> {
    if !is_glob(pattern) {
        return vec![pattern.to_owned()];
    }
    let Ok(paths) = glob::glob(pattern) else { return Vec::new() };
    paths
        .flatten()
        .filter(|path| !is_compressed(path) && !path.is_dir())
        .filter_map(|path| path.into_os_string().into_string().ok())
        .collect()
}

pub(super) fn matches(pattern: &str, path: &str) -> bool {
    pattern == path || glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(path))
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

pub(super) fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| COMPRESSED.iter().any(|known| extension == *known))
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
        let names: Vec<_> = expand(&pattern).iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.log", "a.log.1", "b.log"]);
        assert_eq!(expand("/not/there/x"), ["/not/there/x"]);
        assert!(expand("/not/there/*").is_empty());
    }
}
