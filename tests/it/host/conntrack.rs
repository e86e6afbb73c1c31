//! A real connection tracking table in trouble. Its limits hold for the whole machine; they are put back.

use std::net::UdpSocket;

use hangup::kernel::Counter;
use hangup::kernel::conntrack::COUNTERS;

use super::netns::{Namespace, SERVER, Wire, allowed, machine_lock};
use super::reader::{Reader, Values};
use crate::support::wait_for;

pub const MAX: &str = "/proc/sys/net/netfilter/nf_conntrack_max";
const BUCKETS: &str = "/proc/sys/net/netfilter/nf_conntrack_buckets";
const TRACK: &str = "add table ip t; add chain ip t c { type filter hook prerouting priority 0; }; add rule ip t c ct state new counter";

/// A limit of the whole machine, lowered until this is dropped.
struct Lowered {
    path: &'static str,
    before: String,
}

impl Lowered {
    fn to(path: &'static str, value: u64) -> Lowered {
        let before = std::fs::read_to_string(path).expect("a limit");
        std::fs::write(path, value.to_string()).expect("writable in the initial namespace");
        Lowered { path, before }
    }
}

impl Drop for Lowered {
    fn drop(&mut self) {
        std::fs::write(self.path, &self.before).expect("put back");
    }
}

/// One datagram from each of so many ports; each is a connection for the table.
fn flows(from: &Namespace, flows: usize) {
    from.inside(|| {
        let sockets: Vec<_> = (0..flows).map(|_| UdpSocket::bind("0.0.0.0:0").expect("a free port")).collect();
        for socket in &sockets {
            // A full table shows as EPERM here, on the sender's own side.
            let _ = socket.send_to(b"x", (SERVER, 7777));
        }
    });
}

/// Holds every counter against `conntrack -S`.
#[track_caller]
fn read_like_conntrack(namespace: &Namespace, reader: &mut Reader) -> Values {
    let values = reader.read();
    for Counter { name, .. } in COUNTERS {
        assert_eq!(values[&format!("conntrack {name}")], namespace.conntrack_statistics(name), "{name}");
    }
    values
}

#[test]
fn the_table_is_full() {
    if !allowed() {
        return;
    }
    let _alone = machine_lock();
    let wire = Wire::lay();
    wire.server.nft(TRACK);
    let mut reader = wire.server.reader();
    let before = reader.read();
    let _limit = Lowered::to(MAX, 30);
    flows(&wire.client, 100);
    let values = read_like_conntrack(&wire.server, &mut reader);
    assert_eq!((values["conntrack entries"], values["conntrack entries_limit"]), (30, 30));
    assert!(values["conntrack drop"] - before["conntrack drop"] >= 60, "{values:?}");
    assert_eq!(values["net.netfilter.nf_conntrack_max"], 30);
    // Unless the rate limit that all its network messages share is used up, the kernel says so.
    wait_for("the kernel's message", || {
        flows(&wire.client, 20);
        (reader.read()["message conntrack_table_full"] > before["message conntrack_table_full"]).then_some(())
    });
}

#[test]
fn old_connections_are_dropped_early_for_new_ones() {
    if !allowed() {
        return;
    }
    let _alone = machine_lock();
    let wire = Wire::lay();
    wire.server.nft(TRACK);
    let mut reader = wire.server.reader();
    // With more entries than buckets the few buckets the kernel looks into hold one that can go.
    let _buckets = Lowered::to(BUCKETS, 1024);
    let _limit = Lowered::to(MAX, 2048);
    flows(&wire.client, 4000);
    let values = read_like_conntrack(&wire.server, &mut reader);
    assert!(values["conntrack early_drop"] > 1000, "{values:?}");
}

#[test]
fn translation_runs_out_of_ports() {
    if !allowed() {
        return;
    }
    let _alone = machine_lock();
    let wire = Wire::lay();
    wire.client.nft("add table ip n; add chain ip n c { type nat hook postrouting priority 100; }; add rule ip n c ip protocol udp snat to 10.99.0.1:5000-5003");
    let mut reader = wire.client.reader();
    flows(&wire.client, 50);
    let values = read_like_conntrack(&wire.client, &mut reader);
    assert!(values["conntrack insert_failed"] + values["conntrack drop"] > 0, "{values:?}");
}
