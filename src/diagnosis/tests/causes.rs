//! What each cause looks like, played for a minute after a healthy one: the short window names it, and only it; the
//! middle one does after some minutes.

use super::stage::{Line, Stage};
use crate::diagnosis::{Cause, Confidence, Counter, Listener, Span, Table};
use crate::record::{ClientFailure, Event, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};

/// One cause: its words, and a second of it.
type Fixture = (&'static [&'static str], fn(&mut Stage));

const ONE: &str = "10.0.0.1:80";

const FIXTURES: [Fixture; 17] = [
    (&["conntrack_exhaustion"], |stage| {
        stage.host.conntrack = Some(Table { entries: 65_400, limit: 65_536 });
        stage.count(Counter::ConntrackInsertFailed, 57);
        stage.count(Counter::ConntrackDrop, 21);
        stage.answered(35);
        (0..5).for_each(|_| unanswered(stage));
    }),
    (&["accept_queue_overflow"], |stage| {
        stage.host.listeners = vec![Listener { name: "127.0.0.1:9000".to_owned(), length: 511, limit: 511 }];
        stage.count(Counter::ListenOverflows, 30);
        stage.answered(30);
        for _ in 0..5 {
            let attempts = "127.0.0.1:9000|200|1012|1050|1050";
            stage.request(&Line { ms: 1_050, attempts, ..Line::default() });
        }
        (0..4).for_each(|_| unanswered(stage));
    }),
    (&["worker_died"], |stage| {
        stage.answered(40);
        if stage.second.is_multiple_of(20) {
            stage.error(Event::ServerFailure(ServerFailure::WorkerDied), "");
        }
    }),
    (&["connection_exhaustion"], |stage| {
        stage.count(Counter::NotHandled, 12);
        (0..12).for_each(|_| stage.severe(Resource::WorkerConnections));
        stage.answered(40);
        (0..4).for_each(|_| stage.left(20, Line::default()));
    }),
    (&["slow_clients"], |stage| {
        stage.host.connections =
            Some(crate::diagnosis::Connections { active: 90.0, reading: 60.0, ..Default::default() });
        stage.answered(40);
        (0..3).for_each(|_| stage.request(&Line { status: 408, ms: 5_000, ..Line::default() }));
        (0..3).for_each(|_| stage.client(ClientFailure::TimedOutRequest));
    }),
    (&["connect_timeout 10.0.0.3:80"], |stage| {
        stage.answered(35);
        (0..5).for_each(|_| unanswered(stage));
    }),
    (&["upstream_down 10.0.0.1:80"], |stage| {
        for _ in 0..40 {
            stage.request(&Line { status: 502, ms: 0, attempts: "10.0.0.1:80|502*|-|-|0", ..Line::default() });
            stage.failed(UpstreamFailure::Refused, ONE);
        }
    }),
    (&["servers_marked_down app"], |stage| {
        stage.answered(20);
        for _ in 0..20 {
            stage.request(&Line { status: 502, ms: 0, attempts: "app|502*|-|-|0", ..Line::default() });
            stage.failed(UpstreamFailure::NoLive, "app");
        }
        if stage.second.is_multiple_of(5) {
            stage.request(&Line { status: 504, ms: 2_000, attempts: "10.0.0.1:80|504*|1|-|2000", ..Line::default() });
            stage.timed_out(TimeoutPhase::Header, ONE);
        }
    }),
    (&["keepalive_race 10.0.0.1:80"], |stage| {
        stage.answered(40);
        for _ in 0..2 {
            stage.request(&Line { status: 502, ms: 1, attempts: "10.0.0.1:80|502*|0|-|1", ..Line::default() });
            stage.failed(UpstreamFailure::Reset, ONE);
        }
    }),
    (&["upstream_timeouts 10.0.0.1:80"], |stage| {
        stage.answered(30);
        for _ in 0..8 {
            stage.request(&Line { status: 504, ms: 2_000, attempts: "10.0.0.1:80|504*|1|-|2000", ..Line::default() });
            stage.timed_out(TimeoutPhase::Header, ONE);
        }
        (0..4).for_each(|_| stage.left(1_500, Line::default()));
    }),
    (&["periodic_cuts"], |stage| {
        stage.answered(38);
        if stage.second.is_multiple_of(5) {
            for _ in 0..6 {
                let (ms, path) = ((stage.unit() * 3_000.0) as u32, stage.path());
                stage.left(ms, Line { path, ..Line::default() });
            }
        }
    }),
    (&["intermediary_timeout"], |stage| {
        stage.answered(36);
        for _ in 0..4 {
            let (ms, path) = (5_000 + (stage.unit() * 8.0) as u32, stage.path());
            stage.left(ms, Line { path, ..Line::default() });
        }
    }),
    (&["aggressive_client_timeout"], |stage| {
        stage.answered(36);
        for _ in 0..4 {
            let (ms, path) = (3_000 + (stage.unit() * 8.0) as u32, stage.path());
            stage.left(ms, Line { path, agent: "python-requests/2.32.3", ..Line::default() });
        }
    }),
    (&["slow_upstream"], |stage| {
        (0..20).for_each(|_| stage.answered_by("shop", ONE, 3_000.0));
        impatient(stage, 20);
    }),
    (&["probe_noise"], |stage| {
        stage.answered(36);
        (0..4).for_each(|_| stage.left(300, Line { agent: "kube-probe/1.33", client: "10.1.1.1", ..Line::default() }));
    }),
    (&["network_disconnect"], |stage| {
        stage.answered(36);
        stage.count(Counter::Retransmitted, 45);
        for _ in 0..6 {
            let ms = 1 + (stage.unit() * 120.0) as u32;
            stage.left(ms, Line::default());
            stage.client(ClientFailure::Reset);
        }
    }),
    (&["admission_refused"], |stage| {
        stage.answered(36);
        (0..4).for_each(|_| stage.request(&Line { status: 503, ms: 0, attempts: "|-||", ..Line::default() }));
    }),
];

/// A SYN that nobody answers: nginx gives up, or its client does before.
pub(super) fn unanswered(stage: &mut Stage) {
    if stage.unit() < 0.5 {
        stage.request(&Line { status: 504, ms: 5_000, attempts: "10.0.0.3:80|504*|-|-|5000", ..Line::default() });
        stage.timed_out(TimeoutPhase::Connect, "10.0.0.3:80");
    } else {
        let ms = 1_000 + stage.exponential(1_500.0) as u32;
        let attempts = format!("10.0.0.3:80|-|-|-|{ms}");
        stage.request(&Line { status: 499, ms, attempts: &attempts, ..Line::default() });
        stage.client(ClientFailure::ClosedConnecting);
    }
}

/// People who wait for a slow upstream, each as long as he likes.
pub(super) fn impatient(stage: &mut Stage, count: u32) {
    for _ in 0..count {
        let (ms, path) = (1_000 + stage.exponential(3_000.0) as u32, stage.path());
        stage.left(ms, Line { path, ..Line::default() });
        stage.client(ClientFailure::ClosedWaiting);
    }
}

#[test]
fn each_cause_is_named_within_a_minute_and_goes_on_being_named() {
    for (expected, second) in FIXTURES {
        let mut stage = Stage::new();
        stage.play(60, |stage| stage.answered(40));
        stage.check(Span::Middle, &[]);
        stage.play(60, second);
        stage.check(Span::Short, expected);
        stage.play(120, second);
        stage.check(Span::Middle, expected);
        let answer = stage.answer();
        let harmless = expected == ["probe_noise"] || expected == ["admission_refused"];
        assert_eq!(
            answer.trouble || expected == ["worker_died"] || expected == ["slow_clients"],
            !harmless,
            "{answer:#?}"
        );
        assert!(serde_json::to_string(&answer).is_ok());
    }
}

#[test]
fn no_cause_is_without_a_fixture() {
    for cause in Cause::ALL {
        let named = FIXTURES.iter().any(|(words, _)| words.iter().any(|words| words.starts_with(cause.as_str())));
        assert!(named, "{}", cause.as_str());
    }
}

#[test]
fn the_evidence_has_values_and_limits_and_the_sentence_names_who() {
    let mut stage = Stage::new();
    stage.play(120, |stage| {
        (0..20).for_each(|_| stage.answered_by("shop", ONE, 3_000.0));
        impatient(stage, 20);
    });
    let causes = stage.causes(Span::Short);
    let slow = &causes[0];
    assert_eq!((slow.cause, slow.server.as_str(), slow.confidence), (Cause::SlowUpstream, "shop", Confidence::Certain));
    assert!(slow.sentence.contains("shop") && slow.sentence.contains("50 %"), "{}", slow.sentence);
    let p95 = slow.evidence.iter().find(|piece| piece.signal.contains("p95")).expect("a p95");
    assert!(p95.value > 5.0 && p95.limit == Some(1.0) && p95.source == "$upstream_header_time", "{p95:?}");
    assert!(slow.runbook.ends_with("NginxClientsImpatient.md"));
}

/// Two causes at once: neither hides the other.
#[test]
fn two_causes_at_once() {
    let mut stage = Stage::new();
    stage.play(90, |stage| {
        stage.host.conntrack = Some(Table { entries: 65_530, limit: 65_536 });
        stage.count(Counter::ConntrackDrop, 40);
        (0..20).for_each(|_| stage.answered_by("shop", ONE, 3_000.0));
        impatient(stage, 15);
        (0..5).for_each(|_| unanswered(stage));
    });
    stage.check(Span::Short, &["conntrack_exhaustion", "slow_upstream"]);

    let mut stage = Stage::new();
    stage.play(90, |stage| {
        (0..20).for_each(|_| stage.answered_by("shop", ONE, 40.0));
        for _ in 0..20 {
            let attempts = "10.0.0.9:80|502*|-|-|0";
            stage.request(&Line { server: "api", status: 502, ms: 0, attempts, ..Line::default() });
            stage.failed(UpstreamFailure::Refused, "10.0.0.9:80");
        }
    });
    stage.check(Span::Short, &["upstream_down 10.0.0.9:80"]);
    assert_eq!(stage.causes(Span::Short)[0].server, "api", "and not shop, which does not use it");
}

/// Two servers in one group, one of them down: nobody is lost, and it is told.
#[test]
fn lost_redundancy_is_told() {
    let mut stage = Stage::new();
    stage.play(120, |stage| {
        stage.answered(36);
        for _ in 0..4 {
            let attempts = "10.0.0.2:80, 10.0.0.1:80|502*, 200|-, 1|-, 30|0, 30";
            stage.request(&Line { attempts, ..Line::default() });
            stage.failed(UpstreamFailure::Refused, "10.0.0.2:80");
        }
    });
    stage.check(Span::Short, &["upstream_down 10.0.0.2:80"]);
    let told = stage.causes(Span::Short).remove(0).sentence;
    assert!(told.contains("others cover"), "{told}");
    assert!(!stage.answer().trouble);
}

/// Without an error log the access log's phases say it, less surely.
#[test]
fn without_an_error_log_the_access_log_says_it() {
    let mut stage = Stage::new();
    stage.facts.error_log = false;
    stage.play(90, |stage| {
        stage.answered(20);
        for _ in 0..10 {
            stage.request(&Line { status: 502, ms: 0, attempts: "10.0.0.1:80|502*|-|-|0", ..Line::default() });
        }
    });
    stage.check(Span::Short, &["upstream_down"]);
    assert_eq!(stage.causes(Span::Short)[0].confidence, Confidence::Likely);
}
