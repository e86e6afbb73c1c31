//! What a server's own configuration says of access logs: their formats, and which file is written in which.
//! Knows: links, rotated and packed names. Does not know: how a configuration is read, what is in a file.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::dialect::AccessFormat;

/// A format with its name.
#[derive(Debug, Clone)]
pub struct NamedFormat {
    pub name: String,
    /// The file and line that define it, or the flag that names it. `None`: hangup knows it.
    pub place: Option<String>,
    pub format: AccessFormat,
}

/// A format that cannot be used.
#[derive(Debug, Clone)]
pub struct RefusedFormat {
    pub name: String,
    pub place: String,
    pub why: String,
}

/// A log, as the configuration names it.
#[derive(Debug, Clone)]
pub struct DescribedLog {
    /// A glob; for all but paths with variables it matches the one file.
    pub path: String,
    /// The name of its format.
    pub format: String,
    /// The server that writes it.
    pub server: String,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Described {
    /// There is such a configuration; if not, the rest is empty.
    pub is_read: bool,
    pub formats: Vec<NamedFormat>,
    pub refused: Vec<RefusedFormat>,
    pub logs: Vec<DescribedLog>,
}

impl Described {
    /// The logs that this file is, or was before it was rotated.
    pub fn logs_of(&self, file: &Path) -> Vec<&DescribedLog> {
        let names = Names::of(file);
        self.logs.iter().filter(|log| names.include(&log.path)).collect()
    }

    pub fn format(&self, name: &str) -> Option<&NamedFormat> {
        self.formats.iter().find(|format| format.name == name)
    }

    pub fn refused(&self, name: &str) -> Option<&RefusedFormat> {
        self.refused.iter().find(|format| format.name == name)
    }
}

/// The directories and the names that a file is known by.
struct Names {
    directories: Vec<PathBuf>,
    names: Vec<String>,
}

const PACKED: [&str; 6] = [".gz", ".xz", ".zst", ".bz2", ".zstd", ".bzip2"];

impl Names {
    fn of(file: &Path) -> Names {
        let paths: Vec<PathBuf> =
            [std::path::absolute(file), file.canonicalize()].into_iter().filter_map(Result::ok).collect();
        let directories = paths.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        let names = paths.iter().filter_map(|path| path.file_name().and_then(OsStr::to_str));
        Names { directories, names: names.flat_map(unrotated).collect() }
    }

    fn include(&self, pattern: &str) -> bool {
        let (directory, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        self.names.iter().any(|own| matches(name, own)) && self.is_in(directory)
    }

    fn is_in(&self, directory: &str) -> bool {
        let written = self.directories.iter().any(|own| own.to_str().is_some_and(|own| matches(directory, own)));
        written || Path::new(directory).canonicalize().is_ok_and(|real| self.directories.contains(&real))
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
    pattern == text || Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_with(text, options))
}

/// `access.log.2.gz`, and all it may have been: `access.log.2`, `access.log`, `access`; `access-20261121.log` may have
/// been `access.log`.
fn unrotated(name: &str) -> Vec<String> {
    let plain = PACKED.iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
    let ends = plain.match_indices(['.', '-']).map(|(end, _)| plain[..end].to_owned()).filter(|name| !name.is_empty());
    let inserted = plain.rfind('.').and_then(|dot| {
        let (stem, extension) = plain.split_at(dot);
        let own = stem.trim_end_matches(|c: char| c.is_ascii_digit() || ".-_".contains(c));
        (!own.is_empty() && own != stem).then(|| format!("{own}{extension}"))
    });
    [name.to_owned(), plain.to_owned()].into_iter().chain(ends).chain(inserted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_what_it_was() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let real = dir.path().join("real");
        std::fs::create_dir(&real).expect("a directory");
        std::os::unix::fs::symlink(&real, dir.path().join("link")).expect("a link");
        for file in ["access.log", "access.log.2.gz", "access-20261121.log", "a.example.log", "other.txt"] {
            std::fs::write(real.join(file), "").expect("writable");
        }
        let root = dir.path().display();
        for (pattern, file, expected) in [
            ("real/access.log", "real/access.log", true),
            ("real/access.log", "link/access.log", true),
            ("link/access.log", "real/access.log", true),
            ("link/access.log", "link/access.log.2.gz", true),
            ("real/access.log", "real/access-20261121.log", true),
            ("real/*.log", "real/a.example.log", true),
            ("*/access.log", "real/access.log", true),
            ("real/*.log", "real/other.txt", false),
            ("elsewhere/access.log", "real/access.log", false),
            ("*.log", "real/access.log", false),
        ] {
            let log = DescribedLog { path: format!("{root}/{pattern}"), format: String::new(), server: String::new() };
            let described = Described { logs: vec![log], ..Described::default() };
            let found = described.logs_of(&dir.path().join(file));
            assert_eq!(found.len(), usize::from(expected), "{pattern} and {file}");
        }
    }
}
