//! Compiles any `log_format` string into a plan that turns a line into a [`Record`] in one walk.
//! Knows: variables, literals, escapes. Does not know: files, or which format belongs to which log.

use super::access::Record;
use labelled::Labelled;
use presets::{PRESETS, Preset, Reading};
use template::Template;

mod fields;
mod labelled;
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
    Template(Template),
    Labelled(Labelled),
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
    /// The status is no status.
    Status,
}

/// What S3–S6 of the signals are measured with.
const TIMES: [&str; 4] = ["request_time", "upstream_response_time", "upstream_connect_time", "upstream_header_time"];

impl LogFormat {
    pub fn compile(source: &str, escape: Escape) -> Result<LogFormat, FormatError> {
        if !template::variables(source).iter().any(|name| name == "status") {
            return Err(FormatError::NoStatus);
        }
        let plan = Plan::Template(Template::compile(source, escape)?);
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

    /// The preset that parses most of these lines, the first one of several; at least half of them.
    pub fn detect(lines: &[&[u8]]) -> Option<LogFormat> {
        let read = |format: &LogFormat| lines.iter().filter(|line| format.parse(line).is_ok()).count();
        let mut best = (lines.len().div_ceil(2).max(1), None);
        for format in PRESETS.iter().map(LogFormat::of) {
            let count = read(&format);
            if count > best.0 || (count == best.0 && best.1.is_none()) {
                best = (count, Some(format));
            }
        }
        best.1
    }

    /// Walks one line (without its newline). Allocates nothing.
    pub fn parse<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Unparsed> {
        let fields = match &self.plan {
            Plan::Template(template) => template.walk(line),
            Plan::Labelled(labelled) => labelled.read(line),
        };
        fields.ok_or(Unparsed::Shape)?.into_record()
    }

    /// The `$variables` that S3–S6 need and this format lacks, without the `$`.
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
                let template = Template::compile(preset.source, escape).expect("a test compiles every preset");
                (escape, Plan::Template(template))
            }
            Reading::Labels(notation) => (Escape::Json, Plan::Labelled(Labelled::new(notation))),
        };
        LogFormat { preset: Some(preset.name), source: preset.source.to_owned(), escape, plan }
    }
}

#[cfg(test)]
mod tests;
