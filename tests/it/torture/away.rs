//! A log that is turned over many times while hangup is not there, stopped, or hardly keeps up: every file that came and
//! went is read once.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::hangup::Hangup;
use crate::support::scrape::Scrape;
use crate::support::wait_for;

/// More than are drained at once.
const ROTATIONS: u64 = 90;
const LINES: u64 = 200;

struct Site {
    directory: tempfile::TempDir,
    written: u64,
    rotations: u64,
}

impl Site {
    fn new() -> Site {
        let site = Site { directory: tempfile::tempdir().expect("a directory"), written: 0, rotations: 0 };
        fs::write(site.log(), "").expect("a log");
        site
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("access.log")
    }

    /// With the usual interval of saving.
    fn start(&self) -> Hangup {
        let log = format!("--nginx.access-log={}", self.log().display());
        let state = format!("--path.state={}", self.directory.path().join("state").display());
        Hangup::start(&["--nginx.config=", "--nginx.from=start", "--nginx.log-format=combined", &log, &state])
    }

    /// Every line its own, as those of nginx differ by their times and clients.
    fn write(&mut self, lines: u64) {
        let line = |number: u64| {
            let seconds = number / 100;
            let (minute, second) = (seconds / 60 % 60, seconds % 60);
            let client = number % 100;
            format!(
                "192.0.2.{client} - - [21/Nov/2026:14:{minute:02}:{second:02} +0000] \"GET / HTTP/1.1\" 200 {number} \"-\" \"-\"\n"
            )
        };
        let text: String = (self.written..self.written + lines).map(line).collect();
        append(&self.log(), &text);
        self.written += lines;
    }

    fn rotate(&mut self) {
        self.rotations += 1;
        let rotated = format!("{}.{}", self.log().display(), self.rotations);
        fs::rename(self.log(), rotated).expect("it is there");
    }

    fn turn_over(&mut self) {
        for _ in 0..ROTATIONS {
            self.write(LINES);
            self.rotate();
        }
        self.write(1);
    }

    #[track_caller]
    fn hold(&self, hangup: &Hangup) {
        let written = self.written as f64;
        hangup.scrape_until("all lines", |scrape| parsed(scrape) >= written);
        std::thread::sleep(Duration::from_millis(500));
        let scrape = hangup.scrape();
        let unparsed = scrape.sum("hangup_log_lines_total", &[]) - parsed(&scrape);
        let lost = scrape.sum("hangup_log_lost_bytes_total", &[]);
        assert_eq!((parsed(&scrape), unparsed, lost), (written, 0.0, 0.0));
    }
}

fn append(path: &Path, text: &str) {
    let mut log = fs::File::options().append(true).create(true).open(path).expect("writable");
    log.write_all(text.as_bytes()).expect("written");
}

fn parsed(scrape: &Scrape) -> f64 {
    scrape.sum("hangup_log_lines_total", &[("result", "parsed")])
}

#[test]
fn many_rotations_while_it_is_down() {
    let mut site = Site::new();
    let first = site.start();
    site.write(10);
    first.scrape_until("the first lines", |scrape| parsed(scrape) == 10.0);
    drop(first);
    site.turn_over();
    site.hold(&site.start());
}

#[test]
fn many_rotations_while_it_is_stopped() {
    let mut site = Site::new();
    let hangup = site.start();
    site.write(10);
    hangup.scrape_until("the first lines", |scrape| parsed(scrape) == 10.0);
    hangup.process.signal(libc::SIGSTOP);
    site.turn_over();
    hangup.process.signal(libc::SIGCONT);
    site.hold(&hangup);
}

/// A hundred renames a second, with a line or two in each file, and a kill in the midst of it.
#[test]
fn a_storm_of_renames() {
    let mut site = Site::new();
    let mut hangup = site.start();
    wait_for("the log to be followed", || (hangup.scrape().sum("hangup_log_up", &[]) == 1.0).then_some(()));
    let begun = Instant::now();
    for number in 0..300 {
        site.write(1 + number % 2);
        site.rotate();
        if number == 150 {
            drop(hangup);
            hangup = site.start();
        }
        std::thread::sleep((begun + Duration::from_millis(10 * number)).saturating_duration_since(Instant::now()));
    }
    site.write(1);
    site.hold(&hangup);
}
