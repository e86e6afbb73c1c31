//! Real sockets and pipes: what is sent is read, what is lost is counted.

use std::io::Write;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::input::lines::{Each, Line};
use crate::input::{Inputs, LogStatus, Positions, Settings, tail};

/// Longer than any of it takes.
const PATIENCE: Duration = Duration::from_secs(10);

struct Scene {
    inputs: Inputs,
    lines: Vec<String>,
}

fn settings(log: &str) -> Settings {
    let logs = vec![tail::Source { pattern: log.to_owned(), from: tail::StartFrom::End }];
    Settings { logs, tail: tail::Options::default() }
}

impl Scene {
    fn new(log: &str, positions: Positions) -> Scene {
        Scene { inputs: Inputs::new(settings(log), positions, |_| {}).0, lines: Vec::new() }
    }

    fn round(&mut self) {
        let lines = &mut self.lines;
        let on_line = |_: usize, line: Line<'_>| match line {
            Line::Complete(bytes) => lines.push(String::from_utf8_lossy(bytes).into_owned()),
            Line::TooLong => lines.push("TOO LONG".to_owned()),
        };
        self.inputs.round(1 << 20, Instant::now(), &mut Each(on_line));
    }

    fn status(&self) -> LogStatus {
        self.inputs.status().remove(0)
    }

    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&Scene) -> bool) {
        let since = Instant::now();
        while !holds(self) {
            assert!(since.elapsed() < PATIENCE, "{what}: {:?} {:?}", self.status(), self.lines.last());
            self.round();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn is_up(&self) -> bool {
        self.status().up
    }
}

fn free_address() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().to_string()
}

/// A socket that is known to be received, as a first datagram came through.
fn connected(scene: &mut Scene, address: &str) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    let since = Instant::now();
    while scene.lines.is_empty() {
        assert!(since.elapsed() < PATIENCE, "nothing comes through");
        // Refused while nobody listens yet.
        let _ = socket.send(b"first");
        std::thread::sleep(Duration::from_millis(20));
        scene.round();
    }
    scene.lines.clear();
    socket
}

#[test]
fn datagrams_are_lines() {
    let address = free_address();
    let mut scene = Scene::new(&format!("syslog:udp://{address}"), Positions::default());
    let socket = connected(&mut scene, &address);
    let long = "x".repeat(65_500);
    for text in ["one", "two\n", "three\0", "", "four\nfive", &long, "last"] {
        socket.send(text.as_bytes()).unwrap();
    }
    scene.until("all lines", |scene| scene.lines.last().is_some_and(|line| line == "last"));
    scene.lines.retain(|line| line != "first");
    assert_eq!(scene.lines, ["one", "two", "three", "four", "five", &long, "last"]);
    assert_eq!(scene.status().datagrams_lost, Some(0));
    assert_eq!((scene.status().unread_bytes, scene.status().error), (0, None));
}

#[test]
fn what_the_kernel_has_no_room_for_is_counted_and_kept_over_a_restart() {
    const SENT: usize = 40_000;
    let address = free_address();
    let mut scene = Scene::new(&format!("syslog:udp://{address}"), Positions::default());
    let socket = connected(&mut scene, &address);
    // Nobody reads: first the buffer of the thread fills, then that of the kernel.
    let text = "x".repeat(1000);
    for _ in 0..SENT {
        socket.send(text.as_bytes()).unwrap();
    }
    scene.until("what was kept", |scene| scene.lines.len() > 1000 && scene.status().unread_bytes == 0);
    // The kernel tells the losses together with the next datagram.
    std::thread::sleep(Duration::from_millis(300));
    scene.round();
    socket.send(b"last").unwrap();
    scene.until("the last line", |scene| scene.lines.last().is_some_and(|line| line == "last"));
    let kept = scene.lines.iter().filter(|line| **line == text).count();
    let lost = scene.status().datagrams_lost.unwrap();
    assert_eq!(kept as u64 + lost, SENT as u64, "{kept} kept");
    assert!(lost > 0, "the kernel had room for {SENT} KB");
    let saved = serde_json::to_value(scene.inputs.positions()).unwrap();
    drop(scene);
    let again = Scene::new(&format!("syslog:udp://{address}"), serde_json::from_value(saved).unwrap());
    assert_eq!(again.status().datagrams_lost, Some(lost));
}

#[test]
fn a_unix_socket_is_taken_over_from_the_dead_and_from_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.sock");
    drop(UnixDatagram::bind(&path).unwrap());
    let log = format!("syslog:unix:{}", path.display());
    let mut scene = Scene::new(&log, Positions::default());
    let socket = UnixDatagram::unbound().unwrap();
    let since = Instant::now();
    while socket.send_to(b"one", &path).is_err() {
        assert!(since.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
    scene.until("the line", |scene| scene.lines == ["one"]);
    assert_eq!(scene.status().datagrams_lost, None, "nobody counts those that nginx could not send");
    let mut second = Scene::new(&log, Positions::default());
    second.until("a refusal", |scene| !scene.is_up());
    assert!(second.status().error.unwrap().contains("another program listens"));
    drop(scene);
    second.until("its turn", Scene::is_up);
}

#[test]
fn an_address_that_is_not_this_hosts_is_told() {
    let mut scene = Scene::new("syslog:udp://192.0.2.1:1514", Positions::default());
    scene.until("a refusal", |scene| !scene.is_up());
    assert!(scene.status().error.unwrap().contains("cannot listen on 192.0.2.1:1514"));
}

#[test]
fn a_fifo_is_read_as_its_writers_come_and_go() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.fifo");
    nix_mkfifo(&path);
    let mut scene = Scene::new(path.to_str().unwrap(), Positions::default());
    for writer in ["one", "two"] {
        let mut fifo = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        write!(fifo, "{writer}: be").unwrap();
        scene.round();
        writeln!(fifo, "gun\n{writer}: done").unwrap();
    }
    scene.until("all lines", |scene| scene.lines.len() == 4);
    assert_eq!(scene.lines, ["one: begun", "one: done", "two: begun", "two: done"]);
}

fn nix_mkfifo(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

#[test]
fn a_stream_goes_on_under_another_configuration() {
    let address = free_address();
    let log = format!("syslog:udp://{address}");
    let mut scene = Scene::new(&log, Positions::default());
    let socket = connected(&mut scene, &address);
    socket.send(b"before").unwrap();
    scene.until("the line", |scene| scene.lines.last().is_some_and(|line| line == "before"));
    let mut other = settings("/not/there");
    other.logs.extend(settings(&log).logs);
    scene.inputs.reconfigure(other);
    socket.send(b"after").unwrap();
    scene.until("the next line", |scene| scene.lines.last().is_some_and(|line| line == "after"));
    assert_eq!(scene.inputs.status().into_iter().map(|log| log.pattern).collect::<Vec<_>>(), ["/not/there", &log]);
}

#[test]
fn addresses_are_told_from_paths() {
    let named = |text: &str| Address::parse(text).map(|address| address.map(|it| it.to_string()));
    for (text, expected) in [
        ("-", Some("-")),
        ("/dev/stdin", Some("-")),
        ("syslog:udp://127.0.0.1:1514", Some("syslog:udp://127.0.0.1:1514")),
        ("syslog:udp://[::]:1514", Some("syslog:udp://[::]:1514")),
        ("syslog:udp://0.0.0.0", Some("syslog:udp://0.0.0.0:514")),
        ("syslog:unix:/run/a.sock", Some("syslog:unix:/run/a.sock")),
        ("/var/log/nginx/access.log", None),
        ("./syslog", None),
    ] {
        assert_eq!(named(text), Ok(expected.map(str::to_owned)), "{text}");
    }
    for wrong in ["syslog:", "syslog:udp://", "syslog:unix:a.sock", "syslog:tcp://a:1"] {
        assert!(named(wrong).unwrap_err().contains("syslog:udp://127.0.0.1:1514"), "{wrong}");
    }
}
