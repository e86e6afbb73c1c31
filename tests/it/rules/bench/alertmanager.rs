//! The shipped alertmanager.yml in a real Alertmanager: what it silences, and that the bench's model of it is right.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::promtool::{Fired, Labels};
use super::told::{inhibitions, sources};
use super::{FIRED, ROWS};
use crate::rules::root;
use crate::support::process::Process;
use crate::support::{free_port, http, wait_for};

/// Alerts of one moment, `Name severity label=value …`, on one instance unless they say otherwise.
struct Case {
    what: &'static str,
    alerts: &'static [&'static str],
    /// All that must stay silent; everything else must be told.
    silent: &'static [&'static str],
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Who must be told all the same.
    Case { what: "the upstream of one server, users of another", alerts: &["NginxUpstreamDown page server=admin.example", "NginxClientsImpatient page server=shop.example"], silent: &[] },
    Case { what: "a dead server without any server harmed", alerts: &["NginxUpstreamDown page upstream=10.0.0.8:8080", "NginxClientsCutOff page server=shop.example"], silent: &[] },
    Case { what: "a table that may fill, an upstream that is down", alerts: &["ConntrackNearlyFull page", "NginxUpstreamDown page server=shop.example", "NginxClientsCutOff page server=b.example"], silent: &[] },
    Case { what: "somebody's accept queue, an upstream that is down", alerts: &["AcceptQueueOverflowing page", "NginxUpstreamDown page server=shop.example"], silent: &[] },
    Case { what: "a few dropped connections, a third of the users", alerts: &["NginxConnectionsDropped page", "NginxClientsImpatient page server=shop.example"], silent: &[] },
    Case { what: "timeouts do not cut anybody off", alerts: &["NginxUpstreamTimeouts page server=shop.example", "NginxClientsCutOff page server=shop.example"], silent: &[] },
    Case { what: "probes say nothing about users", alerts: &["NginxProbeNoise info server=shop.example", "NginxClientsAbandoning ticket server=shop.example"], silent: &[] },
    Case { what: "a timer before one server, a timeout near on another", alerts: &["NginxTimeoutCliff ticket server=a.example", "NginxUpstreamNearTimeout ticket server=b.example"], silent: &[] },
    Case { what: "an upstream of one server, timers of another", alerts: &["NginxUpstreamDown page server=admin.example", "TimeoutsMisaligned ticket server=shop.example"], silent: &[] },
    Case { what: "one address in two clusters", alerts: &["NginxUpstreamDown page server=shop.example cluster=eu", "NginxAbandonmentOutage page server=shop.example cluster=us"], silent: &[] },
    Case { what: "one address in two namespaces", alerts: &["NginxAbandonmentOutage page server=shop.example namespace=a", "NginxClientsAbandoning ticket server=shop.example namespace=b"], silent: &[] },
    Case { what: "one server name on two instances", alerts: &["NginxGatewayErrors page server=shop.example instance=web2", "NginxErrorBudgetBurn page server=shop.example"], silent: &[] },
    Case { what: "two jobs", alerts: &["ConntrackDropping page explains=instance job=a", "NginxGatewayErrors page server=shop.example job=b"], silent: &[] },
    Case { what: "alerts of others", alerts: &["DiskFull page device=sda", "DiskFull ticket device=sda", "ConntrackDropping page explains=instance"], silent: &[] },
    Case { what: "lost redundancy is no cause", alerts: &["NginxUpstreamDown ticket upstream=10.0.0.8:8080", "NginxGatewayErrors page server=shop.example", "NginxClientsAbandoning ticket server=shop.example"], silent: &["NginxClientsAbandoning ticket server=shop.example"] },
    Case { what: "one instance is not the fleet", alerts: &["NginxUpstreamDown page server=shop.example", "NginxGatewayErrors page server=shop.example scope=fleet instance="], silent: &[] },
    // What a cause explains.
    Case { what: "both severities of one alert", alerts: &["NginxClientsCutOff page server=shop.example", "NginxClientsCutOff ticket server=shop.example"], silent: &["NginxClientsCutOff ticket server=shop.example"] },
    Case { what: "a full table and its symptoms", alerts: &["ConntrackDropping page explains=instance", "ConntrackNearlyFull page", "NginxUpstreamConnectTimeouts page server=shop.example", "NginxGatewayErrors page server=shop.example", "NginxAbandonmentOutage page server=shop.example"],
        silent: &["ConntrackNearlyFull page", "NginxUpstreamConnectTimeouts page server=shop.example", "NginxGatewayErrors page server=shop.example", "NginxAbandonmentOutage page server=shop.example"] },
    Case { what: "a table that drops explains connects", alerts: &["ConntrackDropping page", "NginxUpstreamConnectTimeouts page server=shop.example"], silent: &["NginxUpstreamConnectTimeouts page server=shop.example"] },
    Case { what: "an upstream and its server", alerts: &["NginxUpstreamDown page server=shop.example", "NginxGatewayErrors page server=shop.example", "NginxClientsImpatient page server=shop.example"], silent: &["NginxGatewayErrors page server=shop.example", "NginxClientsImpatient page server=shop.example"] },
    Case { what: "an outage and its ticket", alerts: &["NginxAbandonmentOutage page server=shop.example", "NginxClientsAbandoning ticket server=shop.example"], silent: &["NginxClientsAbandoning ticket server=shop.example"] },
    Case { what: "the fleet and its instances", alerts: &["NginxGatewayErrors page server=shop.example scope=fleet instance=", "NginxGatewayErrors page server=shop.example", "NginxGatewayErrors page server=shop.example instance=web2"],
        silent: &["NginxGatewayErrors page server=shop.example", "NginxGatewayErrors page server=shop.example instance=web2"] },
    Case { what: "the fleet's upstream and an instance's users", alerts: &["NginxUpstreamDown page server=shop.example scope=fleet instance=", "NginxAbandonmentOutage page server=shop.example"], silent: &["NginxAbandonmentOutage page server=shop.example"] },
    Case { what: "no nginx, no requests", alerts: &["NginxUnreachable page", "NginxTrafficVanished page server=shop.example"], silent: &["NginxTrafficVanished page server=shop.example"] },
];

#[test]
fn only_what_explains_silences() {
    let alertmanager = Alertmanager::start();
    let all: Vec<Labels> =
        CASES.iter().enumerate().flat_map(|(n, case)| case.alerts.iter().map(move |text| labels(n, text))).collect();
    let silent: BTreeSet<Labels> =
        CASES.iter().enumerate().flat_map(|(n, case)| case.silent.iter().map(move |text| labels(n, text))).collect();
    let inhibited = alertmanager.inhibited(&all);
    for alert in &all {
        let (is, must) = (inhibited.contains(alert), silent.contains(alert));
        let what = CASES[alert["case"].parse::<usize>().expect("a number")].what;
        assert_eq!(is, must, "{what}: {alert:?}, silent or not");
    }
}

/// Every row of the bench at the end of its trouble.
#[test]
fn the_model_silences_what_alertmanager_silences() {
    let (alertmanager, rules) = (Alertmanager::start(), inhibitions());
    let (mut all, mut silent) = (Vec::new(), BTreeSet::new());
    for row in ROWS.iter() {
        let now: Vec<Fired> = FIRED[&row.name]
            .iter()
            .filter(|alert| alert.fires((row.from + row.lasts).min(row.length)))
            .cloned()
            .collect();
        for alert in &now {
            if !sources(alert, &now, &rules).is_empty() {
                silent.insert(alert.labels.clone());
            }
            all.push(alert.labels.clone());
        }
    }
    assert!(silent.len() > 100 && all.len() > 2 * ROWS.len(), "{} of {}", silent.len(), all.len());
    let inhibited = alertmanager.inhibited(&all);
    let differ: Vec<_> = inhibited.symmetric_difference(&silent).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

fn labels(case: usize, text: &str) -> Labels {
    let mut words = text.split(' ');
    let mut word = || words.next().expect("a name and a severity").to_owned();
    let mut labels = Labels::from([("alertname".to_owned(), word()), ("severity".to_owned(), word())]);
    labels.insert("instance".to_owned(), "web1".to_owned());
    labels.insert("job".to_owned(), format!("case{case}"));
    labels.insert("case".to_owned(), case.to_string());
    for (name, value) in text.split(' ').filter_map(|word| word.split_once('=')) {
        let value = if name == "job" { format!("{value}{case}") } else { value.to_owned() };
        labels.insert(name.to_owned(), value);
    }
    labels.retain(|_, value| !value.is_empty());
    labels
}

struct Alertmanager {
    address: String,
    _process: Process,
    _dir: tempfile::TempDir,
}

impl Alertmanager {
    fn start() -> Alertmanager {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let address = format!("127.0.0.1:{}", free_port());
        let process = Process::spawn(
            Command::new("prometheus-alertmanager")
                .arg(format!("--config.file={}", root().join("alerts/alertmanager.yml").display()))
                .arg(format!("--storage.path={}", storage(dir.path())))
                .arg(format!("--web.listen-address={address}"))
                .arg("--cluster.listen-address="),
        );
        wait_for("Alertmanager", || http::get(&address, "/-/ready").ok().filter(|answer| answer.status == 200));
        Alertmanager { address, _process: process, _dir: dir }
    }

    /// Hands it the alerts and asks which of them it holds back.
    fn inhibited(&self, all: &[Labels]) -> BTreeSet<Labels> {
        let alerts: Vec<Value> = all.iter().map(|labels| json!({ "labels": labels })).collect();
        for some in alerts.chunks(100) {
            let answer = http::post_json(&self.address, "/api/v2/alerts", &json!(some).to_string()).expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        // It takes them in by and by, and the sources of an inhibition too: until it has all, and says the same twice.
        let mut before = None;
        wait_for("Alertmanager to have taken in all alerts", || {
            let body = http::get(&self.address, "/api/v2/alerts").ok()?.body;
            let there: Vec<Value> = serde_json::from_slice(&body).ok()?;
            let held = |alert: &&Value| alert["status"]["inhibitedBy"].as_array().is_some_and(|by| !by.is_empty());
            let labels = |alert: &Value| serde_json::from_value(alert["labels"].clone()).expect("labels");
            let inhibited: BTreeSet<Labels> = there.iter().filter(held).map(labels).collect();
            let same = there.len() == all.len() && before.as_ref() == Some(&inhibited);
            before = Some(inhibited.clone());
            std::thread::sleep(std::time::Duration::from_millis(300));
            same.then_some(inhibited)
        })
    }
}

fn storage(dir: &Path) -> String {
    dir.join("alertmanager").display().to_string()
}
