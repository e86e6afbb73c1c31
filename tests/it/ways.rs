//! The same requests through one nginx to a file, containerd's file, Docker's file, UDP syslog and unix syslog: equal
//! counts, equal verdicts.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::container::{Framing, PART_BYTES, Runtime};
use crate::support::hangup::Hangup;
use crate::support::nginx::log_format;
use crate::support::process::Process;
use crate::support::scrape::Scrape;
use crate::support::{free_port, http, wait_for};

/// What has to be equal: everything that is counted of requests and of error-log entries about them.
const COUNTED: &[&str] = &[
    "hangup_http_requests_total",
    "hangup_http_gave_up_total",
    "hangup_http_abandoned_total",
    "hangup_http_request_duration_seconds_bucket",
    "hangup_http_request_duration_seconds_count",
    "hangup_upstream_tries_total",
    "hangup_upstream_response_duration_seconds_count",
    "hangup_upstream_timeouts_total",
    "hangup_upstream_failures_total",
    "hangup_client_failures_total",
];
const POD: &str = "pods/shop_web-7f9c_0a1b-2c3d/nginx/0.log";
const DOCKER: &str = "docker/0-json.log";

fn conf(dir: &Path, port: u16, syslog: &[String], hangs: u16, refuses: u16) -> String {
    let (shown, format) = (dir.display(), log_format());
    let access: String = syslog.iter().map(|to| format!("access_log {to} hangup;\n")).collect();
    let error: String = syslog.iter().map(|to| format!("error_log {to} info;\n")).collect();
    format!(
        "daemon off;\npid {shown}/nginx.pid;\nworker_processes 2;\n\
         error_log {shown}/error.log info;\nerror_log {shown}/err.fifo info;\n{error}\
         events {{ worker_connections 256; }}\n\
         http {{\n{format}\naccess_log {shown}/access.log hangup;\naccess_log {shown}/out.fifo hangup;\n{access}\
         large_client_header_buffers 4 32k;\n\
         client_body_temp_path {shown}/body; proxy_temp_path {shown}/proxy; fastcgi_temp_path {shown}/fastcgi;\n\
         uwsgi_temp_path {shown}/uwsgi; scgi_temp_path {shown}/scgi;\n\
         server {{ listen 127.0.0.1:{port}; server_name shop.example;\n\
         location / {{ return 200 ok; }}\nlocation = /missing {{ return 404; }}\n\
         location /hang/ {{ proxy_pass http://127.0.0.1:{hangs}; proxy_read_timeout 60s; }}\n\
         location /slow/ {{ proxy_pass http://127.0.0.1:{hangs}; proxy_read_timeout 300ms; }}\n\
         location /down/ {{ proxy_pass http://127.0.0.1:{refuses}; }}\n}}\n}}\n"
    )
}

/// One request of each kind and some more, and how many there were.
fn ask(addr: &str) -> usize {
    // Longer than the part that a runtime cuts at.
    let long = format!("/?q={}", "x".repeat(PART_BYTES + 4_000));
    let paths = ["/", "/missing", "/down/", "/slow/", long.as_str(), "/?a=%22<b>&c=\u{e9}"];
    let mut asked = 0;
    for path in paths.iter().chain(&["/"; 30]) {
        http::get(addr, path).expect("nginx answers");
        asked += 1;
    }
    for _ in 0..5 {
        let mut leaving = TcpStream::connect(addr).expect("nginx listens");
        leaving.write_all(b"GET /hang/ HTTP/1.1\r\nHost: shop.example\r\n\r\n").expect("nginx reads");
        std::thread::sleep(Duration::from_millis(200));
        asked += 1;
    }
    asked
}

/// By name and labels, those apart that say from where it was counted.
fn counted(scrape: &Scrape) -> BTreeMap<String, f64> {
    let of_way = ["log", "namespace", "pod", "container"];
    let of = COUNTED.iter().flat_map(|name| scrape.select(name, &[])).filter(|sample| sample.value > 0.0);
    let key = of.map(|sample| {
        let labels = sample.labels.iter().filter(|(name, _)| !of_way.contains(&name.as_str()));
        (format!("{} {:?}", sample.name, labels.collect::<Vec<_>>()), sample.value)
    });
    let mut counted = BTreeMap::new();
    key.for_each(|(key, value)| *counted.entry(key).or_default() += value);
    counted
}

/// A port on which somebody listens and never answers.
fn hanging() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let port = listener.local_addr().expect("its address").port();
    (listener, port)
}

#[test]
fn five_ways_are_counted_alike() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("our own");
    let (port, udp, refuses) = (free_port(), free_port(), free_port());
    let (_listener, hangs) = hanging();
    let socket = dir.path().join("hangup.sock");
    let syslog =
        [format!("syslog:server=127.0.0.1:{udp}"), format!("syslog:server=unix:{},nohostname", socket.display())];
    std::fs::write(dir.path().join("nginx.conf"), conf(dir.path(), port, &syslog, hangs, refuses)).expect("writable");
    let outputs = [(POD, Framing::Cri, PART_BYTES), (DOCKER, Framing::DockerJson, PART_BYTES)];
    let runtime = Runtime::start(dir.path(), &outputs);
    let read = |name: &str| dir.path().join(name).display().to_string();
    let ways = [
        ("file", read("access.log"), read("error.log")),
        ("cri", read("pods/*_web-*_*/nginx/*.log"), String::new()),
        ("docker", read(DOCKER), String::new()),
        ("udp", format!("syslog:udp://127.0.0.1:{udp}"), String::new()),
        ("unix", format!("syslog:unix:{}", socket.display()), String::new()),
    ];
    let conf_flag = format!("--nginx.config={}", read("nginx.conf"));
    let hangups = ways.map(|(name, access, error)| {
        let error = if error.is_empty() { access.clone() } else { error };
        let logs = [format!("--nginx.access-log={access}"), format!("--nginx.error-log={error}")];
        let format = "--nginx.log-format=hangup";
        let mut args = vec![conf_flag.as_str(), logs[0].as_str(), "--nginx.from=start", "--nginx.scrape-uri="];
        match name {
            "file" => args.push(&logs[1]),
            // The format is that of nginx.conf, which sends it there.
            "udp" | "unix" => args.push(&logs[1]),
            _ => args.extend([format, "--nginx.error-log="]),
        }
        (name, Hangup::start(&args))
    });
    for (name, hangup) in &hangups[3..] {
        hangup.scrape_until(&format!("{name} to listen"), |scrape| scrape.sum("hangup_log_up", &[]) >= 1.0);
    }
    let mut nginx = Process::spawn(
        Command::new("/usr/sbin/nginx").arg("-p").arg(dir.path()).arg("-c").arg(dir.path().join("nginx.conf")),
    );
    wait_for("nginx to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
    let asked = ask(&format!("127.0.0.1:{port}")) as f64;
    wait_for("nginx to log all requests", || {
        let text = std::fs::read(dir.path().join("access.log")).ok()?;
        (text.iter().filter(|byte| **byte == b'\n').count() as f64 >= asked).then_some(())
    });
    nginx.signal(libc::SIGQUIT);
    wait_for("nginx to quit", || nginx.child.try_wait().expect("a child of ours"));
    runtime.stop();
    let scrapes = hangups.each_ref().map(|(name, hangup)| {
        let all = |scrape: &Scrape| scrape.sum("hangup_http_requests_total", &[]) >= asked && entries(scrape) >= 5.0;
        (*name, hangup.scrape_until(&format!("{name}: all requests"), all))
    });
    let expected = counted(&scrapes[0].1);
    for part in ["499", "504", "502", "404"] {
        assert!(expected.keys().any(|key| key.contains(part)), "no {part} in {expected:#?}");
    }
    for (name, scrape) in &scrapes {
        assert_eq!(counted(scrape), expected, "{name}");
        for result in ["unparsed", "too_long"] {
            assert_eq!(scrape.sum("hangup_log_lines_total", &[("result", result)]), 0.0, "{name}: {result}");
        }
    }
    let pod = [("namespace", "shop"), ("pod", "web-7f9c"), ("container", "nginx"), ("server", "shop.example")];
    assert_eq!(scrapes[1].1.sum("hangup_http_requests_total", &pod), asked, "labels of the container");
    assert_eq!(scrapes[3].1.sum("hangup_log_lost_datagrams_total", &[]), 0.0);
}

/// What nginx has told about clients that left, which comes after their requests' lines.
fn entries(scrape: &Scrape) -> f64 {
    scrape.sum("hangup_client_failures_total", &[])
}
