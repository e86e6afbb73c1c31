//! `hangup check`: every value with its origin, every source and all that serving needs tried, nginx linted.
//! Knows: the order of the page, and what counts as a problem. Does not know: how a value was resolved.
//!
//! A **problem** is something hangup was asked to see and cannot: a log it may not read, a format that does not fit,
//! a page that does not answer. It makes the exit code 1. **Advice** is what would let hangup see more, or nginx bear
//! more (S24–S26 of the signals): it is told and leaves the exit code at 0, so that a check after an installation
//! does not fail on a stock nginx.

mod formats;
mod lint;
mod log_files;
mod logging;
mod notation;
mod page;
mod printer;
mod round_trips;
mod serving;
mod sources;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use self::page::{Entry, Mark, Page, Row};
use crate::config::discover::workers::{Limit, Workers};
use crate::config::{Config, Finding, LogKind, Origin, Problem, Weight};
use crate::terminal::Terminal;

/// The exit code where hangup cannot see all it was asked to see.
pub const EXIT_PROBLEMS: u8 = 1;

/// Prints the whole page. Returns the exit code.
pub fn run(config: &Config, json: bool, terminal: Terminal, out: &mut dyn Write) -> io::Result<u8> {
    let page = page(config);
    print(&page, json, terminal, out)?;
    Ok(if page.problems == 0 { 0 } else { EXIT_PROBLEMS })
}

/// Prints why there is no configuration at all.
pub fn refused(problems: &[Problem], json: bool, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let entry = |problem: &Problem| Entry::new(Mark::Bad, Some(problem.origin.to_string()), &problem.text);
    let page = Page { findings: problems.iter().map(entry).collect(), ..Page::new() };
    print(&page.counted(), json, terminal, out)
}

fn print(page: &Page, json: bool, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut *out, page)?;
        return writeln!(out);
    }
    printer::write(page, terminal, out)
}

fn page(config: &Config) -> Page {
    let mut findings = config.findings.clone();
    findings.extend(lint::all(config));
    findings.extend(round_trips::findings(config));
    findings.sort_by_key(|finding| finding.weight);
    let page = Page {
        settings: settings(config).into_iter().map(row).collect(),
        nginx: if config.nginx.read { facts(config).into_iter().map(row).collect() } else { Vec::new() },
        logs: config.logs.iter().flat_map(log_files::probe).map(Entry::from).collect(),
        sources: sources::probe(config).into_iter().map(Entry::from).collect(),
        serving: serving::probe(config).into_iter().map(Entry::from).collect(),
        findings: findings.iter().map(finding).collect(),
        ..Page::new()
    };
    page.counted()
}

fn row([name, value, origin]: [String; 3]) -> Row {
    Row { name, value, origin }
}

fn finding(finding: &Finding) -> Entry {
    let mark = match finding.weight {
        Weight::Problem => Mark::Bad,
        Weight::Advice => Mark::Advice,
        Weight::Note => Mark::Note,
    };
    let origin = finding.origin.as_ref().filter(|origin| **origin != Origin::Default);
    Entry::new(mark, origin.map(ToString::to_string), &finding.text)
}

fn settings(config: &Config) -> Vec<[String; 3]> {
    let rows = config.settings.printed().into_iter();
    rows.map(|row| [row.name.to_owned(), row.value, row.origin.to_string()]).collect()
}

/// What nginx.conf told beside the settings.
fn facts(config: &Config) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for log in &config.logs {
        match &log.kind {
            LogKind::Access { format_name, format_place, server, .. } => {
                let origin = format_place.as_ref().map_or("built in".to_owned(), ToString::to_string);
                rows.push([
                    "log_format".to_owned(),
                    format!("{format_name} in {}, server {server}", log.shown),
                    origin,
                ]);
            }
            LogKind::Error { level: Some(level) } => {
                let value = format!("{} in {}", level.as_str(), log.shown);
                rows.push(["error_log level".to_owned(), value, log.origin.to_string()]);
            }
            LogKind::Error { level: None } => {}
        }
    }
    rows.extend(config.nginx.workers.iter().flat_map(workers));
    rows.extend(config.nginx.timeouts.iter().map(|timeout| {
        let location = timeout.location.iter().map(|location| format!(", location {location}")).collect::<String>();
        let value = format!("{:?} ({}{location})", timeout.value, timeout.server);
        [timeout.directive.to_owned(), value, timeout.origin.to_string()]
    }));
    // A directive's name stands once above all its servers.
    rows.sort_by(|a, b| a[0].cmp(&b[0]));
    rows
}

fn workers(workers: &Workers) -> Vec<[String; 3]> {
    let row = |name: &str, limit: &Limit| [name.to_owned(), limit.value.to_string(), limit.origin.to_string()];
    let mut rows = vec![row("worker_processes", &workers.processes), row("worker_connections", &workers.connections)];
    rows.extend(workers.rlimit_nofile.iter().map(|limit| row("worker_rlimit_nofile", limit)));
    // A proxied request holds one connection to its client and one to its upstream.
    let capacity = format!("{} connections, {} proxied requests", workers.slots(), workers.slots() / 2);
    rows.push(["capacity".to_owned(), capacity, "computed".to_owned()]);
    rows
}
