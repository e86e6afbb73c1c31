//! Floods of values that clients choose: memory and series stay bounded, the real routes keep their own series, and
//! the metrics tell what was cut.
//!
//! `FLOOD_LINES` (200000) makes it longer; `make torture` asks for ten million.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::support::hangup::Hangup;
use crate::support::scrape::Scrape;
use crate::support::wait_for;

const FORMAT: &str = "$remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent \"$http_user_agent\" \
                      host=\"$host\" rt=$request_time ua=\"$upstream_addr\" urt=\"$upstream_response_time\"";

/// Written before hangup is asked again, so that a flood of any length needs little disk.
const BATCH: u64 = 50_000;
/// Resident at most, whatever comes: the README's promise.
const MEMORY_KIB: u64 = 64 * 1024;
/// Every so manieth line is one of a real user.
const REAL_EVERY: u64 = 10;

fn lines() -> u64 {
    std::env::var("FLOOD_LINES").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000)
}

struct Flooded {
    hangup: Hangup,
    file: File,
    log: String,
    dir: tempfile::TempDir,
}

impl Flooded {
    fn start(args: &[&str]) -> Flooded {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("access.log");
        let file = File::options().create(true).append(true).open(&path).expect("writable");
        let log = format!("--nginx.access-log={}", path.display());
        let format = format!("--nginx.log-format={FORMAT}");
        let fixed = ["--nginx.config=", "--nginx.from=start", &log, &format];
        let hangup = Hangup::start(&[&fixed[..], args].concat());
        Flooded { hangup, file, log: path.display().to_string(), dir }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.file.write_all(bytes).expect("written");
    }

    /// Waits until all that was written is read, then empties the file: nothing is lost, and the disk stays small.
    fn drain(&self, lines: u64) -> Scrape {
        let scrape = self.hangup.scrape_until("all lines", |scrape| {
            scrape.sum("hangup_log_lines_total", &[("log", &self.log)]) >= lines as f64
        });
        // The next batch begins with other bytes: a file that begins with the same ones could not be told from this one.
        self.file.set_len(0).expect("our own file");
        scrape
    }

    /// The most memory it ever had, in KiB.
    fn peak_memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.hangup.process.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

/// A number that looks like nothing (splitmix64).
fn scrambled(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB)
}

/// Letters, as words have them: nothing that looks like an id, so nothing is folded away.
pub fn word(number: u64) -> String {
    let mut rest = scrambled(number) | 1 << 62;
    std::iter::from_fn(|| {
        (rest > 1 << 20).then(|| {
            let letter = char::from(b'g' + (rest % 16) as u8);
            rest >>= 4;
            letter
        })
    })
    .collect()
}

fn hostile(line: &mut String, number: u64) {
    let (path, host, agent) = (word(number), word(number ^ 1 << 60), word(number ^ 1 << 61));
    let (method, octet) = (word(number ^ 1 << 59).to_uppercase(), scrambled(number) % 256);
    let _ = writeln!(
        line,
        "10.9.{octet}.{} - - [21/Nov/2026:14:17:26 +0000] \"{method} /{path}/{host}?{agent} HTTP/1.1\" 499 0 \"{agent}\" \
         host=\"{host}.example\" rt=1.{:03} ua=\"10.1.{octet}.7:{}\" urt=\"1.000\"",
        number % 256,
        number % 1000,
        1024 + number % 60_000
    );
}

const REAL: [&str; 4] = ["/cart", "/search", "/login", "/orders"];

fn real(line: &mut String, number: u64) {
    let route = REAL[(number / REAL_EVERY) as usize % REAL.len()];
    let _ = writeln!(
        line,
        "192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET {route} HTTP/1.1\" 200 7 \"Mozilla/5.0\" host=\"shop.example\" \
         rt=0.012 ua=\"10.0.0.1:8080\" urt=\"0.011\""
    );
}

#[test]
fn random_paths_hosts_methods_agents_and_upstreams_take_nobodys_place() {
    let mut flooded = Flooded::start(&[]);
    let (total, mut written) = (lines(), 0);
    while written < total {
        let mut batch = String::new();
        for number in written..written + BATCH {
            // The flood comes first, so that every place is taken if it can be.
            if number >= BATCH && number % REAL_EVERY == REAL_EVERY - 1 {
                real(&mut batch, number)
            } else {
                hostile(&mut batch, number)
            }
        }
        flooded.write(batch.as_bytes());
        written += BATCH;
        flooded.drain(written);
    }
    let scrape = flooded.hangup.scrape();
    assert_eq!(scrape.sum("hangup_http_requests_total", &[]), written as f64, "every request once");
    let real_each = (written - BATCH) / REAL_EVERY / REAL.len() as u64;
    for route in REAL {
        let counted = scrape.sum("hangup_http_requests_total", &[("route", route), ("status", "200")]);
        // The first few of a route are counted as `other`, until it is seen to be one.
        assert!(counted > real_each as f64 * 0.95, "{route}: {counted} of {real_each}");
    }
    for label in ["route", "server", "upstream"] {
        let hits = scrape.sum("hangup_series_limit_hits_total", &[("label", label)]);
        assert!(hits > 0.0 || label != "upstream", "nothing tells that {label} was cut");
    }
    let (series, memory) = (scrape.0.len(), flooded.peak_memory());
    println!("{written} lines: {series} series, {memory} KiB at the most");
    assert!(memory < MEMORY_KIB, "{memory} KiB");
    assert!(series < 60_000, "{series} series");
    // A random path is none, or one of the few that all that looks random is folded to.
    let nobodys = |route: &str| route == "other" || route.contains(":token") || route.contains(":id");
    let requests = scrape.select("hangup_http_requests_total", &[]);
    let nobodys: f64 = requests.filter(|one| nobodys(&one.labels["route"])).map(|one| one.value).sum();
    assert!(nobodys > written as f64 * 0.8, "{nobodys} requests of no route of their own");
}

#[test]
fn long_binary_and_endless_lines_take_no_room() {
    let mut flooded = Flooded::start(&[]);
    let mut good = String::new();
    real(&mut good, 0);
    let mut lines = 0;
    for number in 0..200_u32 {
        let byte = [b'a', 0, 0xff, b'"', b'\\'][number as usize % 5];
        // What nginx writes at most, and twice of what is read at most.
        for length in [32 * 1024, 128 * 1024] {
            // A file that begins with the very bytes of the one before, and is longer, cannot be told from it.
            let long = [number.to_string().into_bytes(), vec![byte; length]].concat();
            flooded.write(&[&long, &b"\n"[..], good.as_bytes()].concat());
            lines += 2;
        }
        if number % 20 == 0 {
            flooded.drain(lines);
        }
    }
    // One line without an end, far larger than all memory that may be taken.
    for _ in 0..(2 * MEMORY_KIB / 1024) {
        flooded.write(&vec![b'x'; 1 << 20]);
    }
    flooded.write(b"\n");
    flooded.write(good.as_bytes());
    let scrape = flooded.drain(lines + 2);
    let result = |result| scrape.sum("hangup_log_lines_total", &[("log", &flooded.log), ("result", result)]);
    assert_eq!((result("too_long"), result("unparsed")), (201.0, 200.0));
    assert_eq!(
        scrape.sum("hangup_http_requests_total", &[("route", "/cart")])
            + scrape.sum("hangup_http_requests_total", &[("route", "other")]),
        401.0
    );
    let memory = flooded.peak_memory();
    assert!(memory < MEMORY_KIB, "{memory} KiB");
    assert!(Path::new(&flooded.log).starts_with(flooded.dir.path()));
}

/// After a flood the state is no larger than before it: it is written every few seconds.
#[test]
fn a_flood_leaves_the_snapshot_small() {
    let state = tempfile::tempdir().expect("a directory");
    let at = format!("--path.state={}", state.path().display());
    let mut flooded = Flooded::start(&[&at, "--state.interval=100ms"]);
    let mut batch = String::new();
    (0..BATCH).for_each(|number| hostile(&mut batch, number));
    flooded.write(batch.as_bytes());
    flooded.drain(BATCH);
    let saved = flooded.hangup.scrape().one("hangup_state_last_save_timestamp_seconds", &[]);
    let later = |scrape: &Scrape| scrape.one("hangup_state_last_save_timestamp_seconds", &[]) > saved;
    flooded.hangup.scrape_until("a save after the flood", later);
    let bytes = wait_for("a snapshot", || std::fs::metadata(state.path().join("snapshot")).ok()).len();
    println!("{bytes} bytes of state");
    assert!(bytes < 4 << 20, "{bytes} bytes");
}
