//! Which error logs to follow, and from which level on they speak.
//! Knows: `error_log` and its inheritance (source: ngx_log_set_log in ngx_log.c). Does not know: what a line says.

use std::collections::{BTreeSet, HashMap};

use super::prefix::Prefix;
use super::scope::{Scope, Tree};
use super::{Finding, Origin, Weight, origin, syslog};
use crate::config::unescaped;
use crate::dialect::nginx::conf::Directive;
use crate::record::Level;

/// An error log to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLog {
    /// A glob that matches the one file.
    pub path: String,
    /// The least severe level that is written.
    pub level: Level,
    pub origin: Origin,
}

/// The main context's log, and those that servers and locations have of their own.
pub fn find(tree: &Tree<'_>, prefix: &Prefix<'_>, findings: &mut Vec<Finding>) -> Vec<ErrorLog> {
    let mut finder = Finder { prefix, logs: Vec::new(), places: HashMap::new(), seen: BTreeSet::new(), findings };
    // Workers and connections without a request write to the main log, whatever the servers have.
    let main = tree.main_scope();
    if main.effective("error_log").is_empty() {
        finder.unconfigured();
    }
    // One of http that no server inherits yet is opened all the same.
    let http: Vec<Scope<'_>> = if tree.servers.is_empty() { tree.http_scopes().collect() } else { Vec::new() };
    let servers = tree.servers.iter().chain(&tree.others).flat_map(|server| &server.scopes);
    for scope in std::iter::once(&main).chain(&http).chain(servers) {
        finder.scope(scope);
    }
    finder.logs
}

struct Finder<'a, 'f> {
    prefix: &'a Prefix<'a>,
    logs: Vec<ErrorLog>,
    /// Where in `logs` a path stands.
    places: HashMap<String, usize>,
    /// Lines already dealt with: thousands of locations inherit the same ones.
    seen: BTreeSet<*const Directive>,
    findings: &'f mut Vec<Finding>,
}

impl Finder<'_, '_> {
    fn unconfigured(&mut self) {
        if let Some(path) = self.prefix.default_error_log() {
            self.add(ErrorLog { path: glob::Pattern::escape(&path), level: Level::Error, origin: Origin::Default });
        }
    }

    /// Of several logs in one place the most talkative: it holds the lines of the others.
    fn scope(&mut self, scope: &Scope<'_>) {
        let lines: Vec<&Directive> = scope.effective("error_log");
        let Some(first) = lines.first() else { return };
        if !self.seen.insert(std::ptr::from_ref(*first)) {
            return;
        }
        let read: Vec<Result<ErrorLog, Finding>> = lines.iter().filter_map(|line| self.log(line)).collect();
        let (logs, others): (Vec<_>, Vec<_>) = read.into_iter().partition(Result::is_ok);
        let logs: Vec<ErrorLog> = logs.into_iter().flatten().collect();
        for mut finding in others.into_iter().filter_map(Result::err) {
            // Beside a file that has the same lines it is nobody's problem.
            finding.weight = if logs.is_empty() { finding.weight } else { Weight::Note };
            self.findings.push(finding);
        }
        let Some(best) = logs.iter().min_by_key(|log| log.level) else { return };
        for other in logs.iter().filter(|log| log.path != best.path) {
            let (other_shown, best_shown) = (unescaped(&other.path), unescaped(&best.path));
            let text = format!("{other_shown} is not followed: its lines are in {best_shown}, too");
            self.findings.push(Finding::new(Weight::Note, Some(other.origin.clone()), text));
        }
        self.add(best.clone());
    }

    fn add(&mut self, log: ErrorLog) {
        match self.places.get(&log.path) {
            Some(&place) => self.logs[place].level = self.logs[place].level.min(log.level),
            None => {
                self.places.insert(log.path.clone(), self.logs.len());
                self.logs.push(log);
            }
        }
    }

    /// `None`: nowhere. `Err`: somewhere that cannot be followed.
    fn log(&mut self, line: &Directive) -> Option<Result<ErrorLog, Finding>> {
        let written = line.args.first()?;
        if written == "/dev/null" {
            return None;
        }
        if let Some(text) = not_a_file(written) {
            return Some(Err(Finding::new(Weight::Problem, Some(origin(line)), text)));
        }
        let full = self.prefix.full(written);
        if full.guessed {
            let text = format!("{written} is relative to a prefix that no file tells; {} is a guess", full.path);
            self.findings.push(Finding::new(Weight::Note, Some(origin(line)), text));
        }
        Some(Ok(ErrorLog { path: glob::Pattern::escape(&full.path), level: level(line), origin: origin(line) }))
    }
}

/// The level of a line; without one it is `error`. The `debug_http`, `debug_event`, … of debug builds are debug.
fn level(line: &Directive) -> Level {
    let word = line.args.get(1).map_or("error", String::as_str);
    let known = Level::ALL.into_iter().find(|level| level.as_str() == word);
    known.unwrap_or(if word.starts_with("debug") { Level::Debug } else { Level::Error })
}

fn not_a_file(written: &str) -> Option<String> {
    let what = match written {
        "stderr" | "/dev/stderr" | "/dev/stdout" => "the process's own output",
        _ if written.starts_with("syslog:") => return Some(syslog::explained(written, "nginx.error-log")),
        _ if written.starts_with("memory:") => "a buffer in memory",
        _ if written.starts_with("pipe:") => "a program",
        _ if written.contains('\u{fffd}') => "a path that is not UTF-8",
        _ => return None,
    };
    Some(format!("this error log goes to {what}, which hangup does not read; add an error_log to a file beside it"))
}
