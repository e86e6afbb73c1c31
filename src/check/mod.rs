//! `hangup check`: every value with its origin, every source tried, nginx linted.
//! Knows: the order of the page, and what counts as a problem. Does not know: how a value was resolved.
//!
//! A **problem** is something hangup was asked to see and cannot: a log it may not read, a format that does not fit,
//! a page that does not answer. It makes the exit code 1. **Advice** is what would let hangup see more, or nginx bear
//! more (S24–S26 of the signals): it is told and leaves the exit code at 0, so that a check after an installation
//! does not fail on a stock nginx.

mod formats;
mod lint;
mod log_files;
mod paper;
mod sources;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use self::paper::{Mark, Paper};
use crate::config::discover::workers::{Limit, Workers};
use crate::config::{Config, Finding, LogKind, Problem, Weight};

/// The exit code where hangup cannot see all it was asked to see.
pub const EXIT_PROBLEMS: u8 = 1;

/// Prints the whole page. Returns the exit code.
pub fn run(config: &Config, coloured: bool, out: &mut dyn Write) -> io::Result<u8> {
    let mut page = Page { paper: Paper::new(out, coloured), problems: 0, advice: 0 };
    page.paper.heading("Settings")?;
    page.paper.table(&settings(config))?;
    if config.nginx.read {
        page.section("nginx")?;
        page.paper.table(&facts(config))?;
    }
    page.section("Logs")?;
    if config.logs.is_empty() {
        page.say(Mark::Note, "none is followed")?;
    }
    for (mark, text) in config.logs.iter().flat_map(log_files::probe) {
        page.say(mark, &text)?;
    }
    page.section("Sources")?;
    for (mark, text) in sources::probe(config) {
        page.say(mark, &text)?;
    }
    page.section("Findings")?;
    let mut findings = config.findings.clone();
    findings.extend(lint::all(config));
    findings.sort_by_key(|finding| finding.weight);
    for finding in &findings {
        page.say(mark(finding), &finding.to_string())?;
    }
    page.summary()
}

/// Prints why there is no configuration at all. Returns the exit code.
pub fn refused(problems: &[Problem], coloured: bool, out: &mut dyn Write) -> io::Result<u8> {
    let mut paper = Paper::new(out, coloured);
    for problem in problems {
        paper.say(Mark::Bad, &problem.to_string())?;
    }
    Ok(EXIT_PROBLEMS)
}

struct Page<'a> {
    paper: Paper<'a>,
    problems: usize,
    advice: usize,
}

impl Page<'_> {
    fn section(&mut self, title: &str) -> io::Result<()> {
        self.paper.blank()?;
        self.paper.heading(title)
    }

    fn say(&mut self, mark: Mark, text: &str) -> io::Result<()> {
        self.problems += usize::from(mark == Mark::Bad);
        self.advice += usize::from(mark == Mark::Advice);
        self.paper.say(mark, text)
    }

    fn summary(mut self) -> io::Result<u8> {
        let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        let problems = plural(self.problems, "problem", "problems");
        self.section(&format!("{problems}, {}", plural(self.advice, "piece of advice", "pieces of advice")))?;
        Ok(if self.problems == 0 { 0 } else { EXIT_PROBLEMS })
    }
}

fn mark(finding: &Finding) -> Mark {
    match finding.weight {
        Weight::Problem => Mark::Bad,
        Weight::Advice => Mark::Advice,
        Weight::Note => Mark::Note,
    }
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
                rows.push(["log_format".to_owned(), format!("{format_name} in {}, server {server}", log.path), origin]);
            }
            LogKind::Error { level: Some(level) } => {
                let value = format!("{} in {}", level.as_str(), log.path);
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
