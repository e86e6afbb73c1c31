//! What the windows cost, where they begin, and what they make of clocks and reloads.

use super::stage::{Line, START_MS, Stage};
use crate::diagnosis::{Host, Recent, Span, Windows};
use crate::tally::{Options, Tally};

const MIB: usize = 1 << 20;

/// 64 servers, each in trouble for an hour.
#[test]
fn an_hour_of_many_servers_in_trouble_stays_below_2_mib() {
    let mut stage = Stage::new();
    let names: Vec<String> = (0..80).map(|number| format!("site{number}")).collect();
    stage.look_every = 30;
    stage.play(3_900, |stage| {
        for _ in 0..4 {
            let name = &names[(stage.unit() * names.len() as f64) as usize];
            stage.answered_by(name, "10.0.0.1:80", 500.0);
            let (ms, path) = (stage.exponential(3_000.0) as u32, stage.path());
            stage.left(ms, Line { server: name, path, ..Line::default() });
        }
    });
    assert!(stage.windows.bytes() < 2 * MIB, "{} bytes", stage.windows.bytes());
    assert!(stage.windows.servers().count() <= 65);
}

/// What was counted before the first look is no part of any window.
#[test]
fn what_was_there_before_is_no_news() {
    let mut stage = Stage::new();
    (0..500).for_each(|_| stage.left(2_000, Line::default()));
    let mut windows = Windows::new(15_000);
    windows.observe(&stage.tally, &Host::default(), START_MS);
    windows.observe(&stage.tally, &Host::default(), START_MS + 5_000);
    assert_eq!(windows.window(Span::Middle, START_MS + 5_000).requests(), 0);
    let mut from_zero = Windows::from_zero(15_000, START_MS);
    from_zero.observe(&stage.tally, &Host::default(), START_MS + 5_000);
    assert_eq!(from_zero.window(Span::Middle, START_MS + 5_000).requests(), 500);
}

/// A tally that starts anew, and a clock that is set back.
#[test]
fn anew_and_back() {
    let mut stage = Stage::new();
    stage.play(60, |stage| stage.answered(40));
    let anew = Tally::new(Options::default());
    stage.windows.observe(&anew, &Host::default(), stage.now_ms() - 3_600_000);
    let window = stage.windows.window(Span::Middle, stage.now_ms() - 3_600_000);
    assert_eq!(window.requests(), 0);
    assert!(window.seconds() >= 1.0);
}

#[test]
fn windows_are_named_by_their_length() {
    let label = |slot_ms| Span::ALL.map(|span| Windows::new(slot_ms).label(span));
    assert_eq!(label(15_000), ["1m", "5m", "60m"]);
    assert_eq!(label(1_000), ["4s", "20s", "4m"]);
}
