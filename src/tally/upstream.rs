//! What the access log says of attempts at upstreams: times by (server, upstream), statuses by upstream.
//! Knows: that one request may try several upstreams. Does not know: why an attempt failed (the error log does).

use serde::{Deserialize, Serialize};

use super::Tally;
use super::bucket_index::Bounds;
use super::by_name::By;
use super::counts::Counts;
use super::durations::Durations;
use super::interner::{Admission, Ids, Interner, OTHER};
use super::labels::{Status, UpstreamTime};
use super::read_timeouts::ByServer;
use super::series_table::SeriesTable;
use crate::record::{Attempt, Column, Millis, Record, Sight, Status as Sent};
use crate::verdict::{Outcome, Verdict, judge_attempt};

/// Names the attempts of a log without their addresses, and the error-log entries that name no upstream.
pub(super) const UNKNOWN: &[u8] = b"unknown";
/// Its id: that of the first name after `other`.
const UNKNOWN_ID: u16 = OTHER + 1;

/// Pairs of server and upstream with times of their own. Each may hold fifteen histograms, so servers × upstreams
/// at their limits would be too much memory; past this, a server's further upstreams are timed as `other`.
const PAIRS_MAX: usize = 1024;

/// Statuses that every upstream may be asked about before it sent one.
const FORESEEN: [Status; 4] = [Status::NONE, Status::of(200), Status::of(502), Status::of(504)];

/// The three times of one server and upstream.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Times(#[serde(with = "By::<UpstreamTime>")] pub(super) [Durations; UpstreamTime::ALL.len()]);

/// All attempts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Upstreams {
    /// By server and upstream, then by which of the three times.
    pub(super) times: SeriesTable<Times>,
    /// By upstream.
    pub(super) tries: Vec<Counts<Status>>,
    pub(super) retries: u64,
    /// Attempts whose status is not logged: they are in no row of `tries`.
    pub(super) tries_without_status: u64,
    /// By upstream: attempts on a connection that was just being closed (see [`is_race`]); `None` where no log shows them.
    pub(super) races: Vec<Option<u64>>,
    /// By server and upstream: attempts whose wait for the header came near the read timeout.
    pub(super) near_timeouts: SeriesTable<u64>,
    #[serde(skip)]
    pub(super) read_timeouts: ByServer,
    /// Whether there is room for the times of another pair, or of another outcome.
    #[serde(skip)]
    pub(super) room: bool,
}

impl Tally {
    /// Tries of which the log has no status: they are in no row.
    pub fn upstream_tries_without_status(&self) -> u64 {
        self.counted.upstreams.tries_without_status
    }
}

impl Upstreams {
    /// Makes the counters of an upstream exist.
    pub(super) fn get_or_admit(&mut self, upstream: u16) {
        let tries = self.tries_of(upstream);
        FORESEEN.into_iter().for_each(|status| tries.mark_used(status));
    }

    pub(super) fn add(
        &mut self,
        record: &Record<'_>,
        verdict: &Verdict,
        server: u16,
        names: &mut Interner,
        bounds: &Bounds,
        now_ms: i64,
    ) -> bool {
        let mut grew = false;
        // Those that are only counted have no status either.
        let only_counted = u64::from(record.retries.unwrap_or(0));
        self.retries += only_counted;
        self.tries_without_status += only_counted;
        record.attempts.for_each(|at, one| {
            let upstream = if one.address.is_empty() { UNKNOWN_ID } else { names.intern(one.address) };
            self.count(one, upstream, at);
            let outcome = judge_attempt(one, verdict);
            if outcome == Outcome::Error && is_race(one, record.sight) {
                *self.races_of(upstream) += 1;
            }
            let response = one.response.filter(|_| !verdict.session);
            let waits = [one.connect, one.header, response];
            let (named, own) = (upstream, server);
            let (server, upstream) = self.timed_as((server, upstream), outcome, &waits, names, &mut grew);
            if grew && shows_races(record.sight) {
                self.races_of(named);
            }
            if let Some(wait) = one.header.filter(|_| !verdict.session) {
                let wait = wait.saturating_sub(one.connect.unwrap_or(0));
                self.add_near(own, (server, upstream), record.path, wait);
            }
            let times = self.times.cell(server, upstream, || begin(record, bounds));
            for (durations, ms) in times.0.iter_mut().zip(waits) {
                if let Some(ms) = ms {
                    durations.observe(outcome, ms, bounds, record, now_ms);
                }
            }
        });
        grew
    }

    /// Adds the attempts of another tally, whose ids are those of `servers` and `upstreams` here.
    pub(super) fn merge(&mut self, other: &Upstreams, servers: &Ids, upstreams: &Ids, bounds: Option<&Bounds>) {
        if let Some(bounds) = bounds {
            for ((server, upstream), theirs) in other.times.iter() {
                let mine = self.times.cell(servers.of(server), upstreams.of(upstream), Default::default);
                mine.0.iter_mut().zip(&theirs.0).for_each(|(mine, theirs)| mine.merge(theirs, bounds));
            }
        }
        for (upstream, theirs) in (0..).zip(&other.tries) {
            self.tries_of(upstreams.of(upstream)).merge(theirs);
        }
        for (upstream, theirs) in (0..).zip(&other.races).filter_map(|(id, theirs)| Some((id, (*theirs)?))) {
            let mine = self.races_of(upstreams.of(upstream));
            *mine = mine.saturating_add(theirs);
        }
        self.retries = self.retries.saturating_add(other.retries);
        self.tries_without_status = self.tries_without_status.saturating_add(other.tries_without_status);
        for ((server, upstream), theirs) in other.near_timeouts.iter() {
            let mine = self.near_timeouts.cell(servers.of(server), upstreams.of(upstream), || 0);
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// What nginx measures is the time between two reads; the longest that a log shows is that before the header.
    #[inline]
    fn add_near(&mut self, server: u16, pair: (u16, u16), path: &[u8], wait: Millis) {
        if let Some(is_near) = self.read_timeouts.is_near(server, path, wait) {
            *self.near_timeouts.cell(pair.0, pair.1, || 0) += u64::from(is_near);
        }
    }

    /// The pair whose histograms take an attempt's times: its own where it has them or there is room, else `other`.
    #[inline]
    fn timed_as(
        &mut self,
        pair: (u16, u16),
        outcome: Outcome,
        waits: &[Option<Millis>; UpstreamTime::ALL.len()],
        names: &mut Interner,
        grew: &mut bool,
    ) -> (u16, u16) {
        let known = self.times.place(pair.0, pair.1).is_some_and(|place| {
            let times = &self.times.at(place).0;
            times.iter().zip(waits).all(|(durations, ms)| ms.is_none() || durations.has(outcome))
        });
        if known {
            return pair;
        }
        if self.room && (self.times.len() < PAIRS_MAX || self.times.has(pair.0, pair.1)) {
            *grew = true;
            return pair;
        }
        names.hit_limit();
        (OTHER, OTHER)
    }

    /// Series of the times, where a histogram is so many.
    pub(super) fn times_series(&self, histogram: usize) -> usize {
        self.times.iter().flat_map(|(_, times)| &times.0).map(|durations| durations.len() * histogram).sum()
    }

    pub(super) fn tries_series(&self) -> usize {
        let races = self.races.iter().flatten().count();
        self.tries.iter().map(Counts::len).sum::<usize>() + races + self.near_timeouts.len()
    }

    fn count(&mut self, one: &Attempt<'_>, upstream: u16, at: usize) {
        self.retries += u64::from(at > 0);
        let Some(status) = one.status.map(Status::sent) else {
            self.tries_without_status += 1;
            return;
        };
        if self.tries_of(upstream).add(status, 1) {
            self.get_or_admit(upstream);
        }
    }

    fn races_of(&mut self, upstream: u16) -> &mut u64 {
        let at = usize::from(upstream);
        if self.races.len() <= at {
            self.races.resize(at + 1, None);
        }
        self.races[at].get_or_insert(0)
    }

    fn tries_of(&mut self, upstream: u16) -> &mut Counts<Status> {
        let at = usize::from(upstream);
        if self.tries.len() <= at {
            self.tries.resize(at + 1, Counts::default());
        }
        &mut self.tries[at]
    }
}

/// An upstream that closes a connection it has kept open just when the next request comes, ends that request within
/// milliseconds. A connection that was there already took no time.
const RACE_MS: Millis = 10;

/// Whether an attempt failed with a 502 on a connection that was open already, before a byte of an answer, and at once.
fn is_race(one: &Attempt<'_>, sight: Sight) -> bool {
    let at_once = one.response.is_some_and(|ms| ms <= RACE_MS);
    let unanswered = one.status == Some(Sent::Code(502)) && one.answered == Some(false);
    shows_races(sight) && one.connect == Some(0) && at_once && unanswered
}

fn shows_races(sight: Sight) -> bool {
    [Column::AttemptStatus, Column::AttemptConnect, Column::AttemptResponse].iter().all(|column| sight.has(*column))
}

/// The names of upstreams; `unknown` is one of them, without any series of its own until it is needed.
pub(super) fn names(admission: Admission) -> Interner {
    let mut names = Interner::new(admission);
    let id = names.register("unknown");
    debug_assert_eq!(id, UNKNOWN_ID);
    names
}

/// A new cell, with the histograms that this log feeds.
fn begin(record: &Record<'_>, bounds: &Bounds) -> Times {
    Times([Column::AttemptConnect, Column::AttemptHeader, Column::AttemptResponse].map(|time| {
        let mut durations = Durations::default();
        if record.sight.has(time) {
            durations.mark_used(Outcome::Ok, bounds);
        }
        durations
    }))
}
