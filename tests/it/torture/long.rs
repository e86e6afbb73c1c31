//! The long form, for people: every style, with and without kills, and the peers beside hangup if asked for.
//!
//! `TORTURE_SECONDS` (30), `TORTURE_RATE` (3000 requests per second), `TORTURE_STYLE` (part of a style's name),
//! `TORTURE_SEED` (another one: other moments of the kills) and `PEERS` (1: mtail and linemux's reader) are read from the
//! environment. docs/torture.md holds a run's result.

use std::time::Duration;

use super::fleet::{Fleet, Result};
use super::kills::{self, Killer};
use super::outcome::{Outcome, Table};
use super::rotation::{self, Keeps, Style};
use super::run::Run;
use super::subject::{Program, Subject};

/// With the time that a new start takes, some 20 deaths in a run.
const LIVES: u32 = 30;

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seconds() -> Duration {
    Duration::from_secs(setting("TORTURE_SECONDS", 30).into())
}

fn rate() -> u32 {
    setting("TORTURE_RATE", 3_000)
}

fn programs() -> &'static [Program] {
    match setting("PEERS", 0) {
        0 => &[Program::Hangup],
        _ => &[Program::Hangup, Program::Mtail, Program::Linemux],
    }
}

fn styles() -> impl Iterator<Item = Style> {
    let wanted = std::env::var("TORTURE_STYLE").unwrap_or_default();
    rotation::ALL.into_iter().filter(move |style| style.name().contains(&wanted))
}

/// What hangup itself says was lost, and how much of the loss could have been had (see [`Run::due`]).
fn note(run: &Run, subject: &Subject, counted: &super::load::Routes) -> String {
    let due = Outcome::of(&run.due(), counted).lost;
    match subject.program {
        Program::Hangup => {
            let scrape = subject.scrape();
            let bytes = scrape.sum("hangup_log_lost_bytes_total", &[]);
            format!("lost of what was due: {due}; hangup_log_lost_bytes_total {bytes}")
        }
        _ => format!("lost of what was due: {due}"),
    }
}

#[test]
#[ignore = "half an hour: make torture"]
fn every_style() {
    let mut table = Table::new("counted");
    for style in styles() {
        let mut run = Run::start(style, programs());
        run.load(rate(), seconds(), |_, _| {});
        run.hold_ground_truth(0);
        for subject in &run.subjects {
            let counted = run.counted(subject);
            let outcome = Outcome::of(&run.written, &counted);
            let must_be_exact = subject.program == Program::Hangup && style.keeps() != Keeps::WhatIsCopied;
            table.row(style.name(), subject.name(), outcome, &note(&run, subject, &counted), must_be_exact);
        }
    }
    table.hold();
}

#[test]
#[ignore = "half an hour: make torture"]
fn many_logs_rotated_together() {
    let mut table = Table::new("counted");
    for (sites, seed) in [(200, None), (200, Some(1)), (1_000, None), (1_000, Some(2))] {
        let killer = seed.map(|seed| Killer::new(seed, seconds() / (LIVES / 3)));
        let Result { outcome, rotations, kills, resets, lost_bytes } =
            Fleet { sites, rate: rate(), time: seconds() }.run(killer);
        let note =
            format!("{rotations} rotations, {kills} kills, counters that fell {resets}, lost bytes {lost_bytes}");
        table.row(&format!("{sites} logs"), "hangup", outcome, &note, true);
        if resets > 0 || lost_bytes > 0.0 {
            table.wrong(format!("{sites} logs: {note}"));
        }
    }
    table.hold();
}

#[test]
#[ignore = "half an hour: make torture"]
fn every_style_under_kills() {
    let mut table = Table::new("as increase() sees it");
    for (style, number) in styles().zip(u64::from(setting("TORTURE_SEED", 1))..) {
        let killed = kills::run(style, programs(), rate(), seconds(), Killer::new(number, seconds() / LIVES));
        let written = killed.run.written.values().sum();
        for (subject, seen) in killed.run.subjects.iter().zip(&killed.seen) {
            let is_hangup = subject.program == Program::Hangup;
            let must_be_exact = is_hangup && style.keeps() == Keeps::All;
            if is_hangup && seen.falls + seen.resets > 0 {
                table.wrong(format!("{}: counters stepped back: {seen:?}", style.name()));
            }
            let text = format!(
                "{} kills, {:.1} s down; counters that fell {}; increase() {:.0} over {} samples",
                killed.killer.kills,
                killed.killer.down.as_secs_f64(),
                seen.falls + seen.resets,
                seen.increase,
                seen.samples
            );
            table.row(
                style.name(),
                subject.name(),
                Outcome::of_totals(written, seen.rises as u64),
                &text,
                must_be_exact,
            );
            if is_hangup {
                let counted = killed.run.counted(subject);
                let outcome = Outcome::of(&killed.run.written, &counted);
                if outcome.doubled > 0 {
                    let doubled = super::outcome::more(&counted, &killed.run.written);
                    table.wrong(format!("{}: doubled {}: {doubled:?}", style.name(), outcome.doubled));
                }
                let text = note(&killed.run, subject, &counted);
                table.row(style.name(), "hangup's own counters", outcome, &text, must_be_exact);
            }
        }
    }
    table.hold();
}
