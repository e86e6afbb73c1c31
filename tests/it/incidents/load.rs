//! What the rules cost a Prometheus that watches fifty nginx: real evaluations over as many series as fifty real hangups
//! export, each a copy of what one real hangup serves beside an nginx under way.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hangup::demo::clients::scenario::chosen;
use hangup::demo::clients::{Target, run};
use hangup::demo::upstream::Upstream;
use serde_json::Value;

use super::report::replace;
use super::stage::local;
use super::watch::prometheus;
use crate::host::netns::{Namespace, allowed};
use crate::rules::root;
use crate::support::hangup::Hangup;
use crate::support::http;
use crate::support::nginx::{Nginx, Site};

const INSTANCES: usize = 50;
/// "Well under a second", asked of the lower quartile: on a machine that others use the median says how busy they are.
const EVALUATION_MAX_SECONDS: f64 = 0.5;
/// Every group is evaluated so often …
const INTERVAL: Duration = Duration::from_secs(5);
/// … for so long.
const WATCHED: Duration = Duration::from_secs(60);

/// By group: how long each of its evaluations took, in seconds.
type Evaluations = BTreeMap<String, Vec<f64>>;

#[test]
#[ignore = "takes minutes: make incidents"]
fn fifty_instances_are_evaluated_well_under_a_second() {
    if !allowed() {
        return;
    }
    let exposition: Arc<str> = exposition().into();
    let series = exposition.lines().filter(|line| !line.starts_with('#')).count();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (prometheus, _process) = prometheus(dir.path(), &config(serve(exposition)));
    let evaluations = watch(&prometheus);
    write(series, &evaluations);
    assert!(evaluations.len() >= 9, "not all groups: {:?}", evaluations.keys());
    for (group, seconds) in &evaluations {
        assert!(quartile(seconds, 1) < EVALUATION_MAX_SECONDS, "{group}: {seconds:?}");
    }
}

fn watch(prometheus: &str) -> Evaluations {
    // Before the windows are full there is less to do.
    std::thread::sleep(WATCHED / 2);
    let (began, mut evaluations) = (Instant::now(), Evaluations::new());
    while began.elapsed() < WATCHED {
        std::thread::sleep(INTERVAL);
        for (group, seconds) in evaluation_seconds(prometheus) {
            evaluations.entry(group).or_default().push(seconds);
        }
    }
    evaluations
}

/// The evaluation that this share of them (in quarters) are faster than.
fn quartile(seconds: &[f64], quarters: usize) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * quarters / 4).min(sorted.len() - 1)]
}

/// What a real hangup serves after traffic of several kinds, on a host with nothing but nginx.
fn exposition() -> String {
    let namespace = Namespace::add("load");
    namespace.run(&["ip", "link", "set", "lo", "up"]);
    namespace.inside(record)
}

fn record() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let upstream = Upstream::start(local(0)).await.expect("an upstream");
        let server = format!("location / {{ proxy_pass http://{}; }}", upstream.addr);
        let nginx = Nginx::start(Site { server: &server, ..Site::default() });
        let hangup = Hangup::beside(&nginx, &[]);
        let target = Target::new(local(nginx.port));
        for scenario in ["healthy", "slow-upstream", "network-disconnect"] {
            let plans = (chosen(scenario)[0].plans)(100.0);
            let traffic = run(&target, &plans, Duration::from_secs(60), std::future::pending());
            let _ = tokio::time::timeout(Duration::from_secs(5), traffic).await;
        }
        hangup.get("/metrics").text()
    })
}

/// A server that answers every scrape with the same text, its counters grown by a second's worth.
fn serve(exposition: Arc<str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let began = Instant::now();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let exposition = exposition.clone();
            std::thread::spawn(move || answer(stream, &exposition, began));
        }
    });
    address
}

fn answer(mut stream: TcpStream, exposition: &str, began: Instant) -> std::io::Result<()> {
    let mut request = [0; 4096];
    while stream.read(&mut request)? > 0 {
        let body = grown(exposition, began.elapsed().as_secs());
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
    }
    Ok(())
}

fn grown(exposition: &str, seconds: u64) -> String {
    let lines = exposition.lines().map(|line| match line.rsplit_once(' ') {
        Some((series, value)) if series.contains("_total") && !line.starts_with('#') => {
            let value: f64 = value.parse().unwrap_or_default();
            format!("{series} {}\n", value + value * seconds as f64)
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// The same address under fifty names.
fn config(address: SocketAddr) -> String {
    let target = |n| format!("{{targets: ['{address}'], labels: {{instance: web{n}}}}}");
    let targets: Vec<_> = (0..INSTANCES).map(target).collect();
    let interval = INTERVAL.as_secs();
    format!(
        "global: {{scrape_interval: 15s, evaluation_interval: {interval}s}}\n\
         rule_files: ['{}']\n\
         scrape_configs:\n- {{job_name: hangup, static_configs: [{}]}}\n",
        root().join("alerts/hangup.*.yml").display(),
        targets.join(", ")
    )
}

fn evaluation_seconds(prometheus: &str) -> Vec<(String, f64)> {
    let body = http::get(prometheus, "/api/v1/rules").expect("an answer").body;
    let answer: Value = serde_json::from_slice(&body).expect("JSON");
    let groups = answer["data"]["groups"].as_array().expect("groups").iter();
    let seconds = |group: &Value| Some((group["name"].as_str()?.to_owned(), group["evaluationTime"].as_f64()?));
    groups.filter_map(seconds).collect()
}

fn write(series: usize, evaluations: &Evaluations) {
    let mut text = format!(
        "A Prometheus that scrapes {INSTANCES} instances of {series} series each every 15 s and evaluates the rules every {} s,\n\
         for {} s, on a machine with two cores that others use too:\n\n\
         | group | lower quartile, ms | median | longest |\n|---|---|---|---|\n",
        INTERVAL.as_secs(),
        WATCHED.as_secs()
    );
    for (group, seconds) in evaluations {
        let [low, median, longest] = [1, 2, 4].map(|quarters| quartile(seconds, quarters) * 1000.0);
        writeln!(text, "| {group} | {low:.0} | {median:.0} | {longest:.0} |").expect("a string takes all");
    }
    print!("{text}");
    replace("load", &text);
}
