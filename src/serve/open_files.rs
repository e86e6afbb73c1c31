//! How many files this process may have open. Knows: the limit that was set (getrlimit(2)).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::debug;

/// Takes what is allowed: the limit in force is kept low for programs that use select(2), which this one does not.
pub(super) fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        debug!(%error, "the limit of open files stays as it is");
    }
}

/// How many more may be opened now; `None`: there is no limit.
pub(super) fn free() -> Option<u64> {
    let open = std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64);
    Some(getrlimit(Resource::Nofile).current?.saturating_sub(open))
}

/// Connections to the web server and to what is polled, the state, listings of directories.
const FOR_OTHERS: u64 = 768;

/// How many logs may be open at once. Where few files may be open, half of them are for others.
pub(super) fn for_logs() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::from(u32::MAX));
    usize::try_from(limit.saturating_sub(FOR_OTHERS).max(limit / 2).max(1)).unwrap_or(usize::MAX)
}
