//! Counts connections that a server accepted and never handled, by status page, through its restarts.
//! Knows: two counters that may step back. Does not know: where they are read.

use serde::{Deserialize, Serialize};

/// What each status page dropped, in the order in which the pages were first observed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Connections(Vec<Page>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Page {
    address: Box<str>,
    dropped: Dropped,
}

impl Connections {
    pub(super) fn observe(&mut self, address: &str, accepts: u64, handled: u64) {
        self.page(address).dropped.observe(accepts, handled);
    }

    pub(super) fn dropped(&self, address: &str) -> Option<u64> {
        let page = self.0.iter().find(|page| *page.address == *address)?;
        Some(page.dropped.total())
    }

    /// Pages of different addresses stand side by side; those of one address are added up.
    pub(super) fn merge(&mut self, other: &Connections) {
        for theirs in &other.0 {
            let mine = self.page(&theirs.address);
            mine.dropped = mine.dropped.plus(theirs.dropped);
        }
    }

    fn page(&mut self, address: &str) -> &mut Page {
        let at = self.0.iter().position(|page| *page.address == *address).unwrap_or_else(|| {
            self.0.push(Page { address: address.into(), dropped: Dropped::default() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

/// The server's `accepts - handled`, accumulated. Its own counters start at 0 with each restart of its master
/// (and live through a reload), so the difference alone would step back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Dropped {
    /// What earlier runs of the server dropped.
    earlier_runs: u64,
    /// The widest gap seen in this run.
    this_run: u64,
    /// The last sample, to tell growth from a restart.
    accepts: u64,
    handled: u64,
}

impl Dropped {
    /// A gap that is there at the first sample is counted: those connections were dropped, if before our time.
    ///
    /// Each worker counts an accept a moment before it counts the handling (ngx_event_accept.c), so one sample can show
    /// a gap that the next takes back. Keeping the widest gap of a run makes that at most a few, once, and no ratchet.
    fn observe(&mut self, accepts: u64, handled: u64) {
        if accepts < self.accepts || handled < self.handled {
            self.earlier_runs = self.total();
            self.this_run = 0;
        }
        self.this_run = self.this_run.max(accepts.saturating_sub(handled));
        (self.accepts, self.handled) = (accepts, handled);
    }

    fn total(&self) -> u64 {
        self.earlier_runs.saturating_add(self.this_run)
    }

    /// Goes on from the later of the two samples; what the other side has dropped is past.
    fn plus(self, other: Dropped) -> Dropped {
        let (later, earlier) = if self.accepts >= other.accepts { (self, other) } else { (other, self) };
        Dropped { earlier_runs: later.earlier_runs.saturating_add(earlier.total()), ..later }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(readings: &[(u64, u64)], expected: u64) {
        let mut dropped = Dropped::default();
        readings.iter().for_each(|&(accepts, handled)| dropped.observe(accepts, handled));
        assert_eq!(dropped.total(), expected, "{readings:?}");
    }

    #[test]
    fn a_growing_gap_is_counted_and_a_restart_starts_a_new_one() {
        check(&[], 0);
        check(&[(10, 10)], 0);
        check(&[(10, 7)], 3);
        check(&[(10, 7), (20, 15)], 5);
        check(&[(10, 7), (2, 2)], 3);
        check(&[(10, 7), (2, 1), (5, 1)], 7);
        check(&[(10, 7), (12, 5)], 10);
        check(&[(5, 6)], 0);
        check(&[(10, 9), (11, 11), (12, 11), (13, 13)], 1);
    }

    #[test]
    fn it_never_steps_back() {
        let readings = [(10, 7), (11, 11), (11, 8), (0, 0), (u64::MAX, 0), (3, 1)];
        let mut dropped = Dropped::default();
        for (accepts, handled) in readings {
            let before = dropped.total();
            dropped.observe(accepts, handled);
            assert!(dropped.total() >= before);
        }
    }

    #[test]
    fn it_goes_on_from_a_snapshot() {
        let mut dropped = Dropped::default();
        dropped.observe(10, 7);
        let text = serde_json::to_string(&dropped).expect("plain numbers");
        let mut restored: Dropped = serde_json::from_str(&text).expect("what was just written");
        restored.observe(12, 8);
        assert_eq!(restored.total(), 4);
    }
}
