//! What nginx's logs leave out (S25), with the lines to write instead.
//! Knows: that a second log beside the first would count each request twice. Does not know: how a format is completed.

use std::collections::BTreeMap;

use super::{formats, notation};
use crate::config::{
    AccessLine, Config, Finding, LogKind, LogSpec, Origin, Place, Weight, discover::formats::COMBINED,
};
use crate::dialect::nginx::log_format::{Escape, LogFormat, missing};
use crate::record::Level;

/// A format for logs whose own is built into nginx, where that name is free.
const NEW: &str = "hangup";
/// How many lines that are alike are told one by one.
const LINES_MAX: usize = 5;
/// How many logs that are alike are named.
const NAMED_MAX: usize = 3;

/// A followed access log.
struct AccessLog<'c> {
    shown: &'c str,
    format: &'c LogFormat,
    name: &'c str,
    /// `None`: the format is built in, or somebody gave it to hangup.
    place: Option<&'c Place>,
    lines: &'c [AccessLine],
    origin: &'c Origin,
}

impl<'c> AccessLog<'c> {
    fn of(log: &'c LogSpec) -> Option<AccessLog<'c>> {
        let LogKind::Access { format, format_name: name, format_place, lines, .. } = &log.kind else { return None };
        Some(AccessLog { shown: &log.shown, format, name, place: format_place.as_ref(), lines, origin: &log.origin })
    }
}

/// Each format that leaves questions open once, in the order of the logs. One whose lines name their own values may hold
/// anything.
pub(super) fn log_formats(config: &Config) -> Vec<Finding> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_format: BTreeMap<&str, Vec<AccessLog<'_>>> = BTreeMap::new();
    for log in config.logs.iter().filter_map(AccessLog::of).filter(|log| !log.format.names_its_values()) {
        let alike = by_format.entry(log.format.source()).or_default();
        if alike.is_empty() {
            order.push(log.format.source());
        }
        alike.push(log);
    }
    let told = order.into_iter().filter_map(|source| lacking(config, &by_format[source]));
    told.chain(none_followed(config)).collect()
}

fn none_followed(config: &Config) -> Option<Finding> {
    let none = config.nginx.serves_http && config.logs.iter().all(|log| matches!(log.kind, LogKind::Error { .. }));
    let text = "no access log can be followed, so no request is counted; write `access_log /var/log/nginx/access.log;` \
                or name one with --nginx.access-log";
    none.then(|| Finding::new(Weight::Problem, None, text))
}

/// What a format lacks, and what to write.
fn lacking(config: &Config, logs: &[AccessLog<'_>]) -> Option<Finding> {
    let log = logs.first()?;
    let missing: Vec<_> = missing(log.format.sight()).collect();
    let variables: Vec<String> = missing.iter().map(|member| format!("${}", member.variable)).collect();
    let what = format!(
        "the log format {} lacks {}, so it cannot show {}",
        log.name,
        variables.join(" "),
        missing.first()?.signal.question()
    );
    let own = log.place.and_then(|place| Some((place, notation::completed(log.format)?)));
    let (origin, text) = match own {
        Some((place, source)) => {
            let line = formats::log_format(log.name, &source, log.format.escape());
            (Origin::NginxConf(place.clone()), format!("{what}; replace it by:\n{line}"))
        }
        None => (log.origin.clone(), format!("{what}; {}", another(config, logs))),
    };
    Some(Finding::new(Weight::Advice, Some(origin), text))
}

/// Another format, in place of one that cannot be changed.
fn another(config: &Config, logs: &[AccessLog<'_>]) -> String {
    let usable: Vec<_> = config.described.formats.usable().collect();
    let whole = usable.iter().find(|it| !it.format.names_its_values() && missing(it.format.sight()).next().is_none());
    if let Some(known) = whole {
        let place = known.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        return format!("log_format {}{place} has all of it: {}", known.name, in_place(logs, &known.name));
    }
    let taken = |name: &str| {
        usable.iter().any(|it| it.name == name) || config.described.formats.refused().any(|(it, _)| it == name)
    };
    let numbered = (2..).map(|n| format!("{NEW}_{n}"));
    let name = std::iter::once(NEW.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default();
    let (source, escape) = completed(logs);
    let definition = formats::log_format(&name, &source, escape);
    format!("define this in http, above its use: {}", in_place(logs, &name)).replacen(
        '\n',
        &format!("\n{definition}\n"),
        1,
    )
}

/// What a given format becomes; `combined` and what has no room become the product's own.
fn completed(logs: &[AccessLog<'_>]) -> (String, Escape) {
    let given = logs.first().map(|log| log.format).filter(|format| format.source() != COMBINED);
    let own = || (LogFormat::recommended().source().to_owned(), Escape::Default);
    given.and_then(|format| Some((notation::completed(format)?, format.escape()))).unwrap_or_else(own)
}

/// The `access_log` lines with that format, each with the one it replaces.
fn in_place(logs: &[AccessLog<'_>], format: &str) -> String {
    let written: Vec<&AccessLine> = logs.iter().flat_map(|log| log.lines).collect();
    let lines = written.iter().map(|line| format!("{}  # replaces {}", formats::access_log(line, format), line.place));
    // A pattern is no path to write.
    let bare = logs.iter().filter(|log| log.lines.is_empty() && !log.shown.contains(['*', '?']));
    let bare = bare.map(|log| format!("access_log {} {};", formats::word(log.shown), formats::word(format)));
    let all: Vec<String> = lines.chain(bare).collect();
    let what = match (written.len(), all.len()) {
        (_, 0) => "name it in place of the format that their access_log has now, rather than in a second one:",
        (0, _) => {
            "write this in place of any access_log that there is for it, since a second one would count each request twice:"
        }
        (1, _) => "replace the access_log, since a second one would count each request twice:",
        _ => "replace these access_log lines, since second ones would count each request twice:",
    };
    let more = all.len().saturating_sub(LINES_MAX);
    let more = if more > 0 { format!("\n# and {more} more access_log lines") } else { String::new() };
    format!("{what}\n{}{more}", all[..all.len().min(LINES_MAX)].join("\n"))
}

/// What the error logs leave out, those of one level together. Most that concerns clients is at level info.
pub(super) fn error_logs(config: &Config) -> Vec<Finding> {
    let logs = config.logs.iter().filter_map(|log| match log.kind {
        LogKind::Error { level } => Some((log, level)),
        LogKind::Access { .. } => None,
    });
    let mut by_level: BTreeMap<Level, Vec<&LogSpec>> = BTreeMap::new();
    let mut found = false;
    for (log, level) in logs {
        found = true;
        if let Some(level) = level.filter(|level| *level > Level::Info) {
            by_level.entry(level).or_default().push(log);
        }
    }
    if config.nginx.read && !found {
        let text = "no error log can be followed, so upstream timeouts have no phase; \
                    write `error_log /var/log/nginx/error.log info;`";
        return vec![Finding::new(Weight::Advice, None, text)];
    }
    by_level.into_iter().filter_map(|(level, logs)| quiet(level, &logs)).collect()
}

fn quiet(level: Level, logs: &[&LogSpec]) -> Option<Finding> {
    let first = logs.first()?;
    let lost = if level > Level::Error {
        "upstream timeouts and failures, and clients that leave, are"
    } else {
        "clients that leave or are too slow are"
    };
    let named: Vec<&str> = logs.iter().take(NAMED_MAX).map(|log| log.shown.as_str()).collect();
    let more = logs.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let is_written = first.origin != Origin::Default;
    let place = match logs.len() {
        1 if is_written => " in place of it",
        1 => "",
        _ => ", and likewise for the others, in place of the lines they have",
    };
    let text = format!(
        "at level {} {lost} not in {}{more}; write `error_log {} info;`{place} to see why and in which phase",
        level.as_str(),
        named.join(", "),
        formats::word(&first.shown)
    );
    Some(Finding::new(Weight::Advice, Some(first.origin.clone()), text))
}
