//! Attempts at upstreams and the error log.

use super::{add, eager, get, with};
use crate::record::Time;
use crate::record::testing;
use crate::record::{
    ClientFailure, Column, ErrorRecord, Event, Level, Record, Resource, Sight, TimeoutPhase, UpstreamFailure,
};
use crate::tally::{MessageCount, Options, ReadTimeouts, Tally, UpstreamErrorCount, UpstreamTime, WastedTime};

fn tried(status: u16) -> Record<'static> {
    let attempts = "10.0.0.1:80, 10.0.0.2:80|504*, 200|1, 2|-, 30|60000, 40";
    testing::tried(get("/a", status, 60_040), attempts)
}

#[test]
fn each_try_is_timed_and_counted() {
    let (mut tally, site) = eager();
    add(&mut tally, &tried(200), site);
    let of = |time| -> Vec<String> {
        let rows = tally.upstream_durations(time).filter(|row| row.histogram.count() > 0);
        rows.map(|row| {
            format!("{} {} {} {}", row.server, row.upstream, row.outcome.as_str(), row.histogram.sum_seconds())
        })
        .collect()
    };
    assert_eq!(of(UpstreamTime::Connect), ["site 10.0.0.1:80 timeout 0.001", "site 10.0.0.2:80 ok 0.002"]);
    assert_eq!(of(UpstreamTime::Header), ["site 10.0.0.2:80 ok 0.03"]);
    assert_eq!(of(UpstreamTime::Response), ["site 10.0.0.1:80 timeout 60", "site 10.0.0.2:80 ok 0.04"]);
    let tries: Vec<_> =
        tally.upstream_tries().filter(|row| row.count > 0).map(|row| (row.upstream, row.status, row.count)).collect();
    assert_eq!(tries, [("10.0.0.1:80", "504", 1), ("10.0.0.2:80", "200", 1)]);
    assert_eq!(tally.upstream_retries(), 1);
    assert!(
        tally.upstream_tries().any(|row| (row.upstream, row.status, row.count) == ("10.0.0.2:80", "none", 0)),
        "foreseen"
    );
}

#[test]
fn a_wait_near_its_timeout_is_counted() {
    let read_timeouts = vec![ReadTimeouts { server: "site".to_owned(), general: 60_000, locations: Vec::new() }];
    let known_servers = vec![("site".to_owned(), Sight::of(&Column::ALL))];
    let (mut tally, site) = with(Options { read_timeouts, known_servers, ..Options::default() });
    let near = |tally: &crate::tally::Tally| tally.near_timeouts().map(|row| row.count).collect::<Vec<_>>();
    // The connection took its part; a stream has its header at once; a try that timed out has none.
    for (attempts, expected) in [
        ("10.0.0.1:80|200|1|5|90000", 0),
        ("10.0.0.1:80|200|5000|44000|44000", 0),
        ("10.0.0.1:80|200|1|45000|45000", 1),
        ("10.0.0.1:80|504*|1|-|60000", 1),
        ("10.0.0.1:80, 10.0.0.1:80|504*, 200|1, 1|-, 50000|60000, 50000", 2),
    ] {
        add(&mut tally, &testing::tried(get("/a", 200, 90_000), attempts), site);
        assert_eq!(near(&tally), [expected], "{attempts}");
    }
    assert_eq!(near(&crate::tally::Tally::restore(Options::default(), tally.snapshot()).0), [2]);
}

#[test]
fn what_the_format_lacks_makes_no_series() {
    let (mut tally, site) = eager();
    let no_lists = |path| Record { sight: Sight::of(&[Column::Duration]), ..get(path, 200, 10) };
    add(&mut tally, &testing::tried(no_lists("/a"), "||||10"), site);
    assert_eq!(tally.upstream_tries().count(), 0, "no status of attempts, no tries by status");
    assert_eq!(tally.upstream_tries_without_status(), 1);
    assert_eq!(tally.upstream_durations(UpstreamTime::Connect).count(), 0);
    let response: Vec<_> = tally.upstream_durations(UpstreamTime::Response).map(|row| row.upstream).collect();
    assert_eq!(response, ["unknown"]);
    add(&mut tally, &no_lists("/static"), site);
    assert_eq!(tally.upstream_durations(UpstreamTime::Response).count(), 1, "no upstream, no try");
}

#[test]
fn a_session_has_no_response_time() {
    let (mut tally, site) = eager();
    add(&mut tally, &testing::tried(get("/ws", 101, 3_600_000), "|101|1||3600000"), site);
    let count = |time| tally.upstream_durations(time).map(|row| row.histogram.count()).sum::<u64>();
    assert_eq!((count(UpstreamTime::Connect), count(UpstreamTime::Response)), (1, 0));
}

#[test]
fn attempts_that_are_only_counted_are_retries() {
    let (mut tally, site) = eager();
    add(&mut tally, &Record { retries: Some(2), ..testing::tried(get("/a", 200, 10), "10.0.0.1:80|200") }, site);
    assert_eq!((tally.upstream_retries(), tally.upstream_tries().map(|row| row.count).sum::<u64>()), (2, 1));
    assert_eq!(tally.upstream_tries_without_status(), 2, "a retry is a try");
}

#[test]
fn pairs_are_bounded() {
    let (mut tally, _) = eager();
    let servers: Vec<_> =
        (0..40).map(|at| tally.server(format!("s{at}").as_bytes(), Sight::of(&Column::ALL))).collect();
    for at in 0..100 {
        let attempts = format!("10.0.0.{at}:80||||10");
        let record = testing::tried(get("/a", 200, 10), &attempts);
        servers.iter().for_each(|&server| add(&mut tally, &record, server));
    }
    let rows: Vec<_> = tally.upstream_durations(UpstreamTime::Response).map(|row| row.histogram.count()).collect();
    assert!(rows.len() <= 1024 + servers.len(), "{} pairs", rows.len());
    assert_eq!(rows.iter().sum::<u64>(), 4_000, "every try is timed");
    assert!(tally.limit_hits().any(|(label, hits)| label == "upstream" && hits > 0));
}

fn wasted(tally: &Tally) -> Vec<String> {
    let row =
        |row: WastedTime<'_>| format!("{} {} {} {}", row.route, row.upstream, row.method_class.as_str(), row.seconds);
    let mut rows: Vec<_> = tally.wasted().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn what_upstreams_did_for_clients_that_left_is_theirs() {
    let (mut tally, site) = eager();
    let abandoned =
        |method: &'static [u8], attempts| Record { method, ..testing::tried(get("/a", 499, 5_000), attempts) };
    for (method, attempts) in [
        (&b"GET"[..], "10.0.0.1:80|-|1|-|4000"),
        (b"HEAD", "10.0.0.1:80|-|1|-|500"),
        (b"POST", "10.0.0.1:80|-|0|-|3000"),
        (b"GET", "10.0.0.1:80, 10.0.0.2:80|504*, -|1, 1|-, -|2000, 1500"),
        // It never got a connection, so nobody worked.
        (b"GET", "10.0.0.3:80|-|-|-|5000"),
        (b"GET", "10.0.0.4:80|-"),
    ] {
        add(&mut tally, &abandoned(method, attempts), site);
    }
    let blind = Record { sight: Sight::of(&[Column::Duration]), ..get("/a", 499, 7_000) };
    add(&mut tally, &testing::tried(blind, "||||7000"), site);
    add(&mut tally, &testing::tried(get("/a", 200, 10), "10.0.0.1:80|200|1|5|10"), site);
    add(&mut tally, &testing::tried(get("/a", 504, 60_000), "10.0.0.1:80|504*|1|-|60000"), site);
    assert_eq!(
        wasted(&tally),
        ["/a 10.0.0.1:80 safe 6.5", "/a 10.0.0.1:80 unsafe 3", "/a 10.0.0.2:80 safe 1.5", "/a unknown safe 7"]
    );
}

#[test]
fn work_in_vain_has_a_bound_and_loses_nothing_at_it() {
    let series = crate::tally::SeriesLimit { series: 4_000, ..crate::tally::SeriesLimit::DEFAULT };
    let (mut tally, site) = with(Options { series, ..Options::default() });
    for at in 0..120 {
        let attempts = format!("10.0.0.{at}:80|-|1|-|1000");
        for path in ["/a", "/b"] {
            (0..10).for_each(|_| add(&mut tally, &testing::tried(get(path, 499, 1_000), &attempts), site));
        }
    }
    assert!(wasted(&tally).len() <= 160, "{} series", wasted(&tally).len());
    assert_eq!(tally.wasted().map(|row| row.seconds).sum::<f64>(), 2_400.0);
}

#[test]
fn a_502_at_once_on_an_open_connection_is_a_race() {
    for (attempts, expected) in [
        ("10.0.0.1:80|502*|0|-|1", 1),
        ("10.0.0.1:80, 10.0.0.2:80|502*, 200|0, 1|-, 9|0, 9", 1),
        // A new connection; refused; the application's own 502; after some work; not a 502.
        ("10.0.0.1:80|502*|1|-|2", 0),
        ("10.0.0.1:80|502*|-|-|0", 0),
        ("10.0.0.1:80|502|0|3|3", 0),
        ("10.0.0.1:80|502*|0|-|40", 0),
        ("10.0.0.1:80|504*|0|-|1", 0),
    ] {
        let (mut tally, site) = eager();
        let status = if attempts.contains("200") { 200 } else { 502 };
        add(&mut tally, &testing::tried(get("/a", status, 10), attempts), site);
        let races: Vec<_> = tally.keepalive_races().collect();
        assert_eq!(races[0], ("10.0.0.1:80", expected), "{attempts}");
    }
    let (mut tally, site) = eager();
    let blind = Record { sight: Sight::of(&[Column::Duration]), ..get("/a", 502, 10) };
    add(&mut tally, &testing::tried(blind, "10.0.0.1:80|502*|||1"), site);
    assert_eq!(tally.keepalive_races().count(), 0, "without connect times nobody can tell");
}

fn error(level: Level, event: Event, upstream: Option<&'static [u8]>) -> ErrorRecord<'static> {
    ErrorRecord { level, event, upstream, text: b"it broke", time: Time::Absent }
}

#[test]
fn error_log_entries_explain_in_families_of_their_own() {
    let (mut tally, _) = with(Options { known_upstreams: vec!["10.0.0.1:80".into()], ..Options::default() });
    let zeros = (tally.upstream_timeouts().count(), tally.upstream_failures().count());
    assert!(zeros.0 >= 7 && zeros.1 >= 12, "a known upstream has all its series at 0: {zeros:?}");
    let entries = [
        error(Level::Error, Event::UpstreamTimeout(TimeoutPhase::Connect), Some(b"10.0.0.1:80")),
        error(Level::Error, Event::UpstreamFailure(UpstreamFailure::Resolve), None),
        error(Level::Info, Event::ClientFailure(ClientFailure::ClosedWaiting), None),
        error(Level::Alert, Event::Exhausted(Resource::WorkerConnections), None),
        error(Level::Notice, Event::Routine, None),
        error(Level::Crit, Event::Unclassified, None),
    ];
    entries.iter().for_each(|entry| tally.add_error(entry));
    let hit = |rows: Vec<String>| rows.into_iter().filter(|row| row.ends_with(" 1")).collect::<Vec<_>>().join("; ");
    let of = |row: UpstreamErrorCount<'_>| format!("{} {} {}", row.upstream, row.kind, row.count);
    let message = |row: MessageCount| format!("{} {} {}", row.level.as_str(), row.class, row.count);
    let two = |row: (&str, u64)| format!("{} {}", row.0, row.1);
    assert_eq!(hit(tally.upstream_timeouts().map(of).collect()), "10.0.0.1:80 connect 1");
    assert_eq!(hit(tally.upstream_failures().map(of).collect()), "unknown resolve 1");
    assert_eq!(hit(tally.client_failures().map(two).collect()), "closed_waiting 1");
    assert_eq!(hit(tally.exhausted().map(two).collect()), "worker_connections 1");
    assert_eq!(
        hit(tally.error_messages().map(message).collect()),
        "info client_failure 1; notice routine 1; error upstream_timeout 1; error upstream_failure 1; \
         crit unclassified 1; alert exhausted 1"
    );
    assert_eq!(tally.requests().map(|row| row.count).sum::<u64>(), 0, "never a request");
}
