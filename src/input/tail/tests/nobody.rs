//! Tests run as root here and there, and root may read everything.

use std::thread;

/// Does `work` with the access rights of user and group nobody, if this process may change them.
pub(crate) fn as_nobody<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    const NOBODY: u32 = 65534;
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            // SAFETY: these two calls take numbers, touch no memory of ours, and cannot fail in a way that matters.
            // They change the access rights of the calling thread alone (setfsuid(2), credentials(7)), which is why
            // it is a thread of its own; and giving up user 0 takes the capability to read everything with it
            // (capabilities(7), "Effect of user ID changes on capabilities").
            unsafe {
                libc::setfsgid(NOBODY);
                libc::setfsuid(NOBODY);
            }
            work()
        });
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
