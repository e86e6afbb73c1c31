//! Merging, keeping and restoring.

use super::{NOW_MS, get, rows, show};
use crate::record::testing;
use crate::record::{Column, ErrorRecord, Event, Level, Sight, TimeoutPhase};
use crate::record::{Record, Time};
use crate::tally::{Admission, Counted, LineResult, Options, Tally};
use crate::verdict::{Outcome, judge};

fn options() -> Options {
    Options {
        known_servers: vec![("site".into(), Sight::of(&Column::ALL))],
        routes: Admission { limit: 64, threshold: 1 },
        logs: vec!["a".into()],
        ..Options::default()
    }
}

/// Some traffic: several routes, servers, outcomes, tries, errors.
fn count(tally: &mut Tally, from: u32, to: u32) {
    let site = tally.server(b"site", Sight::of(&Column::ALL));
    for at in from..to {
        let path = format!("/r{}", (b'a' + (at % 7) as u8) as char);
        let addr = format!("10.0.0.{}:80", at % 3);
        let remote = format!("192.0.2.{}", at % 5 * (at % 2));
        let status = [200, 200, 499, 504, 200, 204][at as usize % 6];
        let attempts = format!("{addr}|{}|1||125", if status == 499 { "-" } else { "200" });
        let client = Some(remote.as_bytes());
        let record = Record { client, ..testing::tried(get(&path, status, at * 37 % 20_000), &attempts) };
        tally.add_request(&record, &judge(&record), site, NOW_MS - i64::from(at) * 100);
        tally.add_line(0, LineResult::Parsed, 200);
        let event = Event::UpstreamTimeout(TimeoutPhase::Header);
        let upstream = Some(addr.as_bytes());
        tally.add_error(&ErrorRecord { level: Level::Error, event, upstream, text: b"it broke", time: Time::Absent });
    }
}

#[test]
fn merged_parts_equal_the_whole() {
    let mut whole = Tally::new(options());
    count(&mut whole, 0, 1_000);
    let mut parts = Tally::new(options());
    count(&mut parts, 0, 300);
    for (from, to) in [(300, 301), (301, 1_000)] {
        let mut part = Tally::new(options());
        count(&mut part, from, to);
        parts.merge(&part);
    }
    assert_eq!(rows(&parts), rows(&whole));
}

#[test]
fn kept_and_restored_equals_never_stopped() {
    let mut whole = Tally::new(options());
    count(&mut whole, 0, 1_000);
    let mut first = Tally::new(options());
    count(&mut first, 0, 500);
    let text = serde_json::to_string(first.snapshot()).expect("counts are plain data");
    let kept: Counted = serde_json::from_str(&text).expect("what was written can be read");
    let mut second = Tally::restore(options(), &kept).0;
    assert_eq!(rows(&second), rows(&first));
    count(&mut second, 500, 1_000);
    assert_eq!(rows(&second), rows(&whole));
}

#[test]
fn waiting_goes_on_after_a_restart() {
    let lazy = || Options { routes: Admission { limit: 64, threshold: 10 }, ..options() };
    let mut first = Tally::new(lazy());
    let site = first.server(b"site", Sight::of(&Column::ALL));
    (0..9).for_each(|_| super::add(&mut first, &get("/a", 200, 1), site));
    let text = serde_json::to_string(first.snapshot()).expect("counts are plain data");
    let mut second = Tally::restore(lazy(), &serde_json::from_str(&text).expect("readable")).0;
    let site = second.server(b"site", Sight::of(&Column::ALL));
    super::add(&mut second, &get("/a", 200, 1), site);
    assert!(second.requests().any(|row| (row.route, row.count) == ("/a", 1)), "the tenth sighting");
}

#[test]
fn a_lower_limit_ends_no_series() {
    let mut first = Tally::new(options());
    count(&mut first, 0, 100);
    let tight = Options { routes: Admission { limit: 1, threshold: 1 }, ..options() };
    let second = Tally::restore(tight, first.snapshot()).0;
    let routes = |tally: &Tally| tally.requests().map(|row| (row.route.to_owned(), row.count)).collect::<Vec<_>>();
    assert_eq!(routes(&second), routes(&first));
}

#[test]
fn other_names_and_logs_keep_their_counts() {
    let mut first = Tally::new(options());
    count(&mut first, 0, 100);
    let renamed = Options {
        known_servers: vec![("new".into(), Sight::of(&Column::ALL)), ("site".into(), Sight::of(&Column::ALL))],
        logs: vec!["b".into(), "a".into()],
        ..options()
    };
    let second = Tally::restore(renamed, first.snapshot()).0;
    let of_site = |tally: &Tally| tally.requests().filter(|row| row.server == "site").map(|row| row.count).sum::<u64>();
    assert_eq!(of_site(&second), 100);
    assert_eq!(second.log_bytes().collect::<Vec<_>>(), [("b", 0), ("a", 20_000)]);
}

#[test]
fn windows_follow_the_options_and_not_what_was_kept() {
    let mut first = Tally::new(options());
    count(&mut first, 0, 100);
    let short = Options { sources_window_ms: 60_000, ..options() };
    let second = Tally::restore(short, first.snapshot()).0;
    let later_ms = NOW_MS + 2 * 60_000;
    assert!(first.busiest_address("site", later_ms).is_some());
    assert!(second.busiest_address("site", later_ms).is_none());
}

#[test]
fn other_buckets_cost_the_histograms_only() {
    let mut first = Tally::new(options());
    count(&mut first, 0, 100);
    let coarse = Options { bounds_ms: vec![100], ..options() };
    let (second, changed) = Tally::restore(coarse, first.snapshot());
    let sentence = changed.expect("the buckets differ").to_string();
    assert!(sentence.contains("asks for [100, 1000]"), "{sentence}");
    assert_eq!(second.durations().map(|row| row.histogram.count()).sum::<u64>(), 0);
    assert_eq!(second.requests().collect::<Vec<_>>(), first.requests().collect::<Vec<_>>());
    assert_eq!(second.upstream_tries().collect::<Vec<_>>(), first.upstream_tries().collect::<Vec<_>>());
}

#[test]
fn label_values_of_another_version_cost_nothing_else() {
    let mut first = Tally::new(options());
    count(&mut first, 0, 100);
    let text = serde_json::to_string(first.snapshot()).expect("counts are plain data");
    let other = text.replace("\"abandoned\":{", "\"vanished\":{").replace("\"client\"", "\"bystander\"");
    assert_ne!(other, text);
    let (second, _) = Tally::restore(options(), &serde_json::from_str(&other).expect("readable"));
    assert_eq!(second.requests().collect::<Vec<_>>(), first.requests().collect::<Vec<_>>());
    let durations = |tally: &Tally, outcome: Outcome| -> u64 {
        tally.durations().filter(|row| row.outcome == outcome).map(|row| row.histogram.count()).sum()
    };
    assert_eq!(durations(&second, Outcome::Abandoned), 0);
    assert!(durations(&first, Outcome::Ok) > 0 && durations(&second, Outcome::Ok) == durations(&first, Outcome::Ok));
}

#[test]
fn merging_keeps_to_the_limit() {
    let tight = || Options { routes: Admission { limit: 3, threshold: 1 }, ..options() };
    let mut whole = Tally::new(tight());
    for letter in b'a'..b'f' {
        let mut part = Tally::new(tight());
        let site = part.server(b"site", Sight::of(&Column::ALL));
        let path = format!("/{}", letter as char);
        (0..10).for_each(|_| super::add(&mut part, &get(&path, 200, 1), site));
        whole.merge(&part);
    }
    let routes: Vec<_> = whole.requests().filter(|row| row.count > 0).map(|row| (row.route, row.count)).collect();
    assert_eq!(routes, [("other", 20), ("/a", 10), ("/b", 10), ("/c", 10)]);
    assert!(whole.limit_hits().any(|hits| hits.1 > 0), "and tells");
}

#[test]
fn a_damaged_snapshot_does_no_harm() {
    let mut first = Tally::new(options());
    count(&mut first, 0, 50);
    let text = serde_json::to_string(first.snapshot()).expect("counts are plain data");
    let big = u64::MAX.to_string();
    for (from, to) in [("[0,0]", "[60000,60000]"), (":20", &*format!(":{big}")), ("\"first\":", "\"first\":6")] {
        let damaged = text.replace(from, to);
        if let Ok(kept) = serde_json::from_str::<Counted>(&damaged) {
            let (restored, _) = Tally::restore(options(), &kept);
            rows(&restored);
            restored
                .durations()
                .for_each(|row| drop((show(row.histogram), row.histogram.count(), row.histogram.quantile(0.5))));
        }
    }
}

#[test]
fn dropped_connections_go_on_from_what_was_kept() {
    let mut tally = Tally::new(options());
    assert_eq!(tally.dropped_connections("page"), None);
    tally.observe_connections("page", 10, 7);
    tally.observe_connections("other", 5, 5);
    let dropped = |tally: &Tally| (tally.dropped_connections("page"), tally.dropped_connections("other"));
    assert_eq!(dropped(&tally), (Some(3), Some(0)));
    let reloaded = Tally::restore(options(), tally.snapshot()).0;
    assert_eq!(dropped(&reloaded), (Some(3), Some(0)), "a reload changes nothing");

    let text = serde_json::to_string(tally.snapshot()).expect("it can be written");
    let counted: Counted = serde_json::from_str(&text).expect("what was just written");
    let mut restarted = Tally::restore(options(), &counted).0;
    assert_eq!(dropped(&restarted), (Some(3), Some(0)), "what was shown was saved before");
    restarted.observe_connections("page", 12, 8);
    assert_eq!(dropped(&restarted), (Some(4), Some(0)));

    restarted.merge(&tally);
    assert_eq!(dropped(&restarted), (Some(7), Some(0)));
}
