//! What nginx, and the layers before it, could be set to: S24 (timeouts in line), S25 (what the log tells),
//! S26 (connect timeouts), sizing, and what else would let hangup see more.
//! Does not know: whether anything answers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::formats;
use crate::config::discover::timeouts::Timeout;
use crate::config::{Config, Finding, LogKind, Origin, Weight};
use crate::dialect::nginx::log_format::LogFormat;
use crate::record::Level;

/// Everything worth saying about this configuration.
pub(super) fn all(config: &Config) -> Vec<Finding> {
    let lints = [log_formats, error_logs, status_page, chain, connect_timeouts, sizing];
    lints.iter().flat_map(|lint| lint(config)).collect()
}

fn advice(origin: Option<&Origin>, text: impl Into<String>) -> Finding {
    Finding::new(Weight::Advice, origin.cloned(), text)
}

/// S25: each format once, with the line to paste.
fn log_formats(config: &Config) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for log in &config.logs {
        let LogKind::Access { format, format_name, format_place, .. } = &log.kind else { continue };
        let missing = formats::lacking(format);
        if missing.is_empty() || !told.insert(format.source().to_owned()) {
            continue;
        }
        let origin = format_place.clone().map_or_else(|| log.origin.clone(), Origin::NginxConf);
        let own = format_place.is_some().then_some(format_name.as_str());
        findings.push(advice(Some(&origin), lacking(&log.path, format_name, own, format, &missing)));
    }
    if config.nginx.serves_http && !config.logs.iter().any(|log| matches!(log.kind, LogKind::Access { .. })) {
        let text = "no access log can be followed, so no request is counted; write `access_log /var/log/nginx/access.log;` \
                    or name one with --nginx.access-log";
        findings.push(Finding::new(Weight::Problem, None, text));
    }
    findings
}

/// `own`: the format's name in nginx.conf; one that is built in cannot be changed and needs a new one.
fn lacking(path: &str, name: &str, own: Option<&str>, format: &LogFormat, missing: &[&str]) -> String {
    let variables: Vec<String> = missing.iter().map(|name| format!("${name}")).collect();
    let (mut what, mut paste) = ("make it this:", formats::line_to_paste(own.unwrap_or(NEW), format, missing));
    if own.is_none() {
        what = "define this in http and use it:";
        if let Some(full) = LogFormat::preset(NEW).filter(|_| name == "combined") {
            paste = formats::line_to_paste(NEW, &full, &[]);
        }
        paste.push_str(&format!("\naccess_log {path} {NEW};"));
    }
    format!("the log format {name} lacks {}, so {}; {what}\n{paste}", variables.join(" "), unknown(missing))
}

/// A format to take the place of one that is built into nginx, and the preset of that name.
const NEW: &str = "hangup";

/// What nobody can know without these variables; the worst of it.
fn unknown(missing: &[&str]) -> &'static str {
    match missing {
        missing if missing.contains(&"request_time") => "how long clients waited before they left stays unknown",
        missing if missing.contains(&"upstream_response_time") => "how long the upstreams took stays unknown",
        missing if missing.iter().any(|name| name.starts_with("upstream_")) => {
            "it stays unknown whether an upstream was slow to connect or to answer"
        }
        _ => "clients that leave in the middle of a response stay unseen",
    }
}

/// What the error logs leave out. Most that concerns clients is at level info.
fn error_logs(config: &Config) -> Vec<Finding> {
    let errors = config.logs.iter().filter_map(|log| match log.kind {
        LogKind::Error { level } => Some((log, level)),
        LogKind::Access { .. } => None,
    });
    let mut found = false;
    let mut findings = Vec::new();
    for (log, level) in errors {
        found = true;
        let Some(level) = level.filter(|level| *level > Level::Info) else { continue };
        let lost = if level > Level::Error {
            "upstream timeouts and failures, and clients that leave, are"
        } else {
            "clients that leave or are too slow are"
        };
        let text = format!(
            "at level {} {lost} not in {}; write `error_log {} info;` to see why and in which phase",
            level.as_str(),
            log.path,
            log.path
        );
        findings.push(advice(Some(&log.origin), text));
    }
    if config.nginx.read && !found {
        let text = "no error log can be followed, so upstream timeouts have no phase; \
                    write `error_log /var/log/nginx/error.log info;`";
        findings.push(advice(None, text));
    }
    findings
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
