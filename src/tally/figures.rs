//! The figures that nobody else shows, as rows for people: patience, work thrown away, what a shorter timeout would have
//! done, cuts by the clock, keep-alive races, leads. The report and the page show the same.
//! Knows: what is worth a row. Does not know: wording, formats.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::labels::MethodClass;
use super::{ClientPatience, Tally};

/// All of them, each list with what weighs most first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    pub patience: Vec<Patience>,
    pub wasted: Vec<Wasted>,
    pub shorter_timeouts: Vec<ShorterTimeout>,
    pub periodic_cuts: Vec<PeriodicCuts>,
    pub keepalive_races: Vec<KeepaliveRaces>,
}

/// When the users of a server or a route would have left.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Patience {
    pub server: String,
    /// `None`: of the whole server.
    pub route: Option<String>,
    /// How many left: the number behind it.
    pub departures: u64,
    /// `None`: too few waited so long to say. So it is in those below.
    pub by_5_percent_seconds: Option<f64>,
    pub by_25_percent_seconds: Option<f64>,
    pub by_50_percent_seconds: Option<f64>,
}

/// Upstream time spent for clients that had left.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wasted {
    pub server: String,
    pub route: String,
    pub upstream: String,
    pub safe_seconds: f64,
    /// Of methods that may have had effects.
    pub unsafe_seconds: f64,
}

/// What a timeout would have done; see [`super::ShorterTimeout`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShorterTimeout {
    pub server: String,
    pub timeout_seconds: f64,
    /// Of all requests, 0 to 1.
    pub turned_into_504: f64,
    /// Of the abandoned requests, 0 to 1.
    pub left_later: Option<f64>,
    pub freed_seconds: f64,
}

/// Users who leave at one period of the clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeriodicCuts {
    pub server: String,
    pub seconds: f64,
    /// Of the last half hour's, 0 to 1.
    pub ratio: f64,
}

/// Tries that met a connection that was just being closed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeepaliveRaces {
    pub upstream: String,
    pub count: u64,
}

impl Figures {
    /// `now_ms`: the time to look back from. At most so many rows of each.
    pub fn of(tally: &Tally, now_ms: i64, rows_max: usize) -> Figures {
        let mut figures = Figures {
            patience: patience(tally),
            wasted: wasted(tally),
            shorter_timeouts: shorter_timeouts(tally),
            periodic_cuts: periodic_cuts(tally, now_ms),
            keepalive_races: keepalive_races(tally),
        };
        figures.patience.truncate(rows_max);
        figures.wasted.truncate(rows_max);
        figures.periodic_cuts.truncate(rows_max);
        figures.keepalive_races.truncate(rows_max);
        figures
    }
}

/// Servers before their routes, as they have no fewer departures.
fn patience(tally: &Tally) -> Vec<Patience> {
    let row = |row: ClientPatience<'_>| {
        let [by_5, by_25, by_50] = row.seconds;
        Patience {
            server: row.server.to_owned(),
            route: row.route.map(str::to_owned),
            departures: row.departures,
            by_5_percent_seconds: by_5,
            by_25_percent_seconds: by_25,
            by_50_percent_seconds: by_50,
        }
    };
    let mut rows: Vec<_> = tally.patience().chain(tally.patience_by_route()).map(row).collect();
    rows.sort_by_key(|row| Reverse(row.departures));
    rows
}

fn wasted(tally: &Tally) -> Vec<Wasted> {
    let mut sums: BTreeMap<(&str, &str, &str), [f64; MethodClass::ALL.len()]> = BTreeMap::new();
    for row in tally.wasted() {
        sums.entry((row.server, row.route, row.upstream)).or_default()[row.method_class as usize] += row.seconds;
    }
    let row = |((server, route, upstream), [safe_seconds, unsafe_seconds]): ((&str, &str, &str), [f64; 2])| Wasted {
        server: server.to_owned(),
        route: route.to_owned(),
        upstream: upstream.to_owned(),
        safe_seconds,
        unsafe_seconds,
    };
    let mut rows: Vec<_> = sums.into_iter().map(row).collect();
    let all = |row: &Wasted| row.safe_seconds + row.unsafe_seconds;
    rows.retain(|row| all(row) > 0.0);
    rows.sort_by(|one, other| all(other).total_cmp(&all(one)));
    rows
}

fn shorter_timeouts(tally: &Tally) -> Vec<ShorterTimeout> {
    let rows = tally.shorter_timeouts().map(|row| ShorterTimeout {
        server: row.server.to_owned(),
        timeout_seconds: row.timeout_seconds,
        turned_into_504: row.turned_into_504,
        left_later: row.left_later,
        freed_seconds: row.freed_seconds,
    });
    rows.collect()
}

fn periodic_cuts(tally: &Tally, now_ms: i64) -> Vec<PeriodicCuts> {
    let rows = tally.periodic_cuts(now_ms).filter_map(|row| {
        let (server, ratio) = (row.server.to_owned(), row.ratio);
        row.seconds.map(|seconds| PeriodicCuts { server, seconds, ratio })
    });
    rows.collect()
}

fn keepalive_races(tally: &Tally) -> Vec<KeepaliveRaces> {
    let rows = tally.keepalive_races().filter(|(_, count)| *count > 0);
    let mut rows: Vec<_> = rows.map(|(name, count)| KeepaliveRaces { upstream: name.to_owned(), count }).collect();
    rows.sort_by_key(|row| Reverse(row.count));
    rows
}
