//! How long to sleep between two rounds. Pure arithmetic: the caller sleeps.

use std::time::Duration;

use super::Round;

/// Short enough that a line is counted before anybody scrapes it.
const BUSY: Duration = Duration::from_millis(5);
/// Four looks a second cost some microseconds for each file.
const IDLE: Duration = Duration::from_millis(250);

/// The pace of polling: quick while lines flow, doubling up to a quarter of a second while they do not.
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

    /// The pace is at its slowest, so a [`Hint`](super::Hint) is worth its cost.
    pub fn is_idle(&self) -> bool {
        self.delay == IDLE
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
            (behind, 0),
            (flowing, 5),
            (quiet, 10),
            (quiet, 20),
            (quiet, 40),
            (quiet, 80),
            (quiet, 160),
            (quiet, 250),
            (quiet, 250),
            (flowing, 5),
        ];
        for (step, (round, millis)) in steps.into_iter().enumerate() {
            assert_eq!(wake.next_delay(&round), Duration::from_millis(millis), "step {step}");
        }
    }
}
