//! The judgement: what a product states itself, else a table from code to party and phase, and the signs by which a
//! record departs from it. Does not know: any counter.

use super::{GaveUp, Outcome, Party, Phase, Verdict};
use crate::record::{Attempt, Column, Reason, Record, Status, Termination};

/// One row of "who gave up": the code, who, in which phase.
struct Rule {
    code: u16,
    party: Party,
    phase: Phase,
    /// Where an upstream sent the code, it was the upstream. Otherwise the code says the same whoever sent it.
    may_be_upstream: bool,
    /// The phase is `connect` when the attempt never got a connection.
    may_connect: bool,
}

const fn rule(code: u16, party: Party, phase: Phase, may_be_upstream: bool, may_connect: bool) -> Rule {
    Rule { code, party, phase, may_be_upstream, may_connect }
}

#[rustfmt::skip]
const RULES: [Rule; 15] = [
    rule(408, Party::Server,   Phase::Request,   true,  false),
    rule(499, Party::Client,   Phase::Response,  true,  true),
    rule(502, Party::Upstream, Phase::Response,  true,  true),
    rule(503, Party::Server,   Phase::Admission, true,  false),
    rule(504, Party::Gateway,  Phase::Response,  true,  true),
    rule(598, Party::Gateway,  Phase::Response,  false, false),
    rule(599, Party::Gateway,  Phase::Connect,   false, false),
    // Cloudflare's codes: 521 refused, 522 and 523 no way to the origin, 525 and 526 its TLS, 527 the tunnel to it.
    rule(520, Party::Edge,     Phase::Response,  false, false),
    rule(521, Party::Edge,     Phase::Connect,   false, false),
    rule(522, Party::Edge,     Phase::Connect,   false, false),
    rule(523, Party::Edge,     Phase::Connect,   false, false),
    rule(524, Party::Edge,     Phase::Response,  false, false),
    rule(525, Party::Edge,     Phase::Connect,   false, false),
    rule(526, Party::Edge,     Phase::Connect,   false, false),
    rule(527, Party::Edge,     Phase::Connect,   false, false),
];

/// Judges one request.
///
/// What cannot be told apart is judged by its commoner meaning: a configured `return 499` looks like a client that left
/// at once, and a client that only shut down its sending side looks gone.
pub fn judge(record: &Record<'_>) -> Verdict {
    if let Some(stated) = record.termination {
        return by_statement(stated, record.status.unwrap_or(Status::NotSent));
    }
    let status = record.status.and_then(Status::code).unwrap_or(0);
    // By far the most lines end here or one step further; only failures look at the attempts.
    match status {
        101 => Verdict { outcome: Outcome::Ok, gave_up: None, session: true },
        200..=399 if left_in_body(record) => {
            let gave_up = GaveUp { party: Party::Client, phase: Phase::Body, code: Status::Code(status) };
            Verdict { outcome: Outcome::CutShort, gave_up: Some(gave_up), session: false }
        }
        408 | 499.. => by_code(status, record),
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
    let Some(one) = deciding_attempt(rule, record) else {
        return GaveUp { party: rule.party, phase: rule.phase, code };
    };
    if rule.may_be_upstream && one.answered && one.status == Some(code) {
        return GaveUp { party: Party::Upstream, phase: Phase::Response, code };
    }
    let never_connected = rule.may_connect && record.sight.has(Column::AttemptConnect) && one.connect.is_none();
    let phase = if never_connected { Phase::Connect } else { rule.phase };
    GaveUp { party: rule.party, phase, code }
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
        500..=599 => Outcome::Error,
        _ => Outcome::Ok,
    }
}
