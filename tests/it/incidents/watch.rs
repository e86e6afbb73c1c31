//! Who watches the incidents: a Prometheus with the shipped rules, an Alertmanager with the shipped routes, and the
//! receiver that its webhooks reach.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::routing::post;
use serde_json::Value;

use super::scale::{FACTOR, scaled};
use crate::rules::root;
use crate::support::process::Process;
use crate::support::{free_port, http, wait_for};

/// What a person would read of an alert: name and severity.
pub type Alert = (String, String);

/// By instance: each alert that reached the receiver, and when it first did.
type Arrived = Arc<Mutex<BTreeMap<String, BTreeMap<Alert, Instant>>>>;

pub struct Watch {
    arrived: Arrived,
    alertmanager: String,
    _processes: [Process; 2],
    _dir: tempfile::TempDir,
}

impl Watch {
    /// Each target is a job of its own with its name as instance, as Alertmanager groups by job.
    pub fn start(targets: &[(&str, SocketAddr)]) -> Watch {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let arrived = Arrived::default();
        let receiver = receive(arrived.clone());
        let (alertmanager, manager) = start_alertmanager(dir.path(), &receiver);
        let prometheus = start_prometheus(dir.path(), &alertmanager, targets);
        Watch { arrived, alertmanager, _processes: [manager, prometheus], _dir: dir }
    }

    /// What reached the receiver from this instance.
    pub fn arrived(&self, instance: &str) -> BTreeMap<Alert, Instant> {
        self.arrived.lock().expect("no panic while holding it").get(instance).cloned().unwrap_or_default()
    }

    /// What Alertmanager holds back at this moment because something else explains it, with its instance.
    pub fn inhibited(&self) -> BTreeSet<(String, Alert)> {
        let body = http::get(&self.alertmanager, "/api/v2/alerts?active=false&inhibited=true&silenced=false");
        let alerts: Value = serde_json::from_slice(&body.expect("an answer").body).expect("JSON");
        let held_back = |alert: &&Value| alert["status"]["inhibitedBy"].as_array().is_some_and(|by| !by.is_empty());
        alerts.as_array().expect("alerts").iter().filter(held_back).map(named).collect()
    }
}

fn named(alert: &Value) -> (String, Alert) {
    let label = |name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
    (label("instance"), (label("alertname"), label("severity")))
}

/// Serves the webhooks' address until the test ends.
fn receive(arrived: Arrived) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("non-blocking");
    let address = listener.local_addr().expect("bound").to_string();
    let take = move |body: String| async move { note(&arrived, &serde_json::from_str(&body).expect("JSON")) };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let router = Router::new().route("/{receiver}", post(take));
            let gate = Arc::new(hangup::web::Gate::open(Arc::default()));
            hangup::web::serve(None, Arc::default(), gate, vec![listener], router, std::future::pending()).await;
        });
    });
    address
}

fn note(arrived: &Arrived, notification: &Value) {
    let mut arrived = arrived.lock().expect("no panic while holding it");
    let alerts = notification["alerts"].as_array().into_iter().flatten();
    for alert in alerts.filter(|alert| alert["status"] == "firing") {
        let (instance, alert) = named(alert);
        arrived.entry(instance).or_default().entry(alert).or_insert_with(Instant::now);
    }
}

fn shipped(file: &str) -> String {
    std::fs::read_to_string(root().join("alerts").join(file)).expect("a shipped file")
}

fn start_alertmanager(dir: &Path, receiver: &str) -> (String, Process) {
    let config = scaled(&shipped("alertmanager.yml")).replace("127.0.0.1:9099", receiver);
    assert!(config.contains(receiver), "the shipped receivers have another address now");
    std::fs::write(dir.join("alertmanager.yml"), config).expect("writable");
    let address = format!("127.0.0.1:{}", free_port());
    let process = Process::spawn(
        Command::new("prometheus-alertmanager")
            .arg(format!("--config.file={}", dir.join("alertmanager.yml").display()))
            .arg(format!("--storage.path={}", dir.join("alertmanager").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address="),
    );
    ready(&address);
    (address, process)
}

fn start_prometheus(dir: &Path, alertmanager: &str, targets: &[(&str, SocketAddr)]) -> Process {
    for file in ["hangup.rules.yml", "hangup.alerts.yml"] {
        std::fs::write(dir.join(file), scaled(&shipped(file))).expect("writable");
    }
    prometheus(dir, &config(alertmanager, targets)).1
}

/// Its address, and it.
pub fn prometheus(dir: &Path, config: &str) -> (String, Process) {
    std::fs::write(dir.join("prometheus.yml"), config).expect("writable");
    let address = format!("127.0.0.1:{}", free_port());
    // Ahead of what else the machine does, so that it neither misses scrapes nor looks slow where it only waited.
    let process = Process::spawn(
        Command::new("nice")
            .args(["-n", "-10", "prometheus"])
            .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("prometheus").display()))
            .arg(format!("--web.listen-address={address}")),
    );
    ready(&address);
    (address, process)
}

/// Scraped and evaluated every 15 s, as most do, divided by the factor.
fn config(alertmanager: &str, targets: &[(&str, SocketAddr)]) -> String {
    let interval = 15_000 / FACTOR;
    let jobs = targets.iter().map(|(name, address)| {
        let target = format!("{{targets: ['{address}'], labels: {{instance: {name}}}}}");
        format!("- {{job_name: hangup-{name}, static_configs: [{target}]}}\n")
    });
    format!(
        "global: {{scrape_interval: {interval}ms, scrape_timeout: {interval}ms, evaluation_interval: {interval}ms}}\n\
         rule_files: [hangup.rules.yml, hangup.alerts.yml]\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}\n\
         scrape_configs:\n{}",
        jobs.collect::<String>()
    )
}

fn ready(address: &str) {
    wait_for("it to be ready", || http::get(address, "/-/ready").ok().filter(|answer| answer.status == 200));
}
