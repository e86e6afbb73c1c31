//! Compiles any `log_format` string into a plan that turns a line into a [`Record`] in one walk.
//! Knows: variables, literals, escapes. Does not know: files, or which format belongs to which log.

use super::access::Record;

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
    source: String,
    escape: Escape,
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

impl LogFormat {
    pub fn compile(source: &str, escape: Escape) -> Result<LogFormat, FormatError> {
        Ok(LogFormat { source: source.to_owned(), escape })
    }
    /// A format known by name (`combined`, `timed`, `kv`, `json`, …).
    pub fn preset(name: &str) -> Option<LogFormat> {
        let _ = name;
        None
    }
    /// The names [`LogFormat::preset`] knows, in the order in which [`LogFormat::detect`] tries them.
    pub const PRESETS: &'static [&'static str] = &[];
    /// The first preset that parses most of these lines.
    pub fn detect(lines: &[&[u8]]) -> Option<LogFormat> {
        let _ = lines;
        None
    }
    /// Walks one line (without its newline). Allocates nothing.
    pub fn parse<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Unparsed> {
        let _ = line;
        Err(Unparsed::Shape)
    }
    /// The `$variables` that S3–S6 need and this format lacks, without the `$`.
    pub fn missing(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// Whether the format logs the variable (name without `$`).
    pub fn has(&self, variable: &str) -> bool {
        let _ = variable;
        false
    }
    pub fn source(&self) -> &str {
        &self.source
    }
    pub fn escape(&self) -> Escape {
        self.escape
    }
}
