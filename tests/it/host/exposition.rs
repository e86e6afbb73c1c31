//! From the kernel to /metrics: the built binary inside a namespace in trouble.

use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::netns::{SERVER, Wire, allowed, listen};
use crate::support::hangup::Hangup;
use crate::support::wait_for;

#[test]
fn an_overflowing_accept_queue_is_seen_in_a_scrape() {
    if !allowed() {
        return;
    }
    let wire = Wire::lay();
    let _listener = wire.server.inside(|| listen("0.0.0.0:8080", 5));
    let hangup = Hangup::spawn(Command::new("ip").args(["netns", "exec", &wire.server.name]).args([
        env!("CARGO_BIN_EXE_hangup"),
        "--nginx.config=",
        "--web.listen-address=127.0.0.1:0",
    ]));
    let _clients = wire.client.inside(|| {
        let address = format!("{SERVER}:8080").parse().expect("an address");
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        (0..8).filter_map(|_| connect()).collect::<Vec<_>>()
    });
    let overflows = wire.server.nstat("TcpExtListenOverflows");
    assert!(overflows >= 2);
    let scrape = wait_for("the overflows of nstat", || {
        let scrape = wire.server.inside(|| hangup.scrape());
        (scrape.sum("hangup_tcp_listen_overflows_total", &[]) == overflows as f64).then_some(scrape)
    });
    let queue = |name| scrape.one(name, &[("address", "0.0.0.0"), ("port", "8080")]);
    assert_eq!(queue("hangup_listen_queue_length"), 6.0);
    assert_eq!(queue("hangup_listen_queue_length_peak"), 6.0);
    assert_eq!(queue("hangup_listen_queue_limit"), 5.0);
    for source in ["conntrack", "tcp", "softnet", "netdev", "sysctl", "listen_queue", "connections"] {
        assert_eq!(scrape.one("hangup_source_up", &[("source", source)]), 1.0, "{source}");
    }
}
