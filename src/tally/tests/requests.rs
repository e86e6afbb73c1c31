//! The access-log families: counts, zeros, patience, agents, exemplars.

use super::{NOW_MS, add, eager, get, with};
use crate::record::{Record, Time, testing};
use crate::tally::{LineResult, Options, Probes, RequestDurations, RoutePattern, Status};
use crate::verdict::{Outcome, judge};

#[test]
fn a_request_is_counted_once_under_its_labels() {
    let (mut tally, site) = eager();
    let table = [
        ("GET", "/a", 200, "GET 200"),
        ("GET", "/a", 499, "GET 499"),
        ("PROPFIND", "/a", 207, "other 207"),
        ("get", "/a", 999, "other other"),
        ("", "/a", 408, "other 408"),
    ];
    for (method, path, status, _) in table {
        add(&mut tally, &Record { method: method.as_bytes(), ..get(path, status, 10) }, site);
    }
    add(&mut tally, &Record { status: None, ..get("/a", 0, 10) }, site);
    let rows: Vec<_> = tally
        .requests()
        .filter(|row| row.count > 0)
        .map(|row| format!("{} {} {}", row.method, row.status, row.count))
        .collect();
    let mut expected: Vec<_> = table.iter().map(|row| format!("{} 1", row.3)).collect();
    expected.push("GET other 1".to_owned());
    let sorted = |mut rows: Vec<String>| {
        rows.sort();
        rows
    };
    assert_eq!(sorted(rows), sorted(expected));
    assert!(tally.requests().filter(|row| row.count > 0).all(|row| (row.server, row.route) == ("site", "/a")));
}

#[test]
fn what_can_be_known_exists_at_zero() {
    let (mut tally, site) = eager();
    let zeros = |tally: &crate::tally::Tally, route: &str| -> Vec<String> {
        let abandoned = tally.abandoned().filter(|row| row.route == route && row.count == 0);
        abandoned.map(|row| format!("{} {} {}", row.method, row.patience.as_str(), row.agent.as_str())).collect()
    };
    assert_eq!(zeros(&tally, "other"), ["GET long user", "GET short user"], "a known server, before any request");
    add(&mut tally, &Record { method: b"POST", ..get("/a", 200, 10) }, site);
    assert_eq!(zeros(&tally, "/a"), ["POST long user", "POST short user"]);
    let left = tally.gave_up().filter(|row| row.route == "/a").map(|row| format!("{} {}", row.gave_up.code, row.count));
    assert_eq!(left.collect::<Vec<_>>(), ["499 0", "408 0", "502 0", "503 0", "504 0"]);
    let outcomes = tally.durations().filter(|row| row.route == "/a").map(|row| (row.outcome, row.histogram.count()));
    assert_eq!(outcomes.collect::<Vec<_>>(), [(Outcome::Ok, 1), (Outcome::Abandoned, 0)]);
    let statuses =
        tally.requests().filter(|row| (row.route, row.method) == ("/a", "POST")).map(|row| (row.status, row.count));
    assert_eq!(statuses.collect::<Vec<_>>(), [("200", 1), ("499", 0), ("502", 0), ("503", 0), ("504", 0)]);
}

#[test]
fn patience_splits_at_long_after() {
    for (duration, expected) in [(Some(0), "short"), (Some(999), "short"), (Some(1_000), "long"), (None, "unknown")] {
        let (mut tally, site) = eager();
        add(&mut tally, &Record { duration, ..get("/a", 499, 0) }, site);
        let row = tally.abandoned().find(|row| row.count == 1).expect("one 499");
        assert_eq!((row.method, row.patience.as_str(), row.agent.as_str()), ("GET", expected, "user"), "{duration:?}");
    }
}

#[test]
fn long_after_is_always_a_bound() {
    let (mut tally, site) = with(Options { long_after_ms: 3_000, ..Options::default() });
    add(&mut tally, &get("/a", 499, 3_000), site);
    let RequestDurations { histogram, .. } =
        tally.durations().find(|row| row.histogram.count() == 1).expect("one duration");
    assert!(histogram.bounds_seconds().any(|bound| bound == 3.0));
    assert!(histogram.bounds_seconds().is_sorted());
}

#[test]
fn probes_are_told_by_name_or_address() {
    let networks = vec!["10.9.0.0/16".parse().expect("a network")];
    let probes = Probes::new(crate::tally::PROBE_AGENTS, networks).expect("regular expressions");
    #[rustfmt::skip]
    let table = [
        ("kube-probe/1.29", "192.0.2.1", "probe"),
        ("ELB-HealthChecker/2.0", "192.0.2.1", "probe"),
        ("Mozilla/5.0 (compatible; UptimeRobot/2.0)", "192.0.2.1", "probe"),
        ("blackbox exporter/0.25", "192.0.2.1", "probe"),
        ("Mozilla/5.0", "10.9.8.7", "probe"),
        ("Mozilla/5.0", "10.8.8.7", "user"),
        ("", "unix:", "user"),
        ("curl/8", "no address", "user"),
    ];
    for (user_agent, client, expected) in table {
        let (mut tally, site) = with(Options { probes: probes.clone(), ..Options::default() });
        let (user_agent, client) = (Some(user_agent.as_bytes()), Some(client.as_bytes()));
        add(&mut tally, &Record { user_agent, client, ..get("/a", 499, 5) }, site);
        let row = tally.abandoned().find(|row| row.count == 1).expect("one 499");
        assert_eq!(row.agent.as_str(), expected, "{table:?}");
    }
}

#[test]
fn probes_and_ignored_routes_are_counted_apart() {
    let ignored_routes = vec![RoutePattern::new("^/events", "/events").expect("a regex")];
    let options = || Options { ignored_routes: ignored_routes.clone(), ..Options::default() };
    let (mut tally, site) = with(options());
    let series = tally.requests().count();
    let probe = |status| Record { user_agent: Some(b"kube-probe/1.29"), ..get("/", status, 5) };
    for record in [probe(200), probe(499), get("/", 200, 5), get("/", 499, 5), get("/events", 504, 5), probe(200)] {
        add(&mut tally, &record, site);
    }
    let requests = |tally: &crate::tally::Tally| -> Vec<String> {
        let counted = tally.requests().filter(|row| row.count > 0);
        counted.map(|row| format!("{} {} {} {}", row.route, row.status, row.agent.as_str(), row.count)).collect()
    };
    let expected =
        ["/events 504 ignored 1", "other 200 user 1", "other 499 user 1", "other 200 probe 2", "other 499 probe 1"];
    assert_eq!(requests(&tally), expected);
    assert_eq!(tally.requests().count(), series + 3, "no series but those that have requests");
    let gave_up = tally.gave_up().filter(|row| row.count > 0);
    let gave_up: Vec<_> = gave_up.map(|row| format!("{} {}", row.gave_up.code, row.agent.as_str())).collect();
    assert_eq!(gave_up, ["504 ignored", "499 user", "499 probe"]);
    let again = crate::tally::Tally::restore(options(), tally.snapshot()).0;
    assert_eq!(requests(&again), expected);
}

#[test]
fn sessions_are_counted_but_have_no_duration() {
    let (mut tally, site) = eager();
    add(&mut tally, &get("/ws", 101, 3_600_000), site);
    assert!(tally.requests().any(|row| (row.status, row.count) == ("101", 1)));
    assert_eq!(tally.durations().map(|row| row.histogram.count()).sum::<u64>(), 0);
}

#[test]
fn an_answered_499_was_not_abandoned() {
    let (mut tally, site) = eager();
    add(&mut tally, &testing::tried(get("/a", 499, 5), "|499"), site);
    assert_eq!(tally.abandoned().map(|row| row.count).sum::<u64>(), 0);
    let by: Vec<_> = tally.gave_up().filter(|row| row.count == 1).map(|row| row.gave_up.party.as_str()).collect();
    assert_eq!(by, ["upstream"]);
}

#[test]
fn exemplars_show_the_latest_failure_and_a_slow_success() {
    let (mut tally, site) = eager();
    let table: [(u16, u32, &[u8]); 8] = [
        (499, 9_000, b"first"),
        (499, 20, b"latest"),
        (200, 40, b"quick"),
        (200, 4_000, b"slow"),
        (200, 30, b"quick-again"),
        (200, 4_500, b"as-slow"),
        (504, 60_000, b"bad id\""),
        (504, 60_000, &[b'x'; 65]),
    ];
    for (batch, (status, ms, request_id)) in (0..).zip(table) {
        let time = Time::Unix(1_795_270_000_500);
        let record = Record { request_id: Some(request_id), time, ..get("/a", status, ms) };
        tally.add_request(&record, &judge(&record), site, NOW_MS + batch);
    }
    let shown: Vec<_> = tally
        .durations()
        .filter_map(|row| Some((row.outcome, row.histogram.exemplar()?)))
        .map(|(outcome, exemplar)| (outcome, exemplar.id(), exemplar.value_ms(), exemplar.unix_ms()))
        .collect();
    let at = 1_795_270_000_500;
    assert_eq!(shown, [(Outcome::Ok, "as-slow", 4_500, at), (Outcome::Abandoned, "latest", 20, at)]);
    for RequestDurations { histogram, .. } in tally.durations() {
        if let Some(exemplar) = histogram.exemplar() {
            assert!(histogram.counts()[exemplar.bucket()] > 0, "the example stands in a bucket that has something");
        }
    }
}

/// A tracing system knows trace ids, and nothing of a request's.
#[test]
fn a_trace_id_is_told_from_a_request_id() {
    let shown = |request_id: Option<&'static [u8]>, trace_id: Option<&'static [u8]>| {
        let (mut tally, site) = eager();
        let record = Record { request_id, trace_id, ..get("/a", 499, 5) };
        tally.add_request(&record, &judge(&record), site, NOW_MS);
        let exemplar = tally.durations().find_map(|row| row.histogram.exemplar().cloned());
        exemplar.map(|exemplar| (exemplar.id().to_owned(), exemplar.is_trace()))
    };
    assert_eq!(shown(Some(b"r1"), None), Some(("r1".to_owned(), false)));
    assert_eq!(shown(Some(b"r1"), Some(b"t1")), Some(("t1".to_owned(), true)));
    assert_eq!(shown(None, None), None);
}

#[test]
fn the_servers_name_comes_from_the_line_or_from_the_block() {
    let (mut tally, site) = eager();
    for server in [None, Some(&b""[..]), Some(b"api.example"), Some(b"bad name")] {
        add(&mut tally, &Record { server, ..get("/a", 200, 1) }, site);
    }
    let seen: Vec<_> = tally.requests().filter(|row| row.count > 0).map(|row| (row.server, row.count)).collect();
    assert_eq!(seen, [("site", 2), ("api.example", 1), ("other", 1)]);
}

#[test]
fn lines_and_bytes_are_counted_by_log() {
    let (mut tally, _) = with(Options { logs: vec!["/a.log".into(), "/b.log".into()], ..Options::default() });
    tally.add_line(1, LineResult::Parsed, 100);
    tally.add_line(1, LineResult::TooLong, 50);
    tally.add_line(7, LineResult::Parsed, 1);
    let lines: Vec<_> =
        tally.log_lines().map(|row| format!("{} {} {}", row.log, row.result.as_str(), row.count)).collect();
    #[rustfmt::skip]
    assert_eq!(lines, [
        "/a.log parsed 0", "/a.log unparsed 0", "/a.log too_long 0", "/a.log skipped 0",
        "/b.log parsed 1", "/b.log unparsed 0", "/b.log too_long 1", "/b.log skipped 0",
    ]);
    assert_eq!(tally.log_bytes().collect::<Vec<_>>(), [("/a.log", 0), ("/b.log", 150)]);
    assert_eq!(tally.log("/b.log"), 1, "a label keeps its place");
}

#[test]
fn statuses_are_a_closed_set() {
    for (code, label) in [
        (100, "100"),
        (200, "200"),
        (444, "444"),
        (499, "499"),
        (599, "599"),
        (0, "000"),
        (299, "other"),
        (1000, "other"),
        (u16::MAX, "other"),
    ] {
        assert_eq!(Status::of(code).as_str(), label);
    }
}

#[test]
fn routes_that_last_until_their_client_leaves_are_counted_and_no_more() {
    let ignored_routes = vec![RoutePattern::new("^/events", "/events").expect("a regex")];
    let (mut tally, site) = with(Options { ignored_routes, ..Options::default() });
    for status in [200, 499, 504] {
        add(&mut tally, &get("/events/7", status, 90_000), site);
    }
    let cut = Record { complete: Some(false), ..get("/events/8", 200, 90_000) };
    add(&mut tally, &cut, site);
    let counted: u64 = tally.requests().filter(|row| row.route == "/events").map(|row| row.count).sum();
    assert_eq!(counted, 4);
    let gave_up: Vec<_> = tally.gave_up().filter(|row| row.count > 0).map(|row| row.gave_up.code.to_string()).collect();
    assert_eq!(gave_up, ["504"], "the server's failures stay what they are");
    assert_eq!(tally.durations().map(|row| row.histogram.count()).sum::<u64>(), 0);
}
