//! The registry of products: their names, what is known of a log before its first line, and their readers.
//! Knows: which products there are. Does not know: what a record means, where lines come from.

pub mod nginx;

use std::sync::Arc;

use crate::record::{Column, ErrorLine, Record, Sight, Unparsed, labels};
use nginx::log_format::LogFormat;

labels! {
    /// A product whose logs can be read.
    Product {
        Nginx = "nginx",
    }
}

/// A compiled reader of access lines: one match a line.
#[derive(Debug, Clone)]
pub enum AccessFormat {
    Nginx(Arc<LogFormat>),
}

/// Where a line departs from a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// How many fields could be read before: of several formats, the one with the most comes nearest.
    pub fields: usize,
    /// A part of a sentence about the line: "field 5, `$status`, is `GET`".
    pub text: String,
}

/// How many of so many lines of a log may be somebody else's without a word: one. Of two, neither is the odd one.
pub fn odd_lines(lines: usize) -> usize {
    usize::from(lines > 2)
}

impl AccessFormat {
    /// The format that most of these lines have. `None`: fewer than half of them fit any that is known by name.
    pub fn detect(lines: &[&[u8]]) -> Option<AccessFormat> {
        LogFormat::detect(lines).map(AccessFormat::from)
    }

    pub fn product(&self) -> Product {
        match self {
            AccessFormat::Nginx(_) => Product::Nginx,
        }
    }

    /// How the product writes its error log.
    pub fn error_format(&self) -> ErrorFormat {
        match self {
            AccessFormat::Nginx(_) => ErrorFormat::Nginx,
        }
    }

    /// What every line shows; one that names its own values may show more.
    pub fn sight(&self) -> Sight {
        match self {
            AccessFormat::Nginx(format) => format.sight(),
        }
    }

    /// What to log in order to show a column, in the product's own words. `None`: the product has nothing for it, or
    /// nothing that a verdict needs.
    pub fn shown_by(&self, column: Column) -> Option<String> {
        match self {
            AccessFormat::Nginx(_) => LogFormat::recommended().variable(column).map(|name| format!("${name}")),
        }
    }

    /// What the format is called: a preset's name, else `custom`.
    pub fn name(&self) -> &'static str {
        match self {
            AccessFormat::Nginx(format) => format.name().unwrap_or("custom"),
        }
    }

    /// Whether both read every line alike.
    pub fn is_same(&self, other: &AccessFormat) -> bool {
        match (self, other) {
            (AccessFormat::Nginx(one), AccessFormat::Nginx(two)) => Arc::ptr_eq(one, two) || one.is_same(two),
        }
    }

    /// Whether it reads every line as this `log_format` does.
    pub fn is_nginx(&self, format: &LogFormat) -> bool {
        match self {
            AccessFormat::Nginx(own) => own.is_same(format),
        }
    }

    /// Reads one line (without its newline) into a record, which has to be new for every line. Allocates nothing.
    #[inline]
    pub fn read<'a>(&self, line: &'a [u8], record: &mut Record<'a>) -> Result<(), Unparsed> {
        match self {
            AccessFormat::Nginx(format) => format.read(line, record),
        }
    }

    pub fn fits(&self, line: &[u8]) -> bool {
        self.read(line, &mut Record::default()).is_ok()
    }

    /// Where a line that does not fit departs. Slow: for one line, when somebody asks.
    pub fn departure(&self, line: &[u8]) -> Departure {
        match self {
            AccessFormat::Nginx(format) => format.departure(line),
        }
    }

    /// All formats known by name, in the order in which they are tried.
    pub fn known() -> impl Iterator<Item = (&'static str, AccessFormat)> {
        LogFormat::PRESETS.iter().filter_map(|name| Some((*name, LogFormat::preset(name)?.into())))
    }
}

impl From<LogFormat> for AccessFormat {
    fn from(format: LogFormat) -> AccessFormat {
        AccessFormat::Nginx(Arc::new(format))
    }
}

/// A reader of error-log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    Nginx,
}

impl ErrorFormat {
    pub const ALL: [ErrorFormat; 1] = [ErrorFormat::Nginx];

    /// The first that more than half of these lines begin an entry of.
    pub fn detect(lines: &[&[u8]]) -> Option<ErrorFormat> {
        let entries = |format: &ErrorFormat| lines.iter().filter(|line| format.begins_entry(line)).count();
        ErrorFormat::ALL.into_iter().find(|format| entries(format) * 2 > lines.len())
    }

    pub fn product(self) -> Product {
        match self {
            ErrorFormat::Nginx => Product::Nginx,
        }
    }

    /// Reads one line (without its newline).
    pub fn read(self, line: &[u8]) -> ErrorLine<'_> {
        match self {
            ErrorFormat::Nginx => nginx::error::parse(line),
        }
    }

    pub fn begins_entry(self, line: &[u8]) -> bool {
        matches!(self.read(line), ErrorLine::Entry(_))
    }
}
