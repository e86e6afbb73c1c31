//! Which access logs to follow so that each request is met exactly once.
//! Knows: `access_log`, its options and its inheritance (source: ngx_http_log_module.c).
//! Does not know: whether a file is there, or what a line says.

mod choice;
mod conditions;
pub(super) mod patterns;

use std::collections::{BTreeSet, HashMap};

use self::conditions::Conditions;
use super::formats::{Formats, NamedFormat};
use super::prefix::Prefix;
use super::scope::{Scope, Server, Tree, unique};
use super::server_name::NAMELESS;
use super::{Finding, Origin, Place, Weight, origin, place, syslog};
use crate::dialect::nginx::conf::Directive;
use crate::dialect::nginx::log_format::LogFormat;

/// An access log to follow.
#[derive(Debug, Clone)]
pub struct AccessLog {
    /// A glob; for all but paths with variables it matches the one file.
    pub path: String,
    /// The path as nginx.conf has it, variables included, with nginx's prefix before it.
    pub shown: String,
    pub format: NamedFormat,
    /// The label of lines that name no server.
    pub server: String,
    pub origin: Origin,
    /// Every `access_log` line that writes it, the first one at `origin`. None: nginx writes it without being told.
    pub lines: Vec<AccessLine>,
    /// Formats in which every request stands there a second time.
    pub doubled: Vec<NamedFormat>,
}

/// An `access_log` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLine {
    pub place: Place,
    /// The path, the format, the options, as they are written.
    pub args: Vec<String>,
}

/// The label of a log that several servers write. Lines that name their server themselves do not need it.
pub const SHARED: &str = "all";

/// The label of the lines of a log that name no server, written by these servers in this format. `$server_name`, and
/// `$host` of a request without one, are empty for a server without a name, and for no other.
pub(super) fn label_of_unnamed(servers: &BTreeSet<&str>, format: Option<&LogFormat>) -> String {
    let names = |format: &LogFormat| format.has("server_name") || format.has("host");
    match servers.iter().collect::<Vec<_>>().as_slice() {
        [only] => (**only).to_owned(),
        _ if servers.contains(NAMELESS) && format.is_some_and(names) => NAMELESS.to_owned(),
        _ => SHARED.to_owned(),
    }
}

/// Devices that stand for the container's output, and the one that stands for nothing.
const DEVICES: &[&str] = &["/dev/stdout", "/dev/stderr", "/proc/self/fd/1", "/proc/self/fd/2", "/dev/null"];

/// A log that could be followed for the requests of one context.
#[derive(Debug, Clone)]
struct Candidate {
    path: String,
    /// The path as written, with nginx's prefix.
    shown: String,
    format: NamedFormat,
    /// `if=`: only the requests are in it for which this is true.
    condition: Option<String>,
    /// The path holds variables.
    varies: bool,
    origin: Origin,
    line: Option<AccessLine>,
}

/// The logs that get the same requests, and the label of the server they are for.
struct Context {
    label: String,
    candidates: Vec<Candidate>,
}

/// All access logs, in an order that does not change from start to start.
pub fn find(tree: &Tree<'_>, formats: &Formats, prefix: &Prefix<'_>, findings: &mut Vec<Finding>) -> Vec<AccessLog> {
    let mut reader = Reader { formats, prefix, findings, memo: HashMap::new() };
    let mut contexts = reader.contexts(tree);
    patterns::drop_unsafe(&mut contexts, reader.findings);
    // Where there is no choice it is made first, so that the choices left can follow it.
    contexts.sort_by_key(|context| context.candidates.len());
    let chosen = choice::choose(&contexts, &Conditions::new(tree), reader.findings);
    reader.unused(tree, &contexts);
    reader.mostly_silent(tree);
    chosen
}

struct Reader<'a, 'f> {
    formats: &'a Formats,
    prefix: &'a Prefix<'a>,
    findings: &'f mut Vec<Finding>,
    /// A line that a thousand locations inherit is read, and spoken of, once.
    memo: HashMap<*const Directive, Option<Candidate>>,
}

impl Reader<'_, '_> {
    fn contexts(&mut self, tree: &Tree<'_>) -> Vec<Context> {
        let mut contexts = Vec::new();
        if tree.servers.is_empty() {
            // There is no server yet, but the log is, and nginx has it open.
            let lines: Vec<Vec<&Directive>> = tree.http_scopes().map(|http| http.effective("access_log")).collect();
            let written = lines.iter().filter(|lines| !lines.is_empty());
            contexts
                .extend(written.map(|lines| Context { label: SHARED.to_owned(), candidates: self.candidates(lines) }));
        }
        for server in &tree.servers {
            for scope in &server.scopes {
                let candidates = self.candidates(&scope.effective("access_log"));
                contexts.push(Context { label: server.label.clone(), candidates });
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
        let known: Option<Vec<Option<Candidate>>> =
            lines.iter().map(|line| self.memo.get(&std::ptr::from_ref(*line)).cloned()).collect();
        let read = known.unwrap_or_else(|| self.read_level(lines));
        read.into_iter().flatten().collect()
    }

    /// The lines of one level get the same requests: one that cannot be followed beside one that can is no problem.
    fn read_level(&mut self, lines: &[&Directive]) -> Vec<Option<Candidate>> {
        let read: Vec<_> = lines.iter().map(|line| self.read(line)).collect();
        let followed = read.iter().flatten().find(|candidate| candidate.condition.is_none());
        let followed = followed.map(|candidate| candidate.shown.clone());
        let mut level = Vec::new();
        for (line, read) in lines.iter().zip(read) {
            if let Err((weight, text)) = &read {
                let finding = match &followed {
                    None => Finding::new(*weight, Some(origin(line)), text.clone()),
                    Some(followed) => elsewhere(line, followed),
                };
                self.findings.push(finding);
            }
            self.memo.insert(std::ptr::from_ref(*line), read.clone().ok());
            level.push(read.ok());
        }
        level
    }

    fn unconfigured(&self) -> Option<Candidate> {
        let format = self.formats.get("combined").ok()?;
        let path = glob::Pattern::escape(&self.prefix.default_access_log());
        let shown = self.prefix.default_access_log();
        Some(Candidate { path, shown, format, condition: None, varies: false, origin: Origin::Default, line: None })
    }

    fn read(&mut self, line: &Directive) -> Result<Candidate, (Weight, String)> {
        let written = line.args.first().map(String::as_str).unwrap_or_default();
        if let Some((weight, why)) = not_a_file(written, &line.args) {
            return Err((weight, why));
        }
        let name = line.args.get(1).map_or("combined", String::as_str);
        let format =
            self.formats.get(name).map_err(|why| (Weight::Problem, format!("{written} is not followed: {why}")))?;
        self.remarks(line, written);
        let varies = written.contains('$');
        let full = self.prefix.full(written);
        if full.guessed && !varies {
            let text = format!("{written} is relative to a prefix that no file tells; {} is a guess", full.path);
            self.findings.push(Finding::new(Weight::Note, Some(origin(line)), text));
        }
        let path = if varies { patterns::of(&full.path) } else { glob::Pattern::escape(&full.path) };
        let condition = option(line, "if=").map(str::to_owned);
        let written = AccessLine { place: place(line), args: line.args.clone() };
        Ok(Candidate { path, shown: full.path, format, condition, varies, origin: origin(line), line: Some(written) })
    }

    /// Options that change when something can be seen in a log.
    fn remarks(&mut self, line: &Directive, written: &str) {
        if option(line, "buffer=").is_some() && option(line, "flush=").is_none() {
            let text = format!(
                "{written} is buffered without flush=: lines come late, on a quiet site by hours; add flush=1s"
            );
            self.findings.push(Finding::new(Weight::Note, Some(origin(line)), text));
        }
    }

    /// Logs of `http` that no server inherits: people look for them.
    fn unused(&mut self, tree: &Tree<'_>, contexts: &[Context]) {
        let followed: BTreeSet<&str> = contexts.iter().flat_map(|c| &c.candidates).map(|c| c.path.as_str()).collect();
        for http in tree.http() {
            let lines = http.block.iter().filter(|d| d.name == "access_log" && d.args != ["off"]);
            let unread: Vec<&Directive> =
                lines.filter(|line| !self.memo.contains_key(&std::ptr::from_ref(*line))).collect();
            for line in unread {
                let read = self.read(line).ok();
                if read.is_none_or(|candidate| !followed.contains(candidate.path.as_str())) {
                    let text = "is not followed: no server writes to it, each has its own";
                    let text = format!("{} {text}", line.args.first().map_or("", String::as_str));
                    self.findings.push(Finding::new(Weight::Note, Some(origin(line)), text));
                }
            }
        }
    }

    /// Servers that log one location only, as panels write them with another server behind nginx: what happens elsewhere
    /// in them is in no count.
    fn mostly_silent(&mut self, tree: &Tree<'_>) {
        const NAMED_MAX: usize = 3;
        let is_off = |scope: &Scope<'_>| scope.effective("access_log").iter().any(|line| line.args == ["off"]);
        let silent: Vec<&Server<'_>> =
            tree.servers.iter().filter(|server| is_off(server.own()) && !server.scopes.iter().all(is_off)).collect();
        let Some(first) = silent.first() else { return };
        let labels = unique(silent.iter().map(|server| server.label.clone()));
        let more = labels.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!(
            "requests of {}{more} are in no log but for those of single locations, since access_log is off around them",
            labels[..labels.len().min(NAMED_MAX)].join(", ")
        );
        self.findings.push(Finding::new(Weight::Note, Some(origin(first.block)), text));
    }
}

/// A log that cannot be followed beside one that has its requests.
fn elsewhere(line: &Directive, followed: &str) -> Finding {
    let written = line.args.first().map_or("", String::as_str);
    let text = format!("{written} is not followed: the same requests are in {followed}");
    Finding::new(Weight::Note, Some(origin(line)), text)
}

/// Why a target cannot be followed whatever its format.
fn not_a_file(written: &str, args: &[String]) -> Option<(Weight, String)> {
    if written.starts_with("syslog:") {
        return Some((Weight::Problem, syslog::explained(written, "nginx.access-log")));
    }
    if written.starts_with("pipe:") {
        let text = "this log goes to a program, which hangup cannot read; add an access_log to a file beside it";
        return Some((Weight::Problem, text.to_owned()));
    }
    if written.contains('\u{fffd}') {
        let text = format!("{written}: the path is not UTF-8, which hangup does not follow; rename it");
        return Some((Weight::Problem, text));
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
