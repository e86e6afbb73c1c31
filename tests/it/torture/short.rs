//! The short form: a few rotations of the common styles, at a rate that a debug build follows with ease.

use std::time::Duration;

use super::fleet::Fleet;
use super::kills::{self, Killer};
use super::logrotate::RECIPES;
use super::outcome::Outcome;
use super::rotation::Style;
use super::run::Run;
use super::subject::Program;

pub const RATE: u32 = 1_500;
pub const TIME: Duration = Duration::from_millis(3_800);

/// Against what was written, and against what is due.
fn outcomes(run: &Run) -> (Outcome, Outcome) {
    assert!(run.rotations >= 3, "{} rotations", run.rotations);
    let counted = run.counted(&run.subjects[0]);
    (Outcome::of(&run.written, &counted), Outcome::of(&run.due(), &counted))
}

fn rotated(style: Style) -> (Outcome, Outcome) {
    let mut run = Run::start(style, &[Program::Hangup]);
    run.load(RATE, TIME, |_, _| {});
    run.hold_ground_truth(0);
    outcomes(&run)
}

#[test]
fn rename_loses_and_doubles_nothing() {
    let (outcome, _) = rotated(Style::RenameUsr1Soon);
    assert!(outcome.is_exact(), "{outcome:?}");
}

#[test]
fn create_loses_and_doubles_nothing() {
    let (outcome, _) = rotated(Style::Create);
    assert!(outcome.is_exact(), "{outcome:?}");
}

#[test]
fn gzip_at_once_loses_and_doubles_nothing() {
    let (outcome, _) = rotated(Style::GzipAtOnce);
    assert!(outcome.is_exact(), "{outcome:?}");
}

#[test]
fn the_kubelets_way_loses_and_doubles_nothing() {
    let (outcome, _) = rotated(Style::Kubelet);
    assert!(outcome.is_exact(), "{outcome:?}");
}

#[test]
fn logrotate_as_debian_configures_it_loses_and_doubles_nothing() {
    let (outcome, _) = rotated(Style::Logrotate(&RECIPES[0]));
    assert!(outcome.is_exact(), "{outcome:?}");
}

#[test]
fn two_hundred_logs_rotated_together_lose_and_double_nothing() {
    let result = Fleet { sites: 200, rate: RATE, time: TIME }.run(None);
    assert!(result.rotations >= 3, "{result:?}");
    assert!(result.outcome.is_exact() && result.resets == 0 && result.lost_bytes == 0.0, "{result:?}");
}

/// What nginx writes between the copy and the truncation is on no disk; what is on disk is counted, and none twice.
#[test]
fn copytruncate_loses_nothing_that_was_copied_and_doubles_nothing() {
    let (of_written, of_due) = rotated(Style::Copytruncate);
    assert_eq!((of_written.doubled, of_due.lost), (0, 0), "{of_written:?} {of_due:?}");
}

/// Where files go is not known to a hangup that was never there when they went.
#[test]
fn kills_lose_and_double_nothing_where_logrotate_packs_into_another_directory() {
    let style = Style::Logrotate(RECIPES.iter().find(|it| it.name.contains("zstd")).expect("a recipe"));
    let killed = kills::run(style, &[Program::Hangup], RATE, TIME * 2, Killer::new(2, TIME / 5));
    let (outcome, _) = outcomes(&killed.run);
    assert!(outcome.is_exact(), "{outcome:?} after {} kills", killed.killer.kills);
    killed.seen[0].hold(outcome.written);
}

#[test]
fn kills_lose_and_double_nothing_and_prometheus_sees_no_fall() {
    let killed = kills::run(Style::RenameUsr1Soon, &[Program::Hangup], RATE, TIME * 2, Killer::new(1, TIME / 5));
    assert!(killed.killer.kills >= 3, "{} kills", killed.killer.kills);
    let (outcome, _) = outcomes(&killed.run);
    assert!(outcome.is_exact(), "{outcome:?} after {} kills", killed.killer.kills);
    killed.seen[0].hold(outcome.written);
}
