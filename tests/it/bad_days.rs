//! Days on which the machine gives less than usual: no threads, no names, no devices, no sensible time.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::host::netns::{Namespace, allowed};
use crate::support::hangup::Hangup;
use crate::support::process::Process;
use crate::support::scrape::Scrape;
use crate::support::{http, wait_for};

const HANGUP: &str = env!("CARGO_BIN_EXE_hangup");

/// A user of nobody else's, since the limit of processes is one of the user.
const USER: u32 = 61_234;

/// Everybody may write here.
fn open_directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).expect("ours");
    dir
}

/// hangup as that user, who may have so many threads.
fn limited(threads: u32, dir: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups"]);
    command.args(["prlimit", &format!("--nproc={threads}"), HANGUP, "--web.listen-address=127.0.0.1:0"]);
    command.arg(format!("--nginx.config={}/nginx.conf", dir.display()));
    command.arg(format!("--path.state={}/state", dir.display()));
    command
}

fn write_conf(dir: &Path, logs: &[&str]) {
    let logs: String =
        logs.iter().map(|log| format!("server {{ access_log {}/{log}/a.log; }}\n", dir.display())).collect();
    let text = format!("events {{}}\nerror_log {}/error.log info;\nhttp {{\n{logs}}}\n", dir.display());
    fs::write(dir.join("nginx.conf"), text).expect("writable");
}

/// However few threads it may have, it serves or says what it lacks.
#[test]
fn no_thread_to_be_had_is_no_panic() {
    let dir = open_directory();
    write_conf(dir.path(), &["one"]);
    let mut served = 0;
    for threads in 1..=14 {
        let mut process = Process::spawn(&mut limited(threads, dir.path()));
        let ended = wait_for("an end or an address", || {
            let serves = process.output().iter().any(|line| line.contains("message=serving"));
            process.child.try_wait().expect("a child of ours").map(Some).or(serves.then_some(None))
        });
        served += u32::from(ended.is_none());
        process.terminate();
        let said = || process.output().join("\n");
        if ended.is_some() {
            wait_for("what is missing to be told", || said().contains("threads are needed").then_some(()));
        }
        assert!(!said().contains("panicked"), "{threads}: {}", said());
    }
    assert!(served > 0, "14 threads are enough");
}

#[test]
fn what_a_reload_gets_no_thread_for_is_told_and_the_rest_goes_on() {
    let dir = open_directory();
    for log in ["one", "two"] {
        fs::create_dir(dir.path().join(log)).expect("writable");
        fs::write(dir.path().join(log).join("a.log"), "").expect("writable");
    }
    write_conf(dir.path(), &["one"]);
    let hangup = Hangup::spawn(&mut limited(14, dir.path()));
    hangup.scrape();
    let pid = hangup.process.child.id().to_string();
    let mut limit = Command::new("setpriv");
    limit.args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups"]);
    assert!(limit.args(["prlimit", "--pid", &pid, "--nproc=1"]).status().expect("prlimit").success());
    write_conf(dir.path(), &["one", "two"]);
    hangup.process.signal(libc::SIGHUP);
    wait_for("the watcher to be missed", || {
        hangup.process.output().iter().any(|line| line.contains("cannot be watched")).then_some(())
    });
    let line = "192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 2 \"-\" \"x\"\n";
    fs::write(dir.path().join("two/a.log"), line).expect("writable");
    hangup.scrape_until("the new log's line", |scrape| scrape.sum("hangup_http_requests_total", &[]) >= 1.0);
    let said = hangup.process.output().join("\n");
    assert!(!said.contains("panicked"), "{said}");
}

/// A resolver that is there and says nothing.
#[test]
fn a_resolver_that_never_answers_is_named_and_costs_no_threads() {
    const RELOADS: usize = 20;
    if !allowed() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let resolv = dir.path().join("resolv.conf");
    fs::write(&resolv, "nameserver 127.0.0.1\n").expect("writable");
    let network = Namespace::add("dns");
    network.run(&["ip", "link", "set", "lo", "up"]);
    let _silent = network.inside(|| UdpSocket::bind("127.0.0.1:53").expect("an address of its own"));
    let script = format!("mount --bind {} /etc/resolv.conf && exec \"$@\"", resolv.display());
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &network.name, "sh", "-c", &script, "sh", HANGUP, "--nginx.config="]);
    command.args(["--web.listen-address=127.0.0.1:0", "--poll.interval=200ms", "--poll.timeout=300ms"]);
    command.args(["one", "two"].map(|name| format!("--nginx.scrape-uri=http://{name}.internal/stub_status")));
    let mut hangup = Hangup::spawn(&mut command);
    let told =
        |hangup: &Hangup| hangup.process.output().iter().filter(|line| line.contains("DNS does not answer")).count();
    wait_for("both names to be told", || (told(&hangup) == 2).then_some(()));
    let pid = hangup.process.child.id();
    let threads = || fs::read_dir(format!("/proc/{pid}/task")).expect("a process of ours").count();
    let before = threads();
    for _ in 0..RELOADS {
        hangup.process.signal(libc::SIGHUP);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(threads() <= before + 2, "{before} threads became {}", threads());
    assert_eq!(told(&hangup), 2, "told once each");
    let metrics = network.inside(|| http::get(&hangup.addr, "/metrics").expect("an answer").text());
    assert_eq!(Scrape::parse(&metrics).sum("nginx_up", &[]), 0.0);
    let began = Instant::now();
    hangup.process.terminate();
    assert!(began.elapsed() < Duration::from_secs(5), "it waits for the resolver: {:?}", began.elapsed());
}

/// What PrivateDevices=yes leaves of /dev.
const PRIVATE_DEVICES: &str = "mkdir \"$DEV\" && for node in null zero urandom random; do \
    touch \"$DEV/$node\" && mount --bind \"/dev/$node\" \"$DEV/$node\"; done && mount --rbind \"$DEV\" /dev && \
    mount -t tmpfs none /var/log && exec setpriv --reuid=65534 --regid=65534 --groups=4 --no-new-privs \
    --bounding-set=-all --inh-caps=-all --ambient-caps=-all \"$@\"";

fn with_private_devices(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", PRIVATE_DEVICES, "sh", HANGUP]).args(arguments).env("DEV", dir.join("dev"));
    command
}

#[test]
fn the_kernels_log_under_the_shipped_unit_is_no_failure() {
    let dir = open_directory();
    let arguments = ["check", "--format=json", "--nginx.config="];
    let output = with_private_devices(dir.path(), &arguments).output().expect("it runs");
    let page: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let sources = page["sources"].as_array().expect("entries");
    let text = |entry: &serde_json::Value| entry["text"].as_str().unwrap_or_default().to_owned();
    let entry = sources.iter().find(|entry| text(entry).starts_with("kernel_log")).expect("the source");
    assert!(entry["result"] == "note" && text(entry).contains("PrivateDevices=yes hides the device"), "{entry}");

    let serve = ["--nginx.config=", "--web.listen-address=127.0.0.1:0"];
    let dir = open_directory();
    let hangup = Hangup::spawn(&mut with_private_devices(dir.path(), &serve));
    hangup.scrape_until("the sources", |scrape| scrape.select("hangup_source_up", &[]).count() > 5);
    let scrape = hangup.scrape();
    assert_eq!(scrape.select("hangup_source_up", &[("source", "kernel_log")]).count(), 0, "it is no source here");
    let said = hangup.process.output().join("\n");
    assert!(!said.contains("level=warn") && said.contains("source is not available"), "{said}");
}

/// What ProcSubset=pid leaves of /proc.
#[test]
fn a_proc_of_processes_only_is_named() {
    let script = "mount -t proc -o subset=pid proc /proc && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script, "sh", HANGUP, "check", "--format=json", "--nginx.config="]);
    let output = command.output().expect("it runs");
    let page: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let sources = page["sources"].as_array().expect("entries").iter();
    let texts: Vec<&str> = sources.filter_map(|entry| entry["text"].as_str()).collect();
    for source in ["tcp", "softnet", "sysctl", "process"] {
        let text = texts.iter().find(|text| text.starts_with(source)).expect("the source");
        assert!(text.contains("ProcSubset=pid"), "{text}");
    }
}

/// A library that says it is 1969.
const BEFORE_1970: &str = "
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static const long BACK = 3600L * 24 * 365 * 60;
int clock_gettime(clockid_t id, struct timespec *at) {
    int result = syscall(SYS_clock_gettime, id, at);
    if (id == CLOCK_REALTIME) at->tv_sec -= BACK;
    return result;
}
int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
";

#[test]
fn a_clock_before_1970_stops_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (source, library) = (dir.path().join("clock.c"), dir.path().join("clock.so"));
    fs::write(&source, BEFORE_1970).expect("writable");
    let built = Command::new("gcc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).status();
    assert!(built.expect("gcc").success());
    let log = dir.path().join("access.log");
    let line = "192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 499 0 \"-\" \"x\"\n";
    fs::write(&log, line.repeat(3)).expect("writable");
    let serve = |preload: Option<&Path>| {
        let mut command = Command::new(HANGUP);
        preload.map(|library| command.env("LD_PRELOAD", library));
        command.args(["--web.listen-address=127.0.0.1:0", "--nginx.config=", "--nginx.from=start"]);
        command.args(["--nginx.log-format=combined", "--state.interval=50ms"]);
        command.arg(format!("--nginx.access-log={}", log.display()));
        command.arg(format!("--path.state={}/state", dir.path().display()));
        Hangup::spawn(&mut command)
    };
    let mut hangup = serve(Some(&library));
    for path in ["/", "/metrics", "/-/healthy"] {
        let answer = hangup.get(path);
        assert_eq!((answer.status, answer.text().contains("before 1970")), (503, true), "{path}");
    }
    // Rotated meanwhile. What it reads is saved when it ends.
    std::thread::sleep(Duration::from_millis(500));
    fs::rename(&log, dir.path().join("access.log.1")).expect("renamed");
    fs::write(&log, line).expect("writable");
    std::thread::sleep(Duration::from_millis(1500));
    hangup.process.terminate();
    let said = hangup.process.output().join("\n");
    assert!(said.contains("ts=19") && !said.contains("panicked"), "{said}");
    let now = serve(None).scrape();
    assert_eq!(now.sum("hangup_http_requests_total", &[]), 4.0, "what was counted then is there at once");
}

#[test]
fn an_include_that_is_a_pipe_ends() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let pipe = dir.path().join("pipe.conf");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let conf = dir.path().join("nginx.conf");
    fs::write(&conf, format!("events {{}}\nhttp {{\ninclude {};\n}}\n", pipe.display())).expect("writable");
    let mut check = Command::new("timeout");
    check.args(["20", HANGUP, "check"]).arg(format!("--nginx.config={}", conf.display())).stdin(Stdio::null());
    let output = check.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("nginx.conf:3") && said.contains("nothing comes from it"), "{said}");
}

/// A status page that answers for one name only.
#[test]
fn a_page_is_asked_for_by_the_name_it_answers_to() {
    let site = crate::support::nginx::Site {
        http: "server { listen 127.0.0.1:STATUS default_server; return 444; }\n",
        ..Default::default()
    };
    let status_port = crate::support::free_port();
    let http = site.http.replace("STATUS", &status_port.to_string())
        + &format!(
            "server {{ listen 127.0.0.1:{status_port}; server_name status.example; access_log off; stub_status; }}"
        );
    let _nginx = crate::support::nginx::Nginx::start(crate::support::nginx::Site { http: &http, ..site });
    let page = format!("--nginx.scrape-uri=http://127.0.0.1:{status_port}/");
    let arguments = ["--nginx.config=", "--poll.interval=200ms", page.as_str()];
    let up = |arguments: &[&str]| {
        let hangup = Hangup::start(arguments);
        wait_for("the page to be asked", || {
            (hangup.scrape().select("hangup_source_up", &[("source", "stub_status")]).count() > 0).then_some(())
        });
        hangup.scrape().one("nginx_up", &[])
    };
    assert_eq!(up(&arguments), 0.0);
    assert_eq!(up(&[&arguments[..], &["--nginx.scrape-host=status.example"]].concat()), 1.0);
}
