//! Relative log paths, and the logs nginx writes when no directive names one. Both depend on what it was compiled with;
//! where nobody tells that, the usual prefixes are tried for the one under which the file is, and none is believed
//! without a file.

use std::path::{Path, PathBuf};

use super::build::Build;
use crate::dialect::nginx::conf::Files;

/// The prefixes of nginx.org's and Debian's packages and of a build from source. Debian's has no logs directory,
/// so people who write `logs/x.log` there usually mean the last one.
const PREFIXES: &[&str] = &["/etc/nginx", "/usr/share/nginx", "/usr/local/nginx", "/var/log/nginx"];

/// Where the packages of Debian, Red Hat, Alpine and nginx.org log when no `access_log` says otherwise.
const ACCESS_LOG: &str = "/var/log/nginx/access.log";
/// Where nginx.org's and most distributions' packages write when no `error_log` says otherwise.
const ERROR_LOG: &str = "/var/log/nginx/error.log";

pub struct Prefix<'a> {
    build: Option<Build>,
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
    /// `build`: what is known of the nginx that reads this main file.
    pub fn new(main: &Path, files: &'a dyn Files, build: Option<Build>) -> Prefix<'a> {
        let directory = main.parent().unwrap_or(Path::new("/"));
        // A build from source keeps its configuration in PREFIX/conf.
        let above = directory.parent().filter(|_| directory.ends_with("conf"));
        let near = above.into_iter().chain([directory]).map(Path::to_owned);
        Prefix { build, candidates: near.chain(PREFIXES.iter().map(PathBuf::from)).collect(), files }
    }

    /// The access log of an nginx that is told none.
    pub fn default_access_log(&self) -> String {
        self.build.as_ref().map_or(ACCESS_LOG.to_owned(), |build| text(&build.access_log()))
    }

    /// The error log of an nginx that is told none. `None`: it writes to its own output, or nobody knows.
    pub fn default_error_log(&self) -> Option<String> {
        match &self.build {
            Some(build) => Some(text(&build.error_log()?)),
            // Some packages' builds write to stderr, so the usual one is believed only where it is.
            None => Some(ERROR_LOG.to_owned()).filter(|path| self.exists(path)),
        }
    }

    /// Whether there is such a file.
    pub fn exists(&self, path: &str) -> bool {
        !self.files.glob(Path::new(&glob::Pattern::escape(path))).is_empty()
    }

    /// The path from the root on.
    pub fn full(&self, path: &str) -> Full {
        if path.starts_with('/') {
            return Full { path: path.to_owned(), guessed: false };
        }
        if let Some(build) = &self.build {
            return Full { path: text(&build.prefix.join(path)), guessed: false };
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

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
