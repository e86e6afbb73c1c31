//! The limit of open files: raised as far as it may be at start, and shared between logs and everything else.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Connections to the web server and to what is polled, the state, listings of directories.
const FOR_OTHERS: usize = 256;
/// More than anybody has logs. The kernel may say that there is no limit at all.
const FOR_LOGS_MAX: usize = 1 << 20;

/// Raises this process's limit to the highest it may have.
pub fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If it fails, the limit is what it was.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// How many logs may be open at once. Where there are few descriptors, half of them are for others.
pub fn for_logs() -> usize {
    let limit = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(FOR_LOGS_MAX);
    limit.saturating_sub(FOR_OTHERS).max(limit / 2).clamp(1, FOR_LOGS_MAX)
}
