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
    /// It leads to the output of whoever opens it.
    Output,
    /// It is the file that hangup itself writes its output to.
    OwnOutput,
    Packed,
    /// The file was removed, and the path leads to it still: it was mounted by itself.
    Unlinked,
    /// A directory may be entered and not listed.
    Hidden,
    Os(Option<i32>),
}

impl From<&io::Error> for Cause {
    fn from(error: &io::Error) -> Self {
        Self::Os(error.raw_os_error())
    }
}

pub(super) fn sentence(file: &Path, cause: &Cause) -> String {
    let path = file.display();
    let absent = |usual: &str| permission::explain_absent(file).unwrap_or_else(|| usual.to_owned());
    match *cause {
        Cause::NoMatch => absent(&format!("no file matches {path} yet")),
        Cause::NotAFile => {
            let real = fs::canonicalize(file).map_or_else(|_| path.to_string(), |real| real.display().to_string());
            format!("{path} leads to {real}, which is no regular file: let nginx write this log to a file")
        }
        Cause::Output => permission::explain_output(file, &permission::linked_to(file)),
        Cause::OwnOutput => {
            format!(
                "{path} is where hangup's own output goes, so it is not read: send that elsewhere, or name the log by itself"
            )
        }
        Cause::Packed => format!("{path} is compressed, so it is no log that grows: name the log itself"),
        Cause::Unlinked => format!(
            "{path} was removed where it comes from, and is still seen here as it was mounted by itself: mount its directory instead"
        ),
        Cause::Hidden => permission::explain_unlisted(file),
        Cause::Os(Some(libc::ENOENT)) => absent(&format!("{path} does not exist yet")),
        Cause::Os(Some(libc::EMFILE)) => {
            format!("{path} cannot be opened: the limit of open files is reached, raise it (LimitNOFILE= in systemd)")
        }
        Cause::Os(Some(libc::EACCES)) => permission::explain(file),
        Cause::Os(errno) => {
            let error = errno.map_or_else(|| io::Error::other("unknown error"), io::Error::from_raw_os_error);
            format!("{path} cannot be read: {error}")
        }
    }
}
