//! Who is connected: bounds the connections altogether and of each peer, and names who is cut off for a newcomer.
//! Knows: peers, phases, how long nothing has moved. Does not know: HTTP, or how a connection is closed.
//!
//! A newcomer is always let in, and the most expendable connection goes: a scraper can then never be kept out by those
//! who hold connections open, while they lose theirs to each other.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::cuts::{Cut, Cuts};
use super::locked;

/// What clients may hold and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections served at once.
    pub connections: usize,
    /// Of these, connections of one address (of one /64, for IPv6).
    pub per_peer: usize,
    /// How long a client may take to send the head of its request.
    pub request_head: Duration,
    /// How long a client may take nothing of its answer.
    pub stall: Duration,
    /// How long one connection may live, reading and writing included.
    pub connection: Duration,
    /// How long running answers are waited for at shutdown; after it they are cut off.
    pub shutdown: Duration,
}

/// Where a connection stands. The most expendable first: whoever has sent its request and waits for it to be answered
/// has done all that a scraper does, and is the last to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// The head of the request is not complete.
    Head,
    /// The answer is being sent.
    Answer,
    /// The answer is being prepared.
    Wait,
}

/// One open connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub peer: IpAddr,
    begun: Instant,
    /// The phase, and when something last moved in it.
    moved: Mutex<(Phase, Instant)>,
    cut: OnceLock<Cut>,
    woken: Notify,
    cuts: Arc<Cuts>,
}

impl Connection {
    fn new(peer: IpAddr, now: Instant, cuts: Arc<Cuts>) -> Connection {
        let moved = Mutex::new((Phase::Head, now));
        Connection { peer: peer.to_canonical(), begun: now, moved, cut: OnceLock::new(), woken: Notify::new(), cuts }
    }

    pub(super) fn enter(&self, phase: Phase) {
        *locked(&self.moved) = (phase, Instant::now());
    }

    /// The client took some bytes.
    pub(super) fn progress(&self) {
        locked(&self.moved).1 = Instant::now();
    }

    pub(super) fn moved(&self) -> (Phase, Instant) {
        *locked(&self.moved)
    }

    /// Ends the connection; only the first reason counts.
    pub(super) fn cut(&self, why: Cut) {
        if self.cut.set(why).is_ok() {
            self.cuts.add(why);
        }
        self.woken.notify_one();
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.get().is_some()
    }

    /// Resolves once the connection is cut, by somebody else or because its time is up.
    pub(super) async fn ended(&self, limits: &Limits) {
        while !self.is_cut() {
            let (deadline, why) = self.deadline(limits);
            if Instant::now() >= deadline {
                return self.cut(why);
            }
            let _ = tokio::time::timeout_at(deadline.into(), self.woken.notified()).await;
        }
    }

    fn deadline(&self, limits: &Limits) -> (Instant, Cut) {
        let whole = (self.begun + limits.connection, Cut::Overdue);
        let (phase, moved) = self.moved();
        match phase {
            Phase::Head => whole.min((self.begun + limits.request_head, Cut::Head)),
            Phase::Answer => whole.min((moved + limits.stall, Cut::Stalled)),
            Phase::Wait => whole,
        }
    }
}

/// All open connections.
#[derive(Debug)]
pub(super) struct Connections {
    limits: Limits,
    cuts: Arc<Cuts>,
    open: Mutex<Vec<Arc<Connection>>>,
}

impl Connections {
    pub(super) fn new(limits: Limits, cuts: Arc<Cuts>) -> Connections {
        Connections { limits, cuts, open: Mutex::new(Vec::new()) }
    }

    /// Lets a client in. Where that is one too many, another connection is cut, and how long it had been open is told.
    pub(super) fn admit(&self, peer: IpAddr) -> (Arc<Connection>, Option<Duration>) {
        let now = Instant::now();
        let newcomer = Arc::new(Connection::new(peer, now, self.cuts.clone()));
        let mut open = locked(&self.open);
        let crowded = crowded(&open, &self.limits, network(newcomer.peer));
        let age = crowded.and_then(|network| cut_one(&mut open, network, now));
        open.push(newcomer.clone());
        (newcomer, age)
    }

    pub(super) fn leave(&self, connection: &Arc<Connection>) {
        locked(&self.open).retain(|other| !Arc::ptr_eq(other, connection));
    }

    /// Frees a file descriptor: cuts the oldest connection whose request is not complete. Whether there was one.
    pub(super) fn cut_idle(&self) -> bool {
        let mut open = locked(&self.open);
        let idle = open.iter().filter(|connection| connection.moved().0 == Phase::Head);
        let oldest = idle.min_by_key(|connection| connection.begun).cloned();
        let Some(oldest) = oldest else { return false };
        open.retain(|connection| !Arc::ptr_eq(connection, &oldest));
        oldest.cut(Cut::Crowded);
        true
    }
}

/// The network that must give a connection up before one more of `newcomer` comes in.
fn crowded(open: &[Arc<Connection>], limits: &Limits, newcomer: IpAddr) -> Option<IpAddr> {
    let own = open.iter().filter(|connection| network(connection.peer) == newcomer).count();
    match () {
        () if own >= limits.per_peer => Some(newcomer),
        () if open.len() >= limits.connections => largest(open),
        () => None,
    }
}

/// The network with the most connections.
fn largest(open: &[Arc<Connection>]) -> Option<IpAddr> {
    let mut counts: HashMap<IpAddr, usize> = HashMap::new();
    open.iter().for_each(|connection| *counts.entry(network(connection.peer)).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(network, _)| network)
}

/// Cuts the connection of this network in which nothing has moved for longest, in the most expendable phase there is.
fn cut_one(open: &mut Vec<Arc<Connection>>, of: IpAddr, now: Instant) -> Option<Duration> {
    let own = open.iter().enumerate().filter(|(_, connection)| network(connection.peer) == of);
    let (at, _) = own.min_by_key(|(_, connection)| connection.moved())?;
    let connection = open.swap_remove(at);
    connection.cut(Cut::Crowded);
    Some(now.saturating_duration_since(connection.begun))
}

/// What one person can have many addresses of counts as one peer: an IPv6 /64.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if !v6.is_loopback() => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(connections: usize, per_peer: usize) -> Connections {
        let limits = Limits { connections, per_peer, ..super::super::server::limits(None) };
        Connections::new(limits, Arc::default())
    }

    fn peer(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_newcomer_takes_the_place_of_the_oldest_unfinished_head_of_its_own_network() {
        let table = table(10, 3);
        let stranger = table.admit(peer("192.0.2.9")).0;
        let mut own: Vec<_> = (0..3).map(|_| table.admit(peer("::ffff:192.0.2.1")).0).collect();
        own[0].enter(Phase::Wait);
        own.push(table.admit(peer("192.0.2.1")).0);
        let cut: Vec<bool> = own.iter().map(|connection| connection.is_cut()).collect();
        assert_eq!((cut, stranger.is_cut()), (vec![false, true, false, false], false));
    }

    #[test]
    fn whoever_has_most_gives_one_up_when_all_places_are_taken() {
        let table = table(4, 3);
        let few = table.admit(peer("2001:db8:1::1")).0;
        let many: Vec<_> = (1..4).map(|i| table.admit(peer(&format!("2001:db8:2::{i}"))).0).collect();
        let (newcomer, age) = table.admit(peer("192.0.2.1"));
        assert!(many[0].is_cut() && age.is_some());
        assert!(!few.is_cut() && !newcomer.is_cut() && !many[1].is_cut());
    }

    #[test]
    fn who_reads_goes_after_who_does_not_and_who_waits_goes_last() {
        let table = table(9, 3);
        let connections: Vec<_> = (0..3).map(|_| table.admit(peer("192.0.2.1")).0).collect();
        for (connection, phase) in connections.iter().zip([Phase::Wait, Phase::Answer, Phase::Answer]) {
            connection.enter(phase);
        }
        std::thread::sleep(Duration::from_millis(2));
        connections[1].progress();
        let order = [2, 1, 0];
        for at in order {
            table.admit(peer("192.0.2.1")).0.enter(Phase::Wait);
            assert!(connections[at].is_cut(), "{at}");
        }
    }

    #[test]
    fn a_place_that_was_left_is_free() {
        let table = table(1, 1);
        let (first, _) = table.admit(peer("127.0.0.1"));
        table.leave(&first);
        assert_eq!(table.admit(peer("127.0.0.1")).1, None);
        assert!(!first.is_cut() && table.cut_idle() && !table.cut_idle());
    }
}
