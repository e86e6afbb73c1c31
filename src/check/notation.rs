//! How a format writes its values, and the same format with those it lacks, written in the same way.
//! Does not know: how nginx.conf quotes, which log has which format.

mod members;
mod separated;

#[cfg(test)]
mod tests;

use crate::dialect::nginx::log_format::LogFormat;
use members::{Member, lacking};
use separated::{OPENING, Separated};

/// The format string with all that it lacks of the product's own format. `None`: its notation leaves no room for it.
pub(super) fn completed(format: &LogFormat) -> Option<String> {
    let members = lacking(format.sight());
    let ways = [Notation::of(format), Notation::Separated(Separated::NAMED)];
    let mut sources = ways.iter().map(|notation| notation.with(format, &members));
    sources.find(|source| LogFormat::compile(source, format.escape()).is_ok_and(|it| lacking(it.sight()).is_empty()))
}

/// How a format writes its values.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Notation<'f> {
    /// An object, to the end of the line.
    Json,
    /// Values with something between them.
    Separated(Separated<'f>),
}

impl<'f> Notation<'f> {
    fn of(format: &'f LogFormat) -> Notation<'f> {
        let is_object = format.source().trim_end().ends_with('}');
        if is_object && format.texts().iter().any(|text| text.trim_end_matches(OPENING).trim_end().ends_with("\":")) {
            return Notation::Json;
        }
        Notation::Separated(Separated::of(format))
    }

    fn with(&self, format: &LogFormat, members: &[&Member]) -> String {
        match self {
            Notation::Json => json(format.source(), members),
            Notation::Separated(separated) => separated.with(format, members),
        }
    }
}

/// As members of the outermost object, with the blanks that the others have.
fn json(source: &str, members: &[&Member]) -> String {
    let (inside, end) = source.split_at(source.rfind('}').unwrap_or(source.len()));
    let kept = inside.trim_end();
    let comma = if source.contains(", \"") { ", " } else { "," };
    let colon = if source.contains("\": ") { ": " } else { ":" };
    let pair = |member: &&Member| {
        let taken = source.contains(&format!("\"{}\"", member.variable));
        let prefix = if taken { "nginx_" } else { "" };
        format!("{comma}\"{prefix}{}\"{colon}\"${}\"", member.variable, member.variable)
    };
    let pairs: String = members.iter().map(pair).collect();
    format!("{}{pairs}{}{end}", kept.trim_end_matches(','), &inside[kept.len()..])
}
