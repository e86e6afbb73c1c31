//! The tally from outside: records in, rows out.

mod clients;
mod fold;
mod histogram;
mod interner;
mod keep;
mod requests;
mod secrets;
mod series;
mod upstreams;
mod windows;

use super::{AttemptDurations, Options, RequestDurations, ServerId, Tally};
use crate::record::{Column, Record, Sight, Status};
use crate::verdict::judge;

/// 2026-11-21 14:17:26 UTC, when these tests happen.
const NOW_MS: i64 = 1_795_270_646_000;

fn get(path: &str, status: u16, duration: u32) -> Record<'_> {
    let (status, duration) = (Some(Status::Code(status)), Some(duration));
    let sight = Sight::of(&[Column::Status, Column::Path, Column::Duration]).and(Sight::ATTEMPTS);
    Record { sight, method: b"GET", path: path.as_bytes(), status, duration, ..Record::default() }
}

/// A tally whose default server is `site`, admitting what it sees at once.
fn eager() -> (Tally, ServerId) {
    let mut options =
        Options { known_servers: vec![("site".to_owned(), Sight::of(&Column::ALL))], ..Options::default() };
    options.routes.threshold = 1;
    options.servers.threshold = 1;
    with(options)
}

fn with(options: Options) -> (Tally, ServerId) {
    let mut tally = Tally::new(options);
    let site = tally.server(b"site", Sight::of(&Column::ALL));
    (tally, site)
}

fn add(tally: &mut Tally, record: &Record<'_>, server: ServerId) {
    tally.add_request(record, &judge(record), server, NOW_MS);
}

/// All families as text, one row a line, sorted: what two tallies are compared by.
fn rows(tally: &Tally) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    rows.extend(tally.requests().map(|row| format!("requests {row:?}")));
    for RequestDurations { server, route, outcome, histogram } in tally.durations() {
        rows.push(format!("durations {server} {route} {outcome:?} {}", show(histogram)));
    }
    rows.extend(tally.gave_up().map(|row| format!("gave_up {row:?}")));
    rows.extend(tally.abandoned().map(|row| format!("abandoned {row:?}")));
    rows.extend(tally.busiest_sources(NOW_MS).map(|row| format!("busiest {row:?}")));
    rows.extend(tally.cliffs(NOW_MS).map(|row| format!("cliff {row:?}")));
    for time in super::UpstreamTime::ALL {
        for AttemptDurations { server, upstream, outcome, histogram } in tally.upstream_durations(time) {
            rows.push(format!("{time:?} {server} {upstream} {outcome:?} {}", show(histogram)));
        }
    }
    rows.extend(tally.upstream_tries().map(|row| format!("tries {row:?}")));
    rows.extend(tally.patience().map(|row| format!("patience {row:?}")));
    rows.extend(tally.patience_by_route().map(|row| format!("patience {row:?}")));
    rows.extend(tally.shorter_timeouts().map(|row| format!("shorter {row:?}")));
    rows.extend(tally.periodic_cuts(NOW_MS).map(|row| format!("period {row:?}")));
    rows.extend(tally.wasted().map(|row| format!("wasted {row:?}")));
    rows.extend(tally.keepalive_races().map(|row| format!("races {row:?}")));
    rows.push(format!("retries {}", tally.upstream_retries()));
    rows.extend(tally.upstream_timeouts().map(|row| format!("timeouts {row:?}")));
    rows.extend(tally.upstream_failures().map(|row| format!("failures {row:?}")));
    rows.extend(tally.client_failures().map(|row| format!("client {row:?}")));
    rows.extend(tally.exhausted().map(|row| format!("exhausted {row:?}")));
    rows.extend(tally.error_messages().map(|row| format!("messages {row:?}")));
    rows.extend(tally.log_lines().map(|row| format!("lines {row:?}")));
    rows.extend(tally.log_bytes().map(|row| format!("bytes {row:?}")));
    rows.extend(tally.limit_hits().map(|row| format!("hits {row:?}")));
    rows.sort();
    rows
}

fn show(histogram: &super::Histogram) -> String {
    let native = histogram.native();
    format!("{:?} {} {} {native:?}", histogram.counts(), histogram.sum_seconds(), histogram.zero_count())
}
