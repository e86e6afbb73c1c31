//! The state over restarts: what every version ever wrote is read, what was shown is never forgotten, and a changed
//! configuration costs only what it concerns.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::hangup::{self, Hangup};
use crate::support::scrape::Scrape;
use crate::support::wait_for;

const LINE: &str = "192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\"\n";

/// Where the logs of the golden snapshots were. They are gone; their counts are not.
const GOLDEN_LOGS: &str = "/var/tmp/hangup-golden/logs";

struct Site {
    directory: tempfile::TempDir,
}

impl Site {
    fn new() -> Site {
        let site = Site { directory: tempfile::tempdir().expect("a directory") };
        fs::write(site.log(), "").expect("a log");
        site
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("access.log")
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    fn write(&self, lines: usize) {
        let mut log = fs::File::options().append(true).open(self.log()).expect("a log");
        log.write_all(LINE.repeat(lines).as_bytes()).expect("lines");
    }

    /// An interval that no test waits for.
    fn start(&self, more: &[&str]) -> Hangup {
        let log = format!("--nginx.access-log={}", self.log().display());
        let state = format!("--path.state={}", self.state().display());
        let fixed = ["--nginx.config=", "--nginx.from=start", "--nginx.log-format=combined", "--state.interval=1h"];
        Hangup::start(&[&fixed[..], &[&log, &state], more].concat())
    }
}

fn requests(scrape: &Scrape) -> f64 {
    scrape.sum("hangup_http_requests_total", &[])
}

#[test]
fn every_version_of_the_snapshot_is_read() {
    let versions = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/state");
    let mut seen = 0;
    for version in fs::read_dir(versions).expect("the golden snapshots").map(|entry| entry.expect("an entry").path()) {
        let state = tempfile::tempdir().expect("a directory");
        fs::copy(version.join("snapshot"), state.path().join("snapshot")).expect("a copy");
        let hangup = Hangup::start(&[
            "--nginx.config=",
            "--nginx.log-format=combined",
            &format!("--nginx.access-log={GOLDEN_LOGS}/access.log"),
            &format!("--nginx.error-log={GOLDEN_LOGS}/error.log"),
            "--nginx.scrape-uri=http://127.0.0.1:18099/status",
            &format!("--path.state={}", state.path().display()),
        ]);
        let metrics = hangup.get("/metrics").text();
        for expected in fs::read_to_string(version.join("expected.txt")).expect("what it counted").lines() {
            assert!(metrics.lines().any(|line| line == expected), "{}: {expected} is missing", version.display());
        }
        seen += 1;
    }
    assert!(seen >= 2, "a golden snapshot of each version");
}

#[test]
fn what_was_shown_survives_a_kill_at_any_moment() {
    let site = Site::new();
    let mut shown = 0.0;
    for _ in 0..5 {
        let hangup = site.start(&[]);
        let at_once = requests(&hangup.scrape());
        assert!(at_once >= shown, "{at_once} after {shown} was shown");
        site.write(7);
        shown = requests(&hangup.scrape_until("the lines", |scrape| requests(scrape) >= at_once + 7.0));
        // `hangup` is dropped here, which is a kill.
    }
    // Once more with the lines that were counted and shown destroyed by the time it starts anew.
    fs::write(site.log(), "").expect("an emptied log");
    assert_eq!(requests(&site.start(&[]).scrape()), shown);
}

#[test]
fn other_buckets_cost_the_histograms_and_nothing_else() {
    let site = Site::new();
    site.write(5);
    let first = site.start(&[]);
    first.scrape_until("the lines", |scrape| requests(scrape) == 5.0);
    drop(first);
    site.write(2);
    let second = site.start(&["--histogram.buckets=0.1,1"]);
    second.scrape_until("the lines", |scrape| requests(scrape) == 7.0);
    let told = second.process.output();
    assert!(told.iter().any(|line| line.contains("histograms begin anew")), "{told:#?}");
}

#[test]
fn counts_that_cannot_be_read_cost_no_position() {
    let site = Site::new();
    site.write(5);
    let first = site.start(&[]);
    first.scrape_until("the lines", |scrape| requests(scrape) == 5.0);
    drop(first);
    for name in ["snapshot", "snapshot.latest"] {
        damage_counts(&site.state().join(name));
    }
    site.write(2);
    let second = site.start(&[]);
    let scrape = second.scrape_until("the new lines", |scrape| requests(scrape) >= 2.0);
    assert_eq!(requests(&scrape), 2.0, "lines read before are not read again");
    assert!(scrape.one("hangup_state_set_aside_total", &[]) > 0.0);
}

/// Replaces the counts by something else, with a right checksum.
fn damage_counts(path: &Path) {
    let Ok(bytes) = fs::read(path) else { return };
    let mut payload: serde_json::Value = serde_json::from_slice(&bytes[24..]).expect("JSON");
    payload["counts"] = serde_json::json!({"of": "another kind"});
    let payload = serde_json::to_vec(&payload).expect("JSON");
    let summed = [&bytes[8..12], &payload].concat();
    let (checksum, length) = (crc32fast::hash(&summed).to_le_bytes(), (payload.len() as u64).to_le_bytes());
    let whole = [&bytes[..12], &checksum, &length, &payload].concat();
    fs::write(path, whole).expect("a damaged snapshot");
}

#[test]
fn nothing_is_written_through_a_planted_link_and_no_pipe_is_waited_for() {
    let site = Site::new();
    fs::create_dir(site.state()).expect("a directory");
    let victim = site.directory.path().join("victim");
    fs::write(&victim, "precious").expect("a file");
    for name in ["snapshot.new", "snapshot"] {
        std::os::unix::fs::symlink(&victim, site.state().join(name)).expect("a link");
    }
    let pipe = std::process::Command::new("mkfifo").arg(site.state().join("snapshot.latest")).status();
    assert!(pipe.expect("mkfifo runs").success());
    site.write(3);
    let hangup = site.start(&[]);
    hangup.scrape_until("the lines", |scrape| requests(scrape) == 3.0);
    assert_eq!(fs::read_to_string(&victim).expect("still there"), "precious");
    drop(hangup);
    assert_eq!(requests(&site.start(&[]).scrape()), 3.0);
}

#[test]
fn a_term_signal_is_obeyed_within_two_seconds_whatever_there_is_to_read() {
    let site = Site::new();
    let sparse = fs::File::create(site.log()).expect("a log");
    sparse.set_len(20 << 30).expect("a sparse file");
    let mut hangup = site.start(&[]);
    wait_for("some reading", || (hangup.scrape().sum("hangup_log_unread_bytes", &[]) > 0.0).then_some(()));
    let began = Instant::now();
    hangup.process.signal(libc::SIGTERM);
    let status = hangup.process.child.wait().expect("it ends");
    assert!(status.success(), "{status}: {:#?}", hangup.process.output());
    assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
}

#[test]
fn signals_of_others_do_no_harm() {
    let site = Site::new();
    let hangup = site.start(&[]);
    for signal in [libc::SIGUSR1, libc::SIGUSR2, libc::SIGWINCH, libc::SIGPIPE] {
        hangup.process.signal(signal);
    }
    site.write(1);
    hangup.scrape_until("the line", |scrape| requests(scrape) == 1.0);
}

/// Nobody reads its log any more: journald is frozen, or a container's log driver blocks.
#[test]
fn a_log_that_nobody_reads_blocks_nothing() {
    let site = Site::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let port = crate::support::free_port();
    let mut child = hangup::command()
        .args(["--nginx.config=", "--nginx.log-format=combined", "--nginx.from=start"])
        .arg(format!("--nginx.access-log={}", site.log().display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stderr(writer)
        .spawn()
        .expect("hangup starts");
    let addr = format!("127.0.0.1:{port}");
    let scrape = || crate::support::http::get(&addr, "/metrics").ok().filter(|answer| answer.status == 200);
    wait_for("the first answer", scrape);
    for _ in 0..700 {
        kill(&child, "-HUP");
        std::thread::sleep(Duration::from_millis(2));
    }
    site.write(4);
    wait_for("the lines", || (requests(&Scrape::parse(&scrape()?.text())) == 4.0).then_some(()));
    let began = Instant::now();
    kill(&child, "-TERM");
    child.wait().expect("it ends");
    assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
    drop(reader);
}

fn kill(child: &std::process::Child, signal: &str) {
    let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}
