//! Every listener of this machine, as ss shows it.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use hangup::poll::Options;

use super::layouts::after_first_round;
use super::netns::listen;
use crate::support::wait_for;

/// `ss -ltn`: address:port → summed Recv-Q and Send-Q.
fn ss() -> BTreeMap<String, (u64, u64)> {
    let output = Command::new("ss").args(["-H", "-l", "-t", "-n"]).output().expect("ss");
    let mut listeners = BTreeMap::<String, (u64, u64)>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |index: usize| words[index].parse::<u64>().expect("a number");
        // ss shows a device behind a %, and * for a v6 socket that takes v4 too.
        let (address, port) = words[3].rsplit_once(':').expect("a port");
        let address = address.split('%').next().expect("an address").trim_matches(['[', ']']).replace('*', "::");
        let sums = listeners.entry(format!("{address} {port}")).or_default();
        *sums = (sums.0 + number(1), sums.1 + number(2));
    }
    listeners
}

#[test]
fn every_listener_of_the_machine_is_as_ss_shows_it() {
    let _few = listen("127.0.0.1:0", 7);
    let _v6 = TcpListener::bind("[::]:0").expect("a free port");
    let _v6_loopback = TcpListener::bind("[::1]:0").expect("a free port");
    // Other tests open and close listeners meanwhile, so look until nothing changed between two looks of ss.
    wait_for("a quiet moment", || {
        let before = ss();
        let readings = after_first_round(Options::default());
        (ss() == before).then(|| {
            let listeners = readings.listeners.expect("up");
            let ours: BTreeMap<_, _> = listeners
                .iter()
                .map(|it| (format!("{} {}", it.place.address(), it.place.port()), (it.length, it.limit)))
                .collect();
            assert_eq!(ours, before);
        })
    });
}

#[test]
fn a_named_unix_socket_is_a_listener_too() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("upstream.sock");
    let _listener = UnixListener::bind(&path).expect("a socket");
    let _waiting: Vec<_> = (0..3).map(|_| UnixStream::connect(&path).expect("connected")).collect();
    let readings = after_first_round(Options { unix_sockets: vec![path.clone()], ..Options::default() });
    let address = format!("unix:{}", path.display());
    let listener =
        readings.listeners.expect("up").into_iter().find(|it| it.place.address() == address).expect("listed");
    assert_eq!((listener.length, listener.place.port()), (3, String::new()));
    assert!(listener.limit >= 3);
}
