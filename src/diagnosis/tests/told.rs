//! What somebody tells hangup (timeouts in front, what is normal, kept connections) decides between causes that look alike.

use super::stage::{Line, PATHS, Stage};
use crate::diagnosis::{Cause, Confidence, History, LedIncident, Path, Span};
use crate::record::{TimeoutPhase, UpstreamFailure};
use crate::tally::Normal;

const APP: &str = "okhttp/4.12.0";
const BROWSER: &str = "Mozilla/5.0";

/// So many a second leave after 5 s, by turns with these user agents, on these paths; a few others at all times.
fn timer(stage: &mut Stage, agents: &[&str], paths: &[&'static str]) {
    stage.answered(36);
    for at in 0..4 {
        let ms = 5_000 + (stage.unit() * 8.0) as u32;
        let turn = stage.second as usize * 4 + at;
        stage.left(ms, Line { path: paths[turn % paths.len()], agent: agents[turn % agents.len()], ..Line::default() });
    }
    let ms = 200 + stage.exponential(900.0) as u32;
    stage.left(ms, Line { agent: BROWSER, ..Line::default() });
}

#[track_caller]
fn check_timer(
    agents: &[&str],
    paths: &[&'static str],
    chain: &[(&str, f64)],
    expected: (Cause, Confidence),
    said: &str,
) {
    let mut stage = Stage::new();
    stage.facts.chain = chain.iter().map(|(name, seconds)| ((*name).to_owned(), *seconds)).collect();
    stage.play(60, |stage| stage.answered(40));
    stage.play(60, |stage| timer(stage, agents, paths));
    let causes = stage.causes(Span::Short);
    let found: Vec<_> = causes.iter().map(|one| (one.cause, one.confidence)).collect();
    assert_eq!(found, [expected], "{causes:#?}");
    assert!(causes[0].sentence.contains(said), "{}", causes[0].sentence);
}

#[test]
fn whose_timer_it_is() {
    use Cause::{AggressiveClientTimeout, IntermediaryTimeout};
    use Confidence::{Certain, Likely, Possible};
    let (one, all) = (&PATHS[..1], &PATHS[..]);
    // One program, on all endpoints or on one.
    check_timer(&[APP], all, &[], (AggressiveClientTimeout, Likely), "okhttp gives up after 5.0 s");
    check_timer(&[APP], one, &[], (AggressiveClientTimeout, Likely), "okhttp gives up after 5.0 s on /");
    // All kinds of programs have one timer in common only where it is in front of them all.
    check_timer(&[APP, BROWSER], all, &[], (IntermediaryTimeout, Likely), "Something between");
    check_timer(&[APP, BROWSER], one, &[], (IntermediaryTimeout, Likely), "Something between");
    // Browsers have no timer of their own; a page may.
    check_timer(&[BROWSER], all, &[], (IntermediaryTimeout, Likely), "on all endpoints");
    check_timer(&[BROWSER], one, &[], (AggressiveClientTimeout, Possible), "One kind of client");
    // Somebody said what waits how long.
    let chain = [("cdn", 100.0), ("balancer", 5.0)];
    check_timer(&[APP], one, &chain, (IntermediaryTimeout, Certain), "balancer, in front of shop, gives up");
    check_timer(&[APP], all, &[("cdn", 100.0)], (AggressiveClientTimeout, Likely), "okhttp");
}

/// Those who leave first have all waited for hardly longer than there has been trouble.
#[test]
fn nothing_is_said_of_a_timer_too_early() {
    let mut stage = Stage::new();
    stage.facts.long_after_seconds = 1.0;
    stage.play(60, |stage| stage.answered(40));
    for _ in 0..55 {
        stage.play(1, |stage| {
            stage.answered(20);
            let ms = 60_000 + (stage.unit() * 900.0) as u32;
            (0..6).for_each(|_| stage.left(ms, Line { path: "/cart", agent: APP, ..Line::default() }));
        });
        let early = stage.causes(Span::Middle).iter().any(|one| one.cause == Cause::AggressiveClientTimeout);
        assert!(!early, "after {} s", stage.second - 60);
    }
}

#[test]
fn what_somebody_calls_normal_is_no_trouble() {
    let leaving = |stage: &mut Stage| {
        stage.answered(38);
        for _ in 0..2 {
            let ms = 1_000 + stage.exponential(3_000.0) as u32;
            stage.left(ms, Line::default());
        }
    };
    let check = |normal: Vec<Normal>, trouble: bool| {
        let mut stage = Stage::new();
        stage.facts.normal = normal;
        stage.play(120, leaving);
        let causes = stage.causes(Span::Short);
        assert_eq!((stage.answer().trouble, causes.is_empty()), (trouble, !trouble), "{causes:#?}");
        if trouble {
            let limit =
                causes[0].evidence.iter().find(|piece| piece.signal.contains("499")).and_then(|piece| piece.limit);
            assert_eq!(limit, Some(0.01));
        }
    };
    let normal =
        |server: Option<&str>, left| Normal { server: server.map(str::to_owned), left: Some(left), errors: None };
    check(vec![], true);
    check(vec![normal(None, 0.1)], false);
    check(vec![normal(Some("shop"), 0.1)], false);
    check(vec![normal(Some("api"), 0.1)], true);
}

#[test]
fn a_connection_that_is_not_kept_cannot_race() {
    let broken = |stage: &mut Stage| {
        stage.answered(40);
        for _ in 0..2 {
            stage.request(&Line { status: 502, ms: 1, attempts: "10.0.0.1:80|502*|0|-|1", ..Line::default() });
            stage.failed(UpstreamFailure::ClosedEarly, "10.0.0.1:80");
        }
    };
    let check = |kept: Option<f64>, idle: Option<f64>, expected: Option<Confidence>| {
        let mut stage = Stage::new();
        stage.facts.keepalives = kept.map(|kept| ("10.0.0.1:80".to_owned(), kept)).into_iter().collect();
        stage.facts.paths = [("10.0.0.1:80".to_owned(), Path { round_trip: Some(0.000_1), idle })].into();
        stage.play(120, broken);
        let causes = stage.causes(Span::Short);
        assert_eq!(causes.first().map(|one| one.confidence), expected, "{causes:#?}");
        assert!(causes.iter().all(|one| one.cause == Cause::KeepaliveRace));
        assert!(stage.answer().trouble, "users are lost, whatever the cause");
    };
    check(Some(60.0), None, Some(Confidence::Likely));
    check(Some(60.0), Some(12.0), Some(Confidence::Likely));
    check(None, Some(12.0), Some(Confidence::Likely));
    check(None, Some(0.0), None);
    check(None, None, None);
}

#[test]
fn both_timeouts_of_a_race_are_told() {
    let mut stage = Stage::new();
    stage.facts.keepalives = [("10.0.0.1:80".to_owned(), 75.0)].into();
    stage.facts.paths = [("10.0.0.1:80".to_owned(), Path { round_trip: None, idle: Some(4.9) })].into();
    stage.play(120, |stage| {
        stage.answered(40);
        stage.request(&Line { status: 502, ms: 1, attempts: "10.0.0.1:80|502*|0|-|1", ..Line::default() });
        stage.failed(UpstreamFailure::Reset, "10.0.0.1:80");
    });
    let evidence = stage.causes(Span::Short).remove(0).evidence;
    let value = |signal: &str| evidence.iter().find(|piece| piece.signal.contains(signal)).map(|piece| piece.value);
    assert_eq!((value("nginx keeps idle"), value("was idle and open")), (Some(75.0), Some(4.9)), "{evidence:#?}");
}

#[test]
fn a_connect_timeout_is_held_against_the_measured_round_trip() {
    let mut stage = Stage::new();
    stage.facts.paths = [("10.0.0.3:80".to_owned(), Path { round_trip: Some(0.2), idle: None })].into();
    stage.play(120, |stage| {
        stage.answered(35);
        (0..5).for_each(|_| super::causes::unanswered(stage));
    });
    let evidence = stage.causes(Span::Short).remove(0).evidence;
    let piece = evidence.iter().find(|piece| piece.signal.contains("round trip")).expect("a round trip");
    assert_eq!((piece.value, piece.limit), (0.2, Some(20.0)));
}

/// In a finished log: users leave, two minutes later gateways fail.
#[test]
fn a_log_tells_how_early_users_left() {
    let mut stage = Stage::new();
    let mut history = History::default();
    let mut play = |stage: &mut Stage, seconds: u64, left: u32, failed: u32| {
        for _ in 0..seconds {
            stage.play(1, |stage| {
                stage.answered(40);
                (0..left).for_each(|_| stage.left(2_000, Line::default()));
                for _ in 0..failed {
                    stage.request(&Line {
                        status: 504,
                        ms: 2_000,
                        attempts: "10.0.0.1:80|504*|1|-|2000",
                        ..Line::default()
                    });
                    stage.timed_out(TimeoutPhase::Header, "10.0.0.1:80");
                }
            });
            history.observe(&stage.tally, stage.now_ms());
        }
    };
    play(&mut stage, 300, 0, 0);
    play(&mut stage, 120, 4, 0);
    play(&mut stage, 120, 4, 4);
    play(&mut stage, 600, 0, 0);
    play(&mut stage, 120, 0, 4);
    let leads = history.leads(&[]);
    let [LedIncident { server, seconds, from_ms }] = &leads[..] else { panic!("{leads:?}") };
    assert!(server == "shop" && (105.0..=135.0).contains(seconds), "{leads:?}");
    let from = (from_ms - super::stage::START_MS) / 1000;
    assert!((285..=330).contains(&from), "{from}");
    let normal = Normal { server: None, left: Some(0.5), errors: None };
    assert_eq!(history.leads(&[normal]), [], "where leaving is normal, nothing leads");
}

/// nginx has taken both servers of a group out, as both refuse; while they are out nobody asks them, and others answer.
#[test]
fn servers_that_refuse_are_down_though_others_answer() {
    let mut stage = Stage::new();
    let dead = ["10.0.0.8:80", "10.0.0.9:80"].map(str::to_owned).to_vec();
    stage.facts.groups = [("gone".to_owned(), dead)].into();
    stage.play(180, |stage| {
        stage.answered(20);
        if stage.second.is_multiple_of(10) {
            let attempts = "10.0.0.8:80, 10.0.0.9:80|502*, 502*|-, -|-, -|0, 0";
            stage.request(&Line { status: 502, ms: 0, attempts, ..Line::default() });
            stage.failed(UpstreamFailure::Refused, "10.0.0.8:80");
            stage.failed(UpstreamFailure::Refused, "10.0.0.9:80");
        }
        for _ in 0..20 {
            stage.request(&Line { status: 502, ms: 0, attempts: "gone|502*|-|-|0", ..Line::default() });
            stage.failed(UpstreamFailure::NoLive, "gone");
        }
    });
    let named: Vec<Cause> = stage.causes(Span::Short).iter().map(|one| one.cause).collect();
    assert_eq!(named, [Cause::UpstreamDown]);
}

/// Between two cuts nobody leaves, and the rhythm is known all the same.
#[test]
fn a_rhythm_stands_between_its_beats() {
    let mut stage = Stage::new();
    stage.play(150, |stage| {
        stage.answered(38);
        if stage.second.is_multiple_of(15) {
            for _ in 0..30 {
                let (ms, path) = ((stage.unit() * 900.0) as u32, stage.path());
                stage.left(ms, Line { path, ..Line::default() });
            }
        }
    });
    for _ in 0..6 {
        stage.play(5, |stage| stage.answered(40));
        stage.check(Span::Middle, &["periodic_cuts"]);
    }
}
