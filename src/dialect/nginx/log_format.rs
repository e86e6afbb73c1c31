//! Compiles any `log_format` string into a plan that turns a line into a record in one walk.
//! Knows: variables, literals, escapes. Does not know: files, or which format belongs to which log.

use crate::dialect::Departure;
use crate::record::{Column, Record, Sight, Unparsed};

pub use escape::Escape;
pub use members::{Member, missing};
pub use refused::FormatError;

use blanks::Blanks;
use fields::Fields;
use labelled::{Labelled, Notation};
use presets::{PRESETS, Preset, Reading};
use quoted_format::QuotedFormat;

mod blanks;
mod combined;
mod departure;
mod detect;
mod escape;
mod field;
mod fields;
mod item;
mod labelled;
mod lists;
mod literal;
mod members;
mod presets;
mod quoted_format;
mod refused;
mod request;
mod span;
mod template;
mod unsettled;
mod upload;
mod variable;
mod walk;

/// A compiled `log_format`.
#[derive(Debug, Clone)]
pub struct LogFormat {
    preset: Option<&'static str>,
    source: String,
    escape: Escape,
    sight: Sight,
    plan: Plan,
}

#[derive(Debug, Clone)]
enum Plan {
    QuotedFormat(Box<QuotedFormat>),
    /// The same between blanks.
    Padded(Box<(Blanks, QuotedFormat)>),
    Labelled(Labelled),
    /// What is in front of the sixth quote by its quotes, the rest by its labels.
    Beginning(Box<(QuotedFormat, Labelled)>),
}

/// What S3–S6 of the signals are measured with.
const TIMES: [&str; 4] = ["request_time", "upstream_response_time", "upstream_connect_time", "upstream_header_time"];

impl LogFormat {
    pub fn compile(source: &str, escape: Escape) -> Result<LogFormat, FormatError> {
        if !item::variables(source).iter().any(|name| name == "status") {
            return Err(FormatError::NoStatus);
        }
        let (blanks, inside) = Blanks::around(source)?;
        let quoted_format = QuotedFormat::compile(inside, escape)?;
        let sight = quoted_format.sight();
        Ok(LogFormat {
            preset: None,
            source: source.to_owned(),
            escape,
            sight,
            plan: match blanks {
                Some(blanks) => Plan::Padded(Box::new((blanks, quoted_format))),
                None => Plan::QuotedFormat(Box::new(quoted_format)),
            },
        })
    }

    /// A format known by name (`combined`, `timed`, `kv`, `json`, …).
    pub fn preset(name: &str) -> Option<LogFormat> {
        let preset = PRESETS.iter().find(|preset| preset.name == name)?;
        Some(LogFormat::of(preset))
    }

    /// The one with everything that a verdict can use.
    pub fn recommended() -> LogFormat {
        LogFormat::of(&PRESETS[0])
    }

    /// The variable by which this format shows a column, without the `$`.
    pub fn variable(&self, column: Column) -> Option<String> {
        item::variables(&self.source).into_iter().find(|name| variable::lookup(name).0.sight().has(column))
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

    /// Reads one line (without its newline). Allocates nothing.
    pub fn parse<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Unparsed> {
        let mut record = Record::default();
        self.read(line, &mut record).map(|()| record)
    }

    /// The same without a copy: into a record, which has to be new for every line.
    #[inline]
    pub fn read<'a>(&self, line: &'a [u8], record: &mut Record<'a>) -> Result<(), Unparsed> {
        record.sight = self.sight;
        let mut fields = Fields::of(record);
        let read = match &self.plan {
            Plan::QuotedFormat(quoted_format) => quoted_format.read(line, &mut fields),
            Plan::Padded(both) => both.1.read(both.0.without(line), &mut fields),
            Plan::Labelled(labelled) => labelled.read(line, &mut fields),
            Plan::Beginning(both) => {
                let (quoted_format, labelled) = both.as_ref();
                quoted_format.read(line, &mut fields).and_then(|()| labelled.read(combined::behind(line)?, &mut fields))
            }
        };
        match read {
            Some(()) => fields.finish(),
            None => self.read_trimmed(line, record),
        }
    }

    /// A line that cannot be read as it is, without the blanks around it: some are lost, and some won, where a format is
    /// copied.
    #[cold]
    fn read_trimmed<'a>(&self, line: &'a [u8], record: &mut Record<'a>) -> Result<(), Unparsed> {
        let trimmed = line.trim_ascii();
        if trimmed.len() == line.len() {
            return Err(Unparsed::Shape);
        }
        *record = Record::default();
        self.read(trimmed, record)
    }

    /// Where a line that cannot be read departs from the format.
    pub fn departure(&self, line: &[u8]) -> Departure {
        let unsure = |text: &str| Departure { fields: 0, text: text.to_owned() };
        match &self.plan {
            Plan::Labelled(labelled) => unsure(labelled.departure(line)),
            _ => departure::of(&self.source, self.escape, line).unwrap_or_else(|| unsure("it cannot be split so")),
        }
    }

    /// What every line shows. One that names its own values may show more: only its record tells.
    pub fn sight(&self) -> Sight {
        self.sight
    }

    /// Whether each line names its own values (JSON, LTSV, `rt=0.1`), at least behind its beginning.
    pub fn names_its_values(&self) -> bool {
        matches!(self.plan, Plan::Labelled(_) | Plan::Beginning(_))
    }

    /// The `$variables` that S3–S6 need and this format lacks, without the `$`. Nothing for a preset read by its
    /// labels: only the lines know.
    pub fn missing(&self) -> Vec<&'static str> {
        TIMES.into_iter().filter(|name| !self.has(name)).collect()
    }

    /// Whether the format logs the variable (name without `$`).
    pub fn has(&self, variable: &str) -> bool {
        item::variables(&self.source).iter().any(|name| name == variable)
    }

    /// Variables with text that a client chose: those in which it may write a line break, and the others.
    pub fn text_of_clients(&self) -> (Vec<String>, Vec<String>) {
        let variables = item::variables(&self.source).into_iter();
        variables.filter(|name| variable::is_text_of_client(name)).partition(|name| variable::may_break_lines(name))
    }

    /// Whether both read every line alike.
    pub fn is_same(&self, other: &LogFormat) -> bool {
        let text = |format: &LogFormat| (format.names_its_values().then_some(format.preset), format.escape);
        text(self) == text(other) && self.source == other.source
    }

    /// The name it is known by, if it is a preset.
    pub fn name(&self) -> Option<&'static str> {
        self.preset
    }

    /// What stands before, between and behind the variables of the format string.
    pub fn texts(&self) -> Vec<&str> {
        let (head, items) = item::split(&self.source);
        std::iter::once(head).chain(items.into_iter().map(|item| item.literal)).collect()
    }

    /// The format string; for presets read by their labels, what such a one looks like.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn escape(&self) -> Escape {
        self.escape
    }

    fn of(preset: &Preset) -> LogFormat {
        let quoted_format =
            |escape| QuotedFormat::compile(preset.source, escape).expect("a test compiles every preset");
        let (escape, sight, plan) = match preset.reading {
            Reading::Exact(escape) => {
                let quoted_format = quoted_format(escape);
                (escape, quoted_format.sight(), Plan::QuotedFormat(Box::new(quoted_format)))
            }
            Reading::Labels(notation) => {
                let escape = if notation == Notation::Json { Escape::Json } else { Escape::Default };
                (escape, Sight::NOTHING, Plan::Labelled(Labelled::new(notation)))
            }
            Reading::Beginning => {
                let both = (quoted_format(Escape::Default), Labelled::new(Notation::Pairs));
                (Escape::Default, both.0.sight(), Plan::Beginning(Box::new(both)))
            }
        };
        LogFormat { preset: Some(preset.name), source: preset.source.to_owned(), escape, sight, plan }
    }
}

#[cfg(test)]
mod tests;
