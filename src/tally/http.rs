//! What the access log says of one (server, route): requests, durations, who gave up, what was abandoned.
//! Knows: which series can be known before their first event. Does not know: where server and route come from.

use serde::{Deserialize, Serialize};

use super::axis::Bounds;
use super::counts::Counts;
use super::durations::Durations;
use super::labels::{Agent, Method, Patience, Status};
use crate::record::{Column, Record, Sight, Status as Sent};
use crate::verdict::{GaveUp, Outcome, Party, Phase, Verdict};

/// What may be said of any route. These appear with their cell, so that `rate()` sees the first client that leaves and
/// the first upstream that fails; who answered is known where the log shows attempts.
const FORESEEN: [GaveUp; 5] = [
    GaveUp { party: Party::Client, phase: Phase::Response, code: Sent::Code(499) },
    GaveUp { party: Party::Server, phase: Phase::Request, code: Sent::Code(408) },
    GaveUp { party: Party::Upstream, phase: Phase::Response, code: Sent::Code(502) },
    GaveUp { party: Party::Server, phase: Phase::Admission, code: Sent::Code(503) },
    GaveUp { party: Party::Gateway, phase: Phase::Response, code: Sent::Code(504) },
];

/// The same of a log that does not show who answered.
const FORESEEN_BLIND: [GaveUp; 5] = [
    GaveUp { party: Party::Client, phase: Phase::Response, code: Sent::Code(499) },
    GaveUp { party: Party::Server, phase: Phase::Request, code: Sent::Code(408) },
    GaveUp { party: Party::Unknown, phase: Phase::Response, code: Sent::Code(502) },
    GaveUp { party: Party::Unknown, phase: Phase::Admission, code: Sent::Code(503) },
    GaveUp { party: Party::Unknown, phase: Phase::Response, code: Sent::Code(504) },
];

/// What any method may end in; likewise.
const FORESEEN_STATUSES: [u16; 5] = [200, 499, 502, 503, 504];

/// The counters of one server and route.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct HttpCell {
    pub(super) requests: Counts<(Method, Status)>,
    pub(super) durations: Durations,
    pub(super) gave_up: Counts<GaveUp>,
    pub(super) abandoned: Counts<(Method, Patience, Agent)>,
}

impl HttpCell {
    /// What a log with this sight can show of it exists from now on, at 0; what it cannot show does not.
    pub(super) fn new(bounds: &Bounds, sight: Sight) -> HttpCell {
        let mut cell = HttpCell::default();
        if sight.has(Column::Duration) {
            cell.durations.touch(Outcome::Ok, bounds);
            cell.durations.touch(Outcome::Abandoned, bounds);
        }
        let foreseen = if sight.has_any(Sight::ATTEMPTS) { FORESEEN } else { FORESEEN_BLIND };
        foreseen.into_iter().for_each(|gave_up| cell.gave_up.touch(gave_up));
        cell
    }

    /// Makes the series of a method exist: what it may become is known when it is first met.
    pub(super) fn meet(&mut self, method: Method, sight: Sight) {
        FORESEEN_STATUSES.into_iter().for_each(|code| self.requests.touch((method, Status::of(code))));
        let timed = sight.has(Column::Duration);
        let patience: &[Patience] = if timed { &[Patience::Long, Patience::Short] } else { &[Patience::Unknown] };
        for &patience in patience {
            self.abandoned.touch((method, patience, Agent::User));
        }
    }

    /// Adds one request but for its 499, which needs the agent; returns its method.
    pub(super) fn add(&mut self, record: &Record<'_>, verdict: &Verdict, bounds: &Bounds, now_ms: i64) -> Method {
        let method = Method::of(record.method);
        if self.requests.add((method, status_of(record)), 1) {
            self.meet(method, record.sight);
        }
        if let Some(gave_up) = verdict.gave_up {
            self.gave_up.add(gave_up, 1);
        }
        if let Some(ms) = record.duration
            && !verdict.session
        {
            self.durations.observe(verdict.outcome, ms, bounds, record, now_ms);
        }
        method
    }

    /// Adds the counters of another cell; its histograms where `bounds` are those of both.
    pub(super) fn merge(&mut self, other: &HttpCell, bounds: Option<&Bounds>) {
        self.requests.merge(&other.requests);
        if let Some(bounds) = bounds {
            self.durations.merge(&other.durations, bounds);
        }
        self.gave_up.merge(&other.gave_up);
        self.abandoned.merge(&other.abandoned);
    }
}

fn status_of(record: &Record<'_>) -> Status {
    record.status.map_or(Status::OTHER, Status::sent)
}
