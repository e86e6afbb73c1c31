//! What this host cannot show, each with the line of configuration that makes it visible.
//! Knows: what of nginx's formats is missing. Does not know: what follows from it.

use std::collections::BTreeMap;

use crate::config::{Config, LogKind, LogSpec};
use crate::diagnosis::NotVisible;
use crate::dialect::nginx::log_format::missing;
use crate::record::Level;

pub(super) fn not_visible(config: &Config) -> Vec<NotVisible> {
    let mut rows: Vec<NotVisible> = by_format(&config.logs).values().flat_map(|logs| of_format(logs)).collect();
    match config.least_error_level() {
        None => rows.push(row(
            "error log",
            "why upstreams failed, in which phase",
            "error_log /var/log/nginx/error.log info;",
        )),
        Some(level) if level > Level::Info => {
            rows.push(row("error log", "in which phase clients left", "error_log /var/log/nginx/error.log info;"));
        }
        Some(_) => {}
    }
    if config.status_pages.is_empty() {
        let needs = "location = /stub_status { stub_status; allow 127.0.0.1; deny all; }";
        rows.push(row("stub_status", "connections that nginx turned away, and what holds its slots", needs));
    }
    rows
}

fn row(log: &str, signal: &str, needs: &str) -> NotVisible {
    NotVisible { log: log.to_owned(), signal: signal.to_owned(), needs: needs.to_owned() }
}

/// A format whose lines name their own values tells for itself, line by line.
fn by_format(logs: &[LogSpec]) -> BTreeMap<&str, Vec<&LogSpec>> {
    let mut by_format: BTreeMap<&str, Vec<&LogSpec>> = BTreeMap::new();
    for log in logs {
        if let LogKind::Access { format, .. } = &log.kind
            && !format.names_its_values()
        {
            by_format.entry(format.source()).or_default().push(log);
        }
    }
    by_format
}

fn of_format(logs: &[&LogSpec]) -> Vec<NotVisible> {
    let Some(first) = logs.first() else { return Vec::new() };
    let name = match logs.len() {
        1 => first.shown.clone(),
        count => format!("{} and {} more", first.shown, count - 1),
    };
    let rows = missing(first.sight())
        .map(|member| row(&name, member.signal.question(), &format!("{} in its log_format", member.text)));
    rows.collect()
}
