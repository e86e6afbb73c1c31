//! What the access log says of upstream tries: times by (server, upstream), statuses by upstream.
//! Knows: that one request may try several upstreams. Does not know: why a try failed (the error log does).

use serde::{Deserialize, Serialize};

use super::axis::Bounds;
use super::by_name::By;
use super::counts::Counts;
use super::durations::Durations;
use super::grid::Grid;
use super::interner::{Admission, Ids, Interner, OTHER};
use super::labels::{Status, UpstreamTime};
use crate::dialect::nginx::access::Record;
use crate::dialect::nginx::upstream::Try;
use crate::verdict::{Outcome, Verdict, judge_try_of};

/// Names the tries of a format without `$upstream_addr`, and the error-log entries that name no upstream.
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

/// All upstream tries.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Upstreams {
    /// By server and upstream, then by which of the three times.
    pub(super) times: Grid<Times>,
    /// By upstream.
    pub(super) tries: Vec<Counts<Status>>,
    pub(super) retries: u64,
}

impl Upstreams {
    /// Makes the counters of an upstream exist.
    pub(super) fn meet(&mut self, upstream: u16) {
        let tries = self.tries_of(upstream);
        FORESEEN.into_iter().for_each(|status| tries.touch(status));
    }

    pub(super) fn add(
        &mut self,
        record: &Record<'_>,
        verdict: &Verdict,
        server: u16,
        names: &mut Interner,
        bounds: &Bounds,
        now_ms: i64,
    ) {
        record.upstream.for_each_try(|at, one| {
            let upstream = if one.addr.is_empty() { UNKNOWN_ID } else { names.see(one.addr) };
            self.count(record, one, upstream, at);
            let timed_as = self.timed_as(server, upstream, names);
            let times = self.times.cell(server, timed_as, || begin(record, bounds));
            let outcome = judge_try_of(one, record, verdict);
            let response = one.response_time.filter(|_| !verdict.session);
            for (durations, ms) in times.0.iter_mut().zip([one.connect_time, one.header_time, response]) {
                if let Some(ms) = ms {
                    durations.observe(outcome, ms, bounds, record, now_ms);
                }
            }
        });
    }

    /// Adds the tries of another tally, whose ids are those of `servers` and `upstreams` here.
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
        self.retries = self.retries.saturating_add(other.retries);
    }

    fn timed_as(&self, server: u16, upstream: u16, names: &mut Interner) -> u16 {
        if self.times.len() < PAIRS_MAX || self.times.has(server, upstream) {
            return upstream;
        }
        names.hit_limit();
        OTHER
    }

    fn count(&mut self, record: &Record<'_>, one: &Try<'_>, upstream: u16, at: usize) {
        self.retries += u64::from(at > 0);
        if record.upstream.status.is_none() {
            return;
        }
        let status = one.status.map_or(Status::NONE, Status::of);
        if self.tries_of(upstream).add(status, 1) {
            self.meet(upstream);
        }
    }

    fn tries_of(&mut self, upstream: u16) -> &mut Counts<Status> {
        let at = usize::from(upstream);
        if self.tries.len() <= at {
            self.tries.resize(at + 1, Counts::default());
        }
        &mut self.tries[at]
    }
}

/// The names of upstreams; `unknown` is one of them, without any series of its own until it is needed.
pub(super) fn names(admission: Admission) -> Interner {
    let mut names = Interner::new(admission);
    let id = names.know("unknown");
    debug_assert_eq!(id, UNKNOWN_ID);
    names
}

/// A new cell, with the histograms that this format feeds.
fn begin(record: &Record<'_>, bounds: &Bounds) -> Times {
    let upstream = &record.upstream;
    Times([upstream.connect_time, upstream.header_time, upstream.response_time].map(|logged| {
        let mut durations = Durations::default();
        if logged.is_some() {
            durations.touch(Outcome::Ok, bounds);
        }
        durations
    }))
}
