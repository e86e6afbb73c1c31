//! What the diagnosis of each hangup names while its incident is played: the metric, the API and the page, which must
//! all say the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::http;
use crate::support::scrape::Scrape;

/// Harm nobody, or are meant.
const HARMLESS: [&str; 2] = ["probe_noise", "admission_refused"];

/// What was named at one look.
#[derive(Debug)]
struct Look {
    at: Instant,
    /// Causes by `hangup_diagnosis`.
    metric: Vec<String>,
    /// By the two shorter windows of the API.
    api: Vec<String>,
    page: String,
}

/// All looks at one hangup.
#[derive(Debug, Default)]
pub struct Diagnosed(Vec<Look>);

impl Diagnosed {
    /// Nothing while it does not answer: it is being started or ended.
    pub fn look(&mut self, address: SocketAddr) {
        let address = address.to_string();
        let asked =
            [http::get(&address, "/metrics"), http::get(&address, "/api/v1/diagnosis"), http::get(&address, "/")];
        let [Ok(metrics), Ok(api), Ok(page)] = asked else { return };
        let scrape = Scrape::parse(&metrics.text());
        let named = scrape.select("hangup_diagnosis", &[("server", "")]).filter(|sample| sample.value > 0.0);
        let mut metric: Vec<String> = named.map(|sample| sample.labels["cause"].clone()).collect();
        metric.sort();
        let answer = serde_json::from_slice(&api.body).expect("JSON");
        self.0.push(Look { at: Instant::now(), metric, api: causes(&answer), page: page.text() });
    }

    /// Each cause that the metric named, the API showed and the page told of at one look, and when that was first.
    pub fn named(&self, began: Instant) -> BTreeMap<&str, Duration> {
        let mut named = BTreeMap::new();
        for look in &self.0 {
            let shown = |cause: &&String| look.api.contains(cause) && look.page.contains(&format!(">{cause}<"));
            for cause in look.metric.iter().filter(shown) {
                named.entry(cause.as_str()).or_insert(look.at.saturating_duration_since(began));
            }
        }
        named
    }

    /// Causes that harm users, named by anything at any time.
    pub fn accused(&self) -> Vec<&str> {
        let all = self.0.iter().flat_map(|look| look.metric.iter().chain(&look.api)).map(String::as_str);
        let mut accused: Vec<&str> = all.filter(|cause| !HARMLESS.contains(cause)).collect();
        accused.sort_unstable();
        accused.dedup();
        accused
    }

    /// For whoever has to find out why: each change of what was named, with its time.
    pub fn story(&self, began: Instant) -> String {
        let mut told: Vec<String> = Vec::new();
        let mut before: &[String] = &[];
        for look in self.0.iter() {
            if before != look.metric {
                let seconds = look.at.saturating_duration_since(began).as_secs_f64();
                told.push(format!("{seconds:.1} s: {}", look.metric.join(" ")));
            }
            before = &look.metric;
        }
        told.join("; ")
    }
}

fn causes(answer: &Value) -> Vec<String> {
    let mut windows: Vec<&Value> = answer["windows"].as_object().expect("windows").values().collect();
    windows.sort_by(|a, b| a["seconds"].as_f64().unwrap_or(0.0).total_cmp(&b["seconds"].as_f64().unwrap_or(0.0)));
    let rows = windows.iter().take(2).flat_map(|window| window["diagnosis"].as_array().expect("causes"));
    let mut causes: Vec<String> = rows.map(|row| row["cause"].as_str().expect("an id").to_owned()).collect();
    causes.sort();
    causes.dedup();
    causes
}
