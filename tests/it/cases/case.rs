//! The shape of a `case.yml`. `@DIR@` stands for the case's own copy of its folder.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::folder;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What goes wrong and what is right, in a sentence or two.
    #[allow(dead_code, reason = "read by people")]
    pub about: String,
    /// Files without content.
    #[serde(default)]
    pub empty: Vec<String>,
    #[serde(default)]
    pub directories: Vec<String>,
    /// Name → where it leads.
    #[serde(default)]
    pub links: BTreeMap<String, String>,
    /// Name → the file whose content comes out of that FIFO, once.
    #[serde(default)]
    pub fifos: BTreeMap<String, String>,
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// One run of hangup: a command that ends, or a server that is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Arguments of a command that ends by itself.
    #[serde(default)]
    pub run: Vec<String>,
    /// Arguments of a server; it listens on a port of its own choice.
    #[serde(default)]
    pub serve: Vec<String>,
    /// Ask the server once it has read so many lines.
    #[serde(default)]
    pub lines: u64,
    /// A file that comes through a pipe on standard input.
    pub stdin: Option<String>,
    /// A file that takes what is printed, instead of a pipe.
    pub into: Option<String>,
    /// The program, with its arguments, that starts hangup.
    #[serde(default)]
    pub under: Vec<String>,
    pub want: Want,
    /// What is right as well.
    pub or: Option<Want>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Want {
    pub exit: Option<i32>,
    /// What is printed, on stdout and stderr together.
    pub says: Texts,
    /// The text of the page `/`, without its marks.
    pub page: Texts,
    /// Must be part of what stdout holds as JSON: of an object these members, of a list for each an element.
    pub json: Option<serde_json::Value>,
    /// `name{label="value"} sum`: all series that have these labels add up to that.
    pub metrics: Vec<String>,
    /// At most so many series.
    pub series_max: Option<usize>,
    pub seconds_max: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// Parts of the text, in which line breaks and blanks are one blank.
    pub has: Vec<String>,
    pub lacks: Vec<String>,
    /// Regexes for that text.
    pub matches: Vec<String>,
    /// Regexes for the text as it is.
    pub never: Vec<String>,
}

impl Case {
    pub fn read(name: &str) -> Case {
        let path = folder::cases().join(name).join("case.yml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        serde_saphyr::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }
}
