//! A real Prometheus with one target.

use super::http;
use super::process::Process;
use super::{free_port, wait_for};
use std::process::Command;

pub struct Prometheus {
    _process: Process,
    pub addr: String,
    _dir: tempfile::TempDir,
}

impl Prometheus {
    /// Scrapes `target` every second; `flags` as for the prometheus binary; `config` is more of prometheus.yml.
    pub fn scraping(target: &str, flags: &[&str], config: &str) -> Prometheus {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("prometheus.yml");
        let scrape = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nscrape_configs:\n- job_name: hangup\n  \
             static_configs: [{{targets: ['{target}']}}]\n{config}\n"
        );
        std::fs::write(&file, scrape).expect("writable");
        let addr = format!("127.0.0.1:{}", free_port());
        let process = Process::spawn(
            Command::new("prometheus")
                .arg(format!("--config.file={}", file.display()))
                .arg(format!("--storage.tsdb.path={}", dir.path().join("data").display()))
                .arg(format!("--web.listen-address={addr}"))
                .args(flags),
        );
        wait_for("prometheus to be ready", || http::get(&addr, "/-/ready").ok().filter(|r| r.status == 200));
        Prometheus { _process: process, addr, _dir: dir }
    }

    /// Instant query; the value of each series of the result.
    pub fn query(&self, expression: &str) -> Vec<f64> {
        let result = self.result(expression);
        let values = result.as_array().expect("a vector");
        values.iter().filter_map(|r| r["value"][1].as_str()?.parse().ok()).collect()
    }

    /// Every sample so far of the first series that `selector` finds.
    pub fn samples(&self, selector: &str) -> Vec<f64> {
        let result = self.result(&format!("{selector}[1h]"));
        let values = result[0]["values"].as_array().into_iter().flatten();
        values.filter_map(|sample| sample[1].as_str()?.parse().ok()).collect()
    }

    /// Every step down of the series that `selector` finds.
    pub fn falls(&self, selector: &str) -> Vec<String> {
        let result = self.result(&format!("{selector}[1h]"));
        let fallen = |series: &serde_json::Value| {
            let samples = series["values"].as_array().into_iter().flatten();
            let samples: Vec<f64> = samples.filter_map(|sample| sample[1].as_str()?.parse().ok()).collect();
            let steps = samples.windows(2).filter(|pair| pair[1] < pair[0]);
            steps.map(|pair| format!("{}: {} after {}", series["metric"], pair[1], pair[0])).collect::<Vec<_>>()
        };
        result.as_array().into_iter().flatten().flat_map(fallen).collect()
    }

    fn result(&self, expression: &str) -> serde_json::Value {
        let path = format!("/api/v1/query?query={}", encode(expression));
        let body: serde_json::Value =
            serde_json::from_slice(&http::get(&self.addr, &path).expect("an answer").body).expect("JSON");
        assert_eq!(body["status"], "success", "{expression}: {body}");
        body["data"]["result"].clone()
    }

    /// The request ids of all exemplars of a query, since it began to scrape.
    pub fn exemplars(&self, expression: &str) -> Vec<String> {
        let path = format!("/api/v1/query_exemplars?query={}&start=0&end=9999999999", encode(expression));
        let body = http::get(&self.addr, &path).expect("an answer").body;
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let series = body["data"].as_array().expect("series").iter();
        let exemplars = series.flat_map(|s| s["exemplars"].as_array().into_iter().flatten());
        exemplars.filter_map(|e| Some(e["labels"]["request_id"].as_str()?.to_owned())).collect()
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}
