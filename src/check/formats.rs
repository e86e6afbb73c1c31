//! Directives to paste: how nginx.conf writes a `log_format` and an `access_log`.
//! Knows: its quotes and backslashes. Does not know: which log has which format, what a format lacks.

use crate::config::AccessLine;
use crate::dialect::nginx::log_format::Escape;

/// Room for the indentation and quotes within an 80 column editor.
const LINE_CHARS_MAX: usize = 66;

/// The whole directive, ready to stand in `http`.
pub(super) fn log_format(name: &str, source: &str, escape: Escape) -> String {
    let escape = match escape {
        Escape::Default => "",
        Escape::Json => "escape=json ",
        Escape::None => "escape=none ",
    };
    let strings: Vec<String> = pieces(source).into_iter().map(|piece| format!("'{}'", quoted(&piece))).collect();
    format!("log_format {} {escape}{};", word(name), strings.join("\n    "))
}

/// The same `access_log` with another format.
pub(super) fn access_log(line: &AccessLine, format: &str) -> String {
    let options = line.args.iter().skip(2);
    let words = line.args.iter().take(1).map(String::as_str).chain([format]).chain(options.map(String::as_str));
    format!("access_log {};", words.map(word).collect::<Vec<_>>().join(" "))
}

/// A word that may hold anything.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !"\"'\\;{}#".contains(c);
    // `${name}` is how nginx writes a variable, and no block.
    let without_braces = text.replace("${", "$").replace('}', "");
    if !text.is_empty() && without_braces.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", quoted(text))
    }
}

/// Pieces that read well below each other; nginx joins them again.
fn pieces(source: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for part in parts(source) {
        let last = pieces.last_mut().expect("there is always a piece");
        if !last.is_empty() && last.chars().count() + part.chars().count() > LINE_CHARS_MAX {
            pieces.push(part.to_owned());
        } else {
            last.push_str(part);
        }
    }
    pieces
}

/// A blank and a comma stay at the end of what they follow, other separators at the beginning of what they precede.
fn parts(source: &str) -> impl Iterator<Item = &str> {
    source.split_inclusive([' ', ',']).flat_map(|text| {
        let begins: Vec<usize> = text.match_indices(['\t', '|']).map(|(at, _)| at).filter(|at| *at > 0).collect();
        let ends: Vec<usize> = begins.iter().copied().chain([text.len()]).collect();
        std::iter::once(0).chain(begins).zip(ends).map(|(begin, end)| &text[begin..end])
    })
}

/// Within single quotes nginx reads a backslash before a quote or a backslash as that character, and `\t` as a tab.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
    escaped.replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Place;

    #[test]
    fn formats_are_written_as_nginx_reads_them() {
        assert_eq!(log_format("f", "$status it's", Escape::Default), r"log_format f '$status it\'s';");
        assert_eq!(log_format("a b", "a\tb\\", Escape::None), r"log_format 'a b' escape=none 'a\tb\\';");
        let long = ["$upstream_response_time"; 5];
        assert_eq!(
            log_format("f", &long.join("\t"), Escape::Default),
            "log_format f '$upstream_response_time\\t$upstream_response_time'\n    \
             '\\t$upstream_response_time\\t$upstream_response_time'\n    '\\t$upstream_response_time';"
        );
        assert_eq!(parts("a b,c|d|e").collect::<Vec<_>>(), ["a ", "b,", "c", "|d", "|e"]);
    }

    #[test]
    fn an_access_log_keeps_its_options() {
        let check = |args: &[&str], expected: &str| {
            let place = Place { file: "/n".into(), line: 1 };
            let line = AccessLine { place, args: args.iter().map(|arg| (*arg).to_owned()).collect() };
            assert_eq!(access_log(&line, "hangup"), expected);
        };
        check(&["/a.log"], "access_log /a.log hangup;");
        check(&["/${host}.log", "main", "buffer=32k", "if=$x"], "access_log /${host}.log hangup buffer=32k if=$x;");
        check(&["/my site.log", "main"], "access_log '/my site.log' hangup;");
    }
}
