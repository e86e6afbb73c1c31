//! What a person looks at first: the routes most often abandoned, the busiest source, the cliff. The page and the report
//! show the same. Knows: what is worth a row. Does not know: wording, formats.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::Tally;
use crate::verdict::Outcome;

/// The worst of a tally, the worst first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Overview {
    pub routes: Vec<Route>,
    pub sources: Vec<BusiestSource>,
    pub cliffs: Vec<Cliff>,
}

/// One route: those who left side by side with those who were answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    pub server: String,
    pub route: String,
    pub requests: u64,
    pub abandoned: u64,
    /// `None`: nothing was measured.
    pub completed_p95_seconds: Option<f64>,
    pub abandoned_p95_seconds: Option<f64>,
}

/// The address from which most of a server's recent 499s came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BusiestSource {
    pub server: String,
    pub kind: &'static str,
    /// As text; what is no IP address (a unix socket) is shown as it is.
    pub address: String,
    /// Of the server's 499s, 0 to 1.
    pub ratio: f64,
}

/// Where the waits of a server's recent 499s pile up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cliff {
    pub server: String,
    pub seconds: f64,
    /// Of the server's 499s, 0 to 1.
    pub ratio: f64,
}

impl Overview {
    /// `now_ms`: the time to look back from for the busiest source and the cliff.
    pub fn of(tally: &Tally, now_ms: i64, routes_max: usize) -> Overview {
        Overview { routes: routes(tally, routes_max), sources: sources(tally, now_ms), cliffs: cliffs(tally, now_ms) }
    }
}

/// Those that were asked for; the most abandoned first.
fn routes(tally: &Tally, max: usize) -> Vec<Route> {
    let mut counts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for row in tally.requests() {
        counts.entry((row.server, row.route)).or_default().0 += row.count;
    }
    for row in tally.abandoned() {
        counts.entry((row.server, row.route)).or_default().1 += row.count;
    }
    let mut counts: Vec<_> = counts.into_iter().filter(|(_, (requests, _))| *requests > 0).collect();
    counts.sort_by_key(|(_, (requests, abandoned))| Reverse((*abandoned, *requests)));
    let routes = counts.into_iter().take(max).map(|((server, route), (requests, abandoned))| Route {
        server: server.to_owned(),
        route: route.to_owned(),
        requests,
        abandoned,
        completed_p95_seconds: p95(tally, server, route, Outcome::Ok),
        abandoned_p95_seconds: p95(tally, server, route, Outcome::Abandoned),
    });
    routes.collect()
}

fn p95(tally: &Tally, server: &str, route: &str, outcome: Outcome) -> Option<f64> {
    let mut found = tally.durations().filter(|row| (row.server, row.route, row.outcome) == (server, route, outcome));
    found.next().and_then(|row| row.histogram.quantile(0.95))
}

fn sources(tally: &Tally, now_ms: i64) -> Vec<BusiestSource> {
    let rows = tally.busiest_sources(now_ms).filter(|row| row.ratio > 0.0);
    let named = rows.filter_map(|row| {
        let (address, ratio) = tally.busiest_address(row.server, now_ms)?;
        Some(BusiestSource {
            server: row.server.to_owned(),
            kind: row.kind.as_str(),
            address: address.to_string(),
            ratio,
        })
    });
    named.collect()
}

fn cliffs(tally: &Tally, now_ms: i64) -> Vec<Cliff> {
    let rows = tally.cliffs(now_ms).filter(|row| row.ratio > 0.0);
    rows.map(|row| Cliff { server: row.server.to_owned(), seconds: row.seconds, ratio: row.ratio }).collect()
}
