//! Says in a sentence why a log cannot be read, and what to do about it.
//!
//! It knows errors of the kernel. It does not know which logs there are.

use std::fs;
use std::io;
use std::path::Path;

use crate::permission;

/// Why a path cannot be followed. Comparable, and free to make in every round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    NoMatch,
    NotAFile,
    TooManyFiles,
    Os(Option<i32>),
}

impl From<&io::Error> for Cause {
    fn from(error: &io::Error) -> Self {
        Self::Os(error.raw_os_error())
    }
}

pub(super) fn sentence(path: &str, cause: &Cause) -> String {
    match *cause {
        Cause::NoMatch => format!("no file matches {path} yet"),
        Cause::NotAFile => {
            let real = fs::canonicalize(path).map_or_else(|_| path.to_owned(), |real| real.display().to_string());
            format!("{path} leads to {real}, which is no regular file: let nginx write this log to a file")
        }
        Cause::TooManyFiles => format!("{path} is not followed, as too many files are: narrow the pattern"),
        Cause::Os(Some(libc::ENOENT)) => format!("{path} does not exist yet"),
        Cause::Os(Some(libc::EMFILE)) => {
            format!("{path} cannot be opened: the limit of open files is reached, raise it (LimitNOFILE= in systemd)")
        }
        Cause::Os(Some(libc::EACCES)) => permission::explain(Path::new(path)),
        Cause::Os(errno) => {
            let error = errno.map_or_else(|| io::Error::other("unknown error"), io::Error::from_raw_os_error);
            format!("{path} cannot be read: {error}")
        }
    }
}
