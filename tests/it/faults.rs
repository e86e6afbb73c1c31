//! What may break around hangup: the rest goes on, a metric tells, and hangup's own log stays short.
//!
//! Elsewhere: a status page that hangs, drips or lies (`status_page`), files of /proc that are missing or may not be
//! read (`host::machine`), a panic in a poller (src/poll/schedule/tests.rs), a clock set back (src/tally/tests/windows.rs).

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::support::hangup::Hangup;
use crate::support::scrape::Scrape;
use crate::support::wait_for;

/// Two logs, and hangup following both.
struct Watched {
    dir: tempfile::TempDir,
    hangup: Hangup,
    args: Vec<String>,
}

/// Lines of hangup's own log that one fault and its end may take, with those of the start.
const TOLD_MAX: usize = 12;

impl Watched {
    fn start(more: &[&str]) -> Watched {
        let dir = tempfile::tempdir().expect("a directory");
        for log in ["a", "b"] {
            fs::create_dir(dir.path().join(log)).expect("writable");
            append(&dir.path().join(log).join("access.log"), 0);
        }
        let path = |log: &str| format!("--nginx.access-log={}", dir.path().join(log).join("access.log").display());
        let fixed = ["--nginx.config=", "--nginx.from=start", "--nginx.log-format=combined", "--state.interval=50ms"];
        let args = fixed.map(str::to_owned).into_iter().chain([path("a"), path("b")]);
        let args: Vec<String> = args.chain(more.iter().map(|arg| (*arg).to_owned())).collect();
        let hangup = Hangup::start(&args.iter().map(String::as_str).collect::<Vec<_>>());
        Watched { dir, hangup, args }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.path().join(name).join("access.log")
    }

    fn counted(&self, scrape: &Scrape, log: &str) -> f64 {
        scrape.sum("hangup_log_lines_total", &[("log", &self.log(log).display().to_string()), ("result", "parsed")])
    }

    fn up(&self, scrape: &Scrape, log: &str) -> f64 {
        scrape.one("hangup_log_up", &[("log", &self.log(log).display().to_string())])
    }

    #[track_caller]
    fn wait_counted(&self, log: &str, lines: f64) -> Scrape {
        self.hangup.scrape_until(&format!("{lines} lines of {log}"), |scrape| self.counted(scrape, log) >= lines)
    }

    #[track_caller]
    fn hold_told(&self) {
        let told = self.hangup.process.output();
        assert!(told.len() <= TOLD_MAX, "{} lines: {told:#?}", told.len());
    }
}

/// Appends so many lines, no two of them alike (as no two requests are); makes the file.
fn append(path: &Path, lines: usize) {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    let mut file = File::options().create(true).append(true).open(path).expect("writable");
    let line = |_| {
        let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
        format!("192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET /cart?{number} HTTP/1.1\" 200 7 \"-\" \"-\"\n")
    };
    file.write_all((0..lines).map(line).collect::<String>().as_bytes()).expect("written");
}

/// A file system in memory, which goes with its guard.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    fn mount(options: &str) -> Tmpfs {
        let dir = tempfile::tempdir().expect("a directory");
        let tmpfs = Tmpfs(dir);
        tmpfs.run("mount", &["-t", "tmpfs", "-o", options, "tmpfs"]);
        tmpfs
    }

    fn remount(&self, options: &str) {
        self.run("mount", &["-o", &format!("remount,{options}")]);
    }

    fn run(&self, program: &str, args: &[&str]) {
        let status = Command::new(program).args(args).arg(self.0.path()).status().expect("it runs");
        assert!(status.success(), "{program} {args:?}: {status}; the tests need root");
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// A directory that turns read-only is the same failure, and the test of its room (src/state/tests.rs).
#[test]
fn a_full_state_directory_stops_no_counting_and_is_told_once() {
    // Two pages: one for the lock, and room for nothing.
    let tmpfs = Tmpfs::mount("size=8k");
    let mut watched = Watched::start(&[&format!("--path.state={}", tmpfs.0.path().display())]);
    let failed = |scrape: &Scrape| scrape.sum("hangup_state_save_failures_total", &[]);
    append(&watched.log("a"), 200);
    let scrape = watched.hangup.scrape_until("several failures", |scrape| failed(scrape) >= 3.0);
    assert_eq!(scrape.one("hangup_state_up", &[]), 0.0);
    append(&watched.log("b"), 200);
    watched.wait_counted("b", 200.0);
    tmpfs.remount("size=16m");
    watched.hangup.scrape_until("the state to be saved", |scrape| scrape.one("hangup_state_up", &[]) == 1.0);
    watched.hold_told();
    // And what was saved at last holds everything.
    let saved = |scrape: &Scrape| scrape.one("hangup_state_last_save_timestamp_seconds", &[]);
    let last = saved(&watched.hangup.scrape());
    watched.hangup.scrape_until("one more save", |scrape| saved(scrape) > last);
    watched.hangup.process.kill();
    watched.hangup = Hangup::start(&watched.args.iter().map(String::as_str).collect::<Vec<_>>());
    let scrape = watched.wait_counted("a", 200.0);
    assert_eq!((watched.counted(&scrape, "a"), watched.counted(&scrape, "b")), (200.0, 200.0));
}

#[test]
fn a_log_directory_that_vanishes_and_comes_back_is_followed_again() {
    let watched = Watched::start(&[]);
    append(&watched.log("a"), 10);
    watched.wait_counted("a", 10.0);
    let (here, away) = (watched.dir.path().join("a"), watched.dir.path().join("away"));
    for round in 1..=3 {
        fs::rename(&here, &away).expect("renamed");
        // Written where nobody but the holder of the file can see it.
        append(&away.join("access.log"), 10);
        watched.hangup.scrape_until("the log to be down", |scrape| watched.up(scrape, "a") == 0.0);
        append(&watched.log("b"), 10);
        watched.wait_counted("b", f64::from(round) * 10.0);
        watched.wait_counted("a", 10.0 + f64::from(round) * 20.0 - 10.0);
        fs::rename(&away, &here).expect("renamed");
        append(&watched.log("a"), 10);
        let scrape = watched.wait_counted("a", 10.0 + f64::from(round) * 20.0);
        assert_eq!(watched.counted(&scrape, "a"), 10.0 + f64::from(round) * 20.0);
        watched.hangup.scrape_until("the log to be up", |scrape| watched.up(scrape, "a") == 1.0);
    }
    // Gone for good, with another in its place.
    fs::remove_dir_all(&here).expect("removed");
    watched.hangup.scrape_until("the log to be down", |scrape| watched.up(scrape, "a") == 0.0);
    fs::create_dir(&here).expect("made");
    append(&watched.log("a"), 5);
    let scrape = watched.wait_counted("a", 75.0);
    assert_eq!(watched.counted(&scrape, "a"), 75.0);
    watched.hold_told();
}

/// /proc/PID/mem is a file whose first page nobody can read: read(2) says EIO, as a broken disk does.
#[test]
fn a_file_that_cannot_be_read_is_told_and_the_others_are_read() {
    let mut byte = [0];
    let error = File::open("/proc/self/mem").and_then(|mut file| file.read(&mut byte)).expect_err("EIO");
    assert_eq!(error.raw_os_error(), Some(libc::EIO));
    let watched = Watched::start(&["--nginx.access-log=/proc/self/mem"]);
    append(&watched.log("a"), 10);
    watched.wait_counted("a", 10.0);
    let broken = [("log", "/proc/self/mem")];
    let errors = |scrape: &Scrape| scrape.one("hangup_log_read_errors_total", &broken);
    watched.hangup.scrape_until("several errors", |scrape| errors(scrape) >= 3.0);
    let scrape =
        watched.hangup.scrape_until("the log to be down", |scrape| scrape.one("hangup_log_up", &broken) == 0.0);
    assert_eq!(watched.up(&scrape, "a"), 1.0);
    append(&watched.log("b"), 10);
    watched.wait_counted("b", 10.0);
    watched.hold_told();
}

#[test]
fn at_its_limit_of_open_files_it_goes_on_with_those_it_has() {
    let watched = Watched::start(&[]);
    append(&watched.log("a"), 10);
    watched.wait_counted("a", 10.0);
    let pid = watched.hangup.process.child.id();
    let limit = |files: usize| {
        let mut prlimit = Command::new("prlimit");
        let status = prlimit.args(["--pid", &pid.to_string(), &format!("--nofile={files}:4096")]).status();
        assert!(status.expect("prlimit runs").success());
    };
    // No descriptor more than it has now: no new file, no new client, no file of /proc.
    limit(3);
    fs::rename(watched.log("a"), watched.dir.path().join("a/access.log.1")).expect("renamed");
    append(&watched.dir.path().join("a/access.log.1"), 5);
    append(&watched.log("a"), 10);
    append(&watched.log("b"), 10);
    let waiting: Vec<TcpStream> = (0..20).filter_map(|_| TcpStream::connect(&watched.hangup.addr).ok()).collect();
    let told = || {
        watched
            .hangup
            .process
            .output()
            .into_iter()
            .find(|line| line.contains("open files") && line.contains("access.log"))
    };
    wait_for("hangup to tell that it may open no more files", told);
    drop(waiting);
    limit(1024);
    let scrape = watched.wait_counted("a", 25.0);
    assert_eq!((watched.counted(&scrape, "a"), watched.counted(&scrape, "b")), (25.0, 10.0));
    watched.hangup.scrape_until("the log to be up", |scrape| watched.up(scrape, "a") == 1.0);
    watched.hold_told();
}

#[test]
fn a_second_instance_on_one_state_directory_refuses_in_one_sentence() {
    let state = tempfile::tempdir().expect("a directory");
    let first = Watched::start(&[&format!("--path.state={}", state.path().display())]);
    let output = crate::support::hangup::command().args(&first.args).arg("--web.listen-address=127.0.0.1:0").output();
    let output = output.expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    let sentences: Vec<&str> = told.lines().filter(|line| line.contains("in use by another hangup")).collect();
    assert!(!output.status.success() && sentences.len() == 1, "{told}");
    append(&first.log("a"), 10);
    first.wait_counted("a", 10.0);
}

/// A pipe that nobody writes into: whoever opens it waits for ever, as for a file of a stuck /proc.
#[test]
fn a_file_of_proc_that_hangs_holds_up_neither_the_others_nor_the_end() {
    let root = tempfile::tempdir().expect("a directory");
    fs::create_dir_all(root.path().join("net")).expect("writable");
    let pipe = root.path().join("net/netstat");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    fs::copy("/proc/net/dev", root.path().join("net/dev")).expect("copied");
    let mut hangup = Hangup::start(&["--nginx.config=", &format!("--path.procfs={}", root.path().display())]);
    let scrape = hangup.scrape_until("the sources behind the one that hangs", |scrape| {
        scrape.sum("hangup_source_up", &[("source", "netdev")]) == 1.0
    });
    assert_eq!(scrape.select("hangup_source_up", &[("source", "tcp")]).count(), 0, "nothing is known of it");
    let waited = hangup.get("/-/ready");
    assert!(waited.status == 503 && waited.text().contains("tcp"), "{}", waited.text());
    let asked = Instant::now();
    hangup.process.signal(libc::SIGTERM);
    assert!(hangup.process.child.wait().expect("it ends").success());
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
}
