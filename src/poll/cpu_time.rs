//! The CPU time of the calling thread. Knows: one clock. Does not know: what the time was spent on.

use std::time::Duration;

/// Unlike the time on the wall it does not grow while other programs keep the CPU: on a machine in trouble a look takes
/// long and costs no more than ever, and is not to become rare just then.
pub(super) fn of_this_thread() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: std has no clock for this. clock_gettime(2) writes one timespec, which lives until the call is over, and
    // this clock exists on every Linux; should it fail, the time stays 0 and the thread counts as free of cost.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
