//! What a round did, and how long to sleep after it. Pure arithmetic: the caller sleeps.

use std::time::Duration;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub bytes: u64,
    pub lines: u64,
    /// The budget ended before the files did, so the next round should follow at once.
    pub more: bool,
}

/// While lines flow. Waking up costs as much as counting a hundred lines, so a quicker pace costs more than the lines do;
/// and what a file loses when it is cut off is what came since the last look, so a slower one loses more. Whoever wants to
/// see the counts has the reader look first, and does not wait for the pace.
const BUSY: Duration = Duration::from_millis(30);
/// From here on nothing is expected soon.
const QUIET: Duration = Duration::from_millis(200);
/// A look costs some microseconds for each file, and the wake-up ten times that. Where a watcher tells of
/// changes this is only how long it takes to find out that it failed to.
const IDLE: Duration = Duration::from_secs(1);

/// The pace of polling: quick while lines flow, doubling up to a second while they do not.
#[derive(Clone, Debug)]
pub struct Wake {
    delay: Duration,
}

impl Default for Wake {
    fn default() -> Self {
        Self { delay: BUSY }
    }
}

impl Wake {
    pub fn next_delay(&mut self, round: &Round) -> Duration {
        if round.more {
            return Duration::ZERO;
        }
        self.delay = if round.bytes > 0 { BUSY } else { (self.delay * 2).min(IDLE) };
        self.delay
    }

    /// Lines come seldom if at all, so watching the directories is worth its cost.
    pub fn is_idle(&self) -> bool {
        self.delay >= QUIET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_follows_the_lines() {
        let mut wake = Wake::default();
        let flowing = Round { bytes: 1, lines: 1, more: false };
        let behind = Round { bytes: 1, lines: 1, more: true };
        let quiet = Round::default();
        let steps = [
            (behind, 0, false),
            (flowing, 30, false),
            (quiet, 60, false),
            (quiet, 120, false),
            (quiet, 240, true),
            (quiet, 480, true),
            (quiet, 960, true),
            (quiet, 1000, true),
            (quiet, 1000, true),
            (flowing, 30, false),
        ];
        for (step, (round, millis, idle)) in steps.into_iter().enumerate() {
            assert_eq!(wake.next_delay(&round), Duration::from_millis(millis), "step {step}");
            assert_eq!(wake.is_idle(), idle, "step {step}");
        }
    }
}
