//! The busiest source and the cliff.

use super::{NOW_MS, get, with};
use crate::record::Record;
use crate::tally::{CliffPlace, Options, ServerId, Tally, WHOLE_LOG_MS};
use crate::verdict::judge;

fn leave(tally: &mut Tally, site: ServerId, address: &str, ms: u32, at_ms: i64) {
    let record = Record { client: Some(address.as_bytes()), ..get("/a", 499, ms) };
    tally.add_request(&record, &judge(&record), site, at_ms);
}

fn busiest(tally: &Tally, now_ms: i64) -> String {
    let rows = tally.busiest_sources(now_ms).filter(|row| row.ratio > 0.0);
    rows.map(|row| format!("{} {} {:.2}", row.server, row.kind.as_str(), row.ratio)).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_busiest_source_is_told_by_kind() {
    #[rustfmt::skip]
    let table = [
        ("127.0.0.1", "loopback"), ("::1", "loopback"), ("unix:", "loopback"), ("::ffff:127.0.0.1", "loopback"),
        ("10.1.2.3", "private"), ("172.16.0.9", "private"), ("192.168.1.1", "private"), ("100.64.0.1", "private"),
        ("169.254.1.1", "private"), ("fd00::1", "private"), ("fe80::1", "private"),
        ("203.0.113.9", "public"), ("172.32.0.1", "public"), ("2001:db8::1", "public"),
    ];
    for (address, kind) in table {
        let (mut tally, site) = with(Options::default());
        (0..6).for_each(|_| leave(&mut tally, site, address, 10, NOW_MS));
        (0..2).for_each(|at| leave(&mut tally, site, &format!("198.51.100.{at}"), 10, NOW_MS));
        assert_eq!(busiest(&tally, NOW_MS), format!("site {kind} 0.75"), "{address}");
        let (source, _) = tally.busiest_address("site", NOW_MS).expect("enough 499s");
        assert_eq!(source.to_string(), address);
    }
}

#[test]
fn few_or_old_499s_say_nothing() {
    let (mut tally, site) = with(Options::default());
    (0..4).for_each(|_| leave(&mut tally, site, "10.0.0.1", 10, NOW_MS));
    assert_eq!(busiest(&tally, NOW_MS), "");
    assert_eq!(tally.busiest_sources(NOW_MS).count(), 3, "all kinds exist at 0");
    leave(&mut tally, site, "10.0.0.1", 10, NOW_MS);
    assert_eq!(busiest(&tally, NOW_MS), "site private 1.00");
    assert_eq!(busiest(&tally, NOW_MS + 3 * 60_000), "site private 1.00");
    assert_eq!(busiest(&tally, NOW_MS + 5 * 60_000), "");
}

#[test]
fn many_sources_leave_the_busiest_findable() {
    let (mut tally, site) = with(Options::default());
    for at in 0..10_000 {
        leave(&mut tally, site, &format!("198.51.{}.{}", at / 250, at % 250), 10, NOW_MS);
        if at % 4 == 0 {
            leave(&mut tally, site, "10.0.0.1", 10, NOW_MS);
        }
    }
    let (source, ratio) = tally.busiest_address("site", NOW_MS).expect("enough 499s");
    assert_eq!(source.to_string(), "10.0.0.1");
    assert!((0.19..=0.2).contains(&ratio), "{ratio}");
}

fn cliff(waits: impl IntoIterator<Item = u32>) -> (f64, f64) {
    let (mut tally, site) = with(Options::default());
    waits.into_iter().for_each(|ms| leave(&mut tally, site, "10.0.0.1", ms, NOW_MS));
    let CliffPlace { seconds, ratio, .. } = tally.cliffs(NOW_MS).next().expect("one server");
    (seconds, ratio)
}

#[test]
fn a_pile_is_found_where_it_is() {
    for timeout in [1_000, 5_000, 30_000, 60_000, 100_000, 300_000] {
        let (seconds, ratio) = cliff((0..1_000).map(|at| timeout + at % 8));
        assert!((seconds - f64::from(timeout) / 1000.0).abs() < 0.010, "{timeout}: {seconds}");
        assert_eq!(ratio, 1.0, "{timeout}");
    }
    let spread = (0..300).map(|at| 1_000 + at * 197);
    let (seconds, ratio) = cliff(spread.chain((0..700).map(|at| 30_000 + at % 5)));
    assert!((seconds - 30.0).abs() < 0.05, "{seconds}");
    assert!((0.69..0.75).contains(&ratio), "{ratio}");
    let (_, ratio) = cliff((0..1_000).map(|at| 1_000 + at * 59));
    assert!(ratio < 0.15, "no pile in an even spread: {ratio}");
}

#[test]
fn probes_are_neither_a_pile_nor_the_busiest_source() {
    let (mut tally, site) = with(Options::default());
    for _ in 0..100 {
        let record =
            Record { user_agent: Some(b"kube-probe/1.29"), client: Some(b"10.0.0.1"), ..get("/a", 499, 5_000) };
        tally.add_request(&record, &judge(&record), site, NOW_MS);
    }
    assert_eq!((busiest(&tally, NOW_MS).as_str(), tally.cliffs(NOW_MS).next().expect("one server").ratio), ("", 0.0));
}

#[test]
fn short_or_few_waits_make_no_pile() {
    assert_eq!(cliff((0..1_000).map(|_| 999)), (0.0, 0.0));
    assert_eq!(cliff((0..19).map(|_| 5_000)), (0.0, 0.0));
    assert_ne!(cliff((0..20).map(|_| 5_000)), (0.0, 0.0));
}

#[test]
fn a_clock_set_back_does_not_blind() {
    let (mut tally, site) = with(Options::default());
    let hour_ms = 3_600_000;
    (0..30).for_each(|_| leave(&mut tally, site, "10.0.0.1", 5_000, NOW_MS + hour_ms));
    (0..30).for_each(|_| leave(&mut tally, site, "192.0.2.7", 30_000, NOW_MS));
    assert_eq!(busiest(&tally, NOW_MS), "site public 1.00");
    assert_eq!(tally.cliffs(NOW_MS).next(), Some(CliffPlace { server: "site", seconds: 30.0, ratio: 1.0 }));
}

#[test]
fn a_finished_log_is_one_window() {
    let whole = Options { sources_window_ms: WHOLE_LOG_MS, cliff_window_ms: WHOLE_LOG_MS, ..Options::default() };
    let (mut tally, site) = with(whole);
    (0..1_000).for_each(|at| leave(&mut tally, site, "10.0.0.1", 5_000, NOW_MS - at * 3_600_000));
    assert_eq!(busiest(&tally, NOW_MS), "site private 1.00");
    assert_eq!(tally.cliffs(NOW_MS).next(), Some(CliffPlace { server: "site", seconds: 5.0, ratio: 1.0 }));
}
