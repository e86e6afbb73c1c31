//! The CPU time of the calling thread. Knows: one clock. Does not know: what the time was spent on.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The share of a core that a source may take, as its inverse.
pub(super) const CPU_BUDGET: u32 = 100;

/// Unlike the time on the wall it does not grow while other programs keep the CPU: on a machine in trouble a look takes
/// long and costs no more than ever, and is not to become rare just then.
pub(super) fn of_this_thread() -> Duration {
    // The clock begins at 0 with the thread, so its time is never before that.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
