//! Timers in front of nginx: those who leave do so after one and the same time, or at one and the same moment.

use super::super::buckets::Pile;
use super::super::case::{Case, Found, Look, Symptom};
use super::super::cause::Confidence;
use super::super::finding::{Evidence, Unit, written};
use super::super::server::ClientKind;
use crate::record::Signal;

/// One kind of client is behind it from this share on.
const ONE_KIND: f64 = 0.8;
/// Timers are not exact: a cliff this close below nginx's own timeout may be nginx's.
const BELOW: f64 = 0.95;
/// A layer's timeout this close to the pile is what makes it.
const NEAR: f64 = 0.05;

pub(super) fn left(look: &Look) -> u64 {
    look.server.left.total()
}

pub(super) fn left_long(look: &Look) -> u64 {
    look.server.left.long
}

/// At one period of wall-clock time. The tally says so; without its word there is none.
pub(super) fn periodic_cuts(case: &Case<'_>) -> Option<Found> {
    let (seconds, ratio) = case.latest.period?;
    let left = case.sum.server.left.total();
    if !case.users_leave() || ratio <= 0.5 {
        return None;
    }
    Some(Found {
        confidence: Confidence::Likely,
        weight: left,
        symptom: Symptom::Waiting,
        upstream: None,
        route: None,
        sentence: format!(
            "Something in front of {} cuts connections every {}: {} of the 499s come at one moment of that period.",
            case.whose(),
            written(seconds, Unit::Seconds),
            written(ratio, Unit::Ratio)
        ),
        evidence: vec![
            Evidence::new("499s at one moment of the period", ratio, 0.5, Unit::Ratio, "access log"),
            Evidence::new("period", seconds, None, Unit::Seconds, "access log"),
            case.left_evidence(),
        ],
    })
}

/// A pile of waits that users suffer from.
fn cliff(case: &Case<'_>) -> Option<Pile> {
    let left = case.sum.server.left;
    let waited = left.long * 2 >= left.total() && case.users_leave();
    case.cliff().filter(|_| waited)
}

/// Whose timer it is.
enum Whose<'a> {
    /// A layer in front of nginx whose timeout is known to be this one.
    Layer(&'a str),
    /// All kinds of programs leave then, on whatever endpoint: something between them and nginx.
    Between,
    /// One kind of program leaves then.
    Program(&'a ClientKind),
    /// One endpoint only, and what its clients run is not known or is browsers: a page's own timer, or a layer between that
    /// only this endpoint outlasts.
    Endpoint,
}

fn whose<'a>(case: &'a Case<'_>, pile: &Pile) -> Whose<'a> {
    let near = |(_, seconds): &&(String, f64)| (pile.seconds / seconds - 1.0).abs() < NEAR;
    let mixed = case.latest.client.as_ref().is_some_and(|kind| kind.ratio < ONE_KIND);
    match (case.facts.chain.iter().find(near), one_program(case)) {
        (Some((layer, _)), _) => Whose::Layer(layer),
        (None, Some(program)) => Whose::Program(program),
        (None, None) if mixed || case.one_route().is_none() => Whose::Between,
        (None, None) => Whose::Endpoint,
    }
}

/// A library, or an app, that most of those who left run. Browsers have no timeout in common.
fn one_program<'a>(case: &'a Case<'_>) -> Option<&'a ClientKind> {
    case.latest.client.as_ref().filter(|kind| kind.ratio >= ONE_KIND && !kind.is_browser())
}

/// Before nginx's own patience ends.
pub(super) fn intermediary(case: &Case<'_>) -> Option<Found> {
    let pile = cliff(case)?;
    let whose = whose(case, &pile);
    let (at, inside) =
        (written(pile.seconds, Unit::Seconds), case.timeouts.read.is_none_or(|limit| pile.seconds < BELOW * limit));
    let left_then = format!("{} of those who waited left then", written(pile.ratio, Unit::Ratio));
    let (confidence, sentence) = match whose {
        Whose::Layer(layer) => (
            Confidence::Certain,
            format!("{layer}, in front of {}, gives up after {at}, its timeout: {left_then}.", case.whose()),
        ),
        Whose::Between if inside => {
            let spread = case.facts.sees(Signal::Route) && case.timeouts.read.is_some();
            let on = case.one_route().map_or_else(|| "on all endpoints".to_owned(), |route| format!("on {route}"));
            (
                if spread { Confidence::Likely } else { Confidence::Possible },
                format!("Something between the users and {} gives up after {at}, {on}: {left_then}.", case.whose()),
            )
        }
        _ => return None,
    };
    Some(Found { confidence, sentence, ..found(case, pile) })
}

/// The client's own.
pub(super) fn aggressive_client(case: &Case<'_>) -> Option<Found> {
    let pile = cliff(case)?;
    let (confidence, who) = match whose(case, &pile) {
        Whose::Program(kind) => (Confidence::Likely, kind.name.clone()),
        Whose::Endpoint => (Confidence::Possible, "One kind of client".to_owned()),
        Whose::Layer(_) | Whose::Between => return None,
    };
    let at = written(pile.seconds, Unit::Seconds);
    let on = case.one_route().map_or_else(String::new, |route| format!(" on {route}"));
    Some(Found {
        confidence,
        sentence: format!(
            "{who} gives up after {at}{on}, before {} answers: {} of those who waited left then.",
            case.whose(),
            written(pile.ratio, Unit::Ratio)
        ),
        ..found(case, pile)
    })
}

fn found(case: &Case<'_>, pile: Pile) -> Found {
    let evidence = [
        Some(Evidence::new("of those who waited, left at one time", pile.ratio, 0.5, Unit::Ratio, "$request_time")),
        Some(Evidence::new("that time", pile.seconds, case.timeouts.read, Unit::Seconds, "$request_time")),
        case.busiest_route()
            .map(|(route, share)| Evidence::new("of those lost, on the busiest route", share, 0.5, Unit::Ratio, route)),
        case.latest.client.as_ref().map(|kind| {
            Evidence::new("of those who left then, run one program", kind.ratio, ONE_KIND, Unit::Ratio, &kind.name)
        }),
        case.answer_p95()
            .map(|p95| Evidence::new("answers of others, p95", p95, None, Unit::Seconds, "$upstream_header_time")),
        Some(case.left_evidence()),
        case.facts
            .chain
            .iter()
            .min_by(|(_, a), (_, b)| (a - pile.seconds).abs().total_cmp(&(b - pile.seconds).abs()))
            .map(|(layer, seconds)| {
                Evidence::new("the nearest timeout in front of nginx", *seconds, None, Unit::Seconds, layer)
            }),
    ];
    let connecting = case.left_connecting() == Some(true);
    Found {
        confidence: Confidence::Likely,
        weight: case.sum.server.left.long,
        symptom: if connecting { Symptom::Connecting } else { Symptom::Waiting },
        upstream: None,
        route: case.one_route(),
        sentence: String::new(),
        evidence: evidence.into_iter().flatten().collect(),
    }
}
