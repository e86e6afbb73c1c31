//! `hangup top --once` against a hangup that serves beside a real nginx, and straight from that nginx' logs; and its keys
//! in a real terminal.

use std::io::{Read, Write};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::support::hangup::{Hangup, command};
use crate::support::nginx::{Nginx, Site};
use crate::support::{free_port, http, wait_for};

fn top(args: &[&str]) -> Output {
    command().arg("top").args(args).output().expect("starts")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// An nginx that nobody listens behind.
fn down() -> Nginx {
    let dead = free_port();
    Nginx::start(Site { server: &format!("location / {{ proxy_pass http://127.0.0.1:{dead}; }}"), ..Site::default() })
}

fn visit(nginx: &Nginx) {
    for _ in 0..40 {
        http::get(&nginx.addr(), "/cart").expect("an answer");
    }
}

/// A hangup beside it that has seen the visits.
fn watched(nginx: &Nginx) -> Hangup {
    let hangup = Hangup::beside(nginx, &[]);
    wait_for("its first look", || (hangup.get("/-/ready").status == 200).then_some(()));
    hangup.get("/api/v1/diagnosis");
    visit(nginx);
    hangup.scrape_until("the requests", |scrape| scrape.sum("hangup_http_requests_total", &[]) >= 40.0);
    hangup
}

#[test]
fn one_frame_of_a_running_hangup() {
    let nginx = down();
    let hangup = watched(&nginx);
    let frame = text(&top(&["--once", &format!("--web={}", hangup.addr)]));
    for told in ["hangup on ", "TROUBLE: ", "shop.example /cart", "100.0 %", "access.log", &hangup.addr] {
        assert!(frame.contains(told), "{told} is not in:\n{frame}");
    }
    assert!(frame.lines().all(|line| line.chars().count() <= 80 || line.contains("/tmp/")), "{frame}");
    let found = text(&top(&["--once", &format!("--web.listen-address={}", hangup.addr)]));
    assert!(found.contains(&format!("http://{}", hangup.addr)), "{found}");
}

#[test]
fn one_frame_straight_from_the_logs() {
    let nginx = down();
    visit(&nginx);
    let nobody = format!("--web.listen-address=127.0.0.1:{}", free_port());
    let conf = format!("--nginx.config={}", nginx.conf().display());
    let log = nginx.path("access.log").display().to_string();
    for args in [vec!["--once", &nobody, &conf], vec!["--once", &conf, &log]] {
        let frame = text(&top(&args));
        let log = "no hangup is asked";
        for told in ["TROUBLE: ", "shop.example /cart", "the connection tracking table", "upstream connect 502", log] {
            assert!(frame.contains(told), "{told} is not in:\n{frame}");
        }
    }
}

#[test]
fn what_cannot_be_shown_is_said() {
    let nobody = format!("--web.listen-address=127.0.0.1:{}", free_port());
    let neither = top(&["--once", &nobody, "--nginx.config="]);
    let said = String::from_utf8_lossy(&neither.stderr).into_owned();
    assert_eq!(neither.status.code(), Some(1));
    assert!(said.contains("no hangup answers") && said.contains("hangup top /var/log/nginx/access.log"), "{said}");

    // Somebody named the address: nothing else is shown in its stead.
    let named = top(&["--once", &format!("--web=127.0.0.1:{}", free_port())]);
    let said = String::from_utf8_lossy(&named.stderr).into_owned();
    assert!(named.status.code() == Some(1) && said.contains("does not answer"), "{said}");

    let nginx = Nginx::start(Site::default());
    let other = top(&["--once", &format!("--web={}", nginx.addr())]);
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.code() == Some(1) && said.contains("404"), "{said}");

    let piped = top(&[&format!("--web={}", nginx.addr())]);
    assert!(String::from_utf8_lossy(&piped.stderr).contains("--once"), "no terminal");
    assert_eq!(top(&["--once", "--web=ftp://x"]).status.code(), Some(1));
    assert_eq!(top(&["--twice"]).status.code(), Some(64));
}

/// A terminal of `script` (util-linux), typed into and read from.
#[test]
fn keys_open_a_route_in_a_real_terminal_and_leave_it_as_it_was() {
    let nginx = down();
    let hangup = watched(&nginx);
    let line = format!("stty rows 40 cols 100; {} top --web={}; stty -a", env!("CARGO_BIN_EXE_hangup"), hangup.addr);
    let mut script = Command::new("script");
    let script = script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm");
    let mut script = script.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    script = script.stderr(std::process::Stdio::null());
    let mut child = script.spawn().expect("script, of util-linux");
    let (mut keys, mut screen) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let shown = std::sync::Arc::clone(&seen);
    let reader = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = screen.read(&mut bytes) {
            shown.lock().expect("no panic").push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    });
    let mut press = |key: &str, told: &str| {
        seen.lock().expect("no panic").clear();
        keys.write_all(key.as_bytes()).expect("it takes keys");
        wait_for(told, || seen.lock().expect("no panic").contains(told).then_some(()));
    };
    press("", "sort: users lost");
    press("s", "sort: share lost");
    press("\r", "Esc back");
    press("\x1b", "Enter open");
    press("q", "icanon");
    let began = Instant::now();
    while child.try_wait().expect("a child of ours").is_none() && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = child.try_wait().expect("a child of ours");
    if ended.is_none() {
        child.kill().expect("ours");
        child.wait().expect("ours");
    }
    reader.join().expect("no panic");
    let screen = seen.lock().expect("no panic").clone();
    assert!(ended.is_some(), "it went on after q: {screen}");
    assert!(screen.contains("\x1b[?1049l") && !screen.contains("-icanon") && !screen.contains("-echo "), "{screen}");
}
