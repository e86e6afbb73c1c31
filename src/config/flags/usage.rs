//! A command line that cannot be understood, and help and version, which end a run as early.
//! Knows: the words for a wrong value, which are the same for a flag, a variable and a key of the file.
//! Does not know: which flags there are.

use std::io::{self, Write};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::super::settings;
use super::super::value_type::none_of;

/// The exit code of a command line that cannot be understood (EX_USAGE of sysexits.h).
pub const EXIT_USAGE: u8 = 64;

/// Why a run ends before it began.
#[derive(Debug)]
pub enum Usage {
    /// Help, the version, or an error in clap's words, which also tell the nearest flag.
    Clap(clap::Error),
    /// An error in hangup's.
    Own(String),
}

impl Usage {
    /// `command`: what to look up the help of.
    pub fn new(command: &str, text: impl Into<String>) -> Usage {
        Usage::Own(format!("{}\nSee: hangup help {command}", text.into()))
    }

    pub fn of_clap(error: clap::Error) -> Usage {
        match wrong_value(&error) {
            Some(text) => Usage::Own(text),
            None => Usage::Clap(error),
        }
    }

    /// 0 after help and version.
    pub fn exit_code(&self) -> u8 {
        match self {
            Usage::Clap(error) if !error.use_stderr() => 0,
            _ => EXIT_USAGE,
        }
    }

    pub fn print(&self) -> io::Result<()> {
        match self {
            Usage::Clap(error) => error.print(),
            Usage::Own(text) => writeln!(io::stderr(), "hangup: {text}"),
        }
    }
}

/// What to write instead, for what the standard library could not read.
fn advice(why: &str) -> &str {
    const ADVICE: [(&str, &str); 3] = [
        ("socket address", "write an address and its port, as in 127.0.0.1:9000"),
        ("float", "write a number, as in 1.5"),
        ("digit", "write a whole number"),
    ];
    ADVICE.iter().find(|(part, _)| why.contains(part)).map_or(why, |(_, advice)| advice)
}

fn wrong_value(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (argument, value) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    // `--log.level <CHOICE>`.
    let flag = argument.split_whitespace().next().unwrap_or_default();
    let setting = settings::all().find(|setting| flag.strip_prefix("--") == Some(setting.name()));
    if let Some(Err(what)) = setting.map(|setting| setting.check(&value)) {
        return Some(format!("{flag}: {what}"));
    }
    match (error.kind(), error.get(ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, Some(ContextValue::Strings(words))) if !value.is_empty() => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Some(format!("{flag}: {}", none_of(&value, &words)))
        }
        (ErrorKind::ValueValidation, _) => {
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            let whole = why.starts_with("invalid ") && why.contains(&format!("`{value}`"));
            let invalid = || format!("invalid value `{value}`; {}", advice(&why));
            Some(format!("{flag}: {}", if whole { why.clone() } else { invalid() }))
        }
        _ => None,
    }
}
