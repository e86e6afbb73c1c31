//! The `log_format` lines of nginx.conf by name (source: ngx_http_log_set_format in ngx_http_log_module.c).

use std::collections::BTreeMap;

use super::scope::Tree;
use super::{Finding, Place, Weight, place};
use crate::dialect::nginx::conf::Directive;
use crate::dialect::nginx::log_format::{Escape, FormatError, LogFormat};

/// The format nginx knows without being told.
pub const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

/// What `escape=` can say, with the value nginx takes where it says nothing.
pub(super) const ESCAPES: &[(&str, Escape)] =
    &[("escape=default", Escape::Default), ("escape=json", Escape::Json), ("escape=none", Escape::None)];

/// A format by its name, and where it stands. `None`: built into nginx or into hangup.
#[derive(Debug, Clone)]
pub struct NamedFormat {
    pub name: String,
    pub format: LogFormat,
    pub place: Option<Place>,
}

#[derive(Debug, Default)]
pub struct Formats {
    usable: BTreeMap<String, NamedFormat>,
    /// The others.
    refused: BTreeMap<String, Refused>,
}

/// A format of nginx.conf that cannot be used.
#[derive(Debug, Clone)]
pub struct Refused {
    pub why: String,
    pub place: Place,
}

impl Formats {
    pub fn new(tree: &Tree<'_>, findings: &mut Vec<Finding>) -> Formats {
        let mut formats = Formats::default();
        let lines = tree.http().flat_map(|http| &http.block).filter(|d| d.name == "log_format");
        for line in lines {
            formats.add(line, findings);
        }
        formats
    }

    /// The format of this name, or why there is none.
    pub fn get(&self, name: &str) -> Result<NamedFormat, String> {
        if let Some(format) = self.usable.get(name) {
            return Ok(format.clone());
        }
        if let Some(Refused { why, .. }) = self.refused.get(name) {
            return Err(format!("its log_format {name} cannot be used: {why}"));
        }
        let combined = if name == "combined" { LogFormat::compile(COMBINED, Escape::Default).ok() } else { None };
        let format = combined.ok_or_else(|| format!("its log_format {name} is not defined in what could be read"))?;
        Ok(NamedFormat { name: name.to_owned(), format, place: None })
    }

    /// Those that can be used, by name.
    pub fn usable(&self) -> impl Iterator<Item = &NamedFormat> {
        self.usable.values()
    }

    /// Those that cannot, by name.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &Refused)> {
        self.refused.iter().map(|(name, refused)| (name.as_str(), refused))
    }

    fn add(&mut self, line: &Directive, findings: &mut Vec<Finding>) {
        let Some((name, (source, escape))) = line.args.first().zip(source(line)) else { return };
        match LogFormat::compile(&source, escape) {
            Ok(format) => {
                let unescaped = unescaped(name, &format);
                findings.extend(unescaped.map(|text| Finding::at(Weight::Advice, &place(line), text)));
                let named = NamedFormat { name: name.clone(), format, place: Some(place(line)) };
                self.usable.insert(name.clone(), named);
            }
            Err(error) => {
                self.refused.insert(name.clone(), Refused { why: error.to_string(), place: place(line) });
                // Traffic accounting has no status and is not meant for this; where it is missed, its log says so.
                if error != FormatError::NoStatus {
                    findings.push(Finding::at(Weight::Note, &place(line), format!("log_format {name}: {error}")));
                }
            }
        }
    }
}

/// The format of a `log_format` line and how nginx escapes its values. `None`: it has none.
pub(super) fn source(line: &Directive) -> Option<(String, Escape)> {
    let (_, rest) = line.args.split_first()?;
    let escape = rest.first().and_then(|first| ESCAPES.iter().find(|(text, _)| text == first));
    // nginx joins the strings of a format with nothing between them.
    let strings = &rest[usize::from(escape.is_some())..];
    (!strings.is_empty()).then(|| (strings.concat(), escape.map_or(Escape::Default, |(_, escape)| *escape)))
}

/// What a client can do to a log that does not escape.
fn unescaped(name: &str, format: &LogFormat) -> Option<String> {
    if format.escape() != Escape::None {
        return None;
    }
    let variables = |names: Vec<String>| names.iter().map(|name| format!("${name}")).collect::<Vec<_>>().join(", ");
    let (breaking, other) = format.text_of_clients();
    let (what, names) = match (breaking.is_empty(), other.is_empty()) {
        (false, _) => ("a line break in it ends the line, and what follows is read as lines of nginx", breaking),
        (true, false) => ("a quote or a blank in it shifts all values behind it", other),
        (true, true) => return None,
    };
    let names = variables(names);
    Some(format!(
        "log_format {name} has escape=none, so {names} is written as clients sent it: {what}; \
         leave escape=none out, or write escape=json"
    ))
}
