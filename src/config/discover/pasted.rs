//! A log format as a person gives it to hangup: its text, its strings as nginx.conf has them, or the whole directive.
//! Knows: how people copy. Does not know: what a format means.

use std::io;
use std::path::{Path, PathBuf};

use super::formats::{self, ESCAPES};
use crate::dialect::nginx::conf::{self, Directive, Files};
use crate::dialect::nginx::log_format::{Escape, LogFormat};

const DIRECTIVE: &str = "log_format";

/// The format of this text, or why it is none.
pub fn format(text: &str) -> Result<LogFormat, String> {
    let text = without_line_ends(text);
    let compiled = match strings(text)? {
        Some((source, escape)) => LogFormat::compile(&source, escape.unwrap_or_else(|| guess(&source))),
        None => {
            let (escape, source) = escape_before(text);
            let source = plain(source);
            LogFormat::compile(&source, escape.unwrap_or_else(|| guess(&source)))
        }
    };
    compiled.map_err(|error| error.to_string())
}

/// An object in braces is JSON, whose values nobody writes unescaped.
fn guess(source: &str) -> Escape {
    if source.trim_start().starts_with('{') { Escape::Json } else { Escape::Default }
}

/// What copying adds: a line break at the end, and blanks in front of the line, or behind it.
/// Other blanks may be part of the format.
fn without_line_ends(text: &str) -> &str {
    let before = text.len() - text.trim_start().len();
    let begin = if text[..before].contains('\n') { before } else { 0 };
    let behind = text.trim_end().len().max(begin);
    let end = text[behind..].find(['\r', '\n']).map_or(text.len(), |at| behind + at);
    &text[begin..end]
}

/// `escape=json` and what comes behind it.
fn escape_before(text: &str) -> (Option<Escape>, &str) {
    let start = text.trim_start();
    let known = ESCAPES.iter().find_map(|(name, escape)| Some((*escape, start.strip_prefix(name)?)));
    match known {
        Some((escape, rest)) if rest.starts_with(char::is_whitespace) => (Some(escape), rest.trim_start()),
        _ => (None, text),
    }
}

/// The source of a directive or of quoted strings. `None`: the text is the format itself.
fn strings(text: &str) -> Result<Option<(String, Option<Escape>)>, String> {
    let start = text.trim_start();
    if start.strip_prefix(DIRECTIVE).is_some_and(|rest| rest.starts_with(char::is_whitespace)) {
        return directive(start).map(|(source, escape)| Some((source, Some(escape))));
    }
    let (_, unnamed) = name_before(start);
    let (escape, rest) = escape_before(unnamed);
    if !are_strings(rest) {
        return Ok(None);
    }
    let (source, _) = directive(&format!("{DIRECTIVE} pasted {rest}"))?;
    Ok(Some((source, escape)))
}

/// The name of a format in front of its strings: `main '$remote_addr …'`.
fn name_before(text: &str) -> (&str, &str) {
    let length = text.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    if length > 0 && rest.starts_with(char::is_whitespace) { (name, rest.trim_start()) } else { ("", text) }
}

/// Whether all of it is strings in quotes with blanks between. A format may itself begin and end with a quote
/// (`"$request" "$http_user_agent"`): then there is one variable in each pair, and no line break between two.
fn are_strings(text: &str) -> bool {
    let Some(strings) = split(text) else { return false };
    let is_single = text.starts_with('\'') || text.contains('\n');
    is_single || strings.iter().any(|string| string.matches('$').count() > 1 || string.trim() != *string)
}

/// The strings, still escaped. `None`: something else stands there, too.
fn split(text: &str) -> Option<Vec<&str>> {
    let mut strings = Vec::new();
    let mut rest = text.trim().trim_end_matches(';').trim_end();
    while !rest.is_empty() {
        if rest.starts_with('#') {
            rest = rest.split_once('\n')?.1.trim_start();
            continue;
        }
        let quote = rest.chars().next().filter(|quote| "'\"".contains(*quote))?;
        let inside = &rest[1..];
        let ends = inside.match_indices(quote).map(|(end, _)| end);
        let end = ends.into_iter().find(|&end| !is_escaped(&inside[..end]))?;
        strings.push(&inside[..end]);
        let behind = &inside[end + 1..];
        rest = behind.trim_start();
        if !rest.is_empty() && rest.len() == behind.len() {
            return None;
        }
    }
    (!strings.is_empty()).then_some(strings)
}

fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

/// What nginx makes of a `log_format` line.
fn directive(text: &str) -> Result<(String, Escape), String> {
    let conf = conf::parse(Path::new(""), &Text(&format!("{};", text.trim().trim_end_matches(';'))));
    if let Some(problem) = conf.problems.first() {
        return Err(format!("invalid {DIRECTIVE} line: {}", problem.what));
    }
    let lines: Vec<&Directive> = conf.directives.iter().filter(|line| line.name == DIRECTIVE).collect();
    match lines[..] {
        [line] => formats::source(line).ok_or_else(|| format!("the {DIRECTIVE} line has no format")),
        _ => Err(format!("{} {DIRECTIVE} lines are given; give one", lines.len())),
    }
}

/// The text with nginx's escapes taken off (`\t`, `\"`).
fn plain(text: &str) -> String {
    String::from_utf8_lossy(&conf::unescape(text.as_bytes())).into_owned()
}

/// A file that is only a text.
struct Text<'a>(&'a str);

impl Files for Text<'_> {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.as_bytes().to_vec())
    }

    fn glob(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMBINED: &str = "$remote_addr [$time_local] \"$request\" $status";

    fn source(text: &str) -> String {
        format(text).unwrap_or_else(|error| panic!("{text}: {error}")).source().to_owned()
    }

    #[test]
    fn a_format_is_the_same_however_it_is_pasted() {
        for text in [
            COMBINED,
            &format!("{COMBINED}\n"),
            &format!("\n    {COMBINED}\n   "),
            &format!("'{COMBINED}'"),
            &format!("'{COMBINED}';"),
            "'$remote_addr [$time_local] '\n    '\"$request\" $status'",
            "'$remote_addr [$time_local] ' # the client\n '\"$request\" $status' ;",
            "'$remote_addr ' '[$time_local] ' '\"$request\" ' '$status'",
            "\"$remote_addr [$time_local] \\\"$request\\\" $status\"",
            "$remote_addr [$time_local] \\\"$request\\\" $status",
            &format!("log_format main '{COMBINED}';"),
            &format!("log_format main '{COMBINED}'"),
            "log_format  main  '$remote_addr [$time_local] '\n\t'\"$request\" $status';\n",
            &format!("main '{COMBINED}'"),
            &format!("main escape=default '{COMBINED}';"),
            &format!("escape=default {COMBINED}"),
        ] {
            assert_eq!(source(text), COMBINED, "{text}");
        }
        assert_eq!(source(&format!(" {COMBINED} ")), format!(" {COMBINED} "));
        assert_eq!(source("status:$status\\tt:$time_local"), "status:$status\tt:$time_local");
    }

    #[test]
    fn a_format_in_quotes_stays_one() {
        for text in
            ["\"$status\"", "\"$status\" \"$request\"", "\"$request\" $status \"$http_a\"", "\"$status\",\"$request\""]
        {
            assert_eq!(source(text), text);
        }
        assert_eq!(source("\"$status $request\""), "$status $request");
    }

    #[test]
    fn the_escape_is_what_is_written_or_what_it_looks_like() {
        for (text, escape) in [
            ("{\"a\":\"$status\"}", Escape::Json),
            ("'{' '\"a\":\"$status\"' '}'", Escape::Json),
            ("log_format a '{\"a\":\"$status\"}';", Escape::Default),
            ("log_format a escape=json '{\"a\":\"$status\"}';", Escape::Json),
            ("escape=none $status", Escape::None),
            ("escape=none '$status'", Escape::None),
            ("$status", Escape::Default),
        ] {
            assert_eq!(format(text).map(|it| it.escape()), Ok(escape), "{text}");
        }
    }

    #[test]
    fn what_is_no_format_is_told() {
        let why = |text: &str| format(text).err().unwrap_or_default();
        assert!(why("'$status\n$request'").contains("line break"));
        assert!(why("log_format a '$status'; log_format b '$status';").starts_with("2 log_format lines"));
        assert!(why("log_format a '$status").contains("never closed"));
        assert!(why("log_format a").contains("no format"));
        assert!(why("'$request'").contains("no $status"));
    }
}
