//! The `log_format` line to paste: a format as it is, and what it lacks.
//! Knows: how nginx.conf quotes. Does not know: which log has which format.

use crate::dialect::nginx::log_format::{Escape, LogFormat};

/// The variables worth having and a name for each. Lists of tries hold blanks, so they are quoted.
const FIELDS: &[(&str, &str)] = &[
    ("request_time", "rt=$request_time"),
    ("upstream_connect_time", "uct=\"$upstream_connect_time\""),
    ("upstream_header_time", "uht=\"$upstream_header_time\""),
    ("upstream_response_time", "urt=\"$upstream_response_time\""),
    (COMPLETION, "done=\"$request_completion\""),
];

/// The only sign of a client that leaves in mid-body, whose status is already out.
const COMPLETION: &str = "request_completion";

/// What a format lacks: the variables of S3–S6, and the one that shows clients leaving in mid-body.
pub(super) fn lacking(format: &LogFormat) -> Vec<&'static str> {
    let completion = (!format.has(COMPLETION)).then_some(COMPLETION);
    format.missing().into_iter().chain(completion).collect()
}

/// Room for the indentation and quotes within an 80 column editor.
const LINE_CHARS_MAX: usize = 66;

/// The whole directive, ready to stand in `http`.
pub(super) fn line_to_paste(name: &str, format: &LogFormat, missing: &[&str]) -> String {
    let source = completed(format, missing);
    let escape = match format.escape() {
        Escape::Default => "",
        Escape::Json => "escape=json ",
        Escape::None => "escape=none ",
    };
    let strings = pieces(&source).into_iter().map(|piece| format!("'{}'", quoted(&piece)));
    let strings: Vec<String> = strings.collect();
    format!("log_format {name} {escape}{};", strings.join("\n    "))
}

/// The format with the missing variables at its end; in a JSON object, as members of their own names.
fn completed(format: &LogFormat, missing: &[&str]) -> String {
    let source = format.source();
    if let Some(open) = source.trim_end().strip_suffix('}').filter(|_| source.trim_start().starts_with('{')) {
        let members: String = missing.iter().map(|name| format!(",\"{name}\":\"${name}\"")).collect();
        return format!("{open}{members}}}");
    }
    let fields = FIELDS.iter().filter(|(name, _)| missing.contains(name)).map(|(_, field)| *field);
    std::iter::once(source).chain(fields).collect::<Vec<_>>().join(" ")
}

/// Pieces that read well below each other; nginx joins them again. Each blank stays at the end of its piece.
fn pieces(source: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in source.split_inclusive([' ', ',']) {
        let last = pieces.last_mut().expect("there is always a piece");
        if !last.is_empty() && last.chars().count() + word.chars().count() > LINE_CHARS_MAX {
            pieces.push(word.to_owned());
        } else {
            last.push_str(word);
        }
    }
    pieces
}

/// Within single quotes nginx reads a backslash before a quote or a backslash as that character.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
