//! The served process: where it listens, when it is ready, what its page shows, rotation, reload, its end.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::hangup::{Hangup, command};
use crate::support::nginx::{Nginx, Site, VERSIONS, Version};
use crate::support::page::{Answer, Page};
use crate::support::wait_for;
use crate::support::{free_port, http};

const GOOD: Answer = Answer::Numbers { accepts: 2, handled: 2 };

#[test]
fn port_0_is_a_free_one_on_every_address() {
    let hangup = Hangup::spawn(command().args(["--nginx.config=", "--web.listen-address=:0"]));
    let port = hangup.addr.rsplit(':').next().expect("a port").to_owned();
    assert_ne!(port, "0");
    let healthy = http::get(&format!("127.0.0.1:{port}"), "/-/healthy").expect("it listens on loopback, too");
    assert_eq!((healthy.status, healthy.text().as_str()), (200, "hangup is healthy.\n"));
}

#[test]
fn two_addresses_serve_the_same() {
    let (one, two) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.2:{}", free_port()));
    let flag = |address: &str| format!("--web.listen-address={address}");
    let hangup =
        Hangup::spawn(command().args(["--nginx.config=", &flag(&one), &flag(&two), "--web.telemetry-path=/m"]));
    for address in [&one, &two] {
        let metrics = wait_for("it to listen", || http::get(address, "/m").ok());
        assert!(metrics.text().contains("hangup_build_info{"));
        assert_eq!(http::get(address, "/metrics").expect("an answer").status, 404);
    }
    assert!(hangup.get("/").text().contains("href=\"./m\""));
}

/// Where the metrics are at `/`, there is no page for people.
#[test]
fn the_metrics_may_be_at_the_root() {
    let hangup = Hangup::start(&["--nginx.config=", "--web.telemetry-path=/"]);
    assert!(hangup.get("/").text().contains("hangup_build_info{"));
    let other = hangup.get("/metrics");
    assert_eq!(other.status, 404);
    assert!(other.text().contains("hangup serves / (metrics), /api/v1/diagnosis"), "{}", other.text());
}

#[test]
fn the_demo_is_served_on_loopback_unless_somebody_says_otherwise() {
    let demo =
        Hangup::spawn(command().args(["demo", "--speed", "100"]).env("HANGUP_WEB_LISTEN_ADDRESS", "127.0.0.2:0"));
    assert!(demo.addr.starts_with("127.0.0.2:"), "{}", demo.addr);
    // The usual port may be another's here: what is tried is told either way.
    let mut demo = crate::support::process::Process::spawn(command().args(["demo", "--speed", "100"]));
    wait_for("the demo to say where it listens", || {
        let said = demo.output().join("\n");
        said.contains("127.0.0.1:10499").then_some(())
    });
    demo.terminate();
}

#[test]
fn it_is_ready_after_the_first_round_of_every_source() {
    let (page, address) = Page::tcp(Answer::Held);
    let uri = format!("--nginx.scrape-uri=http://{address}/stub_status");
    let hangup = Hangup::start(&["--nginx.config=", "--poll.timeout=1h", &uri]);
    let waiting = wait_for("all but the page to have been polled", || {
        let ready = hangup.get("/-/ready");
        Some(ready).filter(|ready| ready.text().ends_with("awaited of stub_status.\n"))
    });
    assert_eq!(waiting.status, 503);
    assert_eq!(hangup.get("/-/healthy").status, 200, "it is healthy all the same");
    assert_eq!(hangup.scrape().select("nginx_up", &[]).count(), 0, "nothing is known yet, not even that it is down");
    page.set(GOOD);
    wait_for("hangup to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
}

#[test]
fn a_page_that_is_down_does_not_keep_it_from_being_ready() {
    let uri = format!("--nginx.scrape-uri=http://127.0.0.1:{}/stub_status", free_port());
    let hangup = Hangup::start(&["--nginx.config=", &uri]);
    wait_for("hangup to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
}

#[test]
fn the_page_lists_logs_and_sources() {
    let dir = tempfile::tempdir().expect("a directory");
    let (there, missing) = (dir.path().join("there.log"), dir.path().join("missing.log"));
    std::fs::write(&there, "").expect("writable");
    let (_page, address) = Page::tcp(GOOD);
    let flags = [
        "--nginx.config=".to_owned(),
        format!("--nginx.access-log={}", there.display()),
        format!("--nginx.error-log={}", missing.display()),
        format!("--nginx.scrape-uri=http://{address}/stub_status"),
    ];
    let hangup = Hangup::start(&flags.each_ref().map(String::as_str));
    wait_for("hangup to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
    let page = hangup.get("/").text();
    let wanted = ["href=\"./metrics\"", "href=\"./-/healthy\"", "href=\"./-/ready\"", "stub_status", "conntrack"];
    for text in wanted {
        assert!(page.contains(text), "{text} is not on the page:\n{page}");
    }
    assert!(page.contains(&there.display().to_string()));
    assert!(page.contains(&format!("{} does not exist yet", missing.display())), "{page}");
    let scrape = hangup.scrape();
    let up = |path: &std::path::Path| scrape.one("hangup_log_up", &[("log", &path.to_string_lossy())]);
    assert_eq!((up(&there), up(&missing)), (1.0, 0.0));
}

/// Renamed and reopened with USR1 again and again, under traffic: every line is counted once.
#[test]
fn logs_are_followed_through_rotation() {
    VERSIONS.into_iter().for_each(rotate);
}

fn rotate(version: Version) {
    const ROTATIONS: usize = 4;
    let mut nginx = Nginx::start(Site { version, server: "location / { return 200 hello; }", ..Site::default() });
    let hangup = Hangup::beside(&nginx, &[]);
    let log = nginx.path("access.log").to_string_lossy().into_owned();
    let done = AtomicBool::new(false);
    let asked = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut asked = 0;
            while !done.load(Ordering::Relaxed) {
                asked += usize::from(http::get(&nginx.addr(), "/cart/1").is_ok());
            }
            asked
        });
        for n in 1..=ROTATIONS {
            let lines = |s: &crate::support::scrape::Scrape| s.sum("hangup_log_lines_total", &[("log", &log)]);
            let before = lines(&hangup.scrape());
            hangup.scrape_until("lines between rotations", |s| lines(s) > before);
            std::fs::rename(&log, format!("{log}.{n}")).expect("renamed");
            nginx.process.signal(libc::SIGUSR1);
            hangup.scrape_until("the rotation to be seen", |s| {
                s.sum("hangup_log_rotations_total", &[("log", &log), ("kind", "renamed")]) == n as f64
            });
        }
        done.store(true, Ordering::Relaxed);
        asking.join().expect("no panic")
    });
    nginx.quit();
    let scrape = hangup.scrape_until("all requests", |s| s.sum("hangup_http_requests_total", &[]) >= asked as f64);
    assert_eq!(scrape.sum("hangup_http_requests_total", &[("status", "200")]), asked as f64);
    assert_eq!(scrape.one("hangup_log_lost_bytes_total", &[("log", &log)]), 0.0);
    assert_eq!(scrape.one("hangup_log_up", &[("log", &log)]), 1.0);
}

/// A bad file changes nothing but one metric; counts go on through a good one.
#[test]
fn a_bad_file_keeps_the_old_configuration_running() {
    let dir = tempfile::tempdir().expect("a directory");
    let (file, log) = (dir.path().join("hangup.yml"), dir.path().join("access.log"));
    let line = "10.0.0.1 - - [21/Nov/2026:12:00:00 +0000] \"GET /a/1 HTTP/1.1\" 200 5 \"-\" \"-\"\n";
    std::fs::write(&log, line).expect("writable");
    let configure = |route: &str| {
        let text = format!(
            "nginx: {{config: '', access_log: ['{}'], from: start}}\nroutes: {{patterns: [{route}]}}\n",
            log.display()
        );
        std::fs::write(&file, text).expect("writable");
    };
    configure("{name: first, match: '^/a/'}");
    let config = format!("--config.file={}", file.display());
    let hangup = Hangup::start(&[&config, "--web.enable-lifecycle"]);
    let counted = |route: &str| hangup.scrape().sum("hangup_http_requests_total", &[("route", route)]);
    wait_for("the first line", || (counted("first") == 1.0).then_some(()));

    configure("{name: second, mtch: '^/a/'}");
    let refused = hangup.post("/-/reload");
    assert_eq!(refused.status, 500);
    let text = refused.text();
    assert!(text.contains("hangup.yml:2") && text.contains("match"), "file, line and the nearest key: {text}");
    assert_eq!(hangup.scrape().one("hangup_config_reload_success", &[]), 0.0);
    let other_format = format!("{}log: {{format: json}}\n", std::fs::read_to_string(&file).expect("there"));
    std::fs::write(&file, other_format.replace("mtch", "match")).expect("writable");
    let refused = hangup.post("/-/reload");
    assert_eq!((refused.status, refused.text().contains("`log.format`")), (500, true), "{}", refused.text());
    append(&log, line);
    wait_for("the second line, under the old configuration", || (counted("first") == 2.0).then_some(()));

    configure("{name: second, match: '^/a/'}");
    hangup.process.signal(libc::SIGHUP);
    hangup.scrape_until("SIGHUP to reload", |s| s.one("hangup_config_reload_success", &[]) == 1.0);
    append(&log, line);
    wait_for("the third line, under the new one", || (counted("second") == 1.0).then_some(()));
    assert_eq!(counted("first"), 2.0, "what was counted stays");
}

fn append(path: &std::path::Path, text: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().append(true).open(path).expect("there");
    file.write_all(text.as_bytes()).expect("writable");
}

#[test]
fn sigterm_ends_it_in_good_order() {
    let mut hangup = Hangup::start(&["--nginx.config="]);
    hangup.process.signal(libc::SIGTERM);
    let status = wait_for("it to end", || hangup.process.child.try_wait().expect("a child of ours"));
    assert!(status.success(), "{status}");
}

#[test]
fn it_tells_its_version() {
    let output = command().arg("--version").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    // The revision stands behind it, where the build knew one.
    assert!(said.starts_with(concat!("hangup ", env!("CARGO_PKG_VERSION"))), "{said}");
    assert!(output.status.success());
}

/// What a container's health check asks, told the same way as the hangup that it asks.
#[test]
fn healthy_tells_whether_a_running_hangup_answers() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("hangup.yml");
    let asked = |address: &str| {
        std::fs::write(&file, format!("web: {{listen_address: ['{address}']}}\n")).expect("writable");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hangup"));
        let output = command.arg("healthy").arg(format!("--config.file={}", file.display())).output().expect("starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let hangup = Hangup::start(&["--nginx.config="]);
    let port = hangup.addr.rsplit(':').next().expect("a port").to_owned();
    assert_eq!(asked(&hangup.addr), (Some(0), String::new()));
    assert_eq!(asked(&format!(":{port}")).0, Some(0), "every address is loopback, too");
    drop(hangup);
    let (code, said) = asked(&format!("127.0.0.1:{port}"));
    assert!(code == Some(1) && said.contains("does not answer"), "{code:?}: {said}");
    let (code, said) = asked("127.0.0.1:0");
    assert!(code == Some(1) && said.contains("name a port"), "{code:?}: {said}");
}
