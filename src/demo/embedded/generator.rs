//! The simulation: requests arrive, last, end, and leave lines and counters behind. Pure and deterministic.
//! Knows: what is under way. Does not know: the time of day (it is handed in), files, sockets.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use time::UtcDateTime;

use super::exchange::{Exchange, Note};
use super::incidents::Cause;
use super::kernel::KernelCounts;
use super::site::{WORKER_CONNECTIONS, WORKERS};
use super::status::StatusPage;
use super::{access_line, error_line, stories, traffic};
use crate::demo::random::Random;

const SLOTS_MAX: u64 = WORKER_CONNECTIONS * WORKERS;
/// Idle keep-alive connections beyond this are closed by their clients.
const IDLE_MAX: u64 = 120;
const KEEP_ALIVE_SHARE: f64 = 0.6;
/// nginx closes so many idle connections at a time when slots run short (ngx_drain_connections).
const DRAINED_AT_ONCE: u64 = 32;
/// A crowd, when connection slots are to run out.
const CROWD: f64 = 6.0;
const PROBES_PER_SECOND: f64 = 1.0;
const NOISY_PROBES_PER_SECOND: f64 = 8.0;
const SLOW_CLIENTS_PER_SECOND: f64 = 15.0;
/// Where `patience="long"` begins by default.
const LONG_MILLIS: u64 = 1_000;

/// The lines of one step.
#[derive(Debug, Default)]
pub struct Output {
    pub access: Vec<u8>,
    pub error: Vec<u8>,
}

/// What the generator knows it wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    pub access_lines: u64,
    pub by_status: BTreeMap<u16, u64>,
    /// 499s by agent and patience; probes are in neither of the other two.
    pub abandoned_long: u64,
    pub abandoned_short: u64,
    pub abandoned_by_probe: u64,
    /// 2xx whose client left in mid-body.
    pub cut_short: u64,
    /// Error-log lines by message.
    pub errors: BTreeMap<&'static str, u64>,
}

/// An nginx's worth of traffic.
#[derive(Debug)]
pub struct Generator {
    random: Random,
    rate: f64,
    cause: Cause,
    /// When the cause began.
    since_millis: u64,
    elapsed_millis: u64,
    owed: Owed,
    under_way: BinaryHeap<Reverse<Due>>,
    sequence: u64,
    page: StatusPage,
    upstream_connections: u64,
    kernel: KernelCounts,
    totals: Totals,
}

/// Arrivals not yet whole.
#[derive(Debug, Default)]
struct Owed {
    visitors: f64,
    probes: f64,
    slow_clients: f64,
}

/// Something that happens at its time; what was planned first happens first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at_millis: u64,
    sequence: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Note(Arc<Exchange>, usize),
    End { exchange: Arc<Exchange>, reading: bool },
}

impl Generator {
    /// `rate` is in visitors per second.
    pub fn new(seed: u64, rate: f64) -> Generator {
        Generator {
            random: Random::new(seed),
            rate,
            cause: Cause::Healthy,
            since_millis: 0,
            elapsed_millis: 0,
            owed: Owed::default(),
            under_way: BinaryHeap::new(),
            sequence: 0,
            page: StatusPage::default(),
            upstream_connections: 0,
            kernel: KernelCounts::new(),
            totals: Totals::default(),
        }
    }

    /// What goes wrong from now on. Requests under way end as they began.
    pub fn set_cause(&mut self, cause: Cause) {
        if self.cause != cause {
            (self.cause, self.since_millis) = (cause, self.elapsed_millis);
        }
    }

    /// Lets `dt_millis` of simulated time pass; lines are stamped with `now_millis` (since 1970) and appended to `out`.
    pub fn step(&mut self, now_millis: u64, dt_millis: u64, out: &mut Output) {
        let now = utc(now_millis);
        let seconds = dt_millis as f64 / 1000.0;
        let began = self.elapsed_millis;
        self.elapsed_millis += dt_millis;
        self.kernel.step(self.cause, seconds);
        let (crowd, probes, slow_clients) = match self.cause {
            Cause::ConnectionExhaustion => (CROWD, PROBES_PER_SECOND, 0.0),
            Cause::ProbeNoise => (1.0, NOISY_PROBES_PER_SECOND, 0.0),
            Cause::SlowClients => (1.0, PROBES_PER_SECOND, SLOW_CLIENTS_PER_SECOND),
            _ => (1.0, PROBES_PER_SECOND, 0.0),
        };
        let visitors = whole(&mut self.owed.visitors, self.rate * crowd * seconds);
        for n in 0..visitors {
            self.visitor(began + n * dt_millis / visitors, now, out);
        }
        for _ in 0..whole(&mut self.owed.probes, probes * seconds) {
            let mut probe = traffic::probe(&mut self.random);
            stories::tell_probe(&mut probe, self.cause, &mut self.random);
            self.admit(probe, began, false, now, out);
        }
        for _ in 0..whole(&mut self.owed.slow_clients, slow_clients * seconds) {
            let (mut client, _) = traffic::visitor(&mut self.random);
            let reading = stories::tell_slow_client(&mut client, &mut self.random);
            self.admit(client, began, reading, now, out);
        }
        self.happen(now, out);
    }

    /// What stub_status shows. nginx counts the request for the page itself under Writing.
    pub fn status(&self) -> StatusPage {
        StatusPage { writing: self.page.writing + 1, ..self.page }
    }

    pub fn kernel(&self) -> &KernelCounts {
        &self.kernel
    }

    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    fn visitor(&mut self, at_millis: u64, now: UtcDateTime, out: &mut Output) {
        let (mut exchange, route) = traffic::visitor(&mut self.random);
        let into_millis = at_millis.saturating_sub(self.since_millis);
        stories::tell(&mut exchange, &route, self.cause, into_millis, &mut self.random);
        self.admit(exchange, at_millis, false, now, out);
    }

    /// Gives a request its connection, if there is one to be had.
    fn admit(&mut self, mut exchange: Exchange, at_millis: u64, reading: bool, now: UtcDateTime, out: &mut Output) {
        if self.slots_used() + 2 > SLOTS_MAX && self.page.waiting > 0 {
            self.page.waiting -= self.page.waiting.min(DRAINED_AT_ONCE);
            self.write_note(&exchange, &stories::bare("warn", stories::SLOTS_REUSED), now, out);
        }
        let kept = self.page.waiting > 0 && self.random.chance(KEEP_ALIVE_SHARE);
        if kept {
            self.page.waiting -= 1;
        } else {
            self.page.accepts += 1;
            if self.slots_used() + 1 > SLOTS_MAX {
                return self.write_note(&exchange, &stories::bare("alert", stories::SLOTS_EXHAUSTED), now, out);
            }
            self.page.handled += 1;
        }
        let newest = self.page.accepts;
        exchange.connection =
            if kept { self.random.between(newest.saturating_sub(IDLE_MAX).max(1), newest) } else { newest };
        if exchange.proxied() && self.slots_used() + 2 > SLOTS_MAX {
            exchange.notes.clear();
            stories::tell_no_slot(&mut exchange);
        }
        self.page.requests += 1;
        self.begin(exchange, at_millis, reading);
    }

    fn begin(&mut self, exchange: Exchange, at_millis: u64, reading: bool) {
        *if reading { &mut self.page.reading } else { &mut self.page.writing } += 1;
        self.upstream_connections += u64::from(exchange.proxied());
        let end = at_millis + exchange.request_millis;
        let exchange = Arc::new(exchange);
        for (n, note) in exchange.notes.iter().enumerate() {
            self.plan((at_millis + note.after_millis).min(end), What::Note(Arc::clone(&exchange), n));
        }
        self.plan(end, What::End { exchange, reading });
    }

    fn plan(&mut self, at_millis: u64, what: What) {
        self.sequence += 1;
        self.under_way.push(Reverse(Due { at_millis, sequence: self.sequence, what }));
    }

    /// Everything whose time has come.
    fn happen(&mut self, now: UtcDateTime, out: &mut Output) {
        while self.under_way.peek().is_some_and(|due| due.0.at_millis <= self.elapsed_millis) {
            let Some(Reverse(due)) = self.under_way.pop() else { return };
            match due.what {
                What::Note(exchange, n) => self.write_note(&exchange, &exchange.notes[n], now, out),
                What::End { exchange, reading } => self.end(&exchange, reading, now, out),
            }
        }
    }

    fn end(&mut self, exchange: &Exchange, reading: bool, now: UtcDateTime, out: &mut Output) {
        *if reading { &mut self.page.reading } else { &mut self.page.writing } -= 1;
        self.upstream_connections -= u64::from(exchange.proxied());
        if exchange.complete && self.page.waiting < IDLE_MAX {
            self.page.waiting += 1;
        }
        access_line::write(exchange, now, &mut out.access).expect("writing to memory does not fail");
        self.totals.add(exchange);
    }

    fn write_note(&mut self, exchange: &Exchange, note: &Note, now: UtcDateTime, out: &mut Output) {
        error_line::write(exchange, note, now, &mut out.error).expect("writing to memory does not fail");
        *self.totals.errors.entry(note.message).or_default() += 1;
    }

    fn slots_used(&self) -> u64 {
        self.page.active() + self.upstream_connections
    }
}

impl Totals {
    fn add(&mut self, exchange: &Exchange) {
        self.access_lines += 1;
        *self.by_status.entry(exchange.status).or_default() += 1;
        match exchange.status {
            499 if exchange.agent == traffic::PROBE_AGENT => self.abandoned_by_probe += 1,
            499 if exchange.request_millis >= LONG_MILLIS => self.abandoned_long += 1,
            499 => self.abandoned_short += 1,
            200..=299 if !exchange.complete => self.cut_short += 1,
            _ => {}
        }
    }
}

/// Only the time and the order of planning decide; what happens then does not.
impl PartialEq for What {
    fn eq(&self, _: &What) -> bool {
        true
    }
}

impl Eq for What {}

impl PartialOrd for What {
    fn partial_cmp(&self, other: &What) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for What {
    fn cmp(&self, _: &What) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// How many whole ones there are by now; the fraction is carried on.
fn whole(owed: &mut f64, more: f64) -> u64 {
    *owed += more;
    let whole = owed.trunc();
    *owed -= whole;
    whole as u64
}

/// The year 9999 is as far as calendars go here; what is beyond shows as 1970.
fn utc(unix_millis: u64) -> UtcDateTime {
    UtcDateTime::from_unix_timestamp((unix_millis / 1000).cast_signed()).unwrap_or(UtcDateTime::UNIX_EPOCH)
}
