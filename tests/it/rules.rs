//! The shipped rules: what their own tools say of them, and what no tool checks (names, runbooks, thresholds, tests).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

mod bench;
mod names;

/// Names that people route by: promised, so none of them may go.
const PROMISED: [&str; 32] = [
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

/// Thresholds that the field's guides give, as they must stand in the rules: alert or record, part of its expression.
const THRESHOLDS: [(&str, &str); 15] = [
    ("instance_server:hangup_slo_abandoned_ticket:ratio", "* 0 + 0.01"),
    ("instance_server:hangup_slo_abandoned_page:ratio", "* 0 + 0.05"),
    ("instance_server:hangup_slo_gateway_errors_page:ratio", "* 0 + 0.01"),
    ("NginxAbandonmentSpike", "offset 10m"),
    ("NginxAbandonmentSpike", "hangup_http_request_duration_seconds:mean_rate5m"),
    ("NginxClientsImpatient", "{patience=\"long\"} > 0.5"),
    ("NginxClientsCutOff", "{patience=\"short\"} > 0.5"),
    ("instance_server:hangup_upstream_near_timeout:ratio_rate5m", "hangup_nginx_read_timeout_seconds:max"),
    ("NginxWritingDominates", "nginx_connections_writing:ratio_avg5m > 0.5"),
    ("NginxWritingDominates", "<= 1.2 * avg_over_time(instance:nginx_http_requests:rate5m[30m])"),
    ("ConntrackNearlyFull", "hangup_conntrack_entries:ratio > 0.8"),
    ("ConntrackNearlyFull", "hangup_conntrack_entries:ratio > 0.95"),
    ("ConntrackDropping", "hangup_conntrack_lost:rate5m > 0"),
    ("NetworkLossHigh", "hangup_tcp_retransmitted:ratio_rate5m > 0.001"),
    ("ReceiveDrops", "increase(hangup_softnet_dropped_total[5m])) > 0"),
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

/// All recording rules: those that pages need at once stand before them in their group.
fn records() -> Vec<Value> {
    with("record")
}

fn alerts() -> Vec<Value> {
    with("alert")
}

fn with(kind: &str) -> Vec<Value> {
    let all = [rules("hangup.rules.yml"), rules("hangup.alerts.yml")].concat();
    all.into_iter().filter(|rule| rule[kind].is_string()).collect()
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
fn every_promised_alert_is_there() {
    let alerts = alerts();
    let there: BTreeSet<&str> = alerts.iter().map(|rule| text(rule, "/alert")).collect();
    let missing: Vec<_> = PROMISED.iter().filter(|name| !there.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
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
        let kept = rule["keep_firing_for"].is_string();
        assert_eq!(kept, severity != "info", "{name}: one incident is one alert; info disturbs nobody");
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
    let first = text.lines().nth(2).unwrap_or_default();
    assert!(first.starts_with("**Do first:** "), "{}: what is to be done first?", page.display());
    for part in ["**It means:**", "**Confirm**", "**Fix, in order**", "**No problem when**"] {
        assert!(text.contains(part), "{} has no part {part}", page.display());
    }
}

#[test]
fn no_runbook_is_left_of_an_alert_that_is_gone() {
    let pages: BTreeSet<String> = alerts().iter().map(|rule| format!("{}.md", text(rule, "/alert"))).collect();
    for entry in std::fs::read_dir(root().join("docs/runbooks")).expect("docs/runbooks") {
        let page = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        assert!(pages.contains(&page), "{page} belongs to no alert");
    }
}

#[test]
fn the_thresholds_of_the_guides_are_literal() {
    let all = [records(), alerts()].concat();
    for (name, part) in THRESHOLDS {
        let is_it = |rule: &&Value| rule["alert"] == name || rule["record"] == name;
        let expressions = all.iter().filter(is_it).map(|rule| text(rule, "/expr"));
        let found = expressions
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .any(|text| text.contains(part));
        assert!(found, "{name} lacks `{part}`");
    }
}
