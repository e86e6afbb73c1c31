//! What nginx, and the layers before it, could be set to: S24 (timeouts in line), S26 (connect timeouts), sizing, and
//! what else would let hangup see more.
//! Does not know: what the logs leave out (see `logging`), whether anything answers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::logging;
use crate::config::discover::timeouts::Timeout;
use crate::config::{Config, Finding, Origin, Weight};

/// Everything worth saying about this configuration.
pub(super) fn all(config: &Config) -> Vec<Finding> {
    let lints = [logging::log_formats, logging::error_logs, status_page, chain, connect_timeouts, sizing];
    lints.iter().flat_map(|lint| lint(config)).collect()
}

fn advice(origin: Option<&Origin>, text: impl Into<String>) -> Finding {
    Finding::new(Weight::Advice, origin.cloned(), text)
}

fn status_page(config: &Config) -> Vec<Finding> {
    if !config.nginx.serves_http || config.nginx.has_status_page || !config.status_pages.is_empty() {
        return Vec::new();
    }
    let text = "there is no stub_status page, so connections (active, reading, writing, dropped) stay unknown; \
                add this to http:\n\
                server {\n    listen 127.0.0.1:8081;\n    access_log off;\n    \
                location = /stub_status {\n        stub_status;\n    }\n}";
    vec![advice(None, text)]
}

/// S24: each layer has to wait longer than the one behind it, or it gives up on answers that would still have come.
fn chain(config: &Config) -> Vec<Finding> {
    let misaligned = config.chain.windows(2).filter(|pair| pair[0].timeout < pair[1].timeout);
    let mut findings: Vec<Finding> = misaligned
        .map(|pair| too_short(&pair[0].name, pair[0].timeout, &pair[1].name, pair[1].timeout, &pair[0].origin))
        .collect();
    let Some(last) = config.chain.last() else { return findings };
    for timeout in config.nginx.timeouts.iter().filter(|timeout| timeout.directive.ends_with("_read_timeout")) {
        if last.timeout < timeout.value {
            let inner = format!("nginx's {} of server {}", timeout.directive, place(timeout));
            findings.push(too_short(&last.name, last.timeout, &inner, timeout.value, &last.origin));
        }
    }
    findings
}

fn too_short(outer: &str, waits: Duration, inner: &str, longer: Duration, origin: &Origin) -> Finding {
    let text = format!(
        "{outer} waits {waits:?} and {inner} behind it {longer:?}: {outer} gives up first, which shows as 499; \
         raise it above {longer:?}, or lower {inner}"
    );
    advice(Some(origin), text)
}

/// `a.example`, or `a.example, location /events`.
fn place(timeout: &Timeout) -> String {
    let location = timeout.location.iter().map(|location| format!(", location {location}"));
    std::iter::once(timeout.server.clone()).chain(location).collect()
}

/// S26. A handshake is over in a few round trips; whoever waits longer for it hides a broken network.
fn connect_timeouts(config: &Config) -> Vec<Finding> {
    const CONNECT_TIMEOUT_MOST: Duration = Duration::from_secs(15);
    let mut long: BTreeMap<(&str, Duration), Vec<&Timeout>> = BTreeMap::new();
    for timeout in &config.nginx.timeouts {
        if timeout.directive.ends_with("_connect_timeout") && timeout.value > CONNECT_TIMEOUT_MOST {
            long.entry((timeout.directive, timeout.value)).or_default().push(timeout);
        }
    }
    let finding = |((directive, value), timeouts): ((&str, Duration), Vec<&Timeout>)| {
        let servers: Vec<String> = timeouts.iter().map(|timeout| place(timeout)).collect();
        let text = format!(
            "{directive} is {value:?} (server {}), which hides network faults behind long waits; \
             5s to 15s is enough: write `{directive} 5s;`",
            servers.join(", ")
        );
        advice(timeouts.first().map(|timeout| &timeout.origin), text)
    };
    long.into_iter().map(finding).collect()
}

/// S12: a proxied request takes two connections, and each connection a file descriptor.
fn sizing(config: &Config) -> Vec<Finding> {
    /// The soft limit a process inherits from systemd and most shells.
    const NOFILE_INHERITED: u64 = 1024;
    let Some(workers) = &config.nginx.workers else { return Vec::new() };
    let (connections, wanted) = (workers.connections.value, workers.connections.value.saturating_mul(2));
    match &workers.rlimit_nofile {
        Some(limit) if limit.value < wanted => {
            let text = format!(
                "worker_rlimit_nofile {} is below twice the {connections} worker_connections, so a proxying worker runs \
                 out of files first; write `worker_rlimit_nofile {wanted};`",
                limit.value
            );
            vec![advice(Some(&limit.origin), text)]
        }
        None if wanted > NOFILE_INHERITED => {
            let text = format!(
                "{connections} worker_connections need up to {wanted} open files, and without worker_rlimit_nofile a \
                 worker has what it inherits, often {NOFILE_INHERITED}; write `worker_rlimit_nofile {wanted};`"
            );
            vec![advice(Some(&workers.connections.origin), text)]
        }
        _ => Vec::new(),
    }
}
