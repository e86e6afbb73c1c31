//! The tally of finished logs as plain data: what `--format json` prints and the text is written from.
//! Knows: that what no log can show is absent, and not 0. Does not know: files, wording, terminals.

use super::gave_up::{self, GaveUpRow};
use super::logs::{self, Lines, LogRow};
use super::read::Read;
use super::stretches::{LeadRow, WorstStretch, leads, worst};
use crate::diagnosis::Diagnosis;
use crate::record::{Column, Sight};
use crate::tally::figures::Figures;
use crate::tally::{
    AbandonedCount, Agent, BusiestSource, Cliff, Histogram, Normal, Overview, Patience, RequestCount, Route, Tally,
    Unclassified, UpstreamTime,
};
use crate::verdict::{Outcome, Party, Phase};
use serde::Serialize;
use std::collections::BTreeMap;

/// Rows of a table that anybody reads; the rest of it is in the JSON's sums.
const ROWS_MAX: usize = 20;

#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    pub lines: Lines,
    /// `None`: no access log was read. So it is in all below that have none.
    pub requests: Option<u64>,
    pub by_status: BTreeMap<&'static str, u64>,
    pub gave_up: Vec<GaveUpRow>,
    pub abandoned: Option<Abandoned>,
    /// `None`: no log shows it.
    pub cut_short: Option<u64>,
    pub request_seconds: BTreeMap<&'static str, Seconds>,
    /// `None`: no log shows them.
    pub upstream: Option<Upstream>,
    pub upstream_timeouts: Vec<TimeoutRow>,
    pub upstream_failures: Vec<FailureRow>,
    pub client_failures: BTreeMap<&'static str, u64>,
    pub exhausted: BTreeMap<&'static str, u64>,
    pub server_failures: BTreeMap<&'static str, u64>,
    /// The commonest error-log entries that no rule knows.
    pub unclassified: Vec<Unclassified>,
    pub routes: Vec<Route>,
    pub sources: Vec<BusiestSource>,
    pub cliff: Vec<Cliff>,
    #[serde(flatten)]
    pub figures: Figures,
    /// The five minutes in which most users were lost; `None`: no line has a time.
    pub worst_stretch: Option<WorstStretch>,
    /// Why users were lost in them.
    pub diagnosis: Vec<Diagnosis>,
    /// Incidents in which users left and gateways failed, and which came first; the earliest first.
    pub leads: Vec<LeadRow>,
    /// What was read, and how.
    pub logs: Vec<LogRow>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Abandoned {
    /// `long + short + unknown`.
    pub total: u64,
    /// Those that had waited for [`Abandoned::long_after_seconds`] or longer.
    pub long: u64,
    pub short: u64,
    /// Those of which no log says how long they had waited.
    pub unknown: u64,
    pub long_after_seconds: f64,
    /// `None`: no log shows what tells a probe from a user.
    pub probe: Option<u64>,
    pub by_method: BTreeMap<&'static str, u64>,
}

/// A histogram in five numbers; quantiles are interpolated within a bucket.
#[derive(Debug, Clone, Serialize)]
pub struct Seconds {
    pub count: u64,
    pub sum: f64,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Upstream {
    pub tries: u64,
    pub retries: u64,
    pub connect_seconds: Seconds,
    pub header_seconds: Seconds,
    pub response_seconds: Seconds,
}

#[derive(Debug, Clone, Serialize)]
pub struct TimeoutRow {
    pub upstream: String,
    pub phase: &'static str,
    pub count: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct FailureRow {
    pub upstream: String,
    pub kind: &'static str,
    pub count: u64,
}

impl Summary {
    /// `now_ms`: the time to look back from for the busiest source and the cliff (of a finished log: its last line).
    /// `normal`: what somebody calls normal for a server.
    pub fn of(read: &Read, long_after_ms: u32, normal: &[Normal], now_ms: i64) -> Summary {
        let tally = &read.tally;
        let Overview { routes, sources, cliffs } = Overview::of(tally, now_ms, ROWS_MAX);
        let logs = logs::rows(read);
        let (worst_stretch, diagnosis) = worst(read, long_after_ms, normal).unzip();
        let sight = logs::sight(read);
        let requests = sight.map(|_| tally.requests().map(|row| row.count).sum());
        Summary {
            lines: logs.iter().map(|log| log.lines).sum(),
            requests,
            by_status: by_status(tally),
            gave_up: gave_up::rows(tally),
            abandoned: sight.map(|sight| abandoned(tally, sight, long_after_ms)),
            cut_short: sight.and_then(|sight| cut_short(tally, sight)),
            request_seconds: request_seconds(tally),
            upstream: sight.filter(|sight| shows_upstreams(*sight)).map(|_| upstream(tally)),
            upstream_timeouts: upstream_timeouts(tally),
            upstream_failures: upstream_failures(tally),
            client_failures: tally.client_failures().filter(|row| row.1 > 0).collect(),
            exhausted: tally.exhausted().filter(|row| row.1 > 0).collect(),
            server_failures: tally.server_failures().filter(|row| row.1 > 0).collect(),
            unclassified: tally.unclassified(),
            routes,
            sources,
            cliff: cliffs,
            figures: Figures::of(tally, now_ms, ROWS_MAX),
            worst_stretch,
            diagnosis: diagnosis.unwrap_or_default(),
            leads: leads(read, normal, ROWS_MAX),
            logs,
        }
    }
}

fn by_status(tally: &Tally) -> BTreeMap<&'static str, u64> {
    let mut by_status = BTreeMap::new();
    for RequestCount { status, count, .. } in tally.requests().filter(|row| row.count > 0) {
        *by_status.entry(status).or_default() += count;
    }
    by_status
}

fn abandoned(tally: &Tally, sight: Sight, long_after_ms: u32) -> Abandoned {
    let shows_probes = sight.has(Column::UserAgent) || sight.has(Column::Client);
    let mut abandoned = Abandoned {
        long_after_seconds: f64::from(long_after_ms) / 1000.0,
        probe: shows_probes.then_some(0),
        ..Abandoned::default()
    };
    for AbandonedCount { method, patience, agent, count, .. } in tally.abandoned().filter(|row| row.count > 0) {
        abandoned.total += count;
        *match patience {
            Patience::Long => &mut abandoned.long,
            Patience::Short => &mut abandoned.short,
            Patience::Unknown => &mut abandoned.unknown,
        } += count;
        if agent == Agent::Probe {
            *abandoned.probe.get_or_insert_default() += count;
        }
        *abandoned.by_method.entry(method).or_default() += count;
    }
    abandoned
}

/// Clients that left while they or the proxy were sending. Not from the durations: a format may have none.
fn cut_short(tally: &Tally, sight: Sight) -> Option<u64> {
    let left = tally.gave_up().filter(|row| row.gave_up.party == Party::Client);
    let count: u64 =
        left.filter(|row| matches!(row.gave_up.phase, Phase::Request | Phase::Body)).map(|row| row.count).sum();
    (count > 0 || logs::shows_bodies(sight)).then_some(count)
}

fn shows_upstreams(sight: Sight) -> bool {
    sight.columns().any(|column| Sight::ATTEMPTS.has(column))
}

fn request_seconds(tally: &Tally) -> BTreeMap<&'static str, Seconds> {
    let outcomes = Outcome::ALL.iter().map(|outcome| {
        (
            outcome.as_str(),
            Seconds::of(tally.durations().filter(|row| row.outcome == *outcome).map(|row| row.histogram)),
        )
    });
    outcomes.filter(|(_, seconds)| seconds.count > 0).collect()
}

fn upstream(tally: &Tally) -> Upstream {
    let seconds = |time| Seconds::of(tally.upstream_durations(time).map(|row| row.histogram));
    Upstream {
        tries: tally.upstream_tries().map(|row| row.count).sum::<u64>() + tally.upstream_tries_without_status(),
        retries: tally.upstream_retries(),
        connect_seconds: seconds(UpstreamTime::Connect),
        header_seconds: seconds(UpstreamTime::Header),
        response_seconds: seconds(UpstreamTime::Response),
    }
}

fn upstream_timeouts(tally: &Tally) -> Vec<TimeoutRow> {
    let rows = tally.upstream_timeouts().filter(|row| row.count > 0);
    let mut rows: Vec<_> =
        rows.map(|row| TimeoutRow { upstream: row.upstream.to_owned(), phase: row.kind, count: row.count }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

fn upstream_failures(tally: &Tally) -> Vec<FailureRow> {
    let rows = tally.upstream_failures().filter(|row| row.count > 0);
    let mut rows: Vec<_> =
        rows.map(|row| FailureRow { upstream: row.upstream.to_owned(), kind: row.kind, count: row.count }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

impl Seconds {
    fn of<'a>(histograms: impl Iterator<Item = &'a Histogram>) -> Seconds {
        let mut all: Option<Histogram> = None;
        for histogram in histograms {
            match &mut all {
                Some(all) => all.merge(histogram),
                None => all = Some(histogram.clone()),
            }
        }
        let Some(all) = all else { return Seconds { count: 0, sum: 0.0, p50: None, p95: None, p99: None } };
        Seconds {
            count: all.count(),
            sum: all.sum_seconds(),
            p50: all.quantile(0.50),
            p95: all.quantile(0.95),
            p99: all.quantile(0.99),
        }
    }
}
