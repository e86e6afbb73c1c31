//! Plays a second at a time: requests and error-log entries into a real tally, counters of a host, a look every five.

use std::collections::BTreeMap;

use crate::diagnosis::{Answer, Cause, Connections, Counter, Diagnosis, Facts, Host, Recent, Span, Timeouts, Windows};
use crate::record::{
    ClientFailure, Column, ErrorRecord, Event, Level, Record, Resource, Sight, Status, Time, TimeoutPhase,
    UpstreamFailure, testing::tried,
};
use crate::tally::{Options, ServerId, Tally};
use crate::verdict;

pub(super) const START_MS: i64 = 1_795_270_500_000;

pub(super) struct Stage {
    pub(super) tally: Tally,
    pub(super) host: Host,
    pub(super) facts: Facts,
    pub(super) windows: Windows,
    pub(super) second: u64,
    pub(super) look_every: u64,
    random: u64,
    counters: BTreeMap<Counter, u64>,
}

/// How a request looks in the log.
pub(super) struct Line<'a> {
    pub(super) server: &'a str,
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) ms: u32,
    pub(super) agent: &'a str,
    pub(super) client: &'a str,
    /// As [`tried`] takes it.
    pub(super) attempts: &'a str,
}

pub(super) const PATHS: [&str; 5] = ["/", "/cart", "/search", "/login", "/orders"];
const BROWSER: &str = "Mozilla/5.0";

impl Default for Line<'_> {
    fn default() -> Self {
        Line { server: "shop", path: "/", status: 200, ms: 40, agent: BROWSER, client: "", attempts: "" }
    }
}

impl Stage {
    pub(super) fn new() -> Stage {
        let timeouts = Timeouts { read: Some(60.0), connect: Some(60.0) };
        let mut facts =
            Facts { slots: Some(4096), timeouts: [("shop".to_owned(), timeouts)].into(), ..Facts::default() };
        facts.keepalives = [("10.0.0.1:80".to_owned(), 60.0)].into();
        let host = Host {
            connections: Some(Connections { active: 40.0, reading: 0.0, writing: 8.0, waiting: 32.0 }),
            conntrack: Some(crate::diagnosis::Table { entries: 900, limit: 65_536 }),
            ..Host::default()
        };
        let mut stage = Stage {
            tally: Tally::new(Options::default()),
            host,
            facts,
            windows: Windows::new(super::super::SLOT_MS),
            second: 0,
            look_every: 5,
            random: 7,
            counters: Counter::ALL.map(|counter| (counter, 1_000)).into(),
        };
        stage.look();
        stage
    }

    /// Below one.
    pub(super) fn unit(&mut self) -> f64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as f64 / f64::from(1_u32 << 31)
    }

    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    pub(super) fn path(&mut self) -> &'static str {
        PATHS[(self.unit() * PATHS.len() as f64) as usize]
    }

    pub(super) fn count(&mut self, counter: Counter, count: u64) {
        *self.counters.entry(counter).or_default() += count;
    }

    pub(super) fn now_ms(&self) -> i64 {
        START_MS + self.second as i64 * 1000
    }

    pub(super) fn request(&mut self, line: &Line<'_>) {
        let server = self.tally.server(line.server.as_bytes(), Sight::of(&Column::ALL));
        let any = format!("203.0.{}.{}", (self.unit() * 250.0) as u8, (self.unit() * 250.0) as u8);
        let client = if line.client.is_empty() { &any } else { line.client };
        self.add(line, client, server);
    }

    fn add(&mut self, line: &Line<'_>, client: &str, server: ServerId) {
        let record = Record {
            sight: Sight::of(&[Column::Status, Column::Duration, Column::Path, Column::Client, Column::UserAgent]),
            status: Some(Status::from(Some(line.status))),
            method: b"GET",
            path: line.path.as_bytes(),
            client: Some(client.as_bytes()),
            user_agent: Some(line.agent.as_bytes()),
            duration: Some(line.ms),
            time: Time::Unix(self.now_ms()),
            ..Record::default()
        };
        let record = if line.attempts.is_empty() { record } else { tried(record, line.attempts) };
        self.tally.add_request(&record, &verdict::judge(&record), server, self.now_ms());
    }

    /// Answered well by this upstream, after about so many milliseconds.
    pub(super) fn answered_by(&mut self, server: &str, upstream: &str, mean_ms: f64) {
        let ms = 5 + self.exponential(mean_ms) as u32;
        let (path, attempts) = (self.path(), format!("{upstream}|200|1|{ms}|{ms}"));
        self.request(&Line { server, path, ms, attempts: &attempts, ..Line::default() });
    }

    pub(super) fn answered(&mut self, count: u32) {
        (0..count).for_each(|_| self.answered_by("shop", "10.0.0.1:80", 40.0));
    }

    /// Left after so long, while it waited for the upstream.
    pub(super) fn left(&mut self, ms: u32, line: Line<'_>) {
        let attempts = format!("10.0.0.1:80|-|1|-|{ms}");
        self.request(&Line { status: 499, ms, attempts: &attempts, ..line });
    }

    pub(super) fn error(&mut self, event: Event, upstream: &str) {
        let upstream = (!upstream.is_empty()).then_some(upstream.as_bytes());
        self.tally.add_error(&ErrorRecord { level: Level::Error, event, upstream, text: b"", time: Time::Absent });
    }

    pub(super) fn severe(&mut self, resource: Resource) {
        let event = Event::Exhausted(resource);
        self.tally.add_error(&ErrorRecord {
            level: Level::Alert,
            event,
            upstream: None,
            text: b"",
            time: Time::Absent,
        });
    }

    pub(super) fn timed_out(&mut self, phase: TimeoutPhase, upstream: &str) {
        self.error(Event::UpstreamTimeout(phase), upstream);
    }

    pub(super) fn failed(&mut self, kind: UpstreamFailure, upstream: &str) {
        self.error(Event::UpstreamFailure(kind), upstream);
    }

    pub(super) fn client(&mut self, kind: ClientFailure) {
        self.error(Event::ClientFailure(kind), "");
    }

    fn look(&mut self) {
        self.host.counters = self.counters.iter().map(|(counter, count)| (*counter, *count)).collect();
        self.windows.observe(&self.tally, &self.host, self.now_ms());
    }

    /// A second of life after another.
    pub(super) fn play(&mut self, seconds: u64, mut second: impl FnMut(&mut Stage)) {
        for _ in 0..seconds {
            second(self);
            self.count(Counter::Sent, 2_000);
            self.second += 1;
            if self.second.is_multiple_of(self.look_every) {
                self.look();
            }
        }
    }

    pub(super) fn causes(&self, span: Span) -> Vec<Diagnosis> {
        super::super::diagnose(&self.windows.window(span, self.now_ms()), &self.facts).causes
    }

    /// The causes of a window, each as `cause` or `cause upstream`.
    #[track_caller]
    pub(super) fn check(&self, span: Span, expected: &[&str]) {
        let causes = self.causes(span);
        let word = |one: &Diagnosis| {
            [Some(one.cause.as_str()), one.upstream.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        let found: Vec<String> = causes.iter().map(word).collect();
        assert_eq!(found, expected, "{span:?}: {causes:#?}");
        for one in &causes {
            let well = one.evidence.iter().all(|piece| piece.value.is_finite()) && !one.evidence.is_empty();
            assert!(well && one.sentence.ends_with('.') && !one.sentence.contains("NaN"), "{one:?}");
        }
    }

    pub(super) fn answer(&self) -> Answer {
        Answer::of(&self.windows, &self.facts, self.now_ms())
    }

    pub(super) fn holds(&self, cause: Cause) -> bool {
        self.causes(Span::Short).iter().any(|one| one.cause == cause)
    }
}
