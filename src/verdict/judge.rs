//! The judgement: a table from code to party and phase, and the signs by which a record departs from it.
//! Knows: what nginx writes when it is nginx, and not the upstream, that answers. Does not know: any counter.

use super::{GaveUp, Outcome, Party, Phase, TryOutcome, Verdict};
use crate::dialect::nginx::access::Record;
use crate::dialect::nginx::upstream::Try;

/// How nginx came to write the code, where the upstream's own view can tell.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// nginx writes this code into `$upstream_status` only when the upstream sent it.
    StatusTells,
    /// nginx writes this code there for its own failures too (ngx_http_upstream_next in ngx_http_upstream.c),
    /// so only a response head that arrived tells that the upstream sent it.
    HeadTells,
    /// Whoever sent it, it says the same.
    Fixed,
}

/// One row of "who gave up": the code, who, in which phase.
struct Rule {
    code: u16,
    party: Party,
    phase: Phase,
    origin: Origin,
    /// The phase is `connect` when the try never got a connection.
    may_connect: bool,
}

const fn rule(code: u16, party: Party, phase: Phase, origin: Origin, may_connect: bool) -> Rule {
    Rule { code, party, phase, origin, may_connect }
}

#[rustfmt::skip]
const RULES: [Rule; 15] = [
    rule(408, Party::Server,   Phase::Request,   Origin::StatusTells, false),
    rule(499, Party::Client,   Phase::Response,  Origin::StatusTells, true),
    rule(502, Party::Upstream, Phase::Response,  Origin::HeadTells,   true),
    rule(503, Party::Server,   Phase::Admission, Origin::StatusTells, false),
    rule(504, Party::Gateway,  Phase::Response,  Origin::HeadTells,   true),
    rule(598, Party::Gateway,  Phase::Response,  Origin::Fixed,       false),
    rule(599, Party::Gateway,  Phase::Connect,   Origin::Fixed,       false),
    // Cloudflare's codes: 521 refused, 522 and 523 no way to the origin, 525 and 526 its TLS, 527 the tunnel to it.
    rule(520, Party::Edge,     Phase::Response,  Origin::Fixed,       false),
    rule(521, Party::Edge,     Phase::Connect,   Origin::Fixed,       false),
    rule(522, Party::Edge,     Phase::Connect,   Origin::Fixed,       false),
    rule(523, Party::Edge,     Phase::Connect,   Origin::Fixed,       false),
    rule(524, Party::Edge,     Phase::Response,  Origin::Fixed,       false),
    rule(525, Party::Edge,     Phase::Connect,   Origin::Fixed,       false),
    rule(526, Party::Edge,     Phase::Connect,   Origin::Fixed,       false),
    rule(527, Party::Edge,     Phase::Connect,   Origin::Fixed,       false),
];

/// Body bytes of a 400 after which the client, and not nginx, ended the request: none, or only the 25 bytes of
/// `HTTP/1.1 100 Continue` with its blank line. nginx's own 400 page is longer than both.
const BODY_OF_NO_ANSWER: [u64; 2] = [0, 25];

/// Judges one request.
///
/// What cannot be told apart is judged by its commoner meaning: a configured `return 499` looks like a client that left
/// at once, and a client that only shut down its sending side looks gone.
pub fn judge(record: &Record<'_>) -> Verdict {
    let status = record.status.unwrap_or(0);
    // By far the most lines end here or one step further; only failures look at the upstream lists.
    match status {
        101 => Verdict { outcome: Outcome::Ok, gave_up: None, session: true },
        200..=399 if left_in_body(record) => client_left(Phase::Body, status),
        400 if left_in_upload(record) => client_left(Phase::Request, status),
        408 | 499.. => judge_failure(status, record),
        _ => Verdict { outcome: Outcome::Ok, gave_up: None, session: false },
    }
}

/// How one upstream try of `record` ended.
///
/// A try whose status is `-` was in progress when the request ended, so the request's own end is its end;
/// where the request went well all the same (a fallback answered), the try itself failed.
/// Without `$upstream_status` in the format the request's status stands for the try's.
pub fn judge_try(one: &Try<'_>, record: &Record<'_>) -> TryOutcome {
    judge_try_of(one, record, &judge(record))
}

/// The same for who has judged the request already.
pub fn judge_try_of(one: &Try<'_>, record: &Record<'_>, verdict: &Verdict) -> TryOutcome {
    one.status.map_or_else(|| unanswered(verdict.outcome, record), by_status)
}

fn unanswered(request: Outcome, record: &Record<'_>) -> TryOutcome {
    match request {
        Outcome::Ok if record.upstream.status.is_some() => Outcome::Error,
        outcome => outcome,
    }
}

/// The client left after the head went out: the status is already decided, only completion or bytes can tell.
fn left_in_body(record: &Record<'_>) -> bool {
    match record.completion {
        Some(complete) => !complete,
        None => record.body_bytes.zip(record.content_length).is_some_and(|(sent, due)| sent < due) && !bodiless(record),
    }
}

/// Responses whose Content-Length promises a body that is never sent.
fn bodiless(record: &Record<'_>) -> bool {
    record.method == b"HEAD" || matches!(record.status, Some(204 | 304))
}

/// The client left while it was still sending: nginx logs 400 and had nobody to send its page to.
fn left_in_upload(record: &Record<'_>) -> bool {
    record.method != b"HEAD"
        && record.completion != Some(true)
        && record.body_bytes.is_some_and(|bytes| BODY_OF_NO_ANSWER.contains(&bytes))
        && record.upstream.last().is_none_or(|one| one.status.is_none())
}

fn client_left(phase: Phase, code: u16) -> Verdict {
    let gave_up = Some(GaveUp { party: Party::Client, phase, code });
    Verdict { outcome: Outcome::CutShort, gave_up, session: false }
}

/// A code that may stand in the table. An upstream that answered 499 itself was not abandoned by our client:
/// to nginx it is an answer like any 4xx, and the upstream is who gave up.
fn judge_failure(status: u16, record: &Record<'_>) -> Verdict {
    let gave_up = RULES.iter().find(|rule| rule.code == status).map(|rule| apply(rule, record));
    let answered = gave_up.is_some_and(|by| by.code == 499 && by.party == Party::Upstream);
    let outcome = if answered { Outcome::Ok } else { by_status(status) };
    Verdict { outcome, gave_up, session: false }
}

fn apply(rule: &Rule, record: &Record<'_>) -> GaveUp {
    let Some(one) = deciding_try(rule, record) else {
        return GaveUp { party: rule.party, phase: rule.phase, code: rule.code };
    };
    let sent = one.status == Some(rule.code)
        && match rule.origin {
            Origin::StatusTells => true,
            Origin::HeadTells => one.header_time.is_some(),
            Origin::Fixed => false,
        };
    if sent {
        return GaveUp { party: Party::Upstream, phase: Phase::Response, code: rule.code };
    }
    let never_connected = rule.may_connect && record.upstream.connect_time.is_some() && one.connect_time.is_none();
    let phase = if never_connected { Phase::Connect } else { rule.phase };
    GaveUp { party: rule.party, phase, code: rule.code }
}

/// The try that led to the code. With `504 : 200` (an error page that kept the code) that is not the last one.
/// A 499 ends whatever was in progress, so there it always is the last.
fn deciding_try<'a>(rule: &Rule, record: &Record<'a>) -> Option<Try<'a>> {
    let last = record.upstream.last()?;
    if rule.code == 499 || last.status == Some(rule.code) {
        return Some(last);
    }
    Some(record.upstream.tries().filter(|one| one.status == Some(rule.code)).last().unwrap_or(last))
}

fn by_status(status: u16) -> Outcome {
    match status {
        499 => Outcome::Abandoned,
        408 | 504 | 522 | 524 | 598 | 599 => Outcome::Timeout,
        500..=599 => Outcome::Error,
        _ => Outcome::Ok,
    }
}
