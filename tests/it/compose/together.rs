//! The processes of docker-compose.yml, started by hand from the same files and command lines: do they work together?

use super::file::{Compose, compose, repository, text};
use crate::support::hangup::{self, Hangup};
use crate::support::http;
use crate::support::nginx::Version;
use crate::support::process::Process;
use crate::support::{free_port, wait_for};
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Whom hangup runs as in its container; he owns nothing but the state directory.
const NOBODY: u32 = 65532;

/// Addresses and paths inside the containers, and what stands for them here.
struct Here(Vec<(String, String)>);

impl Here {
    fn new(dir: &Path) -> Here {
        // First, since what stands for the others lies in /tmp itself.
        let mut here = Here(vec![(" /tmp/".to_owned(), format!(" {}/", dir.display()))]);
        for address in
            ["upstream:9000", "upstream:9001", "upstream:9002", "127.0.0.1:8081", "127.0.0.1:8080", "alertmanager:9093"]
        {
            here.put(address, &format!("127.0.0.1:{}", free_port()));
        }
        for inside in ["0.0.0.0:9000", "0.0.0.0:9001"] {
            here.put(inside, &here.read(&inside.replace("0.0.0.0", "upstream")));
        }
        let nginx = here.read("127.0.0.1:8080");
        here.put("listen 8080", &format!("listen {nginx}"));
        let dir = dir.display().to_string();
        here.put("/var/log/shop", &dir);
        here.put("/var/lib/hangup", &format!("{dir}/state"));
        here.put("/etc/nginx/nginx.conf", &format!("{dir}/nginx.conf"));
        here.put("/etc/prometheus/rules", &repository().join("alerts").display().to_string());
        here.put(
            "/etc/alertmanager/alertmanager.yml",
            &repository().join("alerts/alertmanager.yml").display().to_string(),
        );
        here
    }

    fn put(&mut self, inside: &str, outside: &str) {
        self.0.push((inside.to_owned(), outside.to_owned()));
    }

    fn read(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (inside, outside)| text.replace(inside, outside))
    }

    fn command(&self, compose: &Compose, service: &str) -> Vec<String> {
        compose.services[service].command.iter().map(|arg| self.read(arg)).collect()
    }
}

#[test]
fn the_same_processes_work_together() {
    let (dir, compose) = (tempfile::tempdir().expect("a temporary directory"), compose());
    Command::new("chmod").arg("755").arg(dir.path()).status().expect("chmod");
    let mut here = Here::new(dir.path());
    let _upstream = Process::spawn(hangup::command().args(here.command(&compose, "upstream")));
    listens(&here.read("upstream:9000"));
    let _nginx = nginx(dir.path(), &here);
    let state = dir.path().join("state");
    std::fs::create_dir(&state).expect("writable");
    chown(&state, Some(NOBODY), Some(NOBODY)).expect("root");
    let of_hangup = here.command(&compose, "hangup");
    let listen = "--web.listen-address=127.0.0.1:0";
    let hangup = Hangup::spawn(hangup::command().arg(listen).args(of_hangup).uid(NOBODY).gid(NOBODY));
    here.put("nginx:10499", &hangup.addr);
    let _alertmanager = alertmanager(dir.path(), &compose, &here);
    let prometheus = prometheus(dir.path(), &here);
    let mut of_clients = here.command(&compose, "clients");
    // Two seconds for each scenario instead of a minute.
    of_clients.push("--duration=24s".to_owned());
    of_clients.retain(|arg| arg != "--duration=720s");
    let _clients = Process::spawn(hangup::command().args(of_clients));

    healthy(&compose, &here, &hangup.addr);
    hangup.scrape_until("users who left", |s| s.sum("hangup_http_abandoned_total", &[("agent", "user")]) > 0.0);
    assert!(hangup.scrape().sum("nginx_connections_active", &[]) > 0.0, "stub_status is not found");
    wait_for("Prometheus to have scraped them", || {
        Some(prometheus.sum("sum(hangup_http_abandoned_total)")).filter(|&n| n > 0.0)
    });
    wait_for("the recording rules", || {
        Some(prometheus.sum("count({__name__=~\"instance.*:.+\", job=\"hangup\"})")).filter(|&n| n > 0.0)
    });
    let managers = prometheus.get("/api/v1/alertmanagers");
    assert_eq!(managers["data"]["activeAlertmanagers"].as_array().map(Vec::len), Some(1), "{managers}");
    assert!(prometheus.get("/api/v1/rules")["data"]["groups"].as_array().is_some_and(|groups| groups.len() > 5));
}

/// What the compose file asks to know whether hangup is well.
fn healthy(compose: &Compose, here: &Here, listens: &str) {
    let test = &compose.services["hangup"].healthcheck.test;
    assert_eq!(test[..2], ["CMD", "/hangup"]);
    let args = test[2..].iter().map(|arg| here.read(arg));
    // In the container both have the usual port; here the running one has a free port of its own.
    let listen = format!("--web.listen-address={listens}");
    let output = hangup::command().arg(listen).args(args).uid(NOBODY).gid(NOBODY).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn nginx(dir: &Path, here: &Here) -> Process {
    let conf = dir.join("nginx.conf");
    let text = here.read(&text("deploy/nginx.conf"));
    std::fs::write(&conf, text).expect("writable");
    let mut command = Command::new(Version::Debian.binary());
    let process = Process::spawn(command.args(["-g", "daemon off;", "-p"]).arg(dir).arg("-c").arg(&conf));
    listens(&here.read("127.0.0.1:8080"));
    process
}

fn alertmanager(dir: &Path, compose: &Compose, here: &Here) -> Process {
    let command = here.command(compose, "alertmanager").into_iter().filter(|arg| !arg.starts_with("--storage.path"));
    let process = Process::spawn(
        Command::new("prometheus-alertmanager")
            .args(command)
            .arg(format!("--storage.path={}", dir.join("alertmanager").display()))
            .arg(format!("--web.listen-address={}", here.read("alertmanager:9093")))
            .arg("--cluster.listen-address="),
    );
    listens(&here.read("alertmanager:9093"));
    process
}

struct Prometheus {
    addr: String,
    _process: Process,
}

fn prometheus(dir: &Path, here: &Here) -> Prometheus {
    let conf = dir.join("prometheus.yml");
    // A second is enough where nobody looks for minutes.
    let text = here
        .read(&text("deploy/prometheus.yml"))
        .replace("_interval: 5s", "_interval: 1s")
        .replace("_interval: 15s", "_interval: 1s");
    std::fs::write(&conf, text).expect("writable");
    let addr = format!("127.0.0.1:{}", free_port());
    let process = Process::spawn(
        Command::new("prometheus")
            .arg(format!("--config.file={}", conf.display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("tsdb").display()))
            .arg(format!("--web.listen-address={addr}")),
    );
    wait_for("prometheus to be ready", || http::get(&addr, "/-/ready").ok().filter(|r| r.status == 200));
    Prometheus { addr, _process: process }
}

impl Prometheus {
    /// By curl, which puts chunked answers together.
    fn get(&self, path: &str) -> serde_json::Value {
        let output = Command::new("curl").args(["-sS", "--get"]).arg(format!("http://{}{path}", self.addr)).output();
        serde_json::from_slice(&output.expect("curl").stdout).expect("JSON")
    }

    fn sum(&self, query: &str) -> f64 {
        let encoded: String = query.bytes().map(|b| format!("%{b:02X}")).collect();
        let answer = self.get(&format!("/api/v1/query?query={encoded}"));
        answer["data"]["result"][0]["value"][1].as_str().and_then(|n| n.parse().ok()).unwrap_or(0.0)
    }
}

fn listens(addr: &str) {
    wait_for(&format!("a listener on {addr}"), || TcpStream::connect(addr).ok());
}
