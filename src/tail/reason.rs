//! Says in a sentence why a log cannot be read, and what to do about it.
//!
//! It knows modes, owners and groups. It does not know which logs there are.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
        Cause::Os(Some(libc::EACCES)) => permission_sentence(path),
        Cause::Os(errno) => {
            let error = errno.map_or_else(|| io::Error::other("unknown error"), io::Error::from_raw_os_error);
            format!("{path} cannot be read: {error}")
        }
    }
}

/// Names the file, or the directory on the way to it, that keeps this process out.
fn permission_sentence(path: &str) -> String {
    let Some((obstacle, metadata)) =
        Path::new(path).ancestors().find_map(|step| fs::metadata(step).ok().map(|metadata| (step, metadata)))
    else {
        return format!("{path} cannot be read: permission denied");
    };
    let needed = if metadata.is_dir() { 0o010 } else { 0o040 };
    let group = name_of("/etc/group", metadata.gid());
    let advice = if metadata.mode() & needed != 0 {
        format!("add it to group {group}")
    } else {
        format!(
            "let group {group} read it (chmod g+{}) and add it to that group",
            if needed == 0o010 { "x" } else { "r" }
        )
    };
    format!(
        "{} is {:04o} {}:{group} and hangup runs as uid {}: {advice}",
        obstacle.display(),
        metadata.mode() & 0o7777,
        name_of("/etc/passwd", metadata.uid()),
        own_uid(),
    )
}

/// The owner of /proc/self is the effective user of this process.
fn own_uid() -> String {
    fs::metadata("/proc/self").map_or_else(|_| "unknown".to_owned(), |metadata| metadata.uid().to_string())
}

/// The name that /etc/passwd or /etc/group gives to a number, or else the number.
fn name_of(database: &str, id: u32) -> String {
    let number = id.to_string();
    let text = fs::read_to_string(database).unwrap_or_default();
    let named = text.lines().find(|line| line.split(':').nth(2) == Some(&number));
    named.and_then(|line| line.split(':').next()).map_or(number.clone(), str::to_owned)
}
