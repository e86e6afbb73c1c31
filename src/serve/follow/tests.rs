use std::collections::BTreeMap;
use std::fs::{File, write};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use super::super::control::{VIEW_DEADLINE, refresh};
use super::super::shared::lock;
use super::*;
use crate::config::{Environment, OsFiles, flags, load};

const LINE: &[u8] = b"192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\"\n";

fn following(log: &Path) -> Follow {
    let log = format!("--nginx.access-log={}", log.display());
    let line = ["hangup", "--nginx.config=", "--nginx.log-format=combined", &log];
    let flags = flags::parse(line, clap::Command::new("demo")).expect("a right command line").flags;
    let environment = Environment { variables: &BTreeMap::new(), files: &OsFiles, cpus: 1 };
    let config = load(&flags, &environment).expect("a right configuration");
    Follow::start(&config, None, None).expect("a thread")
}

/// Asks, and waits for as long as it takes.
fn read(follow: &Follow) {
    let (done, read) = channel();
    follow.control().send(Control::Show(done)).expect("a running reader");
    assert!(read.recv().is_err(), "nothing is sent, the sender is dropped");
}

#[test]
fn whoever_asks_sees_what_was_written_before() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("access.log");
    write(&path, "").expect("a log");
    let follow = following(&path);
    read(&follow);
    let mut log = File::options().append(true).open(&path).expect("a log");
    for written in 1..=50 {
        log.write_all(LINE).expect("a line");
        read(&follow);
        let seen: u64 = lock(&follow.shown).view.tally.log_lines().map(|row| row.count).sum();
        assert_eq!(seen, written);
    }
    follow.stop().expect("an orderly end");
}

#[test]
fn nobody_waits_for_a_reader_that_does_not_answer() {
    let (control, commands) = channel();
    let began = Instant::now();
    refresh(&control);
    assert!(began.elapsed() >= VIEW_DEADLINE);
    drop(commands);
    refresh(&control);
}
