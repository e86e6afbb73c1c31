//! What nginx itself runs out of.

use super::super::case::{Case, Found, Look, MANY, SHARE, Symptom};
use super::super::cause::Confidence;
use super::super::finding::{Evidence, Unit, written};
use super::super::host::Counter;
use crate::record::{ClientFailure, Resource, ServerFailure};
use crate::verdict::{Party, Phase};

/// A head arrives in one packet, so Reading is normally close to 0.
const READING_RATIO: f64 = 0.3;
const READING_MIN: f64 = 20.0;
const SLOTS_RATIO: f64 = 0.8;

pub(super) fn worker_deaths(look: &Look) -> u64 {
    look.server_failure(ServerFailure::WorkerDied)
}

/// Any: a healthy worker ends with its configuration.
pub(super) fn worker_died(case: &Case<'_>) -> Option<Found> {
    let died = worker_deaths(&case.sum);
    let evidence = Evidence::new("workers that died", died as f64, 0.0, Unit::Count, "error log, `exited on signal`");
    (died > 0).then(|| Found {
        confidence: Confidence::Certain,
        weight: died,
        symptom: Symptom::Host,
        upstream: None,
        route: None,
        sentence: format!(
            "{died} worker {} of nginx died; each took its connections along.",
            if died == 1 { "process" } else { "processes" }
        ),
        evidence: vec![evidence],
    })
}

/// Accepted and not handled; or by the error log, as a slot towards an upstream that is not there does not show in the gap.
pub(super) fn turned_away(look: &Look) -> u64 {
    let ran_out = look.exhausted(Resource::WorkerConnections) + look.exhausted(Resource::OpenFiles);
    // At level warn nginx only closes idle connections to make room.
    let refused = ran_out.min(look.errors.severe);
    look.host.counter(Counter::NotHandled).unwrap_or(0).max(refused)
}

pub(super) fn connection_exhaustion(case: &Case<'_>) -> Option<Found> {
    let (look, lost) = (&case.sum, turned_away(&case.sum));
    if lost < MANY || case.share(lost) <= SHARE {
        return None;
    }
    // A proxied request that is being worked on holds a second slot.
    let slots = look.host.connections().zip(case.facts.slots);
    let used = slots.map(|(now, slots)| (now.active + now.writing) / slots.max(1) as f64);
    let ran_out = look.exhausted(Resource::WorkerConnections) + look.exhausted(Resource::OpenFiles);
    let evidence = [
        look.host
            .counter(Counter::NotHandled)
            .map(|count| Evidence::new("accepted and not handled", count as f64, 0.0, Unit::Count, "stub_status")),
        Some(Evidence::new("slots or files that ran out", ran_out as f64, 0.0, Unit::Count, "error log")),
        used.map(|used| {
            let source = "stub_status and worker_connections";
            Evidence::new("slots in use, a proxied request two", used, SLOTS_RATIO, Unit::Ratio, source)
        }),
    ];
    Some(Found {
        confidence: Confidence::Certain,
        weight: lost,
        symptom: Symptom::Host,
        upstream: None,
        route: None,
        sentence: format!(
            "nginx has no connection slots left and turned {lost} connections away ({}); 499s beside this are its symptom.",
            written(case.per_second(lost), Unit::PerSecond)
        ),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// 408s, and heads or bodies that timed out.
pub(super) fn slow_requests(look: &Look) -> u64 {
    let logged = look.client(ClientFailure::TimedOutRequest) + look.client(ClientFailure::TimedOutBody);
    let reading = look.host.connections().map_or(0.0, |now| now.reading);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of connections")]
    let reading = if reading > READING_MIN { reading as u64 } else { 0 };
    look.ended(Party::Server, Phase::Request, &[408]).max(logged).max(reading)
}

pub(super) fn slow_clients(case: &Case<'_>) -> Option<Found> {
    let look = &case.sum;
    let timed_out = look.ended(Party::Server, Phase::Request, &[408]);
    let reading = look.host.connections().filter(|now| now.active > 0.0);
    let ratio = reading.map(|now| now.reading / now.active);
    let stuck =
        reading.is_some_and(|now| now.reading > READING_MIN) && ratio.is_some_and(|ratio| ratio > READING_RATIO);
    if !stuck && (timed_out < MANY || case.share(timed_out) <= SHARE) {
        return None;
    }
    let evidence = [
        ratio.map(|ratio| Evidence::new("connections in Reading", ratio, READING_RATIO, Unit::Ratio, "stub_status")),
        Some(Evidence::new(
            "requests that never finished (408)",
            case.share(timed_out),
            SHARE,
            Unit::Ratio,
            "access log",
        )),
    ];
    let held =
        reading.filter(|_| stuck).map(|now| format!("{:.0} connections are still sending their request", now.reading));
    Some(Found {
        confidence: if timed_out >= MANY { Confidence::Certain } else { Confidence::Likely },
        weight: timed_out,
        symptom: Symptom::Host,
        upstream: None,
        route: None,
        sentence: format!(
            "Slow clients hold connection slots: {}.",
            held.unwrap_or_else(|| format!("{timed_out} requests never finished (408)"))
        ),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
