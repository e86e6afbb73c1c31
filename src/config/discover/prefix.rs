//! Relative log paths. nginx takes them from the prefix it was compiled with, which no file tells.
//! So the usual prefixes are tried for the one under which the file is, and none is believed without a file.

use std::path::{Path, PathBuf};

use crate::dialect::nginx::conf::Files;

/// The prefixes of nginx.org's and Debian's packages and of a build from source. Debian's has no logs directory,
/// so people who write `logs/x.log` there usually mean the last one.
const PREFIXES: &[&str] = &["/etc/nginx", "/usr/share/nginx", "/usr/local/nginx", "/var/log/nginx"];

pub struct Prefix<'a> {
    candidates: Vec<PathBuf>,
    files: &'a dyn Files,
}

/// A path made absolute.
#[derive(Debug, PartialEq, Eq)]
pub struct Full {
    pub path: String,
    /// The prefix is a guess that no file confirms.
    pub guessed: bool,
}

impl<'a> Prefix<'a> {
    pub fn new(main: &Path, files: &'a dyn Files) -> Prefix<'a> {
        let directory = main.parent().unwrap_or(Path::new("/"));
        // A build from source keeps its configuration in PREFIX/conf.
        let above = directory.parent().filter(|_| directory.ends_with("conf"));
        let near = above.into_iter().chain([directory]).map(Path::to_owned);
        Prefix { candidates: near.chain(PREFIXES.iter().map(PathBuf::from)).collect(), files }
    }

    /// Whether there is such a file.
    pub fn exists(&self, path: &str) -> bool {
        !self.files.glob(&glob::Pattern::escape(path)).is_empty()
    }

    /// The path from the root on.
    pub fn full(&self, path: &str) -> Full {
        if path.starts_with('/') {
            return Full { path: path.to_owned(), guessed: false };
        }
        let in_logs = path.strip_prefix("logs/").unwrap_or(path);
        let under = |prefix: &PathBuf| {
            let relative = if prefix.ends_with("var/log/nginx") { in_logs } else { path };
            prefix.join(relative).to_string_lossy().into_owned()
        };
        let mut candidates = self.candidates.iter().map(under);
        match candidates.clone().find(|candidate| self.exists(candidate)) {
            Some(path) => Full { path, guessed: false },
            None => Full { path: candidates.next().unwrap_or_default(), guessed: true },
        }
    }
}
