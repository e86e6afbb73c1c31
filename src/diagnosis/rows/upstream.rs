//! Upstreams that cannot be reached, or that fail at once. `no live upstreams` is what nginx says after the failures that
//! made it take every server out, so it counts for the kind of failure that led to it.

use super::super::case::{COMPARABLE, Case, Found, Look, MANY, SOME, Symptom};
use super::super::cause::Confidence;
use super::super::finding::{Evidence, Unit};
use super::super::stretch::Upstream;
use crate::record::{TimeoutPhase, UpstreamFailure};

/// What led to `no live upstreams`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    Refused,
    Connecting,
    Waiting,
    /// Servers that do answer, but for some requests.
    Answering,
}

fn lead(case: &Case<'_>) -> Lead {
    let look = &case.sum;
    let (refused, connect, answer) = (look.refused(), look.connect_timeouts(), look.answer_timeouts());
    let most = refused.max(connect).max(answer).max(look.broken());
    let answering = answering(case);
    match () {
        () if most == 0 && answering.is_none_or(|ratio| ratio < ANSWERING) => Lead::Refused,
        () if refused == most && refused > 0 => Lead::Refused,
        () if answering.is_none_or(|ratio| ratio >= ANSWERING) => Lead::Answering,
        () if connect == most => Lead::Connecting,
        () if answer == most => Lead::Waiting,
        () => Lead::Answering,
    }
}

/// From this share of their attempts on servers are alive.
const ANSWERING: f64 = 0.2;

/// What part of the attempts at servers was answered; where a group is without one, at its servers, if they are known.
/// `None`: not visible.
fn answering(case: &Case<'_>) -> Option<f64> {
    let without = |upstream: &Upstream| upstream.failure(UpstreamFailure::NoLive) > 0;
    let groups = case.upstreams().filter(|(_, upstream)| without(upstream));
    let members: Vec<&String> = groups.filter_map(|(name, _)| case.facts.groups.get(name)).flatten().collect();
    let is_asked_for = |name: &str| members.is_empty() || members.iter().any(|member| *member == name);
    let servers = case.upstreams().filter(|(name, upstream)| !without(upstream) && is_asked_for(name));
    let (answered, failed) =
        servers.fold((0, 0), |(answered, failed), (_, one)| (answered + one.answered, failed + one.failed));
    (answered + failed > 0).then(|| answered as f64 / (answered + failed) as f64)
}

/// Failures of a kind, with the `no live upstreams` that they led to.
fn with_no_live(case: &Case<'_>, count: u64, kind: Lead) -> u64 {
    let led = case.sum.no_live() > 0 && lead(case) == kind;
    count + if led { case.sum.no_live() } else { 0 }
}

/// Whether so many failures are a cause, and whether users feel it.
fn feel(case: &Case<'_>, count: u64) -> Option<bool> {
    if count < SOME {
        return None;
    }
    match case.explains_the_lost(count) {
        true => Some(true),
        false => (case.is_lost_redundancy(count)).then_some(false),
    }
}

fn named(upstream: Option<&String>) -> String {
    upstream.cloned().unwrap_or_else(|| "the upstream".to_owned())
}

const COVERED: &str = "; others cover for it, and hardly any user sees it";

pub(super) fn connect_timeout(case: &Case<'_>) -> Option<Found> {
    let count = case.sum.connect_timeouts();
    let weight = with_no_live(case, count, Lead::Connecting);
    let felt = (count > 0).then(|| feel(case, weight)).flatten()?;
    let of = |upstream: &Upstream| upstream.timeout(TimeoutPhase::Connect) + upstream.timeout(TimeoutPhase::Tls);
    let upstream = case.worst_upstream(of);
    let logged = case.upstreams().map(|(_, upstream)| of(upstream)).sum::<u64>() > 0;
    let limit = case.timeouts.connect.map_or_else(String::new, |seconds| format!(" within {seconds:.0} s"));
    let attempts = &case.sum.server.attempts;
    let connecting = case.left_connecting().map(|_| {
        let ratio = 1.0 - attempts.left_connected as f64 / attempts.left.max(1) as f64;
        Evidence::new("of those who left, not connected yet", ratio, 0.5, Unit::Ratio, "$upstream_connect_time")
    });
    let evidence = [
        Some(timeouts_evidence("timed out while connecting", count, logged)),
        no_live_evidence(case),
        Some(case.lost_evidence()),
        connecting,
        round_trips_evidence(case, upstream.as_deref()),
    ];
    Some(Found {
        confidence: if logged { Confidence::Certain } else { Confidence::Likely },
        weight,
        symptom: Symptom::Connecting,
        sentence: format!(
            "Connections to {} are not established{limit}: network, firewall, or a full queue there ({count} attempts){}.",
            named(upstream.as_ref()),
            if felt { "" } else { COVERED }
        ),
        upstream,
        route: None,
        evidence: evidence.into_iter().flatten().collect(),
    })
}

pub(super) fn down_events(look: &Look) -> u64 {
    look.refused() + look.no_live()
}

pub(super) fn down(case: &Case<'_>) -> Option<Found> {
    let count = case.sum.refused();
    let weight = with_no_live(case, count, Lead::Refused);
    let felt = feel(case, weight)?;
    let of = |upstream: &Upstream| {
        let kinds = [UpstreamFailure::Refused, UpstreamFailure::Unreachable, UpstreamFailure::Resolve];
        kinds.iter().map(|kind| upstream.failure(*kind)).sum::<u64>()
    };
    let upstream = case.worst_upstream(of).or_else(|| case.worst_upstream(|one| one.failure(UpstreamFailure::NoLive)));
    let logged = case.upstreams().any(|(_, upstream)| of(upstream) + upstream.failure(UpstreamFailure::NoLive) > 0);
    let evidence = [
        Some(timeouts_evidence("refused, unreachable or not resolved", count, logged)),
        no_live_evidence(case),
        Some(case.lost_evidence()),
    ];
    Some(Found {
        confidence: if logged { Confidence::Certain } else { Confidence::Likely },
        weight,
        symptom: Symptom::Failing,
        sentence: format!(
            "{} is down: nobody listens there ({weight} attempts){}.",
            capital(named(upstream.as_ref())),
            if felt { "" } else { COVERED }
        ),
        upstream,
        route: None,
        evidence: evidence.into_iter().flatten().collect(),
    })
}

pub(super) fn marked_down(case: &Case<'_>) -> Option<Found> {
    let count = case.sum.no_live();
    if count < MANY || lead(case) != Lead::Answering || !case.explains_the_lost(count) {
        return None;
    }
    let (answering, look) = (answering(case), &case.sum);
    let upstream = case.worst_upstream(|upstream| upstream.failure(UpstreamFailure::NoLive));
    let led = look.answer_timeouts() + look.broken() + look.connect_timeouts();
    let evidence = [
        no_live_evidence(case),
        Some(Evidence::new("failures that led to it", led as f64, None, Unit::Count, "error log")),
        answering.map(|ratio| {
            Evidence::new(
                "attempts at its servers that were answered",
                ratio,
                ANSWERING,
                Unit::Ratio,
                "$upstream_status",
            )
        }),
        Some(case.lost_evidence()),
    ];
    Some(Found {
        confidence: if answering.is_some() { Confidence::Certain } else { Confidence::Likely },
        weight: count,
        symptom: Symptom::Failing,
        sentence: format!(
            "nginx has taken every server of {} out after a few failures (max_fails), though they answer: {count} requests \
             found no live upstream.",
            named(upstream.as_ref())
        ),
        upstream,
        route: None,
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// A connection that has been idle for so long is kept for another request.
const KEPT_SECONDS: f64 = 1.0;

pub(super) fn races(look: &Look) -> u64 {
    look.upstream.raced
}

/// Attempts that failed at once on a connection that was there already, while nearly all others are answered.
pub(super) fn keepalive_race(case: &Case<'_>) -> Option<Found> {
    let (look, count) = (&case.sum, races(&case.sum));
    let broken = look.broken();
    let answering = answering(case)?;
    let logged = !case.facts.error_log || broken as f64 >= COMPARABLE * count as f64;
    if count < SOME || answering < 0.8 || !logged || feel(case, count).is_none() {
        return None;
    }
    let upstream =
        case.worst_upstream(|one| one.failure(UpstreamFailure::Reset) + one.failure(UpstreamFailure::ClosedEarly));
    let kept = upstream.as_ref().and_then(|name| case.facts.keepalives.get(name)).copied();
    let path = upstream.as_ref().and_then(|name| case.facts.paths.get(name));
    let idle = path.and_then(|path| path.idle);
    // In whole milliseconds a new connection takes as long as one that was there: none. Where nginx keeps none, it is new.
    if kept.is_none() && path.is_some() && idle.is_none_or(|idle| idle < KEPT_SECONDS) {
        return None;
    }
    let evidence = [
        Some(Evidence::new(
            "failed at once on a reused connection",
            count as f64,
            SOME as f64,
            Unit::Count,
            "access log",
        )),
        Some(Evidence::new("reset, or closed before the answer", broken as f64, None, Unit::Count, "error log")),
        Some(Evidence::new("attempts that were answered", answering, 0.8, Unit::Ratio, "$upstream_status")),
        kept.map(|kept| {
            Evidence::new("nginx keeps idle connections for", kept, None, Unit::Seconds, "keepalive_timeout")
        }),
        idle.map(|idle| {
            let signal = "the longest that a connection to it was idle and open";
            Evidence::new(signal, idle, kept, Unit::Seconds, "tcp_info")
        }),
    ];
    let seen = kept.is_some() || path.is_some();
    Some(Found {
        confidence: if seen { Confidence::Likely } else { Confidence::Possible },
        weight: count,
        symptom: Symptom::Failing,
        sentence: format!(
            "{} closes idle keep-alive connections just as nginx uses them again: {count} attempts failed within milliseconds.",
            capital(named(upstream.as_ref()))
        ),
        upstream,
        route: None,
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// nginx should wait for a handshake three times as long as one takes (S26).
fn round_trips_evidence(case: &Case<'_>, upstream: Option<&str>) -> Option<Evidence> {
    let (round_trip, connect) = (case.facts.paths.get(upstream?)?.round_trip?, case.timeouts.connect?);
    let signal = "a round trip to it (nginx waits for three)";
    Some(Evidence::new(signal, round_trip, connect / 3.0, Unit::Seconds, "tcp_info and proxy_connect_timeout"))
}

fn timeouts_evidence(signal: &str, count: u64, logged: bool) -> Evidence {
    Evidence::new(signal, count as f64, SOME as f64, Unit::Count, if logged { "error log" } else { "access log" })
}

fn no_live_evidence(case: &Case<'_>) -> Option<Evidence> {
    let count = case.sum.no_live();
    (count > 0).then(|| Evidence::new("no live upstreams", count as f64, SOME as f64, Unit::Count, "error log"))
}

fn capital(text: String) -> String {
    text.strip_prefix("the ").map_or_else(|| text.clone(), |rest| format!("The {rest}"))
}
