//! The judgement: what a product states itself, else a table from code to party and phase, and the signs by which a
//! record departs from it. Does not know: any counter.

use super::{GaveUp, Outcome, Party, Phase, Verdict};
use crate::record::{Attempt, Column, Reason, Record, Sight, Status, Termination};

/// One row of "who gave up": the code, who, in which phase.
struct Rule {
    code: u16,
    party: Party,
    phase: Phase,
    /// Where an upstream sent the code, it was the upstream.
    origin: Origin,
    /// The phase is `connect` when the attempt never got a connection.
    may_connect: bool,
}

/// Whether the code says who gave up, whoever sent it; else who it was where the log does not tell who sent it.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// The code says the same whoever sent it.
    Certain,
    /// Upstreams hardly ever send it: the row stands unless the log says that one did.
    Rarely,
    /// Both send it. Who it was where an upstream was tried and the log tells no more; where the log does not even tell
    /// that, nobody knows.
    Either { tried: Party },
}

const fn rule(code: u16, party: Party, phase: Phase, origin: Origin, may_connect: bool) -> Rule {
    Rule { code, party, phase, origin, may_connect }
}

/// A proxy that refuses a request itself (admission) has not tried an upstream.
const REFUSED: Origin = Origin::Either { tried: Party::Upstream };

#[rustfmt::skip]
const RULES: [Rule; 18] = [
    // What nginx writes for the requests of a worker that is shut down.
    rule(0,   Party::Server,   Phase::Response,  Origin::Certain, false),
    rule(408, Party::Server,   Phase::Request,   Origin::Rarely,  false),
    rule(429, Party::Server,   Phase::Admission, REFUSED,         false),
    // Closed without an answer, as the configuration says.
    rule(444, Party::Server,   Phase::Admission, Origin::Certain, false),
    rule(499, Party::Client,   Phase::Response,  Origin::Rarely,  true),
    rule(502, Party::Upstream, Phase::Response,  Origin::Either { tried: Party::Upstream }, true),
    rule(503, Party::Server,   Phase::Admission, REFUSED,         false),
    rule(504, Party::Gateway,  Phase::Response,  Origin::Either { tried: Party::Unknown },  true),
    rule(598, Party::Gateway,  Phase::Response,  Origin::Certain, false),
    rule(599, Party::Gateway,  Phase::Connect,   Origin::Certain, false),
    // Cloudflare's codes: 521 refused, 522 and 523 no way to the origin, 525 and 526 its TLS, 527 the tunnel to it.
    rule(520, Party::Edge,     Phase::Response,  Origin::Certain, false),
    rule(521, Party::Edge,     Phase::Connect,   Origin::Certain, false),
    rule(522, Party::Edge,     Phase::Connect,   Origin::Certain, false),
    rule(523, Party::Edge,     Phase::Connect,   Origin::Certain, false),
    rule(524, Party::Edge,     Phase::Response,  Origin::Certain, false),
    rule(525, Party::Edge,     Phase::Connect,   Origin::Certain, false),
    rule(526, Party::Edge,     Phase::Connect,   Origin::Certain, false),
    rule(527, Party::Edge,     Phase::Connect,   Origin::Certain, false),
];

/// Judges one request.
///
/// What cannot be told apart is judged by its commoner meaning: a configured `return 499` looks like a client that left
/// at once, and a client that only shut down its sending side looks gone.
pub fn judge(record: &Record<'_>) -> Verdict {
    if let Some(stated) = record.termination {
        return by_statement(stated, record.status.unwrap_or(Status::NotSent));
    }
    let Some(Status::Code(status)) = record.status else {
        return Verdict { outcome: Outcome::Ok, gave_up: None, session: false };
    };
    // By far the most lines end here or one step further; only failures look at the attempts.
    match status {
        101 => Verdict { outcome: Outcome::Ok, gave_up: None, session: true },
        200..=399 if left_in_body(record) => {
            let gave_up = GaveUp { party: Party::Client, phase: Phase::Body, code: Status::Code(status) };
            Verdict { outcome: Outcome::CutShort, gave_up: Some(gave_up), session: false }
        }
        0 | 408 | 429 | 444 | 499.. => by_code(status, record),
        _ => Verdict { outcome: Outcome::Ok, gave_up: None, session: false },
    }
}

/// How one attempt of `record` ended.
///
/// One without a status line was in progress when the request ended, so the request's own end is its end;
/// where the request went well all the same (a fallback answered), the attempt itself failed.
/// Where the log has no status of attempts, the request's stands for it.
pub fn judge_attempt(one: &Attempt<'_>, verdict: &Verdict) -> Outcome {
    match one.status {
        Some(Status::Code(code)) => outcome(code),
        Some(Status::NotSent) if verdict.outcome == Outcome::Ok => Outcome::Error,
        _ => verdict.outcome,
    }
}

/// A client that leaves while it sends its request, or while it is sent the response, cuts something short.
fn by_statement(stated: Termination, code: Status) -> Verdict {
    let outcome = match (stated.party, stated.phase, stated.reason) {
        (Party::Client, Phase::Request | Phase::Body, _) => Outcome::CutShort,
        (Party::Client, ..) => Outcome::Abandoned,
        (_, _, Reason::TimedOut) => Outcome::Timeout,
        _ => Outcome::Error,
    };
    let gave_up = GaveUp { party: stated.party, phase: stated.phase, code };
    Verdict { outcome, gave_up: Some(gave_up), session: false }
}

/// The client left after the head went out: the status is already decided, only completion or bytes can tell.
fn left_in_body(record: &Record<'_>) -> bool {
    match record.complete {
        Some(complete) => !complete,
        None => record.body_bytes.zip(record.content_length).is_some_and(|(sent, due)| sent < due) && !bodiless(record),
    }
}

/// Responses whose Content-Length promises a body that is never sent.
fn bodiless(record: &Record<'_>) -> bool {
    record.method == b"HEAD" || matches!(record.status, Some(Status::Code(204 | 304)))
}

/// A code that may stand in the table. An upstream that answered 499 itself was not abandoned by our client:
/// to the proxy it is an answer like any 4xx, and the upstream is who gave up.
fn by_code(status: u16, record: &Record<'_>) -> Verdict {
    let gave_up = RULES.iter().find(|rule| rule.code == status).map(|rule| apply(rule, record));
    let answered = status == 499 && gave_up.is_some_and(|by| by.party == Party::Upstream);
    let outcome = if answered { Outcome::Ok } else { outcome(status) };
    Verdict { outcome, gave_up, session: false }
}

fn apply(rule: &Rule, record: &Record<'_>) -> GaveUp {
    let code = Status::Code(rule.code);
    let one = deciding_attempt(rule, record);
    let party = match (rule.origin, &one) {
        (Origin::Either { .. }, None) if !record.sight.has_any(Sight::ATTEMPTS) => Party::Unknown,
        (Origin::Certain, _) | (_, None) => rule.party,
        (origin, Some(one)) => match (origin, one.answered) {
            (_, Some(true)) if one.status.is_none_or(|sent| sent == code) => {
                return GaveUp { party: Party::Upstream, phase: Phase::Response, code };
            }
            (Origin::Either { tried }, None) => tried,
            _ => rule.party,
        },
    };
    let never_connected =
        rule.may_connect && record.sight.has(Column::AttemptConnect) && one.is_some_and(|one| one.connect.is_none());
    GaveUp { party, phase: if never_connected { Phase::Connect } else { rule.phase }, code }
}

/// The attempt that led to the code. With `504 : 200` (an error page that kept the code) that is not the last one.
/// A 499 ends whatever was in progress, so there it always is the last.
fn deciding_attempt<'a>(rule: &Rule, record: &Record<'a>) -> Option<Attempt<'a>> {
    let code = Some(Status::Code(rule.code));
    let last = record.attempts.last()?;
    if rule.code == 499 || last.status == code {
        return Some(last);
    }
    Some(record.attempts.iter().filter(|one| one.status == code).last().unwrap_or(last))
}

fn outcome(status: u16) -> Outcome {
    match status {
        499 => Outcome::Abandoned,
        408 | 504 | 522 | 524 | 598 | 599 => Outcome::Timeout,
        0 | 500..=599 => Outcome::Error,
        _ => Outcome::Ok,
    }
}
