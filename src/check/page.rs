//! What a check found, as data: rows of settings, and marked sentences in sections.
//! Does not know: how it was found, how it is printed.

use serde::Serialize;

/// How a sentence is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mark {
    #[serde(rename = "ok")]
    Good,
    #[serde(rename = "problem")]
    Bad,
    Advice,
    Note,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    pub result: Mark,
    /// What it speaks of: a file with its line, a flag or a variable.
    pub origin: Option<String>,
    pub text: String,
    /// What is shown as it stands: lines to paste, or a line of a log.
    pub verbatim: Option<String>,
}

/// A name, its value, and where that came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub name: String,
    pub value: String,
    pub origin: String,
}

/// The version of the JSON. A field may be added without a new one; none is taken away or changes its meaning.
pub(super) const SCHEMA: u32 = 1;

/// All of it. Its fields in their order are the JSON, which docs/check.md describes.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Page {
    pub schema: u32,
    /// Of hangup.
    pub version: &'static str,
    pub problems: usize,
    pub advice: usize,
    pub settings: Vec<Row>,
    /// What nginx.conf says beside its logs; empty where none was read.
    pub nginx: Vec<Row>,
    pub logs: Vec<Entry>,
    pub sources: Vec<Entry>,
    /// What `hangup serve` would need.
    pub serving: Vec<Entry>,
    pub findings: Vec<Entry>,
}

impl Page {
    /// Nothing yet.
    pub(super) fn new() -> Page {
        Page {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            problems: 0,
            advice: 0,
            settings: Vec::new(),
            nginx: Vec::new(),
            logs: Vec::new(),
            sources: Vec::new(),
            serving: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The same with its problems and its advice counted.
    pub(super) fn counted(self) -> Page {
        let count = |mark: Mark| {
            let entries = [&self.logs, &self.sources, &self.serving, &self.findings].into_iter().flatten();
            entries.filter(|entry| entry.result == mark).count()
        };
        Page { problems: count(Mark::Bad), advice: count(Mark::Advice), ..self }
    }
}

impl Entry {
    /// What follows the first newline is shown as it stands.
    pub(super) fn new(result: Mark, origin: Option<String>, text: &str) -> Entry {
        let (text, verbatim) = text.split_once('\n').map_or((text, None), |(text, rest)| (text, Some(rest)));
        Entry { result, origin, text: text.to_owned(), verbatim: verbatim.map(str::to_owned) }
    }
}

impl From<(Mark, String)> for Entry {
    fn from((mark, text): (Mark, String)) -> Entry {
        Entry::new(mark, None, &text)
    }
}
