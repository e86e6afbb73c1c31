//! Which access logs to follow so that each request is met exactly once.
//! Knows: `access_log`, its options and its inheritance (source: ngx_http_log_module.c).
//! Does not know: whether a file is there, or what a line says.

mod choice;
pub(super) mod patterns;

use std::collections::{BTreeMap, BTreeSet};

use super::formats::{Formats, NamedFormat};
use super::prefix::Prefix;
use super::scope::Tree;
use super::{Finding, Origin, Weight, origin};
use crate::dialect::nginx::conf::Directive;

/// An access log to follow.
#[derive(Debug, Clone)]
pub struct AccessLog {
    /// A glob; for all but paths with variables it matches the one file.
    pub path: String,
    pub format: NamedFormat,
    /// The label of the server that writes it, or [`SHARED`].
    pub server: String,
    pub origin: Origin,
}

/// The label of a log that several servers write. Lines that name their server themselves do not need it.
pub const SHARED: &str = "all";

/// Where the packages of Debian, Red Hat, Alpine and nginx.org log when no `access_log` says otherwise.
const DEFAULT_PATH: &str = "/var/log/nginx/access.log";

/// Devices that stand for the container's output, and the one that stands for nothing.
const DEVICES: &[&str] = &["/dev/stdout", "/dev/stderr", "/proc/self/fd/1", "/proc/self/fd/2", "/dev/null"];

/// A log that could be followed for the requests of one context.
#[derive(Debug, Clone)]
struct Candidate {
    path: String,
    format: NamedFormat,
    /// `if=`: only some requests are in it.
    conditional: bool,
    /// The path holds variables.
    varies: bool,
    origin: Origin,
}

/// The logs that get the same requests, and the label of the server they are for.
struct Context {
    label: String,
    candidates: Vec<Candidate>,
}

/// All access logs, in an order that does not change from start to start.
pub fn find(tree: &Tree<'_>, formats: &Formats, prefix: &Prefix<'_>, findings: &mut Vec<Finding>) -> Vec<AccessLog> {
    let mut reader = Reader { formats, prefix, findings, memo: BTreeMap::new() };
    let mut contexts = reader.contexts(tree);
    patterns::drop_unsafe(&mut contexts, reader.findings);
    // Where there is no choice it is made first, so that the choices left can follow it.
    contexts.sort_by_key(|context| context.candidates.len());
    let chosen = choice::choose(&contexts, reader.findings);
    reader.unused(tree, &contexts);
    chosen
}

struct Reader<'a, 'f> {
    formats: &'a Formats,
    prefix: &'a Prefix<'a>,
    findings: &'f mut Vec<Finding>,
    /// A line that a thousand locations inherit is read, and spoken of, once.
    memo: BTreeMap<*const Directive, Option<Candidate>>,
}

impl Reader<'_, '_> {
    fn contexts(&mut self, tree: &Tree<'_>) -> Vec<Context> {
        let mut contexts = Vec::new();
        for server in &tree.servers {
            for scope in &server.scopes {
                let candidates = self.candidates(&scope.effective("access_log"));
                contexts.push(Context { label: server.label(), candidates });
            }
        }
        contexts.retain(|context| !context.candidates.is_empty());
        contexts
    }

    fn candidates(&mut self, lines: &[&Directive]) -> Vec<Candidate> {
        if lines.is_empty() {
            return self.unconfigured().into_iter().collect();
        }
        // One `off` silences its whole level.
        if lines.iter().any(|line| line.args == ["off"]) {
            return Vec::new();
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        for candidate in lines.iter().filter_map(|line| self.candidate(line)) {
            if candidates.iter().all(|known| known.path != candidate.path) {
                candidates.push(candidate);
            }
        }
        candidates
    }

    fn unconfigured(&self) -> Option<Candidate> {
        let format = self.formats.get("combined").ok()?;
        let path = DEFAULT_PATH.to_owned();
        Some(Candidate { path, format, conditional: false, varies: false, origin: Origin::Default })
    }

    fn candidate(&mut self, line: &Directive) -> Option<Candidate> {
        let key = std::ptr::from_ref(line);
        if let Some(known) = self.memo.get(&key) {
            return known.clone();
        }
        let read = self.read(line);
        if let Err((weight, text)) = &read {
            self.findings.push(Finding::new(*weight, Some(origin(line)), text.clone()));
        }
        let candidate = read.ok();
        self.memo.insert(key, candidate.clone());
        candidate
    }

    fn read(&mut self, line: &Directive) -> Result<Candidate, (Weight, String)> {
        let written = line.args.first().map(String::as_str).unwrap_or_default();
        if let Some((weight, why)) = not_a_file(written, &line.args) {
            return Err((weight, why));
        }
        let name = line.args.get(1).map_or("combined", String::as_str);
        let format =
            self.formats.get(name).map_err(|why| (Weight::Problem, format!("{written} is not followed: {why}")))?;
        let conditional = option(line, "if=").is_some();
        self.remarks(line, written, conditional);
        let varies = written.contains('$');
        let full = self.prefix.full(written);
        if full.guessed && !varies {
            let text = format!("{written} is relative to a prefix that no file tells; {} is a guess", full.path);
            self.findings.push(Finding::new(Weight::Note, Some(origin(line)), text));
        }
        let path = if varies { patterns::of(&full.path) } else { glob::Pattern::escape(&full.path) };
        Ok(Candidate { path, format, conditional, varies, origin: origin(line) })
    }

    /// Options that change what can be seen in a log.
    fn remarks(&mut self, line: &Directive, written: &str, conditional: bool) {
        let mut note = |text: String| self.findings.push(Finding::new(Weight::Note, Some(origin(line)), text));
        if conditional {
            note(format!("{written} has an if=: requests that do not meet it are in no count"));
        }
        if option(line, "buffer=").is_some() && option(line, "flush=").is_none() {
            note(format!(
                "{written} is buffered without flush=: lines come late, on a quiet site by hours; add flush=1s"
            ));
        }
    }

    /// Logs of `http` that no server inherits: people look for them.
    fn unused(&mut self, tree: &Tree<'_>, contexts: &[Context]) {
        let followed: BTreeSet<&str> = contexts.iter().flat_map(|c| &c.candidates).map(|c| c.path.as_str()).collect();
        let lines: Vec<&Directive> =
            tree.http().flat_map(|http| &http.block).filter(|d| d.name == "access_log" && d.args != ["off"]).collect();
        for line in lines {
            let known = self.memo.contains_key(&std::ptr::from_ref(line));
            let Some(candidate) = (if known { None } else { self.candidate(line) }) else { continue };
            if !followed.contains(candidate.path.as_str()) {
                let text = format!("{} is not followed: no server writes to it, each has its own", candidate.path);
                self.findings.push(Finding::new(Weight::Note, Some(candidate.origin), text));
            }
        }
    }
}

/// Why a target cannot be followed whatever its format.
fn not_a_file(written: &str, args: &[String]) -> Option<(Weight, String)> {
    if written.starts_with("syslog:") {
        let text = "this log goes to syslog, which hangup does not read; add an access_log to a file beside it";
        return Some((Weight::Problem, text.to_owned()));
    }
    if written == "/dev/null" {
        return Some((Weight::Note, "/dev/null is not followed: these requests are in no count".to_owned()));
    }
    if DEVICES.contains(&written) {
        let text = format!("{written} cannot be followed; add an access_log to a file that hangup can read");
        return Some((Weight::Problem, text));
    }
    let gzip = args.iter().skip(2).any(|arg| arg == "gzip" || arg.starts_with("gzip="));
    gzip.then(|| {
        (Weight::Problem, format!("{written} is written compressed and cannot be followed; leave out its gzip"))
    })
}

fn option<'a>(line: &'a Directive, prefix: &str) -> Option<&'a str> {
    line.args.iter().skip(2).find_map(|arg| arg.strip_prefix(prefix))
}
