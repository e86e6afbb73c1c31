//! The shipped rules: what their own tools say of them, and what no tool checks (names, runbooks, thresholds, tests).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

mod bench;
mod names;

/// What CONTRACT.md promises.
const ALERTS: [&str; 32] = [
    "NginxClientsAbandoning",
    "NginxAbandonmentOutage",
    "NginxAbandonmentSpike",
    "NginxClientsImpatient",
    "NginxClientsCutOff",
    "NginxTimeoutCliff",
    "NginxProbeNoise",
    "NginxUpstreamNearTimeout",
    "NginxUpstreamTimeouts",
    "NginxUpstreamConnectTimeouts",
    "NginxUpstreamDown",
    "NginxGatewayErrors",
    "NginxWritingDominates",
    "NginxSlowClients",
    "NginxConnectionsDropped",
    "NginxConnectionSlotsLow",
    "NginxUnreachable",
    "ConntrackNearlyFull",
    "ConntrackDropping",
    "AcceptQueueNearlyFull",
    "AcceptQueueOverflowing",
    "SynQueueDropping",
    "NetworkLossHigh",
    "ReceiveDrops",
    "TimeoutsMisaligned",
    "HangupDown",
    "HangupLogUnreadable",
    "HangupLogStale",
    "HangupLogLagging",
    "HangupLinesUnparsed",
    "HangupSeriesLimit",
    "HangupReloadFailed",
];

/// Thresholds that the field's guides give, as they must stand in the rules: alert, severity, part of its expression.
const THRESHOLDS: [(&str, &str, &str); 17] = [
    ("NginxClientsAbandoning", "ticket", "hangup_http_abandoned:ratio_rate5m > 0.01"),
    ("NginxAbandonmentOutage", "page", "hangup_http_abandoned:ratio_rate5m > 0.05"),
    ("NginxAbandonmentSpike", "ticket", "offset 10m"),
    ("NginxAbandonmentSpike", "ticket", "hangup_http_request_duration_seconds:p95_rate5m"),
    ("NginxClientsImpatient", "ticket", "{patience=\"long\"} > 0.5"),
    ("NginxClientsCutOff", "ticket", "{patience=\"short\"} > 0.5"),
    ("NginxUpstreamNearTimeout", "ticket", "hangup_nginx_read_timeout_seconds:max"),
    ("NginxWritingDominates", "ticket", "nginx_connections_writing:ratio_avg5m > 0.5"),
    ("NginxWritingDominates", "ticket", "<= 1.2 * sum by (job, instance) (rate(nginx_http_requests_total[30m]))"),
    ("NginxConnectionsDropped", "page", "increase(hangup_nginx_connections_dropped_total[5m])) > 0"),
    ("ConntrackNearlyFull", "ticket", "hangup_conntrack_entries:ratio > 0.8"),
    ("ConntrackNearlyFull", "page", "hangup_conntrack_entries:ratio > 0.95"),
    ("ConntrackDropping", "ticket", "hangup_conntrack_lost:increase5m > 0"),
    ("AcceptQueueOverflowing", "page", "increase(hangup_tcp_listen_overflows_total[5m])) > 0"),
    ("SynQueueDropping", "page", "increase(hangup_tcp_req_q_full_drop_total[5m])) > 0"),
    ("NetworkLossHigh", "ticket", "hangup_tcp_retransmitted:ratio_rate5m > 0.001"),
    ("ReceiveDrops", "ticket", "increase(hangup_softnet_dropped_total[5m])) > 0"),
];

const RUNBOOKS: &str = "https://github.com/hangup-exporter/hangup/blob/main/docs/runbooks/";
/// promtool's processes at once: the machine has few cores and other tests to run.
const AT_ONCE: usize = 2;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn yaml(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every rule of one file, in order.
pub fn rules(file: &str) -> Vec<Value> {
    let groups = yaml(&root().join("alerts").join(file))["groups"].take();
    let rules = groups.as_array().expect("groups").iter().flat_map(|group| group["rules"].as_array().expect("rules"));
    rules.cloned().collect()
}

/// The names of all groups, recording rules first: the order in which a test evaluates them.
fn groups() -> Vec<String> {
    let files = ["hangup.rules.yml", "hangup.alerts.yml"].map(|file| yaml(&root().join("alerts").join(file)));
    let groups = files.iter().flat_map(|file| file["groups"].as_array().expect("groups"));
    groups.map(|group| text(group, "/name").to_owned()).collect()
}

fn alerts() -> Vec<Value> {
    rules("hangup.alerts.yml")
}

fn text<'a>(rule: &'a Value, pointer: &str) -> &'a str {
    rule.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {rule:#}"))
}

fn unit_tests() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("alerts/tests")).expect("alerts/tests");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// Runs a tool in alerts/ that must be content.
fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).current_dir(root().join("alerts")).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {program}: {error}; `make tools` installs it"));
    let printed = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{program} {arguments:?}:\n{}", String::from_utf8_lossy(&printed));
}

#[test]
fn the_tools_accept_the_files() {
    run("promtool", &["check", "rules", "hangup.rules.yml", "hangup.alerts.yml"]);
    run("amtool", &["check-config", "alertmanager.yml"]);
}

#[test]
fn every_unit_test_passes() {
    let files = unit_tests();
    std::thread::scope(|scope| {
        for part in files.chunks(files.len().div_ceil(AT_ONCE)) {
            let names = part.iter().map(|file| file.to_str().expect("UTF-8"));
            let arguments: Vec<&str> = ["test", "rules"].into_iter().chain(names).collect();
            scope.spawn(move || run("promtool", &arguments));
        }
    });
}

#[test]
fn every_alert_of_the_contract_is_there_and_no_other() {
    let alerts = alerts();
    let there: BTreeSet<&str> = alerts.iter().map(|rule| text(rule, "/alert")).collect();
    assert_eq!(there, BTreeSet::from(ALERTS));
}

#[test]
fn every_alert_says_how_bad_it_is_why_and_what_to_do() {
    let mut severities = BTreeSet::new();
    for rule in alerts() {
        let name = text(&rule, "/alert");
        let severity = text(&rule, "/labels/severity");
        assert!(["page", "ticket", "info"].contains(&severity), "{name}: severity {severity}");
        assert!(severities.insert((name.to_owned(), severity.to_owned())), "{name}: twice at severity {severity}");
        assert!(!text(&rule, "/labels/cause").is_empty() && !text(&rule, "/for").is_empty(), "{name}");
        assert!(text(&rule, "/annotations/summary").contains("{{ $labels."), "{name}: whose summary?");
        let description = text(&rule, "/annotations/description");
        assert!(description.contains("{{ $value") && description.contains("Next: "), "{name}: {description}");
        let page = text(&rule, "/annotations/runbook_url").strip_prefix(RUNBOOKS).expect("a URL of this repository");
        assert_eq!(page, format!("{name}.md"));
        check_runbook(&root().join("docs/runbooks").join(page));
    }
}

fn check_runbook(page: &Path) {
    let text = std::fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    for part in ["**It means:**", "**Confirm**", "**Fix, in order**", "**No problem when**"] {
        assert!(text.contains(part), "{} has no part {part}", page.display());
    }
}

#[test]
fn no_runbook_is_left_of_an_alert_that_is_gone() {
    for entry in std::fs::read_dir(root().join("docs/runbooks")).expect("docs/runbooks") {
        let page = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        assert!(ALERTS.iter().any(|alert| page == format!("{alert}.md")), "{page} belongs to no alert");
    }
}

/// By alert and severity: whether some test expects it, and at how many times some test expects that alert not at all.
#[test]
fn every_alert_is_seen_firing_and_silent_by_a_unit_test() {
    let mut fires: BTreeSet<(String, String)> = BTreeSet::new();
    let mut silent: BTreeMap<String, usize> = BTreeMap::new();
    for check in unit_tests().iter().map(|file| yaml(file)).flat_map(|file| checks(&file)) {
        let alert = text(&check, "/alertname").to_owned();
        let expected = check["exp_alerts"].as_array().cloned().unwrap_or_default();
        if expected.is_empty() {
            *silent.entry(alert.clone()).or_default() += 1;
        }
        for one in expected {
            for annotation in ["summary", "description", "runbook_url"] {
                text(&one, &format!("/exp_annotations/{annotation}"));
            }
            fires.insert((alert.clone(), text(&one, "/exp_labels/severity").to_owned()));
        }
    }
    for rule in alerts() {
        let (name, severity) = (text(&rule, "/alert"), text(&rule, "/labels/severity"));
        assert!(fires.contains(&(name.to_owned(), severity.to_owned())), "no test sees {name} ({severity}) fire");
        // Before it fires, and after.
        assert!(silent.get(name).is_some_and(|times| *times >= 2), "no test sees {name} silent before and after");
    }
}

fn checks(file: &Value) -> Vec<Value> {
    let tests = file["tests"].as_array().expect("tests").iter();
    tests.filter_map(|test| test["alert_rule_test"].as_array()).flatten().cloned().collect()
}

#[test]
fn the_thresholds_of_the_guides_are_literal() {
    let alerts = alerts();
    for (name, severity, part) in THRESHOLDS {
        let is_it = |rule: &&Value| text(rule, "/alert") == name && text(rule, "/labels/severity") == severity;
        let rule = alerts.iter().find(is_it).unwrap_or_else(|| panic!("no {name} with severity {severity}"));
        let expression = text(rule, "/expr").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(expression.contains(part), "{name} ({severity}) lacks `{part}`: {expression}");
    }
}
