//! A finished log in stretches: the worst is found, parts add up, and their number is bounded.

use super::stage::{Line, START_MS, Stage};
use crate::diagnosis::{Cause, Facts, History};

/// A day of one request a second, in it ten minutes of trouble.
#[test]
fn the_worst_stretch_is_found_and_diagnosed() {
    let mut histories = [History::default(), History::default()];
    for (part, history) in histories.iter_mut().enumerate() {
        let mut stage = Stage::new();
        // The other part meets its names in another order.
        stage.request(&Line { server: if part == 0 { "shop" } else { "api" }, ..Line::default() });
        for minute in 0..600 {
            stage.second = minute * 60 + minute * minute * 13 % 60;
            let is_bad = (300..310).contains(&minute);
            stage.answered(if is_bad { 5 } else { 20 });
            if is_bad {
                super::causes::impatient(&mut stage, 20);
            }
            history.observe(&stage.tally, stage.now_ms());
        }
    }
    let [mut all, other] = histories;
    all.merge(&other);
    let worst = all.worst(&Facts { error_log: false, ..Facts::default() }).expect("lines with times");
    let minutes = |ms: i64| (ms - START_MS) / 60_000;
    assert!((295..=310).contains(&minutes(worst.from_ms)) && minutes(worst.to_ms) <= 320, "{worst:?}");
    let causes: Vec<Cause> = worst.answer.diagnosis.iter().map(|one| one.cause).collect();
    assert_eq!(causes, [Cause::SlowUpstream], "{:#?}", worst.answer.diagnosis);
    assert_eq!(worst.answer.diagnosis[0].server, "shop");
}

#[test]
fn a_long_log_has_no_more_stretches() {
    let (mut stage, mut history) = (Stage::new(), History::default());
    for hour in 0..4_000 {
        stage.second = hour * 3_600;
        stage.answered(1);
        history.observe(&stage.tally, stage.now_ms());
    }
    assert!(history.stretches() <= 1_024, "{}", history.stretches());
}
