//! How many files this process may have open. Knows: the limit that was set (getrlimit(2)).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::debug;

/// Takes what is allowed: the limit in force is kept low for programs that use select(2), which this one does not.
/// Returns the limit; `None`: there is none.
pub fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            debug!(%error, "the limit of open files stays as it is");
            current
        }
    }
}
