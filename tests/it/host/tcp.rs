//! TCP in real trouble: each case is made in two network namespaces, and what hangup reads equals what nstat and ss show.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use hangup::kernel::netstat::COUNTERS;

use super::netns::{Namespace, SERVER, Wire, allowed, listen, machine_lock};
use super::reader::{LISTEN_PORT, Reader, UPSTREAM_PORT, Values};
use crate::support::wait_for;

fn server(port: u16) -> SocketAddr {
    format!("{SERVER}:{port}").parse().expect("an address")
}

/// Connects so many times at once, each giving up after `patience`; returns those that got through.
fn connect(from: &Namespace, port: u16, clients: usize, patience: Duration) -> Vec<TcpStream> {
    from.inside(|| {
        let tries: Vec<_> = (0..clients)
            .map(|_| std::thread::spawn(move || TcpStream::connect_timeout(&server(port), patience)))
            .collect();
        tries.into_iter().filter_map(|attempt| attempt.join().expect("no panic").ok()).collect()
    })
}

/// Reads when nothing moves any more, and holds every counter against nstat's.
#[track_caller]
fn read_like_nstat(namespace: &Namespace, reader: &mut Reader) -> Values {
    let nstat = || COUNTERS.iter().map(|row| (row.name, namespace.nstat(row.kernel))).collect::<Vec<_>>();
    wait_for("counters that stand still", || {
        let before = nstat();
        let values = reader.read();
        (nstat() == before).then(|| {
            before.iter().for_each(|(name, value)| assert_eq!(values[&format!("tcp {name}")], *value, "{name}"));
            values
        })
    })
}

#[test]
fn an_accept_queue_overflows() {
    if !allowed() {
        return;
    }
    let wire = Wire::lay();
    let mut reader = wire.server.reader();
    let _listener = wire.server.inside(|| listen("0.0.0.0:8080", 5));
    assert_eq!(reader.read()["tcp listen_overflows"], 0);
    let through = connect(&wire.client, LISTEN_PORT, 12, Duration::from_millis(1500));
    assert_eq!(through.len(), 6, "the kernel lets one more in than the backlog");
    let values = read_like_nstat(&wire.server, &mut reader);
    let listener = |what: &str| values[&format!("listener 0.0.0.0:8080 {what}")];
    assert_eq!((listener("length"), listener("limit"), listener("peak")), (6, 5, 6));
    assert!(values["tcp listen_overflows"] >= 6 && values["tcp listen_drops"] >= 6, "{values:?}");
    assert_eq!(values["connections client 8080 established"], 6);
}

/// The peak outlives the queue: somebody accepts, and the next scrape still tells.
#[test]
fn the_peak_is_remembered() {
    if !allowed() {
        return;
    }
    let wire = Wire::lay();
    let mut reader = wire.server.reader();
    let listener = wire.server.inside(|| listen("0.0.0.0:8080", 5));
    let _through = connect(&wire.client, LISTEN_PORT, 4, Duration::from_secs(5));
    assert_eq!(reader.read()["listener 0.0.0.0:8080 length"], 4);
    let _accepted: Vec<_> = (0..4).map(|_| listener.accept().expect("one waits")).collect();
    let values = reader.read();
    assert_eq!((values["listener 0.0.0.0:8080 length"], values["listener 0.0.0.0:8080 peak"]), (0, 4));
}

/// The client never hears the SYN+ACK, so half-open connections pile up at the server.
fn deaf_client(cookies: u64) -> Wire {
    let wire = Wire::lay();
    wire.server.sysctl("net.ipv4.tcp_syncookies", cookies);
    wire.client.nft(
        "add table ip t; add chain ip t c { type filter hook input priority 0; }; \
         add rule ip t c tcp flags & (syn|ack) == (syn|ack) drop",
    );
    wire
}

fn syn_queue_fills(cookies: u64) -> Values {
    let _alone = machine_lock();
    let wire = deaf_client(cookies);
    let mut reader = wire.server.reader();
    let _listener = wire.server.inside(|| listen("0.0.0.0:8080", 4));
    std::thread::scope(|scope| {
        let clients = scope.spawn(|| connect(&wire.client, LISTEN_PORT, 30, Duration::from_millis(800)));
        wait_for("half-open connections", || (reader.read()["connections client 8080 syn_recv"] >= 4).then_some(()));
        assert!(clients.join().expect("no panic").is_empty(), "nobody gets through");
    });
    read_like_nstat(&wire.server, &mut reader)
}

#[test]
fn a_syn_queue_fills_without_cookies() {
    if !allowed() {
        return;
    }
    let values = syn_queue_fills(0);
    assert!(values["tcp req_q_full_drop"] > 0 && values["tcp listen_drops"] > 0, "{values:?}");
    assert_eq!((values["tcp syncookies_sent"], values["tcp listen_overflows"]), (0, 0));
}

#[test]
fn a_syn_queue_fills_with_cookies() {
    if !allowed() {
        return;
    }
    let values = syn_queue_fills(1);
    assert!(values["tcp req_q_full_do_cookies"] > 0 && values["tcp syncookies_sent"] > 0, "{values:?}");
    assert_eq!((values["tcp req_q_full_drop"], values["tcp listen_overflows"]), (0, 0));
}

/// The kernel says it once for each listener, unless the rate limit that all its network messages share is used up;
/// so another listener is flooded until it is heard.
#[test]
fn the_kernel_tells_of_syn_flooding() {
    if !allowed() {
        return;
    }
    let _alone = machine_lock();
    let wire = deaf_client(0);
    let mut reader = wire.server.reader();
    let before = reader.read()["message syn_flooding"];
    wait_for("the message", || {
        let _listener = wire.server.inside(|| listen("0.0.0.0:8080", 4));
        connect(&wire.client, LISTEN_PORT, 30, Duration::from_millis(200));
        (reader.read()["message syn_flooding"] > before).then_some(())
    });
}

#[test]
fn syns_into_a_black_hole_time_out() {
    if !allowed() {
        return;
    }
    let wire = Wire::lay();
    wire.server.nft("add table ip t; add chain ip t c { type filter hook input priority 0; policy drop; }");
    wire.client.sysctl("net.ipv4.tcp_syn_retries", 1);
    wire.client.sysctl_where_known("net.ipv4.tcp_syn_linear_timeouts", 0);
    let mut reader = wire.client.reader();
    std::thread::scope(|scope| {
        let clients = scope.spawn(|| connect(&wire.client, UPSTREAM_PORT, 10, Duration::from_secs(20)));
        wait_for("connections that wait", || (reader.read()["connections upstream 9000 syn_sent"] == 10).then_some(()));
        wait_for("handshakes that nobody answers", || {
            (reader.read()["path 10.99.0.2:9000 unanswered_syns"] == 10).then_some(())
        });
        assert!(clients.join().expect("no panic").is_empty());
    });
    let values = read_like_nstat(&wire.client, &mut reader);
    assert_eq!(values["tcp attempt_fails"], 10);
    assert_eq!(values["tcp syn_retrans"], 10, "one each");
    assert!(values["tcp timeouts"] >= 10, "{values:?}");
    assert_eq!(values["connections upstream 9000 syn_sent"], 0);
    assert_eq!(values["path 10.99.0.2:9000 unanswered_syns"], 0);
}

/// A server that closes with unread bytes resets the connection.
#[test]
fn connections_are_reset() {
    if !allowed() {
        return;
    }
    let wire = Wire::lay();
    let listener = wire.server.inside(|| TcpListener::bind("0.0.0.0:9000").expect("a free port"));
    let mut readers = (wire.client.reader(), wire.server.reader());
    let clients = connect(&wire.client, UPSTREAM_PORT, 25, Duration::from_secs(5));
    let path = |values: &Values, what: &str| values.get(&format!("path 10.99.0.2:9000 {what}")).copied();
    let values = readers.0.read();
    assert_eq!(path(&values, "connections"), Some(25));
    assert!(path(&values, "round_trip_us").is_some_and(|us| (1..100_000).contains(&us)), "{values:?}");
    assert!(path(&values, "sent").is_some_and(|sent| sent >= 50) && path(&values, "retransmitted") == Some(0));
    std::thread::sleep(Duration::from_millis(300));
    assert!(path(&readers.0.read(), "idle_ms").is_some_and(|ms| (250..60_000).contains(&ms)), "{values:?}");
    for mut client in &clients {
        client.write_all(b"unread").expect("sent");
    }
    for _ in &clients {
        let (accepted, _) = listener.accept().expect("one waits");
        accepted.peek(&mut [0]).expect("its bytes are here");
    }
    assert_eq!(clients.len(), 25);
    assert_eq!(read_like_nstat(&wire.client, &mut readers.0)["tcp estab_resets"], 25);
    assert_eq!(read_like_nstat(&wire.server, &mut readers.1)["tcp abort_on_close"], 25);
}
