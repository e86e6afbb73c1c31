//! Why a log cannot be reported on, in words: its first line that does not fit, what was tried, and where it departs.
//! Does not know: how formats are chosen.

use std::fmt::{self, Display, Formatter};

use super::described::{DescribedLog, NamedFormat};
use super::trial::{Trial, begins_entry, fits};
use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::Envelope;

/// How many of the server's own formats are told with their departure.
const FORMATS_TOLD_MAX: usize = 5;
/// How much of a line is shown.
const LINE_CHARS_MAX: usize = 400;

/// A log none of whose lines can be read, or too few of them to be sure.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    what: String,
    line: String,
    /// What was tried and what else is worth knowing, one sentence each.
    reasons: Vec<String>,
    /// What to do.
    remedy: String,
}

impl std::error::Error for Refusal {}

impl Display for Refusal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}; the first line that does not fit:\n  {}", self.what, self.line)?;
        self.reasons.iter().try_for_each(|reason| write!(out, "\n- {reason}"))?;
        write!(out, "\n{}", self.remedy)
    }
}

impl Refusal {
    /// No access log's format fits these lines.
    pub(super) fn of_access(trial: &Trial<'_>, own: &[&DescribedLog]) -> Refusal {
        let tried = tried(trial);
        let best = tried.iter().map(|format| trial.count(&format.format)).max().unwrap_or(0);
        let strange = |line: &&&[u8]| tried.iter().all(|format| !fits(&format.format, line));
        let line = trial.lines.iter().find(strange).or(trial.lines.first()).copied().unwrap_or_default();
        let what = match (trial.given, best) {
            (Some(given), _) => format!("{} the format {}", none(trial), given.name),
            (None, 0) => format!("{} a format that hangup knows", none(trial)),
            (None, best) => format!("at most {best} of its first {} lines fit any one format", trial.lines.len()),
        };
        let mut reasons = if trial.given.is_none() { trial.against(own) } else { Vec::new() };
        reasons.extend(departures(trial, line));
        Refusal { what, line: shown(line), reasons, remedy: remedy(trial) }
    }

    /// A person called it an error log, and no line of it begins an entry.
    pub(super) fn of_error_log(lines: &[&[u8]]) -> Refusal {
        let read = |line: &&&[u8]| ErrorFormat::ALL.iter().any(|format| begins_entry(*format, line));
        let line = lines.iter().find(|line| !read(line)).copied().unwrap_or_default();
        let access = AccessFormat::known().find(|(_, format)| lines.iter().any(|line| fits(format, line)));
        let remedy = match access {
            Some((name, _)) => format!("it is an access log (preset {name}): name it without --error-log"),
            None => "an entry begins like this: 2026/11/21 14:17:26 [error] 7#7: *42 …".to_owned(),
        };
        let what = "no line of it begins an entry of an nginx error log".to_owned();
        Refusal { what, line: shown(line), reasons: Vec::new(), remedy }
    }
}

fn none(trial: &Trial<'_>) -> String {
    match trial.lines.len() {
        1 => "its only line does not fit".to_owned(),
        count => format!("none of its first {count} lines fits"),
    }
}

/// All formats that were tried, in the order in which they are told.
fn tried(trial: &Trial<'_>) -> Vec<NamedFormat> {
    let known =
        || AccessFormat::known().map(|(name, format)| NamedFormat { name: name.to_owned(), place: None, format });
    match trial.given {
        Some(given) => vec![given.clone()],
        None => trial.described.formats.iter().cloned().chain(known()).collect(),
    }
}

/// Where the line departs from what was tried: each format of the server's configuration, and the nearest of the others.
fn departures(trial: &Trial<'_>, line: &[u8]) -> Vec<String> {
    let inside = Envelope::innermost(line);
    let departs = |format: &AccessFormat| format.departure(&inside);
    let mut told = Vec::new();
    if let Some(given) = trial.given {
        told.push(format!("tried {}: {}", title(given), departs(&given.format).text));
        let counted = AccessFormat::known().map(|(name, format)| (trial.count(&format), name)).collect::<Vec<_>>();
        // Of equals the first, as everywhere where they are tried.
        let better = counted.into_iter().rev().max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 0);
        told.extend(
            better.map(|(count, name)| format!("the preset {name} fits {count} of {} lines", trial.lines.len())),
        );
        return told;
    }
    let own = &trial.described.formats;
    for format in own.iter().take(FORMATS_TOLD_MAX) {
        told.push(format!("tried {}: {}", title(format), departs(&format.format).text));
    }
    if own.len() > FORMATS_TOLD_MAX {
        told.push(format!("tried {} more log_formats of nginx.conf", own.len() - FORMATS_TOLD_MAX));
    }
    let known: Vec<_> = AccessFormat::known().map(|(name, format)| (departs(&format), name)).collect();
    let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
    let mut sentence = format!("tried the presets {}", names.join(", "));
    if let Some((departure, name)) = known.iter().rev().max_by_key(|(departure, _)| departure.fields) {
        sentence.push_str(&format!("; {name} comes nearest: {}", departure.text));
    }
    told.push(sentence);
    told
}

/// `log_format main (/etc/nginx/nginx.conf:12)`.
fn title(format: &NamedFormat) -> String {
    match &format.place {
        Some(place) => format!("format {} ({place})", format.name),
        None => format!("preset {}", format.name),
    }
}

fn remedy(trial: &Trial<'_>) -> String {
    let mut remedy =
        "name their format with --nginx.log-format (the log_format string from nginx.conf, or a preset)".to_owned();
    if !trial.described.is_read {
        remedy.push_str(", or that nginx.conf with --nginx.config");
    }
    remedy
}

/// A line that can be printed on one.
pub(super) fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let start: String = text.chars().take(LINE_CHARS_MAX).map(plain).collect();
    if text.chars().count() > LINE_CHARS_MAX { start + " …" } else { start }
}

/// Where one line departs from one format.
pub(super) fn departure(format: &AccessFormat, line: &[u8]) -> String {
    format.departure(&Envelope::innermost(line)).text
}
