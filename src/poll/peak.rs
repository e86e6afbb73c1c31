//! The longest queue within a fixed window. Knows: lengths and when they were seen. Does not know: what queues there are.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::kernel::listen_queue::{Place, Queue, Queues};

/// Long enough that scrapes at any usual interval meet every overflow at least once.
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// The peaks of all listeners.
#[derive(Debug, Default)]
pub(super) struct Peaks(BTreeMap<Place, Peak>);

impl Peaks {
    /// Adds one look and gives each listener's peak. Listeners that are gone are forgotten.
    pub(super) fn add(&mut self, now: Instant, queues: &Queues) -> BTreeMap<Place, u64> {
        self.0.retain(|place, _| queues.contains_key(place));
        let peak = |(place, queue): (&Place, &Queue)| {
            let peak = self.0.entry(place.clone()).or_default().add(now, queue.length);
            (place.clone(), peak)
        };
        queues.iter().map(peak).collect()
    }
}

/// Samples that can still become the maximum: each is later and smaller than the one before.
#[derive(Debug, Default)]
struct Peak(VecDeque<(Instant, u64)>);

impl Peak {
    fn add(&mut self, now: Instant, length: u64) -> u64 {
        while self.0.back().is_some_and(|&(_, smaller)| smaller <= length) {
            self.0.pop_back();
        }
        self.0.push_back((now, length));
        while self.0.front().is_some_and(|&(seen, _)| now.duration_since(seen) > WINDOW) {
            self.0.pop_front();
        }
        self.0.front().map_or(length, |&(_, peak)| peak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_of_the_last_minute() {
        let start = Instant::now();
        let mut peak = Peak::default();
        let mut check = |seconds, length, expected| {
            assert_eq!(peak.add(start + Duration::from_secs(seconds), length), expected, "at {seconds} s");
        };
        check(0, 3, 3);
        check(1, 6, 6);
        check(2, 0, 6);
        check(30, 4, 6);
        check(61, 1, 6);
        check(62, 1, 4);
        check(91, 0, 1);
        check(123, 0, 0);
    }
}
