//! Who leaves, and what their leaving costs, as an answer tells it: since the counts began.
//! Does not know: any cause, how any of it looks.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::answer::{Answer, BusySource, LeadTime, LeftRequest, Patience, Wasted};
use crate::tally::{Abandoned, MethodClass, Overview, PATIENCE_QUANTILES, Tally};

/// Servers that are told of: as many as anybody reads.
const ROWS_MAX: usize = 100;

impl Answer {
    /// With what this tally says now, and these abandoned requests.
    #[must_use]
    pub fn with_people(self, tally: &Tally, now_ms: i64, abandoned: Vec<Abandoned>) -> Answer {
        Answer {
            now: rfc3339(now_ms),
            busiest_sources: busiest(tally, now_ms),
            abandoned: abandoned.into_iter().map(left).collect(),
            patience: patience(tally),
            wasted: wasted(tally),
            leads: leads(tally, now_ms),
            ..self
        }
    }
}

/// To the second.
fn rfc3339(unix_ms: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1000)).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}

fn left(one: Abandoned) -> LeftRequest {
    LeftRequest {
        time: rfc3339(one.unix_ms),
        server: one.server,
        method: one.method.to_owned(),
        route: one.route,
        waited_seconds: one.waited_ms.map(|ms| f64::from(ms) / 1000.0),
        upstream: one.upstream,
        request_id: one.request_id,
    }
}

fn busiest(tally: &Tally, now_ms: i64) -> Vec<BusySource> {
    let rows = Overview::of(tally, now_ms, 0).sources.into_iter().map(|row| BusySource {
        server: row.server,
        kind: row.kind.to_owned(),
        ratio: row.ratio,
        address: Some(row.address),
    });
    rows.collect()
}

fn patience(tally: &Tally) -> Vec<Patience> {
    let rows = tally.patience().map(|row| Patience {
        server: row.server.to_owned(),
        departures: row.departures,
        left_after_seconds: PATIENCE_QUANTILES
            .into_iter()
            .zip(row.seconds)
            .filter_map(|(share, seconds)| Some((share, seconds?)))
            .collect(),
    });
    rows.take(ROWS_MAX).collect()
}

/// By server.
fn wasted(tally: &Tally) -> Vec<Wasted> {
    let mut by_server: BTreeMap<&str, Wasted> = BTreeMap::new();
    for row in tally.wasted().filter(|row| row.seconds > 0.0) {
        let wasted = by_server
            .entry(row.server)
            .or_insert_with(|| Wasted { server: row.server.to_owned(), ..Wasted::default() });
        wasted.seconds += row.seconds;
        wasted.unsafe_seconds += if row.method_class == MethodClass::Unsafe { row.seconds } else { 0.0 };
    }
    by_server.into_values().take(ROWS_MAX).collect()
}

fn leads(tally: &Tally, now_ms: i64) -> Vec<LeadTime> {
    let rows = tally
        .leads(now_ms)
        .filter_map(|row| Some(LeadTime { server: row.server.to_owned(), going_on: row.is_on, seconds: row.seconds? }));
    rows.take(ROWS_MAX).collect()
}
