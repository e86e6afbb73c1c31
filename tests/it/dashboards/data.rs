//! Every query of every panel against a real Prometheus that has scraped hangup through all incidents of the demo.

use super::files::{self, Dashboard};
use crate::support::hangup::{self, Hangup};
use crate::support::prometheus::Prometheus;
use crate::support::wait_for;
use std::path::Path;

/// A round of all incidents in 15 s: as fast as one scrape a second can still see each of them.
const SPEED: &str = "20";
/// What the variables of the dashboards stand for in this test.
const VARIABLES: [(&str, &str); 6] = [
    ("$__rate_interval", "5s"),
    ("$job", "hangup"),
    ("$instance", ".+"),
    ("$server", ".*"),
    ("$route", ".*"),
    ("$upstream", ".*"),
];

/// What need not be there in the demo, played at this speed: it writes files, its upstreams are no real connections, none of
/// its incidents comes at one period of the clock, and each is over before the minute that a lead is measured by.
const NOT_IN_THE_DEMO: [&str; 6] = [
    "hangup_log_lost_datagrams_total",
    "hangup_upstream_tcp_rtt_seconds",
    "hangup_upstream_tcp_idle_seconds",
    "hangup_upstream_tcp_retransmitted_segments",
    "hangup_http_abandoned_period_seconds",
    "hangup_http_abandoned_lead_seconds",
];

#[test]
fn every_query_returns_data() {
    let prometheus = through_all_incidents();
    assert!(!has_data(&prometheus, "hangup_no_such_metric"), "this check cannot fail");
    let mut empty = Vec::new();
    for dashboard in files::all() {
        for (panel, target) in dashboard.drawn().flat_map(|p| p.targets.iter().map(move |t| (p, t))) {
            let excused = NOT_IN_THE_DEMO.iter().any(|metric| target.expr.contains(metric));
            if !excused && !has_data(&prometheus, &target.expr) {
                empty.push(format!("{} / {}: {}", dashboard.title, panel.title, target.expr));
            }
        }
        for query in variable_queries(&dashboard) {
            if !has_data(&prometheus, &query) {
                empty.push(format!("{}, variable: {query}", dashboard.title));
            }
        }
    }
    assert!(empty.is_empty(), "no data for:\n{}", empty.join("\n"));
}

/// At any second of the last minute. NaN is no data, and is not above -Inf either.
fn has_data(prometheus: &Prometheus, query: &str) -> bool {
    let points = format!("count(count_over_time((({}) > -Inf)[1m:1s]))", substituted(query));
    prometheus.query(&points).iter().any(|&series| series > 0.0)
}

/// `label_values(SELECTOR, LABEL)` gives nothing where the selector finds nothing.
fn variable_queries(dashboard: &Dashboard) -> Vec<String> {
    let queries = dashboard.templating.list.iter().filter_map(|v| v.query["query"].as_str());
    let selector = |query: &str| query.strip_prefix("label_values(")?.rsplit_once(", ").map(|(s, _)| s.to_owned());
    queries.filter_map(selector).collect()
}

fn substituted(query: &str) -> String {
    VARIABLES.iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value))
}

fn through_all_incidents() -> Prometheus {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let rules = ["hangup.rules.yml", "hangup.alerts.yml"].map(|name| sped_up(dir.path(), name));
    let listen = "--web.listen-address=127.0.0.1:0";
    let state = format!("--path.state={}", dir.path().join("state").display());
    let demo = ["demo", "--speed", SPEED, "--poll.interval=250ms", "--state.interval=1s", &state, listen];
    // A configuration that says what is normal: without one these have no data.
    let slo = ["--slo.abandoned-ticket=0.02", "--slo.abandoned-page=0.1", "--slo.gateway-errors-page=0.02"];
    let demo = Hangup::spawn(hangup::command().args(demo).args(slo));
    let prometheus = Prometheus::scraping(&demo.addr, &[], &format!("rule_files: {rules:?}"));
    wait_for("the demo to come back to its first incident", || {
        let healthy = demo.process.output().iter().filter(|line| line.contains("none, normal background")).count();
        (healthy > 1).then_some(())
    });
    prometheus
}

/// The shipped rules, with minutes and hours for seconds: windows and waits as short as the incidents are.
fn sped_up(dir: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(files::repository().join("alerts").join(name)).expect("readable");
    let windows = regex::Regex::new(r"\[(\d+)[mh]\]").expect("a pattern").replace_all(&text, "[${1}s]");
    let waits = regex::Regex::new(r"for: \d+[mh]").expect("a pattern").replace_all(&windows, "for: 1s");
    let waits = regex::Regex::new(r"interval: \d+[sm]").expect("a pattern").replace_all(&waits, "interval: 1s");
    let file = dir.join(name);
    std::fs::write(&file, waits.as_bytes()).expect("writable");
    file.display().to_string()
}
