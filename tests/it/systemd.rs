//! Started as systemd starts it: told through a datagram socket of ours, serving on a socket of ours. No systemd runs.

use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};

use crate::support::hangup::{Hangup, command};
use crate::support::{http, wait_for};

/// The socket that `NOTIFY_SOCKET` names.
struct Manager {
    socket: UnixDatagram,
    dir: tempfile::TempDir,
}

impl Manager {
    fn new() -> Manager {
        let dir = tempfile::tempdir().expect("a directory");
        let socket = UnixDatagram::bind(dir.path().join("notify")).expect("bound");
        socket.set_read_timeout(Some(crate::support::PATIENCE)).expect("set");
        Manager { socket, dir }
    }

    fn path(&self) -> String {
        self.dir.path().join("notify").display().to_string()
    }

    /// The next notification, its lines in order.
    #[track_caller]
    fn told(&self) -> Vec<String> {
        let mut bytes = [0; 4096];
        let length = self.socket.recv(&mut bytes).expect("a notification in time");
        String::from_utf8_lossy(&bytes[..length]).lines().map(str::to_owned).collect()
    }
}

fn start(manager: &Manager, prepare: impl FnOnce(&mut Command)) -> Hangup {
    let mut command = command();
    command.args(["--nginx.config=", "--web.listen-address=127.0.0.1:0"]).env("NOTIFY_SOCKET", manager.path());
    prepare(&mut command);
    Hangup::spawn(&mut command)
}

#[test]
fn it_tells_when_it_is_ready_reloads_and_stops() {
    let manager = Manager::new();
    let hangup = start(&manager, |_| ());
    assert_eq!(manager.told(), ["READY=1"]);
    assert_eq!(hangup.get("/-/ready").status, 200, "and it is");
    hangup.process.signal(libc::SIGHUP);
    let reloading = manager.told();
    assert_eq!(reloading[0], "RELOADING=1");
    let since: u64 = reloading[1].strip_prefix("MONOTONIC_USEC=").and_then(|text| text.parse().ok()).expect("a time");
    assert!(since > 0);
    assert_eq!(manager.told(), ["READY=1"]);
    hangup.process.signal(libc::SIGTERM);
    assert_eq!(manager.told(), ["STOPPING=1"]);
}

/// A reload that is refused has ended, too: systemd would wait for it otherwise.
#[test]
fn a_refused_reload_ends() {
    let manager = Manager::new();
    let file = manager.dir.path().join("hangup.yml");
    std::fs::write(&file, "poll: {timeout: 2s}\n").expect("writable");
    let hangup = start(&manager, |command| {
        command.arg(format!("--config.file={}", file.display()));
    });
    assert_eq!(manager.told(), ["READY=1"]);
    std::fs::write(&file, "pol: {timeout: 2s}\n").expect("writable");
    hangup.process.signal(libc::SIGHUP);
    assert_eq!(manager.told()[0], "RELOADING=1");
    assert_eq!(manager.told(), ["READY=1"]);
    assert_eq!(hangup.scrape().one("hangup_config_reload_success", &[]), 0.0);
}

#[test]
fn it_says_that_it_is_alive_as_often_as_it_is_asked() {
    let manager = Manager::new();
    let _hangup = start(&manager, |command| {
        command.env("WATCHDOG_USEC", Duration::from_millis(400).as_micros().to_string());
    });
    assert_eq!(manager.told(), ["READY=1"]);
    for _ in 0..3 {
        assert_eq!(manager.told(), ["WATCHDOG=1"]);
    }
}

/// `systemd-socket-activate`, by hand: the sockets begin at descriptor 3, and the environment says whose they are.
const ACTIVATE: &str = r#"eval "exec 3<&$1"; shift; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@""#;

fn activated(socket: &impl AsFd, flags: &[&str]) -> Command {
    // It outlives the `exec`; the shell hands it on.
    fcntl_setfd(socket, FdFlags::empty()).expect("our own");
    // Where sh is dash, it knows no descriptor above 9.
    let mut command = Command::new("bash");
    let number = socket.as_fd().as_raw_fd().to_string();
    command.env_clear().args(["-c", ACTIVATE, "bash", &number]);
    command.args([env!("CARGO_BIN_EXE_hangup"), "--nginx.config="]).args(flags);
    command
}

#[test]
fn it_serves_on_the_socket_that_it_is_handed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    // Whoever comes before it is there waits in the kernel.
    let early = {
        let address = address.clone();
        std::thread::spawn(move || http::get(&address, "/-/healthy").map(|answer| answer.status))
    };
    let hangup = Hangup::spawn(&mut activated(&listener, &["--web.systemd-socket"]));
    assert_eq!(hangup.addr, address);
    assert_eq!(early.join().expect("no panic").expect("an answer"), 200);
    wait_for("it to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
}

#[test]
fn what_it_cannot_serve_on_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let datagrams = UnixDatagram::bind(dir.path().join("socket")).expect("bound");
    let output = activated(&datagrams, &["--web.systemd-socket"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("is none for TCP"), "{said}");
    let output = command().args(["--nginx.config=", "--web.systemd-socket"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("systemd handed over no socket"), "{said}");
}
