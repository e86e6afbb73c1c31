//! Clients that leave at once, and those that nginx turns away as it was told to.

use super::super::case::{COMPARABLE, Case, Found, Look, MANY, SHARE, Symptom};
use super::super::cause::Confidence;
use super::super::finding::{Evidence, Unit, written};
use super::super::host::Counter;
use crate::record::ClientFailure;
use crate::verdict::{Party, Phase};

/// More segments sent again than this are a loss on the path.
const LOSS: f64 = 0.001;

pub(super) fn probes(look: &Look) -> u64 {
    look.server.probes.max(look.server.left.short)
}

pub(super) fn left_short(look: &Look) -> u64 {
    look.server.left.short
}

/// Probes by their name or address; else one internal address that nearly all of the 499s come from.
pub(super) fn probe_noise(case: &Case<'_>) -> Option<Found> {
    let server = &case.sum.server;
    let probes = server.probes;
    let known = probes >= MANY && probes as f64 > SHARE * server.requests as f64;
    let inner = internal(case).filter(|_| case.users_leave() && server.left.short * 2 >= server.left.total());
    if !known && inner.is_none() {
        return None;
    }
    let evidence = [
        Some(Evidence::new("499s of probes", probes as f64, MANY as f64, Unit::Count, "user agent and address")),
        inner.map(|ratio| Evidence::new("499s of one internal address", ratio, 0.5, Unit::Ratio, "$remote_addr")),
        Some(case.left_evidence()),
    ];
    let sentence = match inner {
        Some(ratio) if !known => format!(
            "One internal address hangs up at once: {} of the 499s of {} are its own. That is a probe or an inner proxy, no \
             users.",
            written(ratio, Unit::Ratio),
            case.whose()
        ),
        _ => format!("Health probes hang up on {} ({probes} 499s): no user is harmed.", case.whose()),
    };
    Some(Found {
        confidence: if known { Confidence::Certain } else { Confidence::Likely },
        weight: probes.max(server.left.short),
        symptom: Symptom::Nobody,
        upstream: None,
        route: None,
        sentence,
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// The share of one internal address, where it is most of the 499s.
fn internal(case: &Case<'_>) -> Option<f64> {
    case.latest.busiest.filter(|busiest| busiest.internal && busiest.ratio > 0.5).map(|busiest| busiest.ratio)
}

/// Nobody is that impatient: something between cut the connection.
pub(super) fn network_disconnect(case: &Case<'_>) -> Option<Found> {
    let (look, left) = (&case.sum, case.sum.server.left);
    if !case.users_leave() || left.short * 2 <= left.total() || internal(case).is_some() {
        return None;
    }
    let sent = look.host.counter(Counter::Sent).filter(|sent| *sent > 0);
    let loss = look.host.counter(Counter::Retransmitted).zip(sent).map(|(again, sent)| again as f64 / sent as f64);
    let (resets, dropped) = (look.client(ClientFailure::Reset), look.host.counter(Counter::BacklogDrop));
    let kernel = loss.is_some_and(|loss| loss > LOSS) || dropped.is_some_and(|dropped| dropped > 0);
    let reset = resets as f64 >= COMPARABLE * left.short as f64;
    let ratio = left.short as f64 / left.total().max(1) as f64;
    let evidence = [
        Some(case.left_evidence()),
        Some(Evidence::new("of these, had hardly waited", ratio, 0.5, Unit::Ratio, "$request_time")),
        case.answer_p95()
            .map(|p95| Evidence::new("answers of others, p95", p95, None, Unit::Seconds, "$upstream_header_time")),
        case.latest.busiest.map(|busiest| {
            Evidence::new("499s of the busiest address", busiest.ratio, None, Unit::Ratio, "$remote_addr")
        }),
        case.facts.error_log.then(|| Evidence::new("reset by clients", resets as f64, None, Unit::Count, "error log")),
        loss.map(|loss| Evidence::new("segments sent again", loss, LOSS, Unit::Ratio, "RetransSegs of OutSegs")),
        dropped.map(|dropped| {
            let source = "softnet_stat and rx_dropped";
            Evidence::new("packets dropped before any socket", dropped as f64, 0.0, Unit::Count, source)
        }),
    ];
    Some(Found {
        confidence: if kernel || reset { Confidence::Likely } else { Confidence::Possible },
        weight: left.short,
        symptom: Symptom::LeavingAtOnce,
        upstream: None,
        route: None,
        sentence: format!(
            "Connections to {} are cut before anybody could lose patience: {} of the requests, from many addresses. \
             Something between resets them.",
            case.whose(),
            written(case.share(left.short), Unit::Ratio)
        ),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

pub(super) fn refused(look: &Look) -> u64 {
    look.ended(Party::Server, Phase::Admission, &[503, 429])
}

pub(super) fn admission_refused(case: &Case<'_>) -> Option<Found> {
    let count = refused(&case.sum);
    let share = count as f64 / case.sum.server.requests.max(1) as f64;
    (count >= MANY && share > SHARE).then(|| Found {
        confidence: Confidence::Certain,
        weight: count,
        symptom: Symptom::Nobody,
        upstream: None,
        route: None,
        sentence: format!(
            "nginx turns {} of the requests to {} away, as it was told to (503, 429).",
            written(share, Unit::Ratio),
            case.whose()
        ),
        evidence: vec![Evidence::new("refused by nginx itself", share, SHARE, Unit::Ratio, "access log")],
    })
}
