//! Names, ports and paths that stand in more than one file are the same in all of them.

use super::file::{Compose, compose, text};
use std::collections::{BTreeMap, BTreeSet};

/// Where a program listens unless its command line says otherwise.
const DEFAULT_PORTS: [(&str, u16); 4] =
    [("hangup", 10499), ("prometheus", 9090), ("alertmanager", 9093), ("grafana", 3000)];
/// Proxied to on purpose although nobody listens there: the demo's clients show an upstream that is down.
const NOBODY: (&str, u16) = ("upstream", 9002);

#[test]
fn every_address_is_a_service_that_listens_there() {
    let compose = compose();
    let listening = listening(&compose);
    let address = regex::Regex::new(r"\b([a-z]+):(\d{4,5})\b").expect("a pattern");
    for file in ["deploy/nginx.conf", "deploy/prometheus.yml", "deploy/grafana/datasource.yml"] {
        let text = text(file);
        let named: Vec<_> =
            address.captures_iter(&text).map(|c| (c[1].to_owned(), c[2].parse().expect("a port"))).collect();
        assert!(!named.is_empty(), "{file} names nobody");
        for (service, port) in named {
            if (service.as_str(), port) == NOBODY {
                assert!(!listening[&service].contains(&port), "{service}:{port} is meant to be nobody's");
                continue;
            }
            let ports = listening.get(&service).unwrap_or_else(|| panic!("{file}: {service} is no service"));
            assert!(ports.contains(&port), "{file}: {service} does not listen on {port}, but on {ports:?}");
        }
    }
}

#[test]
fn published_ports_and_health_checks_are_listened_on() {
    let compose = compose();
    let listening = listening(&compose);
    let local = regex::Regex::new(r"http://127\.0\.0\.1:(\d+)/").expect("a pattern");
    for (name, service) in &compose.services {
        let own = listening.get(name).cloned().unwrap_or_default();
        let published = service.ports.iter().filter_map(|port| port.rsplit(':').next());
        let asked = service.healthcheck.test.iter().chain(&service.command).filter_map(|arg| local.captures(arg));
        let asked: Vec<_> = asked.map(|c| c[1].to_owned()).collect();
        let shared = service.network_mode.as_deref().and_then(|mode| mode.strip_prefix("service:")).unwrap_or(name);
        for port in published.chain(asked.iter().map(String::as_str)) {
            let port: u16 = port.parse().expect("a port");
            assert!(own.contains(&port) || listening[shared].contains(&port), "{name}: nobody listens on {port}");
        }
    }
}

#[test]
fn hangup_reads_where_nginx_writes() {
    let compose = compose();
    let (nginx, hangup) = (&compose.services["nginx"], &compose.services["hangup"]);
    let conf = "/etc/nginx/nginx.conf";
    assert_eq!(nginx.mounted(conf), hangup.mounted(conf));
    assert!(hangup.command.contains(&format!("--nginx.config={conf}")));
    for service in [nginx, hangup] {
        assert!(service.volumes.iter().any(|mount| mount.target() == "/var/log/shop"));
    }
    assert_eq!(text("deploy/nginx.conf").matches(" /var/log/shop/").count(), 2, "access log and error log");
}

#[test]
fn grafana_finds_its_dashboards() {
    let grafana = &compose().services["grafana"];
    let provider: serde_json::Value = serde_saphyr::from_str(&text("deploy/grafana/dashboards.yml")).expect("YAML");
    let path = provider["providers"][0]["options"]["path"].as_str().expect("a path");
    let dashboards = grafana.mounted(path);
    let home = grafana.environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].strip_prefix(path).expect("inside");
    assert!(dashboards.join(home.trim_start_matches('/')).exists());
    // Grafana reads every .json below the directory as a dashboard.
    let strangers = std::fs::read_dir(&dashboards).expect("readable").flatten();
    assert!(strangers.map(|e| e.path()).all(|p| p.extension().is_some_and(|e| e == "json")));
    let source: serde_json::Value = serde_saphyr::from_str(&text("deploy/grafana/datasource.yml")).expect("YAML");
    let prometheus: serde_json::Value = serde_saphyr::from_str(&text("deploy/prometheus.yml")).expect("YAML");
    assert_eq!(source["datasources"][0]["jsonData"]["timeInterval"], prometheus["global"]["scrape_interval"]);
}

/// By service; whoever shares the network namespace of another listens there under the other's name too.
fn listening(compose: &Compose) -> BTreeMap<String, BTreeSet<u16>> {
    let mut ports: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    for (name, service) in &compose.services {
        let shared = service.network_mode.as_deref().and_then(|mode| mode.strip_prefix("service:")).unwrap_or(name);
        let own = ports.entry(shared.to_owned()).or_default();
        own.extend(DEFAULT_PORTS.iter().filter(|(program, _)| program == name).map(|(_, port)| port));
        own.extend(
            service
                .command
                .iter()
                .filter(|arg| arg.starts_with("--listen=") || arg.starts_with("--blackhole="))
                .filter_map(|arg| arg.rsplit(':').next()?.parse::<u16>().ok()),
        );
    }
    let listen = regex::Regex::new(r"(?m)^\s*listen (?:[\d.]+:)?(\d+);").expect("a pattern");
    let nginx = text("deploy/nginx.conf");
    let of_nginx = listen.captures_iter(&nginx).map(|c| c[1].parse::<u16>().expect("a port"));
    ports.entry("nginx".to_owned()).or_default().extend(of_nginx);
    ports
}
