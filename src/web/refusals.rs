//! Counts what was refused before anything was looked up, by reason.
//! Knows: the reasons. Does not know: when one applies.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why somebody was sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No password, or a wrong one.
    Password,
    /// Too many passwords wait to be checked.
    Busy,
    /// More requests than the limit allows.
    Rate,
    /// No handshake came about.
    Handshake,
    /// The web configuration file cannot be used.
    Configuration,
}

/// The words for [`Refusal`], in its order.
const REASONS: [&str; 5] = ["password", "busy", "rate_limit", "handshake", "configuration"];

/// How often anybody was sent away so far.
#[derive(Debug, Default)]
pub struct Refusals([AtomicU64; REASONS.len()]);

impl Refusals {
    pub(super) fn add(&self, why: Refusal) {
        self.0[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// By reason.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        REASONS.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed))).collect()
    }
}
