//! What a finished log is, by what is known of it beforehand and by its first lines.
//! Knows: in which order formats are tried. Does not know: how a file is read, what is counted.
//!
//! What a person named stands above all. Then comes the format that the server's configuration writes this very file in,
//! then its other formats, then those that hangup knows; of several the one that fits most lines. A guess has to fit half
//! of them, what somebody named only one: the rest is told.

use std::borrow::Cow;
use std::path::Path;

use super::described::{DescribedLog, NamedFormat};
use super::refusal::Refusal;
use super::trial::{Trial, begins_entry};
use crate::dialect::{AccessFormat, ErrorFormat, odd_lines};
use crate::envelope::Envelope;

/// What a log is read as.
#[derive(Debug, Clone)]
pub enum Choice {
    /// There is no line in it.
    Empty,
    Access(Access),
    Error(ErrorFormat),
}

/// A log of requests.
#[derive(Debug, Clone)]
pub struct Access {
    pub format: NamedFormat,
    pub by: ChosenBy,
    /// The label for lines that name no server.
    pub server: String,
    /// What stood against another choice.
    pub notes: Vec<String>,
}

/// Who chose a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenBy {
    /// A person, for all logs.
    Person,
    /// The server's configuration names this file.
    Configuration,
    /// The lines, of the formats in the server's configuration.
    ConfiguredFormats,
    /// The lines, of the formats known by name.
    KnownFormats,
}

/// The label of requests of which it is not known who served them.
pub(super) const NO_SERVER: &str = "all";

/// `path`: where the log is, if it is a file.
pub(super) fn choose(trial: &Trial<'_>, path: Option<&Path>) -> Result<Choice, Refusal> {
    if trial.lines.is_empty() {
        return Ok(Choice::Empty);
    }
    // The output of a container holds entries of the error log between the requests.
    let requests: Vec<&[u8]> = trial.lines.iter().copied().filter(|line| !is_entry(line)).collect();
    let entries = trial.lines.len() - requests.len();
    let of_requests = Trial { lines: &requests, ..*trial };
    if entries * 2 > trial.lines.len() && !of_requests.is_of_requests() {
        return Ok(Choice::Error(ErrorFormat::ALL[0]));
    }
    choose_access(&of_requests, path, entries)
}

fn is_entry(line: &[u8]) -> bool {
    ErrorFormat::ALL.into_iter().any(|format| begins_entry(format, line))
}

fn choose_access(trial: &Trial<'_>, path: Option<&Path>, entries: usize) -> Result<Choice, Refusal> {
    let opened: Vec<Vec<Cow<'_, [u8]>>> = Envelope::opened(trial.lines).collect();
    let own = path.map(|path| trial.described.logs_of(path)).unwrap_or_default();
    let access = match trial.given {
        Some(named) => given(trial, named, &own),
        None => found(trial, &own, &opened),
    };
    if let Some(mut access) = access {
        if entries > 0 {
            access.notes.push("entries of an error log stand between its requests, and are read as such".to_owned());
        }
        return Ok(Choice::Access(access));
    }
    // An entry has a shape that nothing else has, and may be followed by a hundred lines of a stack trace.
    if entries > 0 && trial.given.is_none() {
        return Ok(Choice::Error(ErrorFormat::ALL[0]));
    }
    Err(Refusal::of_access(trial, &own))
}

fn given(trial: &Trial<'_>, given: &NamedFormat, own: &[&DescribedLog]) -> Option<Access> {
    let access = || Access { format: given.clone(), by: ChosenBy::Person, server: server(own), notes: Vec::new() };
    (trial.count(&given.format) > 0).then(access)
}

fn found(trial: &Trial<'_>, own: &[&DescribedLog], opened: &[Vec<Cow<'_, [u8]>>]) -> Option<Access> {
    let written = written(trial, own);
    let most = |count: usize| count * 2 >= trial.lines.len();
    match written {
        Some((count, access)) if most(count) => Some(access),
        written => guessed(trial, own, opened).or(written.map(|(_, access)| access)),
    }
}

/// The format in which the configuration writes this file, and how many lines it fits.
fn written(trial: &Trial<'_>, own: &[&DescribedLog]) -> Option<(usize, Access)> {
    let usable = own.iter().filter_map(|log| Some((*log, trial.described.format(&log.format)?)));
    let counted = usable.rev().map(|(log, format)| (trial.count(&format.format), log, format));
    // Of equals the first.
    let (count, log, format) = counted.max_by_key(|(count, ..)| *count).filter(|(count, ..)| *count > 0)?;
    let (format, server) = (format.clone(), log.server.clone());
    Some((count, Access { format, by: ChosenBy::Configuration, server, notes: Vec::new() }))
}

fn guessed(trial: &Trial<'_>, own: &[&DescribedLog], opened: &[Vec<Cow<'_, [u8]>>]) -> Option<Access> {
    let (server, mut notes) = (server(own), trial.against(own));
    let counted = trial.described.formats.iter().map(|format| (trial.count(&format.format), format));
    let enough: Vec<_> = counted.filter(|(count, _)| *count * 2 >= trial.lines.len()).collect();
    let most = enough.iter().map(|(count, _)| *count).max().unwrap_or(0);
    let near = enough.into_iter().filter(|(count, _)| count + odd_lines(trial.lines.len()) >= most);
    // A format that fits by chance shows less than the one that was meant.
    let best = near.max_by_key(|(count, format)| (format.format.sight().columns().count(), *count));
    if let Some((_, format)) = best {
        return Some(Access { format: format.clone(), by: ChosenBy::ConfiguredFormats, server, notes });
    }
    let detect =
        |lines: &Vec<Cow<'_, [u8]>>| AccessFormat::detect(&lines.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    let format = opened.iter().find_map(detect)?;
    if !trial.described.formats.is_empty() && own.is_empty() {
        notes.push("no log_format of nginx.conf fits it".to_owned());
    }
    let name = format.name().to_owned();
    let format = NamedFormat { name, place: None, format };
    Some(Access { format, by: ChosenBy::KnownFormats, server, notes })
}

/// The one server of these logs.
fn server(own: &[&DescribedLog]) -> String {
    match own {
        [first, rest @ ..] if rest.iter().all(|log| log.server == first.server) => first.server.clone(),
        _ => NO_SERVER.to_owned(),
    }
}
