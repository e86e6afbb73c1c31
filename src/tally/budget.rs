//! The one bound on series: what may still get series of its own, by how many there are already.
//! Knows: numbers of series, shares of requests. Does not know: what a series tells.
//!
//! A server's route becomes a *cell* of counters and histograms, so labels multiply. While there is plenty of room, every
//! cell and every key in it comes in. After that only what makes a good share of the requests does, and without
//! histograms of its own; everything else is counted as `other`, where nothing is lost but the name.

use super::waiting::Waiting;

/// What one tally may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesLimit {
    /// All series of an exposition together.
    pub series: usize,
    /// Series of one histogram by route; 0 where histograms are not told apart by route.
    pub route_histogram: Option<usize>,
    /// Once places are wanted, what had fewer requests in this time than it takes to be admitted gives its place up.
    pub idle_ms: i64,
}

impl SeriesLimit {
    /// For finished logs, which are read once: nothing is left out.
    pub const NONE: SeriesLimit = SeriesLimit { series: usize::MAX, route_histogram: None, idle_ms: i64::MAX };
    pub const DEFAULT: SeriesLimit = SeriesLimit { series: 20_000, route_histogram: None, idle_ms: 3_600_000 };
}

/// How full it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pressure {
    /// Everything comes in.
    #[default]
    Low,
    /// New cells come in by their share of the requests, without histograms; cells still get any key.
    Raised,
    /// New cells must be large, and cells get keys of failures only.
    High,
    /// No cells, and no keys but `other`.
    Full,
}

/// From which part of the bound on (in thousandths) each pressure holds.
const RAISED: usize = 250;
const HIGH: usize = 280;
const FULL: usize = 700;
/// The part of the bound (in thousandths) that the times of upstreams may take.
const UPSTREAM_TIMES: usize = 150;
/// Likewise what upstreams did in vain.
const WASTED: usize = 50;

/// The share of requests (one in so many) that a new cell must have under each pressure.
const SHARE_RAISED: u64 = 2_000;
const SHARE_HIGH: u64 = 100;
/// Fewer sightings are no share of anything.
const SIGHTINGS_MIN: u64 = 10;
/// After so many requests older sightings weigh half.
const AGING_REQUESTS: u64 = 1 << 20;

/// Series of the host, of hangup itself and of each log, which have bounds of their own.
const FIXED_SERIES: usize = 1_000;
const LOG_SERIES: usize = 20;

/// How many series there are, by what they are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) requests: usize,
    pub(super) upstream_times: usize,
    pub(super) wasted: usize,
    pub(super) rest: usize,
}

/// The bound, and what waits for a place.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    limit: SeriesLimit,
    /// What the tally's own series may be.
    series: usize,
    used: Used,
    pressure: Pressure,
    /// Cells that are not in yet.
    waiting: Waiting,
    /// Requests since sightings were last halved.
    requests: u64,
    /// Something would have come in had there been room.
    wanted: bool,
}

impl Budget {
    pub(super) fn new(limit: SeriesLimit, logs: usize) -> Budget {
        let fixed = (FIXED_SERIES + logs.saturating_mul(LOG_SERIES)).min(limit.series / 2);
        let series = limit.series - fixed;
        Budget {
            limit,
            series,
            used: Used::default(),
            pressure: Pressure::Low,
            waiting: Waiting::default(),
            requests: 0,
            wanted: false,
        }
    }

    pub(super) fn limit(&self) -> SeriesLimit {
        self.limit
    }

    /// Takes the numbers anew, after something came in or went.
    pub(super) fn set_used(&mut self, used: Used) {
        self.used = used;
        self.pressure = self.pressure_of(used.requests + used.rest);
    }

    /// One more request.
    #[inline]
    pub(super) fn count(&mut self) {
        self.requests += 1;
    }

    #[inline]
    pub(super) fn pressure(&self) -> Pressure {
        self.pressure
    }

    fn pressure_of(&self, used: usize) -> Pressure {
        let reached = |thousandths: usize| used >= self.part(thousandths);
        match () {
            () if !reached(RAISED) => Pressure::Low,
            () if !reached(HIGH) => Pressure::Raised,
            () if !reached(FULL) => Pressure::High,
            () => Pressure::Full,
        }
    }

    /// Whether another pair of server and upstream, or another outcome of one, may have times of its own.
    pub(super) fn has_room_for_times(&self) -> bool {
        self.used.upstream_times < self.part(UPSTREAM_TIMES)
    }

    /// Whether what another upstream did in vain may be told apart.
    pub(super) fn has_room_for_wasted(&self) -> bool {
        self.used.wasted < self.part(WASTED)
    }

    fn part(&self, thousandths: usize) -> usize {
        self.series.saturating_mul(thousandths) / 1000
    }

    /// Whether the cell of this pair may come in, after one more sighting of it.
    pub(super) fn admits(&mut self, server: u16, route: u16) -> bool {
        let one_in = match self.pressure() {
            Pressure::Low => return true,
            Pressure::Raised => SHARE_RAISED,
            Pressure::High | Pressure::Full => SHARE_HIGH,
        };
        self.age();
        let key = [server.to_ne_bytes(), route.to_ne_bytes()].concat();
        let seen = self.waiting.add_sighting(&key).times;
        let frequent = seen >= SIGHTINGS_MIN && seen.saturating_mul(one_in) >= self.requests;
        self.wanted |= frequent;
        let admitted = frequent && self.pressure() < Pressure::Full;
        if admitted {
            self.waiting.remove(&key);
        }
        admitted
    }

    fn age(&mut self) {
        if self.requests >= AGING_REQUESTS {
            self.requests /= 2;
            self.waiting.halve();
        }
    }

    pub(super) fn wants_room(&self) -> bool {
        self.wanted
    }
    pub(super) fn set_wants_room(&mut self, wanted: bool) {
        self.wanted = wanted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(used: usize) -> Budget {
        let mut budget = Budget::new(SeriesLimit { series: 20_000, ..SeriesLimit::DEFAULT }, 10);
        budget.set_used(Used { requests: used, ..Used::default() });
        budget
    }

    #[test]
    fn pressure_rises_with_what_is_used() {
        for (used, expected) in [
            (0, Pressure::Low),
            (4_699, Pressure::Low),
            (4_700, Pressure::Raised),
            (5_300, Pressure::High),
            (13_200, Pressure::Full),
            (100_000, Pressure::Full),
        ] {
            assert_eq!(budget(used).pressure(), expected, "{used}");
        }
        assert_eq!(Budget::new(SeriesLimit::NONE, 0).pressure(), Pressure::Low);
    }

    /// One in 50 of the requests, one in 1,000, and one in 10,000.
    #[test]
    fn under_pressure_a_cell_comes_in_by_its_share() {
        let admitted = |used: usize, one_in: u64| {
            let mut budget = budget(used);
            (0..100_000).any(|request| {
                budget.count();
                request % one_in == 0 && budget.admits(1, 1)
            })
        };
        assert_eq!([50, 1_000, 10_000].map(|one_in| admitted(0, one_in)), [true, true, true]);
        assert_eq!([50, 1_000, 10_000].map(|one_in| admitted(5_000, one_in)), [true, true, false]);
        assert_eq!([50, 1_000, 10_000].map(|one_in| admitted(8_000, one_in)), [true, false, false]);
        assert_eq!([50, 1_000, 10_000].map(|one_in| admitted(15_000, one_in)), [false, false, false]);
    }

    #[test]
    fn what_was_frequent_long_ago_weighs_less() {
        let mut budget = budget(5_000);
        for _ in 0..AGING_REQUESTS * 4 {
            budget.count();
        }
        assert!(!budget.admits(1, 1));
        assert!(budget.requests < AGING_REQUESTS * 4);
    }
}
