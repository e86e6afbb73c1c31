//! Upstreams that were connected to and take too long: nginx gives up (504), or users do before (499).
//! The path of a 499: long or short? Long: was it waiting for an upstream? Connected? Is the upstream slow for others, too?

use super::super::case::{Case, Found, Look, MANY, SOME, Symptom};
use super::super::cause::Confidence;
use super::super::finding::{Evidence, Unit, written};
use crate::record::{Signal, TimeoutPhase};

/// A slow answer.
const SLOW_SECONDS: f64 = 1.0;
/// This part of nginx's read timeout is close to it.
const NEAR: f64 = 0.66;
/// Fewer answers say nothing about their 95th percentile.
const ANSWERS_MIN: u64 = 20;

pub(super) fn upstream_timeouts(case: &Case<'_>) -> Option<Found> {
    let count = case.sum.answer_timeouts();
    let felt = case.explains_the_lost(count);
    // A few that made nginx take all servers out are told with that.
    let leads = case.sum.no_live() > count && !felt;
    if count < SOME || leads || !(felt || case.is_lost_redundancy(count)) {
        return None;
    }
    let phases = [TimeoutPhase::Send, TimeoutPhase::Header, TimeoutPhase::Body];
    let upstream = case.worst_upstream(|one| phases.iter().map(|phase| one.timeout(*phase)).sum());
    let limit = case.timeouts.read;
    let evidence = [
        Some(Evidence::new(
            "timed out after it was connected",
            count as f64,
            SOME as f64,
            Unit::Count,
            "error log, 504s",
        )),
        Some(case.lost_evidence()),
        case.answer_p95().map(|p95| Evidence::new("answers, p95", p95, limit, Unit::Seconds, "$upstream_header_time")),
        limit.map(|limit| Evidence::new("nginx waits for", limit, None, Unit::Seconds, "proxy_read_timeout")),
    ];
    let waited = limit.map_or_else(String::new, |limit| format!(" in {}", written(limit, Unit::Seconds)));
    Some(Found {
        confidence: if case.facts.error_log { Confidence::Certain } else { Confidence::Likely },
        weight: count,
        symptom: Symptom::Waiting,
        sentence: format!(
            "{} takes connections and does not answer{waited}: nginx gave up {count} times.",
            upstream.as_deref().unwrap_or("The upstream"),
        ),
        upstream,
        route: case.one_route(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// Users who left after they had waited, or, while nobody leaves, answers that come close to the timeout.
pub(super) fn slow(look: &Look) -> u64 {
    let left = look.server.left.long + look.server.left.unknown;
    left.max(look.server.attempts.answers.above(SLOW_SECONDS))
}

pub(super) fn slow_upstream(case: &Case<'_>) -> Option<Found> {
    outlasts_patience(case).or_else(|| near_timeout(case))
}

fn outlasts_patience(case: &Case<'_>) -> Option<Found> {
    let (left, attempts) = (case.sum.server.left, &case.sum.server.attempts);
    let long = left.long + left.unknown;
    let no_wait = long * 2 < left.total() || case.left_connecting() == Some(true);
    if !case.users_leave() || no_wait || case.is_timer_undecided() {
        return None;
    }
    // Did they wait for an upstream at all?
    let visible = case.facts.sees(Signal::UpstreamResponse) && left.long > 0;
    let waiting = visible.then(|| attempts.left_waiting as f64 / left.long as f64);
    if waiting.is_some_and(|ratio| ratio < 0.5) {
        return None;
    }
    let p95 = case.answer_p95();
    let slow_for_all = p95.is_some_and(|p95| p95 >= SLOW_SECONDS);
    let route = case.one_route();
    let evidence = [
        Some(case.left_evidence()),
        (left.long > 0).then(|| case.long_evidence()),
        waiting.map(|ratio| {
            Evidence::new("of these, waited for an upstream", ratio, 0.5, Unit::Ratio, "$upstream_response_time")
        }),
        p95.map(|p95| {
            Evidence::new("answers of others, p95", p95, SLOW_SECONDS, Unit::Seconds, "$upstream_header_time")
        }),
        case.sum.host.connections().filter(|now| now.active >= 1.0).map(|now| {
            Evidence::new("connections in Writing", now.writing / now.active, 0.5, Unit::Ratio, "stub_status")
        }),
        case.busiest_route()
            .map(|(route, share)| Evidence::new("of those lost, on the busiest route", share, 0.5, Unit::Ratio, route)),
    ];
    let confidence = match (waiting, slow_for_all) {
        (Some(_), true) => Confidence::Certain,
        (Some(_), false) | (None, true) => Confidence::Likely,
        (None, false) => Confidence::Possible,
    };
    let whose = route.as_ref().map_or_else(|| case.whose().to_owned(), |route| format!("{} {route}", case.whose()));
    Some(Found {
        confidence,
        weight: long,
        symptom: Symptom::Waiting,
        upstream: None,
        route,
        sentence: format!(
            "A slow upstream outlasts the patience of the users of {whose}: {long} left after they had waited ({} of the \
             requests).",
            written(case.share(long), Unit::Ratio)
        ),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

fn near_timeout(case: &Case<'_>) -> Option<Found> {
    let answers = &case.sum.server.attempts.answers;
    let (limit, p95) = (case.timeouts.read?, case.answer_p95()?);
    if answers.total() < ANSWERS_MIN || p95 < NEAR * limit || p95 > limit * 1.1 {
        return None;
    }
    let evidence = vec![
        Evidence::new("answers, p95", p95, NEAR * limit, Unit::Seconds, "$upstream_header_time"),
        Evidence::new("nginx waits for", limit, None, Unit::Seconds, "proxy_read_timeout"),
        case.left_evidence(),
    ];
    Some(Found {
        confidence: Confidence::Likely,
        weight: answers.above(NEAR * limit).max(MANY),
        symptom: Symptom::Waiting,
        upstream: None,
        route: None,
        sentence: format!(
            "The upstream of {} is about to run into nginx's read timeout of {}: its p95 is {}.",
            case.whose(),
            written(limit, Unit::Seconds),
            written(p95, Unit::Seconds)
        ),
        evidence,
    })
}
