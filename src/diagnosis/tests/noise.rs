//! What is normal accuses nobody.

use super::stage::{Line, Stage};
use crate::diagnosis::{Cause, Counter, Span, Table};
use crate::record::{ClientFailure, TimeoutPhase, UpstreamFailure};

/// Closed tabs, under 1 %.
fn healthy(stage: &mut Stage) {
    stage.answered(40);
    if stage.second.is_multiple_of(5) {
        let ms = (stage.unit() * 4_000.0) as u32;
        stage.left(ms, Line::default());
        stage.client(ClientFailure::ClosedWaiting);
    }
}

#[test]
fn a_healthy_hour() {
    let mut stage = Stage::new();
    stage.play(3_600, |stage| {
        stage.answered(4);
        if stage.second.is_multiple_of(50) {
            let ms = (stage.unit() * 4_000.0) as u32;
            stage.left(ms, Line::default());
        }
    });
    Span::ALL.into_iter().for_each(|span| stage.check(span, &[]));
    let answer = stage.answer();
    assert!(!answer.trouble && answer.sentence.starts_with("Nothing stands out"), "{}", answer.sentence);
    assert!(answer.timeline.len() >= 60 && answer.timeline.iter().all(|point| !point.onset));
}

/// nginx reloads, the upstream restarts: two seconds of refusals and resets, then as before.
#[test]
fn a_deploy() {
    let mut stage = Stage::new();
    stage.play(200, healthy);
    stage.play(2, |stage| {
        for _ in 0..40 {
            stage.request(&Line { status: 502, ms: 0, attempts: "10.0.0.1:80|502*|-|-|0", ..Line::default() });
            stage.failed(UpstreamFailure::Refused, "10.0.0.1:80");
        }
    });
    for _ in 0..12 {
        stage.play(30, healthy);
        stage.check(Span::Short, &[]);
        stage.check(Span::Middle, &[]);
    }
}

#[test]
fn probes_that_hang_up_are_named_and_nobody_is_accused() {
    let mut stage = Stage::new();
    stage.play(300, |stage| {
        healthy(stage);
        (0..10).for_each(|_| stage.left(300, Line { agent: "kube-probe/1.33", client: "10.1.1.1", ..Line::default() }));
    });
    stage.check(Span::Middle, &["probe_noise"]);
    assert!(!stage.answer().trouble);
}

/// Two flows that race for one entry of a table that is nearly empty, some retries, a full table that drops nothing.
#[test]
fn kernels_lose_something_now_and_then() {
    let mut stage = Stage::new();
    stage.play(300, |stage| {
        healthy(stage);
        stage.count(Counter::ConntrackInsertFailed, u64::from(stage.second.is_multiple_of(10)));
        stage.count(Counter::Retransmitted, 1);
        stage.count(Counter::ListenOverflows, u64::from(stage.second.is_multiple_of(60)));
        stage.host.conntrack = Some(Table { entries: 50_000, limit: 65_536 });
    });
    Span::ALL.into_iter().for_each(|span| stage.check(span, &[]));
}

/// A handful at night is no outage, whatever its share.
#[test]
fn a_quiet_night() {
    let mut stage = Stage::new();
    stage.play(600, |stage| {
        if stage.second.is_multiple_of(60) {
            stage.answered(3);
            stage.left(2_000, Line::default());
        }
    });
    Span::ALL.into_iter().filter(|span| *span != Span::Long).for_each(|span| stage.check(span, &[]));
}

/// One timed-out attempt in two thousand is no lost redundancy.
#[test]
fn a_rare_timeout() {
    let mut stage = Stage::new();
    stage.play(300, |stage| {
        healthy(stage);
        if stage.second.is_multiple_of(50) {
            stage.timed_out(TimeoutPhase::Header, "10.0.0.1:80");
        }
    });
    stage.check(Span::Middle, &[]);
}

/// After it ends, it is over in the short window at once, and in the middle one five minutes later.
#[test]
fn what_is_over_is_over() {
    let mut stage = Stage::new();
    stage.play(120, |stage| super::causes::impatient(stage, 20));
    assert!(stage.holds(Cause::SlowUpstream));
    stage.play(90, healthy);
    stage.check(Span::Short, &[]);
    stage.play(300, healthy);
    stage.check(Span::Middle, &[]);
    assert!(stage.answer().timeline.iter().all(|point| !point.onset));
}
