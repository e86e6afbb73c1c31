//! The lead: in an incident, how long before the first 502 and 504 over their limit the 499s were over theirs. Users
//! leave before gateways give up, so it is the time in which somebody could have been warned.
//! Knows: the latest totals of one server. Does not know: where they are counted.

use std::collections::VecDeque;

use super::normal::Limits;

/// How often totals are looked at.
pub(super) const EVERY_MS: i64 = 5_000;
/// Shares are those of a minute.
const WINDOW_MS: i64 = 60_000;
/// Fewer than these are no share of anything.
const COUNT_MIN: u64 = 5;
/// An incident is over after so long without either.
const OVER_AFTER_MS: i64 = 5 * 60_000;

/// What a server has counted so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) requests: u64,
    /// Users who left.
    pub(super) left: u64,
    /// Answered with a 502 or a 504, or one of their relatives.
    pub(super) failed: u64,
}

/// The incident of one server that is going on, or the last one.
#[derive(Debug, Clone, Default)]
pub struct Incident {
    /// The last minute's totals.
    looks: VecDeque<(i64, Totals)>,
    left_since_ms: Option<i64>,
    failed_since_ms: Option<i64>,
    /// When either was over its limit the last time.
    over_ms: Option<i64>,
}

impl Incident {
    pub(super) fn observe(&mut self, totals: Totals, limits: Limits, now_ms: i64) {
        // A clock that was set back, or a pause: what was before is no minute.
        if self.looks.back().is_some_and(|(then, _)| *then > now_ms || now_ms - then > WINDOW_MS) {
            self.looks.clear();
        }
        while self.looks.front().is_some_and(|(then, _)| now_ms - then > WINDOW_MS) {
            self.looks.pop_front();
        }
        let before = self.looks.front().map_or(totals, |(_, totals)| *totals);
        self.looks.push_back((now_ms, totals));
        let requests = totals.requests.saturating_sub(before.requests);
        let over = |now: u64, then: u64, limit: f64| {
            let count = now.saturating_sub(then);
            count >= COUNT_MIN && count as f64 > requests as f64 * limit
        };
        let left = over(totals.left, before.left, limits.left);
        self.judge(left, over(totals.failed, before.failed, limits.errors), now_ms);
    }

    /// At this moment users are leaving, or gateways failing, more than is normal.
    pub fn judge(&mut self, left: bool, failed: bool, now_ms: i64) {
        let began_anew = self.over_ms.is_some_and(|then| now_ms - then > OVER_AFTER_MS);
        if (left || failed) && began_anew {
            (self.left_since_ms, self.failed_since_ms) = (None, None);
        }
        if left || failed {
            self.over_ms = Some(now_ms);
        }
        if left {
            self.left_since_ms.get_or_insert(now_ms);
        }
        if failed {
            self.failed_since_ms.get_or_insert(now_ms);
        }
    }

    /// A reload goes on from what there was.
    pub(super) fn go_on_from(&mut self, earlier: &Incident) {
        if self.looks.is_empty() {
            self.clone_from(earlier);
        }
    }

    /// Since when users are over their limit, in milliseconds of unix time; `None` where they are not in this incident.
    pub fn left_since_ms(&self) -> Option<i64> {
        self.left_since_ms
    }

    pub fn failed_since_ms(&self) -> Option<i64> {
        self.failed_since_ms
    }

    /// Whether it is going on.
    pub(super) fn is_on(&self, now_ms: i64) -> bool {
        self.over_ms.is_some_and(|then| now_ms - then <= OVER_AFTER_MS)
    }

    /// Negative where the gateways failed first; `None` until both were over their limits.
    pub fn lead_seconds(&self) -> Option<f64> {
        let (left, failed) = (self.left_since_ms?, self.failed_since_ms?);
        Some((failed - left) as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 requests a second, and so many a minute from each second on that leave, and that fail. Looked at every 5 s.
    fn play(left_from: i64, failed_from: i64, until: i64) -> Incident {
        let mut incident = Incident::default();
        let mut totals = Totals::default();
        for second in 1..=until {
            totals.requests += 100;
            totals.left += u64::from(second > left_from) * 10;
            totals.failed += u64::from(second > failed_from) * 20;
            if second % 5 == 0 {
                incident.observe(totals, Limits::default(), second * 1000);
            }
        }
        incident
    }

    #[test]
    fn users_leave_before_gateways_give_up() {
        let incident = play(600, 720, 900);
        let seconds = incident.lead_seconds().expect("both are over");
        assert!((110.0..=125.0).contains(&seconds), "{seconds}");
        assert!(incident.is_on(900_000) && !incident.is_on(1_300_000));
    }

    #[test]
    fn errors_that_come_first_are_no_warning() {
        let seconds = play(720, 600, 900).lead_seconds().expect("both are over");
        assert!((-130.0..=-110.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn one_alone_has_no_lead() {
        let incident = play(600, 9_000, 900);
        assert_eq!(incident.lead_seconds(), None);
        assert!(incident.left_since_ms().is_some_and(|ms| (600_000..=620_000).contains(&ms)));
        assert_eq!(play(9_000, 600, 900).lead_seconds(), None);
    }

    #[test]
    fn the_next_incident_begins_anew() {
        let mut incident = play(600, 700, 800);
        let mut totals = incident.looks.back().expect("it was looked at").1;
        for second in (805..2_000).step_by(5) {
            totals.requests += 500;
            totals.failed += if second > 1_500 { 50 } else { 0 };
            incident.observe(totals, Limits::default(), second * 1000);
        }
        assert_eq!((incident.left_since_ms(), incident.lead_seconds()), (None, None));
        assert!(incident.failed_since_ms().is_some_and(|ms| ms > 1_500_000));
    }

    #[test]
    fn a_single_failure_of_a_quiet_server_is_no_incident() {
        let mut incident = Incident::default();
        for second in (0..600).step_by(5) {
            let totals = Totals { requests: 10, left: u64::from(second > 100) * 3, failed: 0 };
            incident.observe(totals, Limits::default(), second * 1000);
        }
        assert!(!incident.is_on(600_000));
    }
}
