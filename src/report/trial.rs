//! The first lines of a log, and all that they can be tried with. Does not know: which of it is chosen.

use super::described::{Described, DescribedLog, NamedFormat};
use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::Envelope;

/// One log's.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    /// What a person named for all access logs.
    pub given: Option<&'a NamedFormat>,
    pub described: &'a Described,
    pub lines: &'a [&'a [u8]],
}

impl Trial<'_> {
    /// Why what the configuration says of this file is not what it is read as.
    pub(super) fn against(&self, own: &[&DescribedLog]) -> Vec<String> {
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

    /// Most of the lines are requests in a format that is known, be it by name or by the configuration.
    pub(super) fn is_of_requests(&self) -> bool {
        let given = self.given.map(|given| &given.format);
        let described = self.described.formats.iter().map(|format| &format.format);
        let known = AccessFormat::known().map(|(_, format)| format).collect::<Vec<_>>();
        let mut formats = given.into_iter().chain(described).chain(&known);
        !self.lines.is_empty() && formats.any(|format| self.count(format) * 2 >= self.lines.len())
    }

    pub(super) fn count(&self, format: &AccessFormat) -> usize {
        self.lines.iter().filter(|line| fits(format, line)).count()
    }
}

pub(super) fn fits(format: &AccessFormat, line: &[u8]) -> bool {
    Envelope::of(line, |line| format.fits(line)).is_some()
}

pub(super) fn begins_entry(format: ErrorFormat, line: &[u8]) -> bool {
    Envelope::of(line, |line| format.begins_entry(line)).is_some()
}
