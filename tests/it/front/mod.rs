//! What strangers and bad days may do to a served hangup: it stays small, answers its scraper, and counts on.
//!
//! `FRONT_SECONDS` (6) is how long each attack lasts, `FRONT_CONNECTIONS` (1000) how many clients a crowd has;
//! `make abuse` asks for more of both, and puts each victim into `FRONT_MEMORY_MIB` (any amount).

mod clients;
mod crowd;
mod day;
mod memory;
mod series;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::hangup::{Hangup, command};
use crate::support::scrape::Scrape;

/// Resident at most, whatever comes: the README's promise.
const MEMORY_KIB: u64 = 64 * 1024;

/// No scrape may take so much longer than one of a hangup that nobody disturbs, while strangers do what they can.
const SCRAPE_MAX: Duration = Duration::from_secs(1);

fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn lasting() -> Duration {
    Duration::from_secs(asked("FRONT_SECONDS", 6))
}

fn crowd_size() -> usize {
    asked("FRONT_CONNECTIONS", 1_000) as usize
}

/// A hangup under the shipped unit's address-space of habits: a state directory, a log that is written all the while.
pub struct Victim {
    pub hangup: Hangup,
    pub log: PathBuf,
    file: File,
    written: u64,
    dir: tempfile::TempDir,
    /// What bounds its memory, if anything does; the last field, since a group with a process in it stays.
    _group: Option<memory::Group>,
}

impl Victim {
    pub fn start(args: &[&str]) -> Victim {
        Victim::start_with(args, |_| ())
    }

    /// With a log in this format.
    pub fn formatted(format: &str, args: &[&str]) -> Victim {
        Victim::start(&[&[format!("--nginx.log-format={format}").as_str()], args].concat())
    }

    pub fn start_with(args: &[&str], prepare: impl FnOnce(&mut std::process::Command)) -> Victim {
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("access.log");
        let file = File::options().create(true).append(true).open(&log).expect("writable");
        let mut command = command();
        command
            .args(["--nginx.config=", "--nginx.from=start"])
            .env("HANGUP_NGINX_LOG_FORMAT", "combined")
            .arg("--web.listen-address=127.0.0.1:0")
            .arg(format!("--nginx.access-log={}", log.display()))
            .arg(format!("--path.state={}", dir.path().join("state").display()))
            .args(args);
        prepare(&mut command);
        let limit = asked("FRONT_MEMORY_MIB", 0);
        let group = (limit > 0).then(|| memory::confine(&mut command, limit));
        Victim { hangup: Hangup::spawn(&mut command), log, file, written: 0, dir, _group: group }
    }

    /// A number of requests for this path.
    pub fn write(&mut self, path: &str, times: u64) {
        let line =
            format!("192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] \"GET {path} HTTP/1.1\" 200 12 \"-\" \"curl/8\"\n");
        self.file.write_all(line.repeat(times as usize).as_bytes()).expect("our own file");
        self.written += times;
    }

    pub fn write_lines(&mut self, lines: &str) {
        self.file.write_all(lines.as_bytes()).expect("our own file");
        self.written += lines.lines().count() as u64;
    }

    pub fn rotate(&mut self) {
        std::fs::rename(&self.log, self.dir.path().join(format!("access.log.{}", self.written))).expect("renamed");
        self.file = File::options().create(true).append(true).open(&self.log).expect("writable");
    }

    /// Waits until every line written is counted, once.
    pub fn hold_exact(&self) {
        let counted = |scrape: &Scrape| scrape.sum("hangup_http_requests_total", &[]);
        let scrape = self.hangup.scrape_until("all lines to be counted", |s| counted(s) >= self.written as f64);
        assert_eq!(counted(&scrape), self.written as f64);
    }

    /// The most memory it ever had.
    pub fn peak_memory_kib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.hangup.process.child.id());
        let status = std::fs::read_to_string(status).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Scrapes and writes on until time is up: by how much the slowest scrape was slower than one beside it.
    ///
    /// The one beside it is of a hangup that nobody disturbs, at the same moment: a machine that stalls, as those of CI
    /// do, stalls both. A scrape that fails ends the test.
    pub fn scrape_for(&mut self, lasting: Duration) -> Duration {
        self.scrape_while(lasting, |_| ())
    }

    /// As [`Victim::scrape_for`], and this is done before each scrape.
    pub fn scrape_while(&mut self, lasting: Duration, mut act: impl FnMut(&mut Victim)) -> Duration {
        let mut beside = Victim::start(&[]);
        let (begin, mut slowest) = (Instant::now(), Duration::ZERO);
        while begin.elapsed() < lasting {
            self.write("/orders", 50);
            beside.write("/orders", 50);
            act(self);
            let (disturbed, undisturbed) = std::thread::scope(|scope| {
                let undisturbed = scope.spawn(|| beside.timed_scrape());
                (self.timed_scrape(), undisturbed.join().expect("an answer"))
            });
            slowest = slowest.max(disturbed.saturating_sub(undisturbed));
            assert_eq!(self.hangup.get("/-/healthy").status, 200);
            std::thread::sleep(Duration::from_millis(200));
        }
        slowest
    }

    fn timed_scrape(&self) -> Duration {
        let asked = Instant::now();
        assert_eq!(self.hangup.get("/metrics").status, 200);
        asked.elapsed()
    }

    /// There are fewer series than their bound allows.
    #[track_caller]
    pub fn hold_few_series(&self) {
        let scrape = self.hangup.scrape();
        let (series, limit) = (scrape.one("hangup_series", &[]), scrape.one("hangup_series_limit", &[]));
        assert!(series < limit, "{series} of {limit}");
    }

    #[track_caller]
    pub fn hold_small(&self) {
        let peak = self.peak_memory_kib();
        assert!(peak < MEMORY_KIB, "{peak} KiB");
    }
}
