//! What a finished log is, by what is known of it beforehand and by its first lines.
//! Knows: in which order formats are tried. Does not know: how a file is read, what is counted.
//!
//! What a person named stands above all. Then comes the format that the server's configuration writes this very file in,
//! then its other formats, then those that hangup knows; of several the one that fits most lines. A guess has to fit half
//! of them, what somebody named only one: the rest is told.

use std::path::Path;

use super::described::{Described, DescribedLog, NamedFormat};
use super::refusal::Refusal;
use crate::dialect::{AccessFormat, ErrorFormat};
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
pub const NO_SERVER: &str = "all";

/// Chooses for one log.
pub struct Chooser<'a> {
    /// What a person named for all access logs.
    pub given: Option<&'a NamedFormat>,
    pub described: &'a Described,
    pub lines: &'a [&'a [u8]],
}

impl Chooser<'_> {
    /// `path`: where the log is, if it is a file.
    pub fn choose(&self, path: Option<&Path>) -> Result<Choice, Refusal> {
        let opened: Vec<Vec<&[u8]>> = Envelope::opened(self.lines).collect();
        if self.lines.is_empty() {
            return Ok(Choice::Empty);
        }
        if let Some(format) = opened.iter().find_map(|lines| ErrorFormat::detect(lines)) {
            return Ok(Choice::Error(format));
        }
        let own = path.map(|path| self.described.logs_of(path)).unwrap_or_default();
        let access = match self.given {
            Some(given) => self.given(given, &own),
            None => self.found(&own, &opened),
        };
        if let Some(access) = access {
            return Ok(Choice::Access(access));
        }
        // An entry has a shape that nothing else has, and may be followed by a hundred lines of a stack trace.
        match ErrorFormat::ALL.into_iter().find(|format| self.lines.iter().any(|line| begins_entry(*format, line))) {
            Some(format) if self.given.is_none() => Ok(Choice::Error(format)),
            _ => Err(Refusal::of_access(self, &own)),
        }
    }

    fn given(&self, given: &NamedFormat, own: &[&DescribedLog]) -> Option<Access> {
        let access = || Access { format: given.clone(), by: ChosenBy::Person, server: server(own), notes: Vec::new() };
        (self.count(&given.format) > 0).then(access)
    }

    fn found(&self, own: &[&DescribedLog], opened: &[Vec<&[u8]>]) -> Option<Access> {
        let written = self.written(own);
        let most = |count: usize| count * 2 >= self.lines.len();
        match written {
            Some((count, access)) if most(count) => Some(access),
            written => self.guessed(own, opened).or(written.map(|(_, access)| access)),
        }
    }

    /// The format in which the configuration writes this file, and how many lines it fits.
    fn written(&self, own: &[&DescribedLog]) -> Option<(usize, Access)> {
        let usable = own.iter().filter_map(|log| Some((*log, self.described.format(&log.format)?)));
        let counted = usable.rev().map(|(log, format)| (self.count(&format.format), log, format));
        // Of equals the first.
        let (count, log, format) = counted.max_by_key(|(count, ..)| *count).filter(|(count, ..)| *count > 0)?;
        let (format, server) = (format.clone(), log.server.clone());
        Some((count, Access { format, by: ChosenBy::Configuration, server, notes: Vec::new() }))
    }

    fn guessed(&self, own: &[&DescribedLog], opened: &[Vec<&[u8]>]) -> Option<Access> {
        let (server, mut notes) = (server(own), self.against(own));
        let counted = self.described.formats.iter().map(|format| (self.count(&format.format), format));
        let enough = counted.filter(|(count, _)| *count * 2 >= self.lines.len());
        // A format that fits by chance shows less than the one that was meant.
        let best = enough.max_by_key(|(count, format)| (*count, format.format.sight().columns().count()));
        if let Some((_, format)) = best {
            return Some(Access { format: format.clone(), by: ChosenBy::ConfiguredFormats, server, notes });
        }
        let format = opened.iter().find_map(|lines| AccessFormat::detect(lines))?;
        if !self.described.formats.is_empty() && own.is_empty() {
            notes.push("no log_format of nginx.conf fits it".to_owned());
        }
        let name = format.name().unwrap_or_default().to_owned();
        let format = NamedFormat { name, place: None, format };
        Some(Access { format, by: ChosenBy::KnownFormats, server, notes })
    }

    /// Why what the configuration says of this file is not what it is read as.
    pub fn against(&self, own: &[&DescribedLog]) -> Vec<String> {
        let note = |log: &&DescribedLog| {
            let (name, described) = (&log.format, self.described);
            if let Some(refused) = described.refused(name) {
                return format!(
                    "nginx.conf writes it in log_format {name} ({}), which cannot be used: {}",
                    refused.place, refused.why
                );
            }
            let known = described.format(name);
            let place = known.and_then(|format| format.place.as_ref()).map(|place| format!(" ({place})"));
            let count = known.map_or(0, |format| self.count(&format.format));
            let (place, all) = (place.unwrap_or_default(), self.lines.len());
            format!("nginx.conf writes it in log_format {name}{place}, which fits {count} of its first {all} lines")
        };
        own.iter().map(note).collect()
    }

    pub fn count(&self, format: &AccessFormat) -> usize {
        self.lines.iter().filter(|line| fits(format, line)).count()
    }
}

pub fn fits(format: &AccessFormat, line: &[u8]) -> bool {
    Envelope::of(line, |line| format.fits(line)).is_some()
}

pub fn begins_entry(format: ErrorFormat, line: &[u8]) -> bool {
    Envelope::of(line, |line| format.begins_entry(line)).is_some()
}

/// The one server of these logs.
fn server(own: &[&DescribedLog]) -> String {
    match own {
        [first, rest @ ..] if rest.iter().all(|log| log.server == first.server) => first.server.clone(),
        _ => NO_SERVER.to_owned(),
    }
}
