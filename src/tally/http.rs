//! What the access log says of one (server, route): requests, durations, who gave up, what was abandoned.
//! Knows: which series can be known before their first event. Does not know: where server and route come from.

use std::sync::Arc;

use super::counts::Counts;
use super::durations::Durations;
use super::labels::{Agent, Method, Patience, Status};
use crate::nginx::access::Record;
use crate::verdict::{GaveUp, Outcome, Party, Phase, Verdict};

/// The series that appear with a cell, so that `rate()` sees the first client that leaves.
const ABANDONED: GaveUp = GaveUp { party: Party::Client, phase: Phase::Response, code: 499 };

/// The counters of one server and route.
#[derive(Debug, Clone, Default)]
pub(super) struct HttpCell {
    pub(super) requests: Counts<(Method, Status)>,
    pub(super) durations: Durations,
    pub(super) gave_up: Counts<GaveUp>,
    pub(super) abandoned: Counts<(Method, Patience, Agent)>,
}

impl HttpCell {
    pub(super) fn new(bounds_ms: &Arc<[u32]>) -> HttpCell {
        let mut cell = HttpCell::default();
        cell.durations.touch(Outcome::Ok, bounds_ms);
        cell.durations.touch(Outcome::Abandoned, bounds_ms);
        cell.gave_up.touch(ABANDONED);
        cell
    }

    /// Makes the series of a method exist: what it may become is known when it is first met.
    pub(super) fn meet(&mut self, method: Method, timed: bool) {
        self.requests.touch((method, Status::of(499)));
        let patience: &[Patience] = if timed { &[Patience::Long, Patience::Short] } else { &[Patience::Unknown] };
        for &patience in patience {
            self.abandoned.touch((method, patience, Agent::User));
        }
    }

    /// Adds one request but for its 499, which needs the agent; returns its method.
    pub(super) fn add(
        &mut self,
        record: &Record<'_>,
        verdict: &Verdict,
        bounds_ms: &Arc<[u32]>,
        now_ms: i64,
    ) -> Method {
        let method = Method::of(record.method);
        if self.requests.add((method, status_of(record)), 1) {
            self.meet(method, record.request_time.is_some());
        }
        if let Some(gave_up) = verdict.gave_up {
            self.gave_up.add(gave_up, 1);
        }
        if let Some(ms) = record.request_time
            && !verdict.session
        {
            self.durations.observe(verdict.outcome, ms, bounds_ms, record, now_ms);
        }
        method
    }
}

fn status_of(record: &Record<'_>) -> Status {
    record.status.map_or(Status::OTHER, Status::of)
}
