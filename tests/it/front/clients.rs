//! Rude clients of hangup's own port: the scraper is answered all the while, and memory stays bounded.

use std::time::Duration;

use super::crowd::{Crowd, Manner};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{SCRAPE_MAX, Victim, crowd_size, lasting};
use crate::support::http;
use crate::support::process::limit_open_files;

/// As many files as this process may have open, after asking for all of them.
pub fn open_files() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("anybody may");
    maximum.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

#[test]
fn thousands_of_dripping_connections_do_not_slow_a_scrape() {
    let mut victim = Victim::start(&[]);
    let crowd = Crowd::of(crowd_size(), Manner::Drip, &victim.hangup.addr);
    std::thread::sleep(Duration::from_secs(1));
    let slowest = victim.scrape_for(lasting());
    println!("{} connections, the slowest scrape {slowest:?}, {} KiB", crowd.opened(), victim.peak_memory_kib());
    drop(crowd);
    assert!(slowest < SCRAPE_MAX, "{slowest:?}");
    victim.hold_exact();
    victim.hold_small();
}

/// An exposition of some megabytes, and those who ask for it and do not take it.
#[test]
fn readers_that_do_not_read_cost_little_memory() {
    let mut victim = Victim::start(&["--limits.routes=2000", "--routes.admit-after=1"]);
    for route in 0..800 {
        let word = |n: u32| char::from(b'a' + (n % 26) as u8);
        victim.write(&format!("/r{}{}", word(route / 26), word(route)), if route < 200 { 2 } else { 20 });
    }
    victim.hold_exact();
    let size = victim.hangup.get("/metrics").body.len();
    let deaf = Crowd::of(70, Manner::Deaf, &victim.hangup.addr);
    let sipping = Crowd::of(70, Manner::Sip, &victim.hangup.addr);
    let slowest = victim.scrape_for(lasting());
    println!("{size} bytes each, the slowest scrape {slowest:?}, {} KiB", victim.peak_memory_kib());
    drop((deaf, sipping));
    victim.hold_small();
    assert!(slowest < SCRAPE_MAX, "{slowest:?}");
}

/// Fewer descriptors than there are strangers: the log is followed through its rotations all the same.
#[test]
fn strangers_cannot_take_the_descriptors_that_logs_need() {
    let mut victim = Victim::start_with(&[], |command| limit_open_files(command, 32));
    let crowd = Crowd::of(300, Manner::Drip, &victim.hangup.addr);
    for _ in 0..4 {
        victim.write("/orders", 100);
        victim.rotate();
        std::thread::sleep(lasting() / 4);
    }
    let scrape = http::get(&victim.hangup.addr, "/metrics");
    assert_eq!(scrape.expect("an answer").status, 200);
    drop(crowd);
    victim.hold_exact();
    let output = victim.hangup.process.output();
    let told = output.iter().filter(|line| line.contains("level=warn")).count();
    assert!(told <= 4, "{output:#?}");
}

#[test]
fn a_storm_of_reloads_is_slowed_down() {
    let victim = Victim::start(&["--web.enable-lifecycle"]);
    let before = victim.hangup.process.output().len();
    let begin = std::time::Instant::now();
    while begin.elapsed() < lasting() / 2 {
        assert_eq!(victim.hangup.post("/-/reload").status, 200);
    }
    let reloads = victim.hangup.process.output()[before..].iter().filter(|line| line.contains("reloaded")).count();
    let most = 2 + begin.elapsed().as_millis() as usize / 500;
    assert!((1..=most).contains(&reloads), "{reloads} reloads in {:?}", begin.elapsed());

    let foreign =
        "POST /-/reload HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nContent-Length: 3\r\n";
    let refused = http::send(&victim.hangup.addr, &format!("{foreign}\r\nx=1")).expect("an answer");
    assert_eq!(refused.status, 403, "{}", refused.text());
}
