//! What the rules cost a Prometheus that watches fifty nginx: real evaluations over as many series as fifty real hangups
//! export, each a copy of what one real hangup serves beside an nginx under way.

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
use crate::rules::root;
use crate::support::hangup::Hangup;
use crate::support::http;
use crate::support::nginx::{Nginx, Site};
use crate::support::prometheus::Prometheus;

const INSTANCES: usize = 50;
/// "Well under a second" with room for a busy machine.
const EVALUATION_MAX: Duration = Duration::from_millis(500);
/// All groups are evaluated once a second meanwhile.
const WATCHED: Duration = Duration::from_secs(30);

#[test]
#[ignore = "takes most of a minute: make incidents"]
fn fifty_instances_are_evaluated_well_under_a_second() {
    let exposition: Arc<str> = exposition().into();
    let series = exposition.lines().filter(|line| !line.starts_with('#')).count();
    let address = serve(exposition);
    let rules = root().join("alerts/hangup.*.yml");
    let prometheus = Prometheus::scraping("127.0.0.1:1", &[], &more_of_the_configuration(address, &rules.to_string_lossy()));
    let began = Instant::now();
    let mut worst = std::collections::BTreeMap::<String, f64>::new();
    while began.elapsed() < WATCHED {
        for (group, seconds) in evaluation_seconds(&prometheus.addr) {
            let worst = worst.entry(group).or_default();
            *worst = worst.max(seconds);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    write(series, &worst);
    let slow: Vec<_> = worst.iter().filter(|(_, seconds)| **seconds > EVALUATION_MAX.as_secs_f64()).collect();
    assert!(worst.len() >= 9 && slow.is_empty(), "{worst:#?}");
    assert!(prometheus.query("count(instance_server:hangup_http_requests:rate5m > 0)")[0] >= INSTANCES as f64);
}

/// What a real hangup serves after traffic of several kinds.
fn exposition() -> String {
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
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\r\n", body.len());
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
fn more_of_the_configuration(address: SocketAddr, rules: &str) -> String {
    let targets: Vec<_> =
        (0..INSTANCES).map(|n| format!("{{targets: ['{address}'], labels: {{instance: web{n}}}}}")).collect();
    format!("- job_name: hangup-fleet\n  static_configs: [{}]\nrule_files: ['{rules}']", targets.join(", "))
}

fn evaluation_seconds(prometheus: &str) -> Vec<(String, f64)> {
    let body = http::get(prometheus, "/api/v1/rules").expect("an answer").body;
    let answer: Value = serde_json::from_slice(&body).expect("JSON");
    let groups = answer["data"]["groups"].as_array().expect("groups").iter();
    let seconds = |group: &Value| Some((group["name"].as_str()?.to_owned(), group["evaluationTime"].as_f64()?));
    groups.filter_map(seconds).collect()
}

fn write(series: usize, worst: &std::collections::BTreeMap<String, f64>) {
    let mut text = format!(
        "A Prometheus 2.42 scraping {INSTANCES} instances of {series} series each once a second, rules evaluated once a second\n\
         for {} s; the longest evaluation of each group:\n\n| group | milliseconds |\n|---|---|\n",
        WATCHED.as_secs()
    );
    for (group, seconds) in worst {
        writeln!(text, "| {group} | {:.0} |", seconds * 1000.0).expect("a string takes all");
    }
    print!("{text}");
    replace("load", &text);
}
