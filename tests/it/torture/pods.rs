//! A pod's log, in parts, rotated as the kubelet does it, while hangup is killed again and again: every line once.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::load::{Load, Routes};
use super::outcome::Outcome;
use super::run::settled;
use crate::support::container::{Framing, Runtime};
use crate::support::hangup::{Hangup, command};
use crate::support::nginx::log_format;
use crate::support::process::Process;
use crate::support::scrape::Scrape;
use crate::support::{free_port, wait_for};

/// So short that each line is in several parts, with entries of the error log between them.
const PART_BYTES: usize = 90;
const RATE: u32 = 1_000;
const TIME: Duration = Duration::from_secs(6);
const ROTATE_EVERY: Duration = Duration::from_millis(530);
/// Not a multiple of any other interval.
const KILL_EVERY: Duration = Duration::from_millis(1_370);
const POD: &str = "pods/shop_web-7f9c_0a1b-2c3d/nginx/0.log";

fn conf(dir: &Path, port: u16) -> String {
    let (dir, format) = (dir.display(), log_format());
    format!(
        "daemon off;\npid {dir}/nginx.pid;\nworker_processes 2;\nerror_log {dir}/err.fifo info;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n{format}\naccess_log {dir}/out.fifo hangup;\nkeepalive_requests 1000000;\n\
         client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;\n\
         uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;\n\
         server {{ listen 127.0.0.1:{port}; server_name shop.example;\n\
         location / {{ return 204; }}\nlocation @none {{ return 204; }}\n\
         location /p/ {{ root /nonexistent; error_page 404 =204 @none; }} }}\n}}\n"
    )
}

fn hangup(dir: &Path, framing: Framing, web: u16) -> Hangup {
    let mut hangup = command();
    let log = match framing {
        Framing::Cri => "pods/*/nginx/*.log",
        Framing::DockerJson => "pods/*/nginx/0.log",
    };
    hangup.args(["--nginx.config=", "--nginx.log-format=hangup", "--nginx.from=start", "--routes.admit-after=1"]);
    hangup.args(["--limits.routes=4000", "--limits.series=1000000"]);
    hangup.arg(format!("--web.listen-address=127.0.0.1:{web}"));
    hangup.arg(format!("--nginx.access-log={}", dir.join(log).display()));
    hangup.arg(format!("--path.state={}", dir.join("state").display()));
    Hangup::spawn(&mut hangup)
}

fn routes(scrape: &Scrape) -> Routes {
    let mut routes = Routes::new();
    for sample in scrape.select("hangup_http_requests_total", &[]).filter(|sample| sample.value > 0.0) {
        *routes.entry(sample.labels["route"].clone()).or_default() += sample.value as u64;
    }
    routes
}

fn survives(framing: Framing) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("our own");
    let (port, web) = (free_port(), free_port());
    std::fs::write(dir.path().join("nginx.conf"), conf(dir.path(), port)).expect("writable");
    let runtime = Runtime::start(dir.path(), &[(POD, framing, PART_BYTES)]);
    let conf = dir.path().join("nginx.conf");
    let mut nginx = Process::spawn(Command::new("/usr/sbin/nginx").arg("-p").arg(dir.path()).arg("-c").arg(conf));
    wait_for("nginx to listen", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    let mut reader = Some(hangup(dir.path(), framing, web));
    let load = Load::start(port, RATE);
    let (begun, mut rotated, mut killed, mut shown) = (Instant::now(), 0, 0, 0);
    while begun.elapsed() < TIME {
        if begun.elapsed() >= ROTATE_EVERY * (rotated + 1) {
            rotated += 1;
            let late = Duration::from_millis(if rotated % 2 == 0 { 20 } else { 300 });
            runtime.output(0).rotate(rotated, late, rotated % 4 != 3).expect("our own directory");
        }
        if begun.elapsed() >= KILL_EVERY * (killed + 1) {
            killed += 1;
            let now: u64 = routes(&reader.as_ref().expect("it runs").scrape()).values().sum();
            assert!(now >= shown, "a counter stepped back from {shown} to {now}");
            shown = now;
            drop(reader.take());
            std::thread::sleep(Duration::from_millis(150));
            reader = Some(hangup(dir.path(), framing, web));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let written = load.stop();
    nginx.signal(libc::SIGQUIT);
    wait_for("nginx to quit", || nginx.child.try_wait().expect("a child of ours"));
    runtime.stop();
    let reader = reader.expect("it runs");
    let counted = settled(&written, Duration::from_secs(8), || routes(&reader.scrape()));
    let outcome = Outcome::of(&written, &counted);
    assert!(killed >= 3 && rotated >= 8, "killed {killed} times, rotated {rotated} times");
    assert!(outcome.is_exact(), "{framing:?}: {outcome:?}");
    let scrape = reader.scrape();
    for result in ["unparsed", "too_long"] {
        assert_eq!(scrape.sum("hangup_log_lines_total", &[("result", result)]), 0.0, "{framing:?}: {result}");
    }
}

#[test]
fn containerd_and_the_kubelet_cost_no_line() {
    survives(Framing::Cri);
}

#[test]
fn docker_costs_no_line() {
    survives(Framing::DockerJson);
}
