//! Counts the connections that were ended before their client had its answer, by reason.
//! Knows: the reasons. Does not know: when one applies.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why a connection was ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cut {
    /// Its place went to a newcomer.
    Crowded,
    /// The head of the request did not come in time.
    Head,
    /// The client took nothing of its answer for too long.
    Stalled,
    /// Everything together took too long.
    Overdue,
    /// Answers that are being read held too many bytes.
    Memory,
}

/// The words for [`Cut`], in its order.
const REASONS: [&str; 5] = ["crowded", "slow_request", "stalled_reader", "too_long", "memory"];

/// How many connections were cut so far.
#[derive(Debug, Default)]
pub struct Cuts([AtomicU64; REASONS.len()]);

impl Cuts {
    pub(super) fn add(&self, why: Cut) {
        self.0[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// By reason.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        REASONS.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed))).collect()
    }
}
