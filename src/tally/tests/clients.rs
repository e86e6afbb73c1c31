//! What is told of clients: their patience, what a shorter timeout would have done, the beat at which they leave, the lead.

use super::{NOW_MS, add, eager, get};
use crate::record::{Record, Time};
use crate::tally::{ClientPatience, ServerId, Tally};
use crate::verdict::judge;

fn times(tally: &mut Tally, record: &Record<'_>, site: ServerId, times: usize) {
    (0..times).for_each(|_| add(tally, record, site));
}

fn patience(tally: &Tally) -> Vec<ClientPatience<'_>> {
    tally.patience().collect()
}

#[test]
fn patience_is_that_of_users_and_needs_thirty_of_them() {
    let (mut tally, site) = eager();
    let probe = Record { user_agent: Some(b"kube-probe/1.30"), ..get("/a", 499, 900) };
    times(&mut tally, &probe, site, 500);
    times(&mut tally, &get("/a", 200, 20), site, 100);
    times(&mut tally, &get("/a", 499, 5_001), site, 29);
    assert_eq!(patience(&tally), []);
    times(&mut tally, &get("/b", 499, 5_001), site, 1);
    let [row] = patience(&tally)[..] else { panic!("one server") };
    assert_eq!((row.server, row.route, row.departures), ("site", None, 30));
    assert!((row.departures_seconds - 150.03).abs() < 1e-9, "{}", row.departures_seconds);
    assert!(row.seconds.iter().all(|seconds| seconds.is_some_and(|s| (4.99..5.02).contains(&s))), "{row:?}");
    assert_eq!(tally.patience_by_route().count(), 0, "29 and 1");
    times(&mut tally, &get("/b", 499, 5_001), site, 40);
    let by_route: Vec<_> = tally.patience_by_route().map(|row| (row.route, row.departures)).collect();
    assert_eq!(by_route, [(Some("/b"), 41)]);
}

#[test]
fn a_shorter_timeout_is_tried_on_what_was_counted() {
    let (mut tally, site) = eager();
    times(&mut tally, &get("/a", 200, 100), site, 900);
    times(&mut tally, &get("/a", 200, 8_000), site, 60);
    times(&mut tally, &get("/a", 499, 4_000), site, 30);
    times(&mut tally, &get("/a", 504, 60_000), site, 10);
    let rows: Vec<_> = tally.shorter_timeouts().collect();
    let seconds: Vec<_> = rows.iter().map(|row| row.timeout_seconds).collect();
    assert_eq!(seconds, [1.0, 2.0, 5.0, 10.0, 20.0, 30.0], "60 s would change nothing");
    let five = rows[2];
    assert!((five.turned_into_504 - 0.06).abs() < 1e-9, "{five:?}");
    assert_eq!(five.left_later, Some(0.0));
    let (freed, exact) = (five.freed_seconds, 60.0 * 3.0 + 10.0 * 55.0);
    assert!((freed / exact - 1.0).abs() < 0.05, "{freed} and not {exact}");
    assert_eq!((rows[1].left_later, rows[3].turned_into_504), (Some(1.0), 0.0));
}

/// Random enough, and the same in every run.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Plays seconds in which so many leave, and says the period that stands out.
fn period(seconds: i64, mut leave: impl FnMut(i64) -> u64) -> Option<(f64, f64)> {
    let (mut tally, site) = eager();
    let begin_ms = NOW_MS - seconds * 1_000;
    for second in 0..seconds {
        let time = Time::Unix(begin_ms + second * 1_000 + 400);
        for _ in 0..leave(second) {
            let record = Record { time, ..get("/a", 499, 700) };
            tally.add_request(&record, &judge(&record), site, begin_ms + second * 1_000 + 500);
        }
    }
    let row = tally.periodic_cuts(NOW_MS).next()?;
    row.seconds.map(|seconds| (seconds, row.ratio))
}

#[test]
fn cuts_at_one_period_of_the_clock_are_found() {
    for (every, at) in [(5, 2), (10, 0), (10, 9), (15, 3), (60, 59), (300, 100)] {
        let found = period(1_800, |second| if second % every == at { 4 } else { 0 });
        assert_eq!(found.map(|(seconds, _)| seconds), Some(every as f64), "every {every} s");
    }
    let mut state = 1;
    // In a burst that straddles a second, with a turn left out now and then, among users who leave as they please.
    let found = period(900, |second| {
        let noise = u64::from(random(&mut state).is_multiple_of(10));
        let burst = matches!(second % 10, 3 | 4) && second % 70 != 3;
        noise + if burst { 4 } else { 0 }
    });
    assert!(found.is_some_and(|(seconds, ratio)| seconds == 10.0 && ratio > 0.8), "{found:?}");
}

#[test]
fn those_who_leave_as_they_please_have_no_period() {
    for seed in 0..40 {
        let mut state = seed;
        // One in 2 to one in 40 seconds somebody leaves, alone or in a burst.
        let (one_in, burst) = (2 + seed % 7 * 6, 1 + seed % 3 * 30);
        let found = period(1_800, |_| if random(&mut state).is_multiple_of(one_in) { burst } else { 0 });
        assert_eq!(found, None, "seed {seed}");
    }
    assert_eq!(period(1_800, |_| 2), None, "every second");
    assert_eq!(period(1_800, |second| if second == 900 { 500 } else { 0 }), None, "a deploy");
    assert_eq!(period(30, |second| if second % 10 == 0 { 50 } else { 0 }), None, "three times is no rhythm");
}

#[test]
fn probes_have_no_rhythm_and_what_is_long_past_is_forgotten() {
    let (mut tally, site) = eager();
    for second in 0..600_i64 {
        let probe = Record {
            time: Time::Unix(NOW_MS - second * 10_000),
            user_agent: Some(b"kube-probe/1.30"),
            ..get("/a", 499, 700)
        };
        tally.add_request(&probe, &judge(&probe), site, NOW_MS);
    }
    assert!(tally.periodic_cuts(NOW_MS).all(|row| row.seconds.is_none() && row.ratio == 0.0));
    for second in (0..1_800_i64).step_by(10) {
        let record = Record { time: Time::Unix(NOW_MS + second * 1_000), ..get("/a", 499, 700) };
        tally.add_request(&record, &judge(&record), site, NOW_MS + second * 1_000);
    }
    let seconds = |now_ms| tally.periodic_cuts(now_ms).next().and_then(|row| row.seconds);
    assert_eq!(seconds(NOW_MS + 1_800_000), Some(10.0));
    assert_eq!(seconds(NOW_MS + 4_000_000), None);
}

#[test]
fn the_lead_is_that_of_the_users() {
    let (mut tally, site) = eager();
    for second in 0..600_i64 {
        let now_ms = NOW_MS + second * 1_000;
        let (left, failed) = (second > 200, second > 320);
        for at in 0..50 {
            let status = if failed && at < 5 {
                504
            } else if left && (5..8).contains(&at) {
                499
            } else {
                200
            };
            let record = get("/a", status, 3_000);
            tally.add_request(&record, &judge(&record), site, now_ms);
        }
        tally.observe_totals(now_ms);
    }
    let now_ms = NOW_MS + 600_000;
    let [row] = tally.leads(now_ms).collect::<Vec<_>>()[..] else { panic!("one server") };
    assert!(row.is_on && row.seconds.is_some_and(|seconds| (110.0..=125.0).contains(&seconds)), "{row:?}");
    let reloaded = Tally::restore(crate::tally::Options::default(), tally.snapshot()).0;
    assert_eq!(reloaded.leads(now_ms).next().map(|row| row.seconds), Some(row.seconds));
}
