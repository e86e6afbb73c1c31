//! Keeps the windows of the diagnosis going: looks at the counts and the host every few seconds, and remembers what holds.
//! Knows: what of the samples the windows need. Does not know: any cause.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::facts::facts;
use super::shared::{Counted, Shared, lock};
use crate::diagnosis::{
    Answer, Cause, Connections, Counter, Facts, Host, Listener, Recent, Span, Table, Windows, diagnose,
};
use crate::kernel::Count;
use crate::kernel::connections::Side;
use crate::kernel::listen_queue::Place;
use crate::metrics::{Diagnosed, EvidenceSample, NginxConf};
use crate::poll::Readings;

/// The windows, and what held in them at the last look.
pub(super) struct Why {
    windows: Mutex<Windows>,
    diagnosed: Mutex<Diagnosed>,
    started: Instant,
    /// The time between two looks.
    pub every: Duration,
}

impl Why {
    /// `slot`: the length of the finest stretch of the windows.
    pub(super) fn new(slot: Duration) -> Why {
        let slot_ms = i64::try_from(slot.as_millis()).unwrap_or(i64::MAX / 1000).max(1);
        Why {
            windows: Mutex::new(Windows::new(slot_ms)),
            diagnosed: Mutex::default(),
            started: Instant::now(),
            every: slot / 3,
        }
    }

    /// One look. The counts are locked while the differences are taken, for less than a millisecond.
    pub(super) fn look(&self, shared: &Shared, readings: &Readings, now_ms: i64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let (facts, seen) = {
            let counted = lock(shared);
            windows.observe(&counted.tally, &host(readings, &counted), now_ms);
            (facts(&counted, readings), counted.tally.servers().map(str::to_owned).collect::<Vec<_>>())
        };
        let diagnosed = diagnosed(&windows, &facts, seen, now_ms);
        *lock(&self.diagnosed) = diagnosed;
    }

    /// What held at the last look.
    pub(super) fn diagnosed(&self) -> Diagnosed {
        lock(&self.diagnosed).clone()
    }

    /// What the windows say now.
    pub(super) fn answer(&self, shared: &Shared, readings: &Readings, now_ms: i64) -> Answer {
        let facts = facts(&lock(shared), readings);
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        Answer { uptime_seconds: self.started.elapsed().as_secs_f64(), ..Answer::of(&*windows, &facts, now_ms) }
    }
}

/// What holds in the last minute, or in the last five.
fn diagnosed(windows: &Windows, facts: &Facts, seen: Vec<String>, now_ms: i64) -> Diagnosed {
    let mut holds: BTreeSet<(String, Cause)> = BTreeSet::new();
    let mut evidence: BTreeMap<(String, Cause, String), f64> = BTreeMap::new();
    for span in [Span::Middle, Span::Short] {
        let judged = diagnose(&windows.window(span, now_ms), facts);
        holds.extend(judged.shared);
        for one in judged.causes {
            holds.insert((String::new(), one.cause));
            holds.insert((one.server.clone(), one.cause));
            let pieces =
                one.evidence.into_iter().map(|piece| ((one.server.clone(), one.cause, piece.signal), piece.value));
            evidence.extend(pieces);
        }
    }
    // The windows tell so many apart; the rest is `other` to them, too.
    let told: BTreeSet<&str> = windows.servers().collect();
    let servers = seen.into_iter().filter(|name| told.contains(name.as_str()) && !name.is_empty()).collect();
    let evidence = evidence
        .into_iter()
        .map(|((server, cause, signal), value)| EvidenceSample { server, cause, signal, value })
        .collect();
    Diagnosed { servers, holds, evidence }
}

fn host(readings: &Readings, counted: &Counted) -> Host {
    let table = readings
        .conntrack
        .as_ref()
        .and_then(|conntrack| Some(Table { entries: conntrack.entries?, limit: conntrack.entries_limit? }));
    Host {
        conntrack: table,
        connections: connections(readings),
        listeners: listeners(readings, &counted.configured.conf),
        counters: counters(readings, counted),
    }
}

/// All pages together.
fn connections(readings: &Readings) -> Option<Connections> {
    let pages = readings.stub_status.iter().filter_map(|page| page.status);
    pages.fold(None, |sum: Option<Connections>, page| {
        let sum = sum.unwrap_or_default();
        Some(Connections {
            active: sum.active + page.active as f64,
            reading: sum.reading + page.reading as f64,
            writing: sum.writing + page.writing as f64,
            waiting: sum.waiting + page.waiting as f64,
        })
    })
}

/// The usual ports, where it is not known on which nginx listens.
const WEB_PORTS: [&str; 4] = ["80", "443", "8080", "8443"];

/// Queues that matter: nginx's own, and those of upstreams on this host. A stranger's queue is nobody's outage.
fn listeners(readings: &Readings, conf: &NginxConf) -> Vec<Listener> {
    let upstreams: Vec<String> = readings
        .connections
        .iter()
        .flatten()
        .filter(|row| row.side == Side::Upstream)
        .map(|row| row.port.to_string())
        .collect();
    let matters = |place: &Place| {
        let port = place.port();
        let is_own = |own: &str| own == port;
        port.is_empty()
            || upstreams.iter().any(|upstream| is_own(upstream))
            || match conf.backlogs.is_empty() {
                true => WEB_PORTS.into_iter().any(is_own),
                false => conf.backlogs.iter().any(|backlog| is_own(&backlog.port)),
            }
    };
    let all = readings.listeners.iter().flatten().filter(|listener| matters(&listener.place));
    let named = all.map(|listener| Listener {
        name: name(&listener.place),
        length: listener.length_peak,
        limit: listener.limit,
    });
    named.collect()
}

fn name(place: &Place) -> String {
    match place {
        Place::Unix(_) => place.address(),
        Place::Tcp(ip, port) if ip.is_ipv6() => format!("[{ip}]:{port}"),
        Place::Tcp(ip, port) => format!("{ip}:{port}"),
    }
}

/// By the kernel's table it stands in, under the kernel's name.
const COUNTERS: [(Counter, Group, &str); 9] = [
    (Counter::ConntrackDrop, Group::Conntrack, "drop"),
    (Counter::ConntrackInsertFailed, Group::Conntrack, "insert_failed"),
    (Counter::ConntrackEarlyDrop, Group::Conntrack, "early_drop"),
    (Counter::ListenOverflows, Group::Tcp, "listen_overflows"),
    (Counter::ListenDrops, Group::Tcp, "listen_drops"),
    (Counter::SynQueueDrop, Group::Tcp, "req_q_full_drop"),
    (Counter::Retransmitted, Group::Tcp, "retrans_segs"),
    (Counter::Sent, Group::Tcp, "out_segs"),
    (Counter::SynRetransmitted, Group::Tcp, "syn_retrans"),
];

#[derive(Clone, Copy)]
enum Group {
    Conntrack,
    Tcp,
}

fn counters(readings: &Readings, counted: &Counted) -> Vec<(Counter, u64)> {
    let find =
        |counts: Option<&[Count]>, name: &str| counts?.iter().find(|count| count.name == name).map(|count| count.value);
    let conntrack = readings.conntrack.as_ref().map(|conntrack| &conntrack.counters[..]);
    let tcp = readings.tcp.as_deref();
    let named = COUNTERS.into_iter().map(|(counter, group, name)| match group {
        Group::Conntrack => (counter, find(conntrack, name)),
        Group::Tcp => (counter, find(tcp, name)),
    });
    let messages = readings.kernel_messages.as_ref();
    let full = messages.and_then(|messages| messages.counts().find(|(name, _)| *name == "conntrack_table_full"));
    let softnet = find(readings.softnet.as_deref(), "dropped");
    let devices = readings.netdev.as_ref().map(|devices| devices.iter().map(|device| device.drops).sum::<u64>());
    let pages = readings.stub_status.iter().filter_map(|page| counted.tally.dropped_connections(&page.address));
    let dropped = pages.fold(None, |sum: Option<u64>, dropped| Some(sum.unwrap_or(0) + dropped));
    let others = [
        (Counter::ConntrackTableFull, full.map(|(_, count)| count)),
        (Counter::BacklogDrop, softnet.zip(devices).map(|(softnet, devices)| softnet + devices).or(softnet)),
        (Counter::NotHandled, dropped),
    ];
    named.chain(others).filter_map(|(counter, value)| Some((counter, value?))).collect()
}
