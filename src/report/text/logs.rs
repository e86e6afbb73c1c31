//! What was read, for a person: how each log was read, the first line that did not fit, and what it cannot show.
//! Knows: wording. Does not know: how a format is chosen.

use std::fmt::{self, Formatter};

use super::super::logs::{Lines, LogRow};
use crate::record::Signal;
use crate::terminal::wrapped;

/// Each log once, those that were read alike together.
pub(super) fn write(logs: &[LogRow], width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    writeln!(out, "\nLogs")?;
    for alike in logs.chunk_by(|one, other| told(one) == told(other) && told(one).len() == 1) {
        let more = alike.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let name = if alike[0].path == "-" { "standard input" } else { &alike[0].path };
        let sentences = told(&alike[0]);
        indented(&format!("{name}{more}: {}", sentences[0].text), 2, width, out)?;
        for sentence in &sentences[1..] {
            indented(&sentence.text, 4, width, out)?;
            sentence.line.iter().try_for_each(|line| writeln!(out, "      {line}"))?;
        }
    }
    not_visible(logs, width, out)
}

/// A sentence, and a line that it speaks of.
#[derive(PartialEq, Eq)]
struct Sentence {
    text: String,
    line: Option<String>,
}

/// How the log was read comes first, and always.
fn told(log: &LogRow) -> Vec<Sentence> {
    let plain = |text: String| Sentence { text, line: None };
    let mut told = vec![plain(how(log))];
    told.extend(log.notes.iter().map(|note| plain(note.clone())));
    told.extend(unfit(log));
    if log.lines.too_long > 0 {
        told.push(plain(format!(
            "{} lines were too long (--log.line-bytes-max) and are in no count",
            log.lines.too_long
        )));
    }
    told
}

fn how(log: &LogRow) -> String {
    let format = log.format.as_deref().unwrap_or_default();
    let place = log.format_place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    match (log.kind, log.chosen_by) {
        ("error", _) => "an error log".to_owned(),
        ("empty", _) => "empty".to_owned(),
        (_, Some("flag")) => format!("format {format}{place}"),
        (_, Some("nginx_conf")) => format!("log_format {format}{place}, in which nginx writes it"),
        (_, Some("nginx_conf_formats")) => format!("log_format {format}{place}, which fits its lines"),
        _ => format!("preset {format}, which fits its lines"),
    }
}

fn unfit(log: &LogRow) -> Option<Sentence> {
    let unfit = log.unfit.as_ref()?;
    let Lines { unparsed, skipped, .. } = log.lines;
    let (all, number) = (log.lines.total(), unfit.line);
    let text = match &unfit.departs {
        Some(departs) => format!("{unparsed} of {all} lines do not fit; the first is line {number}: {departs}"),
        // Entries go on over several lines, so some are to be expected.
        None if skipped * 2 <= all => return None,
        None => format!("{skipped} of {all} lines begin no entry; the first is line {number}"),
    };
    Some(Sentence { text, line: Some(unfit.text.clone()) })
}

/// What no access log here shows, and what would show it.
fn not_visible(logs: &[LogRow], width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    let access: Vec<&LogRow> = logs.iter().filter(|log| log.kind == "access").collect();
    let Some(first) = access.first() else { return Ok(()) };
    let by_all = |signal: &Signal| access.iter().all(|log| log.not_visible.contains(&signal.as_str()));
    // Which server it was is mostly told by the log's place.
    let missed = first.blind.iter().filter(|(signal, _)| *signal != Signal::Server && by_all(signal));
    let missed: Vec<String> = missed
        .map(|(signal, shown_by)| match shown_by {
            Some(variable) => format!("{} ({variable})", signal.question()),
            None => signal.question().to_owned(),
        })
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    indented(&format!("not visible, as it is not logged: {}", missed.join(", ")), 2, width, out)
}

fn indented(text: &str, indent: usize, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    wrapped(text, width - indent - 2).iter().enumerate().try_for_each(|(nth, line)| {
        let indent = if nth == 0 { indent } else { indent + 2 };
        writeln!(out, "{:indent$}{line}", "")
    })
}
