//! Everything that is mounted is there, is the shipped file, and is accepted by the program that reads it.

use super::file::{compose, repository, text};
use crate::support::nginx::Version;
use hangup::dialect::nginx::log_format::LogFormat;
use std::path::Path;
use std::process::Command;

#[test]
fn every_mounted_path_exists() {
    let compose = compose();
    for (name, service) in &compose.services {
        for bind in service.binds() {
            assert!(bind.source.exists(), "{name} mounts {}", bind.source.display());
            assert!(bind.read_only, "{name} could write into {}", bind.source.display());
        }
        for volume in service.named_volumes() {
            assert!(compose.volumes.contains_key(volume), "{name}: no volume {volume}");
        }
    }
}

#[test]
fn nginx_accepts_its_configuration() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let conf = dir.path().join("nginx.conf");
    let own = dir.path().display().to_string();
    let here = text("deploy/nginx.conf")
        .replace("upstream:", "127.0.0.1:")
        .replace(" /tmp/", &format!(" {own}/"))
        .replace("/var/log/shop", &own);
    std::fs::write(&conf, here).expect("writable");
    accepts(Command::new(Version::Debian.binary()).args(["-q", "-t", "-c"]).arg(&conf));
}

#[test]
fn nginx_logs_as_hangup_advises() {
    let preset = LogFormat::preset("hangup").expect("a preset");
    let conf = text("deploy/nginx.conf");
    let start = conf.find("log_format hangup '").expect("a log_format");
    let end = start + conf[start..].find(';').expect("its end");
    let strings: Vec<_> = conf[start..end].split('\'').skip(1).step_by(2).collect();
    assert_eq!(strings.concat(), preset.source());
}

#[test]
fn prometheus_accepts_its_configurations() {
    let prometheus = &compose().services["prometheus"];
    let mut conf = text("deploy/prometheus.yml");
    for bind in prometheus.binds() {
        conf = conf.replace(&bind.target, &bind.source.display().to_string());
    }
    assert!(!conf.contains("/etc/prometheus"), "a rule file that is not mounted: {conf}");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(&file, conf).expect("writable");
    accepts(Command::new("promtool").args(["check", "config"]).arg(file.path()));
    accepts(Command::new("promtool").args(["check", "config"]).arg(repository().join("deploy/prometheus-scrape.yml")));
}

#[test]
fn prometheus_finds_the_targets_in_the_example_files() {
    let deploy = repository().join("deploy");
    let output = Command::new("promtool")
        .args(["check", "service-discovery", "--timeout=2s", "prometheus-scrape.yml", "hangup-fleet"])
        .current_dir(&deploy)
        .output()
        .expect("promtool");
    let found = String::from_utf8_lossy(&output.stdout);
    for target in ["10.0.1.11:10499", "10.0.1.12:10499", "10.0.2.11:10499"] {
        assert!(found.contains(target), "{target} is not found: {found}");
    }
}

#[test]
fn alertmanager_accepts_its_configuration() {
    let file = compose().services["alertmanager"].mounted("/etc/alertmanager/alertmanager.yml");
    accepts(Command::new("amtool").arg("check-config").arg(file));
}

#[test]
fn the_pod_monitor_names_what_the_operator_knows() {
    let monitor: serde_json::Value = serde_saphyr::from_str(&text("deploy/podmonitor.yaml")).expect("YAML");
    assert_eq!(
        (monitor["apiVersion"].as_str(), monitor["kind"].as_str()),
        (Some("monitoring.coreos.com/v1"), Some("PodMonitor"))
    );
    let endpoints = monitor["spec"]["podMetricsEndpoints"].as_array().expect("endpoints");
    assert_eq!(endpoints[0]["path"], "/metrics");
    assert!(monitor["spec"]["selector"]["matchLabels"].is_object());
}

#[track_caller]
fn accepts(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("cannot run {command:?}: {e}; `make tools` installs it"));
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {said}", Path::new(command.get_program()));
}
