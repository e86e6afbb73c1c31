//! Families of the thresholds that a person set, which the rules read in place of their own.
//! Knows: for which series one holds. Does not know: how they are written, which alert reads them.

use super::Scrape;
use super::family::{Family, Sink, gauge};

const LABELS: &[&str] = &["server", "route"];

pub(super) const FAMILIES: &[Family] = &[
    gauge(
        "hangup_slo_abandoned_ticket_ratio",
        LABELS,
        "Share of requests abandoned from which somebody is told by a ticket (slo.abandoned-ticket); without a route, of the server.",
        |scrape, out| write(scrape, &scrape.slo.abandoned_ticket, out),
    ),
    gauge(
        "hangup_slo_abandoned_page_ratio",
        LABELS,
        "Share of requests abandoned from which somebody is woken (slo.abandoned-page); without a route, of the server.",
        |scrape, out| write(scrape, &scrape.slo.abandoned_page, out),
    ),
    gauge(
        "hangup_slo_gateway_errors_page_ratio",
        LABELS,
        "Share of requests that end in gateway errors from which somebody is woken (slo.gateway-errors-page).",
        |scrape, out| write(scrape, &scrape.slo.gateway_errors_page, out),
    ),
];

/// Thresholds by what they are of.
#[derive(Debug, Clone, Default)]
pub struct Slo {
    pub abandoned_ticket: Vec<Threshold>,
    pub abandoned_page: Vec<Threshold>,
    pub gateway_errors_page: Vec<Threshold>,
}

#[derive(Debug, Clone)]
pub struct Threshold {
    /// `None`: every server that has none of its own.
    pub server: Option<String>,
    /// `None`: the server as a whole.
    pub route: Option<String>,
    pub ratio: f64,
}

/// Each that names a server, then for the others each server that is known. Of two for one thing the last holds.
fn write(scrape: &Scrape<'_>, thresholds: &[Threshold], out: &mut dyn Sink) {
    let mut written: Vec<(&str, Option<&str>)> = Vec::new();
    let (own, general): (Vec<_>, Vec<_>) =
        thresholds.iter().rev().partition(|threshold: &&Threshold| threshold.server.is_some());
    let own = own.into_iter().filter_map(|threshold| Some((threshold.server.as_deref()?, threshold)));
    let of_all =
        general.into_iter().flat_map(|threshold| scrape.tally.servers().map(move |server| (server, threshold)));
    for (server, threshold) in own.chain(of_all) {
        let place = (server, threshold.route.as_deref());
        if !written.contains(&place) {
            let labels = [server, place.1.unwrap_or_default()];
            out.float(if place.1.is_some() { &labels } else { &labels[..1] }, threshold.ratio);
            written.push(place);
        }
    }
}
