//! A reload keeps what is open, what was read and what is known; it takes what is new, or refuses it by name.

use std::fs::{self, File};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::hangup::Hangup;
use crate::support::page::{Answer, Page};
use crate::support::scrape::Scrape;
use crate::support::wait_for;

const LINE: &str = "192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET / HTTP/1.1\" 200 0 \"-\" \"-\"\n";

struct Site {
    directory: tempfile::TempDir,
}

impl Site {
    fn new() -> Site {
        Site { directory: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Follows these logs, with these lines of YAML besides.
    fn configure(&self, logs: &[&str], more: &str) {
        let logs: Vec<String> = logs.iter().map(|log| format!("'{}'", self.path(log).display())).collect();
        let text = format!("nginx: {{config: '', log_format: combined, access_log: [{}]}}\n{more}", logs.join(", "));
        fs::write(self.path("hangup.yml"), text).expect("writable");
    }

    fn start(&self, more: &[&str]) -> Hangup {
        let config = format!("--config.file={}", self.path("hangup.yml").display());
        Hangup::start(&[&[config.as_str(), "--web.enable-lifecycle", "--nginx.from=start"], more].concat())
    }
}

fn append(path: &Path) -> File {
    File::options().append(true).create(true).open(path).expect("writable")
}

fn write(log: &mut File, lines: usize) {
    log.write_all(LINE.repeat(lines).as_bytes()).expect("written");
}

fn requests(scrape: &Scrape) -> f64 {
    scrape.sum("hangup_http_requests_total", &[])
}

#[track_caller]
fn reload(hangup: &Hangup) {
    let answer = hangup.post("/-/reload");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[track_caller]
fn refused(hangup: &Hangup, why: &str) {
    let answer = hangup.post("/-/reload");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains(why), "{}", answer.text());
}

/// Nothing but the descriptor leads to it.
#[test]
fn a_removed_file_that_is_still_written_to_is_read_on() {
    let site = Site::new();
    site.configure(&["access.log"], "");
    let mut log = append(&site.path("access.log"));
    let hangup = site.start(&[]);
    write(&mut log, 3);
    hangup.scrape_until("the first lines", |scrape| requests(scrape) == 3.0);
    fs::remove_file(site.path("access.log")).expect("removed");
    hangup.scrape_until("it to be missed", |scrape| scrape.sum("hangup_log_up", &[]) == 0.0);
    site.configure(&["access.log", "other.log"], "");
    reload(&hangup);
    write(&mut log, 4);
    hangup.scrape_until("the last lines", |scrape| requests(scrape) == 7.0);
}

#[test]
fn a_log_that_is_removed_and_added_again_goes_on_where_it_was() {
    let site = Site::new();
    site.configure(&["one.log", "two.log"], "");
    let (mut one, mut two) = (append(&site.path("one.log")), append(&site.path("two.log")));
    let hangup = site.start(&[]);
    write(&mut one, 2);
    write(&mut two, 2);
    hangup.scrape_until("the first lines", |scrape| requests(scrape) == 4.0);
    // The last lines of a log that goes are counted, whenever they were written before that.
    write(&mut one, 100);
    site.configure(&["two.log"], "");
    reload(&hangup);
    assert_eq!(requests(&hangup.scrape()), 104.0);
    let lost_sight = hangup.scrape();
    let of_one =
        |scrape: &Scrape| scrape.sum("hangup_log_lines_total", &[("log", &site.path("one.log").to_string_lossy())]);
    assert_eq!(of_one(&lost_sight), 102.0, "its counts stay");
    // Meanwhile it is written to, turned over under a name that tells nothing, and written to again.
    write(&mut one, 10);
    fs::rename(site.path("one.log"), site.path("backup")).expect("renamed");
    write(&mut append(&site.path("one.log")), 1);
    write(&mut one, 20);
    write(&mut two, 1);
    site.configure(&["one.log", "two.log"], "");
    reload(&hangup);
    let scrape = hangup.scrape_until("all lines", |scrape| requests(scrape) >= 136.0);
    assert_eq!((requests(&scrape), of_one(&scrape)), (136.0, 133.0));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(requests(&hangup.scrape()), 136.0, "nothing twice");
}

/// The page answers once and then never again, so what is shown after the reload is what was read before.
#[test]
fn readings_peaks_and_readiness_stay_and_only_a_changed_poller_begins_anew() {
    let site = Site::new();
    let (first, address) = Page::tcp(Answer::Numbers { accepts: 7, handled: 7 });
    let (second, other) = Page::tcp(Answer::Held);
    let status = |pages: &[String]| format!("poll: {{interval: 300ms, timeout: 1h}}\n{}", scrape_uri(pages));
    let (first_uri, other_uri) = (format!("http://{address}/"), format!("http://{other}/"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port().to_string();
    configure_pages(&site, &status(std::slice::from_ref(&first_uri)));
    let hangup = site.start(&[]);
    let waiting = TcpStream::connect(listener.local_addr().expect("bound")).expect("queued");
    let of_port = [("port", port.as_str())];
    let peak = |scrape: &Scrape| scrape.sum("hangup_listen_queue_length_peak", &of_port);
    hangup.scrape_until("the queue and the page to be seen", |scrape| {
        peak(scrape) == 1.0 && scrape.sum("nginx_connections_accepted", &[]) == 7.0
    });
    wait_for("it to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
    drop(listener.accept().expect("it waits"));
    drop(waiting);
    let now = |scrape: &Scrape| scrape.sum("hangup_listen_queue_length", &of_port);
    hangup.scrape_until("the queue to be empty", |scrape| now(scrape) == 0.0);
    first.set(Answer::Held);
    // It is asked again, and says nothing from here on.
    std::thread::sleep(Duration::from_millis(600));
    configure_pages(&site, &status(&[first_uri.clone(), other_uri]));
    reload(&hangup);
    let scrape = hangup.scrape();
    assert_eq!(peak(&scrape), 1.0, "a peak of a minute");
    assert_eq!(scrape.sum("nginx_connections_accepted", &[]), 7.0);
    assert_eq!(scrape.sum("hangup_source_up", &[("source", &format!("stub_status {first_uri}"))]), 1.0);
    assert_eq!(hangup.get("/-/ready").status, 200, "what is new takes nothing back");
    second.set(Answer::Numbers { accepts: 9, handled: 9 });
    hangup.scrape_until("the new page", |scrape| scrape.sum("nginx_connections_accepted", &[]) == 16.0);
    // And the other way round: the one that goes is gone, the one that stays keeps its numbers.
    configure_pages(&site, &status(std::slice::from_ref(&first_uri)));
    reload(&hangup);
    let scrape = hangup.scrape();
    assert_eq!(scrape.sum("nginx_connections_accepted", &[]), 7.0);
    assert_eq!(scrape.sum("hangup_source_up", &[("source", "stub_status")]), 1.0);
}

fn scrape_uri(pages: &[String]) -> String {
    let pages: Vec<String> = pages.iter().map(|page| format!("'{page}'")).collect();
    format!("nginx: {{config: '', scrape_uri: [{}]}}\n", pages.join(", "))
}

fn configure_pages(site: &Site, text: &str) {
    fs::write(site.path("hangup.yml"), text).expect("writable");
}

#[test]
fn open_logs_keep_their_descriptors() {
    let site = Site::new();
    site.configure(&["one.log", "two.log"], "");
    let (mut one, mut two) = (append(&site.path("one.log")), append(&site.path("two.log")));
    let hangup = site.start(&[]);
    write(&mut one, 1);
    write(&mut two, 1);
    hangup.scrape_until("the lines", |scrape| requests(scrape) == 2.0);
    let open = || {
        let files = fs::read_dir(format!("/proc/{}/fd", hangup.process.child.id())).expect("a running process");
        let link = |entry: fs::DirEntry| Some((entry.file_name(), fs::read_link(entry.path()).ok()?));
        let mut logs: Vec<_> = files.flatten().filter_map(link).filter(|(_, to)| to.ends_with("one.log")).collect();
        logs.sort();
        logs
    };
    let before = open();
    assert_eq!(before.len(), 1);
    site.configure(&["one.log"], "");
    reload(&hangup);
    hangup.process.signal(libc::SIGHUP);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(open(), before);
    let following = hangup.process.output().iter().filter(|line| line.contains("following")).count();
    assert_eq!(following, 2, "what goes on is not reported anew");
}

#[test]
fn every_key_takes_effect_or_is_refused_by_name() {
    let site = Site::new();
    site.configure(&["access.log"], "");
    append(&site.path("access.log"));
    let hangup = site.start(&[]);
    for (more, name) in [
        ("path: {state: /elsewhere}\n", "`path.state`"),
        ("log: {format: json}\n", "`log.format`"),
        ("web: {telemetry_path: /m}\n", "`web.telemetry-path`"),
        ("histogram: {buckets: [1, 2]}\n", "`histogram.buckets`"),
        ("abandonment: {long_after: 3s}\n", "`abandonment.long-after`"),
    ] {
        site.configure(&["access.log", "not-adopted.log"], more);
        refused(&hangup, name);
        let scrape = hangup.scrape();
        assert_eq!(scrape.select("hangup_log_up", &[]).count(), 1, "{more}: nothing of it was adopted");
        assert_eq!(scrape.one("hangup_config_reload_success", &[]), 0.0);
    }
    // 2.5 s is a bucket already.
    site.configure(&["access.log"], "abandonment: {long_after: 2500ms}\nlog: {level: error}\n");
    reload(&hangup);
    let told = |word: &str| hangup.process.output().iter().filter(|line| line.contains(word)).count();
    wait_for("the reload to be told", || (told("message=reloaded") == 1).then_some(()));
    reload(&hangup);
    refused_quietly(&hangup, &site);
    assert_eq!(told("message=reloaded"), 1, "log.level=error holds from the first on: {:#?}", hangup.process.output());
}

/// An error is told at the level of errors.
fn refused_quietly(hangup: &Hangup, site: &Site) {
    site.configure(&["access.log"], "web: {telemetry_path: /m}\n");
    refused(hangup, "`web.telemetry-path`");
    wait_for("the refusal to be told", || {
        let output = hangup.process.output();
        output.iter().any(|line| line.contains("not reloaded") && line.contains("telemetry-path")).then_some(())
    });
}

#[test]
fn another_interval_of_saving_holds_at_once() {
    let site = Site::new();
    let state = site.path("state");
    site.configure(&["access.log"], "state: {interval: 1h}\n");
    append(&site.path("access.log"));
    let hangup = site.start(&[&format!("--path.state={}", state.display())]);
    site.configure(&["access.log"], "state: {interval: 50ms}\n");
    reload(&hangup);
    let saved = || fs::metadata(state.join("snapshot")).and_then(|it| it.modified()).ok();
    let first = wait_for("a first save", saved);
    wait_for("another", || saved().filter(|it| *it > first));
    wait_for("and another", || saved().filter(|it| *it > first + Duration::from_millis(100)));
}
