//! Tests run as root here and there, and root may read everything.

use std::thread;

use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_gid, set_thread_uid};

/// Does `work` with the access rights of user and group nobody, if this process may change them.
pub(crate) fn as_nobody<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    const NOBODY: u32 = 65534;
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            // The kernel changes the rights of the calling thread alone (setuid(2), "C library/kernel differences"), which
            // is why it is a thread of its own; and giving up user 0 takes the capability to read everything with it
            // (capabilities(7), "Effect of user ID changes on capabilities"). Who may not do so is not root.
            let _ = set_thread_gid(Gid::from_raw(NOBODY)).and_then(|()| set_thread_uid(Uid::from_raw(NOBODY)));
            work()
        });
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
