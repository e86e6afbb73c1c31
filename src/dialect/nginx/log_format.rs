//! Compiles any `log_format` string into a plan that turns a line into a [`Record`] in one walk.
//! Knows: variables, literals, escapes. Does not know: files, or which format belongs to which log.

use super::access::Record;
pub use fields::Fields;

use frame::Frame;
use labelled::{Labelled, Notation};
use presets::{PRESETS, Preset, Reading};

mod combined;
mod fields;
mod frame;
mod labelled;
mod literal;
mod presets;
mod request;
mod span;
mod template;
mod variable;
mod walk;

/// `escape=` of a `log_format`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    #[default]
    Default,
    Json,
    None,
}

/// A compiled `log_format`.
#[derive(Debug, Clone)]
pub struct LogFormat {
    preset: Option<&'static str>,
    source: String,
    escape: Escape,
    plan: Plan,
}

#[derive(Debug, Clone)]
enum Plan {
    Frame(Box<Frame>),
    Labelled(Labelled),
    /// What is in front of the sixth quote by the frame, the rest by its labels.
    Beginning(Box<(Frame, Labelled)>),
}

/// Why a format string cannot be used, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("the log format has no $status, so nothing can be said about who gave up; add $status to it")]
    NoStatus,
    #[error("two variables stand side by side (${0}${1}): a line cannot be split there; put a blank between them")]
    Adjacent(String, String),
}

/// Why a line did not yield a record. A closed set: it is a label value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unparsed {
    /// A literal of the format is not in the line.
    Shape,
    /// The status is no status: not one to three digits, or not there.
    Status,
}

/// What S3–S6 of the signals are measured with.
const TIMES: [&str; 4] = ["request_time", "upstream_response_time", "upstream_connect_time", "upstream_header_time"];

impl LogFormat {
    pub fn compile(source: &str, escape: Escape) -> Result<LogFormat, FormatError> {
        if !template::variables(source).iter().any(|name| name == "status") {
            return Err(FormatError::NoStatus);
        }
        let plan = Plan::Frame(Box::new(Frame::compile(source, escape)?));
        Ok(LogFormat { preset: None, source: source.to_owned(), escape, plan })
    }

    /// A format known by name (`combined`, `timed`, `kv`, `json`, …).
    pub fn preset(name: &str) -> Option<LogFormat> {
        let preset = PRESETS.iter().find(|preset| preset.name == name)?;
        Some(LogFormat::of(preset))
    }

    /// The names [`LogFormat::preset`] knows, in the order in which [`LogFormat::detect`] tries them.
    pub const PRESETS: &'static [&'static str] = &{
        let mut names = [""; PRESETS.len()];
        let mut index = 0;
        while index < names.len() {
            names[index] = PRESETS[index].name;
            index += 1;
        }
        names
    };

    /// The preset that parses most of these lines, the first one of several, and at least half of them.
    /// `extended` is taken only where no other fits, since it can only guess at what stands behind the usual beginning.
    pub fn detect(lines: &[&[u8]]) -> Option<LogFormat> {
        let enough = lines.len().div_ceil(2).max(1);
        let parsed = |format: &LogFormat| lines.iter().filter(|line| format.parse(line).is_ok()).count();
        let fitting = |preset| Some(LogFormat::of(preset)).map(|it| (parsed(&it), it)).filter(|it| it.0 >= enough);
        let (extended, others) = PRESETS.split_last()?;
        // `max_by_key` would take the last of several.
        let best = others.iter().rev().filter_map(fitting).max_by_key(|(count, _)| *count);
        best.or_else(|| fitting(extended)).map(|(_, format)| format)
    }

    /// Reads one line (without its newline). Allocates nothing.
    pub fn parse<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Unparsed> {
        self.read(line, &mut Fields::default()).copied()
    }

    /// The same without a copy of the record, which is made in `fields`; they have to be new for every line.
    #[inline]
    pub fn read<'a, 'f>(&self, line: &'a [u8], fields: &'f mut Fields<'a>) -> Result<&'f Record<'a>, Unparsed> {
        let read = match &self.plan {
            Plan::Frame(frame) => frame.read(line, fields),
            Plan::Labelled(labelled) => labelled.read(line, fields),
            Plan::Beginning(both) => {
                let (frame, labelled) = both.as_ref();
                frame.read(line, fields).and_then(|()| labelled.read(combined::behind(line)?, fields))
            }
        };
        read.ok_or(Unparsed::Shape)?;
        fields.record()
    }

    /// The `$variables` that S3–S6 need and this format lacks, without the `$`. Nothing for a preset read by its
    /// labels: only the lines know.
    pub fn missing(&self) -> Vec<&'static str> {
        TIMES.into_iter().filter(|name| !self.has(name)).collect()
    }

    /// Whether the format logs the variable (name without `$`).
    pub fn has(&self, variable: &str) -> bool {
        template::variables(&self.source).iter().any(|name| name == variable)
    }

    /// The name it is known by, if it is a preset.
    pub fn name(&self) -> Option<&'static str> {
        self.preset
    }

    /// The format string; for presets read by their labels, what such a one looks like.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn escape(&self) -> Escape {
        self.escape
    }

    fn of(preset: &Preset) -> LogFormat {
        let (escape, plan) = match preset.reading {
            Reading::Exact(escape) => {
                let frame = Frame::compile(preset.source, escape).expect("a test compiles every preset");
                (escape, Plan::Frame(Box::new(frame)))
            }
            Reading::Labels(notation) => {
                let escape = if notation == Notation::Json { Escape::Json } else { Escape::Default };
                (escape, Plan::Labelled(Labelled::new(notation)))
            }
            Reading::Beginning => {
                let frame = Frame::compile(preset.source, Escape::Default).expect("a test compiles every preset");
                (Escape::Default, Plan::Beginning(Box::new((frame, Labelled::new(Notation::Pairs)))))
            }
        };
        LogFormat { preset: Some(preset.name), source: preset.source.to_owned(), escape, plan }
    }
}

#[cfg(test)]
mod tests;
