//! The host sources on this machine as it is: what an unprivileged user gets, and what it all costs.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use hangup::poll::Options;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::layouts::after_first_round;
use super::netns::{Wire, allowed};
use super::reader::{AT_DEFAULT_INTERVALS, Reader, values};

/// "nobody" on Debian.
const NOBODY: u32 = 65534;

#[test]
fn an_unprivileged_user_gets_all_but_the_kernels_log_and_is_told_what_to_grant() {
    if !allowed() {
        return;
    }
    let mut reader = Reader::start(&[], |command| {
        command.uid(NOBODY).gid(NOBODY);
    });
    for (source, error) in reader.states() {
        match (source.as_str(), error) {
            (_, None) => (),
            ("kernel_log", Some(error)) => assert!(error.contains("CAP_SYSLOG") && error.contains("adm"), "{error}"),
            (source, Some(error)) => panic!("{source}: {error}"),
        }
    }
    assert!(reader.read()["net.core.somaxconn"] > 0);
}

/// What an nginx in a container sees is read below its process, without entering its namespace.
#[test]
fn a_containers_network_is_read_below_its_process() {
    if !allowed() {
        return;
    }
    let wire = Wire::lay();
    let mut inside = wire.server.reader();
    // Once it answers, the process has entered its namespace.
    inside.states();
    wire.server.inside(|| TcpStream::connect("127.0.0.1:1").expect_err("nobody listens"));
    let seen = values(&after_first_round(Options { network_of: Some(inside.pid()), ..Options::default() }));
    assert_eq!(seen["tcp attempt_fails"], 1, "that namespace's, and it is new");
    assert!(seen.contains_key("netdev wire"), "{seen:?}");
    assert!(
        !seen.contains_key("net.core.somaxconn") && !seen.keys().any(|name| name.starts_with("listener")),
        "{seen:?}"
    );
}

/// 10 000 sockets of 5 000 connections, both ends of which are ours.
fn many_connections() -> Vec<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let pair = |_| (TcpStream::connect(address).expect("connected"), listener.accept().expect("accepted").0);
    (0..5_000).map(pair).collect()
}

fn allow_open_files(files: u64) {
    let limit = Rlimit { current: Some(files), maximum: Some(files) };
    setrlimit(Resource::Nofile, limit).expect("root may");
}

/// Takes a minute, so it is run by hand: `cargo test --release --test it what_the_host_costs -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement that takes a minute"]
fn what_the_host_costs_with_10_000_sockets() {
    const SHARE_MAX: f64 = 0.01;
    const MEASURED: Duration = Duration::from_secs(60);
    allow_open_files(12_000);
    let _connections = many_connections();
    let mut reader = Reader::start(&[], |command| {
        command.env(AT_DEFAULT_INTERVALS, "1");
    });
    reader.states();
    let (before, start) = (reader.cpu_seconds(), Instant::now());
    std::thread::sleep(MEASURED);
    let share = (reader.cpu_seconds() - before) / start.elapsed().as_secs_f64();
    println!("{:.3} % of a core", share * 100.0);
    assert!(share < SHARE_MAX, "{share}");
}
