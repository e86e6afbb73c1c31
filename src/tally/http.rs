//! What the access log says of one (server, route): requests, durations, who gave up, what was abandoned.
//! Knows: which series can be known before their first event. Does not know: where server and route come from.

use serde::{Deserialize, Serialize};

use super::apart::Apart;
use super::bucket_index::Bounds;
use super::budget::Pressure;
use super::counts::Counts;
use super::durations::Durations;
use super::histogram::Histogram;
use super::interner::Ids;
use super::labels::{Agent, Method, Patience, Status};
use super::wasted::{self, Wasted};
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
    /// Requests of others than users; the counts above but `abandoned` are without them.
    pub(super) apart: Apart,
    pub(super) wasted: Wasted,
    /// How long probes had waited that left: they are among the durations, and are nobody's patience.
    pub(super) probe_waits: Option<Box<Histogram>>,
    /// Came in when there was no room for histograms: its durations are those of the server's `other`.
    untimed: bool,
    /// How many requests it had when idle cells were last looked for; `None`: it came in since.
    #[serde(skip)]
    pub(super) marked: Option<u64>,
}

/// What adding a request did beside counting it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    /// As it was counted.
    pub(super) method: Method,
    /// There are more series than before.
    pub(super) grew: bool,
    /// The duration has no histogram here.
    pub(super) elsewhere: bool,
    /// Which label became `other` for want of room.
    pub(super) refused: Option<Refused>,
}

/// A label whose value had to be `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Method,
    Status,
}

impl HttpCell {
    /// What a log with this sight can show of it exists from now on, at 0; what it cannot show does not.
    pub(super) fn new(bounds: &Bounds, sight: Sight) -> HttpCell {
        let mut cell = HttpCell::default();
        if sight.has(Column::Duration) {
            cell.durations.mark_used(Outcome::Ok, bounds);
            cell.durations.mark_used(Outcome::Abandoned, bounds);
        }
        cell.foresee(sight);
        cell
    }

    fn foresee(&mut self, sight: Sight) {
        let foreseen = if sight.has_any(Sight::ATTEMPTS) { FORESEEN } else { FORESEEN_BLIND };
        foreseen.into_iter().for_each(|gave_up| self.gave_up.mark_used(gave_up));
    }

    /// One that came in under pressure.
    pub(super) fn untimed(sight: Sight) -> HttpCell {
        let mut cell = HttpCell { untimed: true, ..HttpCell::default() };
        cell.foresee(sight);
        cell
    }

    /// All its requests.
    pub(super) fn total(&self) -> u64 {
        self.requests.iter().fold(self.apart.total(), |sum, (_, count)| sum.saturating_add(count))
    }

    /// Its series, where a histogram is so many.
    pub(super) fn series(&self, histogram: usize) -> usize {
        let counters = self.requests.len() + self.gave_up.len() + self.abandoned.len() + self.apart.series();
        counters + self.durations.len() * histogram
    }

    /// Makes the series of a method exist: what it may become is known when it is first met.
    pub(super) fn get_or_admit(&mut self, method: Method, sight: Sight) {
        FORESEEN_STATUSES.into_iter().for_each(|code| self.requests.mark_used((method, Status::of(code))));
        let timed = sight.has(Column::Duration);
        let patience: &[Patience] = if timed { &[Patience::Long, Patience::Short] } else { &[Patience::Unknown] };
        for &patience in patience {
            self.abandoned.mark_used((method, patience, Agent::User));
        }
    }

    /// Adds one request but for its 499.
    pub(super) fn add(
        &mut self,
        record: &Record<'_>,
        verdict: &Verdict,
        agent: Agent,
        bounds: &Bounds,
        now_ms: i64,
        pressure: Pressure,
    ) -> Added {
        let key = (Method::of(record.method), status_of(record));
        let mut added = Added { method: key.0, grew: false, elsewhere: false, refused: None };
        if agent != Agent::User {
            added.grew = self.apart.add(agent, key, verdict.gave_up, pressure);
        } else {
            self.add_of_user(key, record.sight, verdict.gave_up, pressure, &mut added);
        }
        if let Some(ms) = record.duration
            && !verdict.session
        {
            added.elsewhere = self.untimed || !self.may_time(verdict.outcome, pressure, &mut added.grew);
            if !added.elsewhere {
                self.durations.observe(verdict.outcome, ms, bounds, record, now_ms);
            }
        }
        added
    }

    #[inline]
    fn add_of_user(
        &mut self,
        key: (Method, Status),
        sight: Sight,
        gave_up: Option<GaveUp>,
        pressure: Pressure,
        added: &mut Added,
    ) {
        if !self.requests.add_known(key, 1) {
            self.add_new(key, sight, pressure, added);
        }
        if let Some(gave_up) = gave_up {
            self.gave_up.add(gave_up, 1);
        }
    }

    /// Counts a request whose method and status were not met together before, under `other` where there is no room.
    #[cold]
    fn add_new(&mut self, key: (Method, Status), sight: Sight, pressure: Pressure, added: &mut Added) {
        let (method, status) = key;
        let met = self.requests.iter().any(|((other, _), _)| other == method);
        let room = match pressure {
            Pressure::Low | Pressure::Raised => true,
            Pressure::High => met && status.is_failure(),
            Pressure::Full => false,
        };
        let counted = match (room, met) {
            (true, _) => key,
            (false, true) => (method, Status::OTHER),
            (false, false) if self.requests.has((Method::OTHER, status)) => (Method::OTHER, status),
            (false, false) => (Method::OTHER, Status::OTHER),
        };
        added.grew |= self.requests.add(counted, 1);
        if room {
            self.get_or_admit(method, sight);
        }
        added.method = counted.0;
        added.refused = match counted {
            (same, _) if same != method => Some(Refused::Method),
            (_, same) if same != status => Some(Refused::Status),
            _ => None,
        };
    }

    pub(super) fn probe_waits_in(&mut self, bounds: &Bounds) -> &mut Histogram {
        self.probe_waits.get_or_insert_with(|| Box::new(Histogram::new(bounds)))
    }

    fn may_time(&self, outcome: Outcome, pressure: Pressure, grew: &mut bool) -> bool {
        let known = self.durations.has(outcome);
        let may = known || pressure < Pressure::High;
        *grew |= may && !known;
        may
    }

    /// Adds the counters of another cell, whose upstreams are those of `upstreams` here; its histograms where `bounds` are
    /// those of both.
    pub(super) fn merge(&mut self, other: &HttpCell, upstreams: &Ids, bounds: Option<&Bounds>) {
        self.requests.merge(&other.requests);
        if let Some(bounds) = bounds {
            self.durations.merge(&other.durations, bounds);
            if let Some(theirs) = &other.probe_waits {
                self.probe_waits_in(bounds).merge(theirs);
            }
        }
        self.gave_up.merge(&other.gave_up);
        self.abandoned.merge(&other.abandoned);
        self.apart.merge(&other.apart);
        wasted::merge(&mut self.wasted, &other.wasted, upstreams);
    }
}

fn status_of(record: &Record<'_>) -> Status {
    record.status.map_or(Status::OTHER, Status::sent)
}
