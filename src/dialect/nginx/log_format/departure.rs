//! Where a line departs from a format, for a person who asks why it cannot be read.
//! Knows: formats as their readers split them. Does not know: speed; it is asked about single lines.
//!
//! Values are tried at every place where the text behind them occurs, and the way that comes furthest is told: what is
//! wrong in the line most likely stands there.

use memchr::memmem;

use super::super::value;
use super::escape::Escape;
use super::field::Field;
use super::item::{self, Item};
use super::span::{self, is_escaped};
use super::variable::Class;
use crate::dialect::Departure;

/// How many ends are tried for one value. A line that goes wrong does so in its first few.
const ENDS_MAX: usize = 8;
/// How many values are looked at in one line, wrong turns included.
const VALUES_MAX: usize = 2_000;

/// `None`: the format's own reader is stricter than what is looked at here.
pub(super) fn of(source: &str, escape: Escape, line: &[u8]) -> Option<Departure> {
    let (head, items) = item::items(source).ok()?;
    let fields: Vec<Expected<'_>> = items.iter().map(Expected::of).collect();
    let mut search = Search { fields, escape, line, furthest: None, values: 0 };
    if line.starts_with(head.as_bytes()) {
        search.from(0, head.len());
    } else {
        search.departs(0, 0, format!("it does not begin with `{head}`"));
    }
    search.furthest.map(|(_, departure)| departure)
}

/// One variable of the format, and the text behind it.
struct Expected<'f> {
    name: &'f str,
    field: Field,
    class: Class,
    behind: &'f [u8],
}

impl<'f> Expected<'f> {
    fn of(item: &'f Item<'_>) -> Expected<'f> {
        Expected { name: &item.name, field: item.field, class: item.class, behind: item.literal.as_bytes() }
    }

    fn admits(&self, value: &[u8]) -> bool {
        match self.field {
            Field::Status => value::status(value).is_some(),
            _ if self.class == Class::Free => true,
            _ => span::forward(self.class, value) == Some(value.len()),
        }
    }
}

struct Search<'f, 'l> {
    fields: Vec<Expected<'f>>,
    escape: Escape,
    line: &'l [u8],
    furthest: Option<((usize, usize), Departure)>,
    values: usize,
}

impl Search<'_, '_> {
    /// Whether the line goes on as the format says from this field on, whose value begins at `at`.
    fn from(&mut self, index: usize, at: usize) -> bool {
        self.values += 1;
        let Some(expected) = self.fields.get(index) else { return self.is_over(at) };
        let (name, number, behind) = (expected.name.to_owned(), index + 1, expected.behind);
        if self.values > VALUES_MAX {
            return true;
        }
        if at == self.line.len() && !expected.admits(b"") {
            self.departs(index, at, format!("the line ends before field {number}, `${name}`"));
            return false;
        }
        let ends = self.ends(index, at);
        for end in &ends {
            let value = &self.line[at..*end];
            if self.fields[index].admits(value) && self.from(index + 1, end + behind.len()) {
                return true;
            }
        }
        match ends.first() {
            Some(end) => {
                let shown = shown(&self.line[at..*end]);
                self.departs(index, at, format!("field {number}, `${name}`, is `{shown}`"));
            }
            None => {
                let (shown, behind) = (shown(&self.line[at..]), String::from_utf8_lossy(behind).into_owned());
                self.departs(index, at, format!("field {number}, `${name}`, has no `{behind}` behind it: `{shown}`"));
            }
        }
        false
    }

    /// Where the value may end: wherever the text behind it stands, and never behind a quote that no value holds.
    fn ends(&self, index: usize, at: usize) -> Vec<usize> {
        let (rest, expected) = (&self.line[at..], &self.fields[index]);
        let limit = self.quote(rest);
        if expected.behind.is_empty() {
            let glued = index + 1 < self.fields.len();
            let shape = if glued { span::forward(expected.class, rest) } else { None };
            return vec![at + shape.unwrap_or(limit).min(limit)];
        }
        let found = memmem::find_iter(rest, expected.behind).take_while(|end| *end <= limit).take(ENDS_MAX);
        found.map(|end| at + end).collect()
    }

    /// The first quote that cannot be part of a value, or the end.
    fn quote(&self, rest: &[u8]) -> usize {
        let quotes = memchr::memchr_iter(b'"', rest);
        let mut outside = quotes.filter(|quote| match self.escape {
            Escape::Default => true,
            Escape::Json => !is_escaped(&rest[..*quote]),
            Escape::None => false,
        });
        outside.next().unwrap_or(rest.len())
    }

    fn is_over(&mut self, at: usize) -> bool {
        if at < self.line.len() {
            let text = format!("more stands behind its last field: `{}`", shown(&self.line[at..]));
            self.departs(self.fields.len(), at, text);
        }
        at >= self.line.len()
    }

    fn departs(&mut self, fields: usize, at: usize, text: String) {
        if self.furthest.as_ref().is_none_or(|(furthest, _)| *furthest < (fields, at)) {
            self.furthest = Some(((fields, at), Departure { fields, text }));
        }
    }
}

/// The beginning of a text, for a sentence.
fn shown(text: &[u8]) -> String {
    const CHARS_MAX: usize = 40;
    let text = String::from_utf8_lossy(text);
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let start: String = text.chars().take(CHARS_MAX).map(plain).collect();
    if text.chars().count() > CHARS_MAX { start + "…" } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, line: &str, expected: &str) {
        assert_eq!(of(source, Escape::Default, line.as_bytes()).map(|it| it.text).as_deref(), Some(expected), "{line}");
    }

    #[test]
    fn the_field_that_is_something_else_is_named() {
        let combined = super::super::combined::SOURCE;
        let line = |rest: &str| format!("192.0.2.1 - - [21/Nov/2026:14:17:26 +0000] {rest}");
        check(combined, &line(r#""GET / HTTP/1.1" GET 0 "-" "x""#), "field 5, `$status`, is `GET`");
        check(combined, &line(r#""GET / HTTP/1.1" 499 x "-" "x""#), "field 6, `$body_bytes_sent`, is `x`");
        check(
            combined,
            &line(r#""GET / HTTP/1.1" 499 0 "-" "x" 81 1.2"#),
            "more stands behind its last field: ` 81 1.2`",
        );
        check(combined, &line(r#""GET / HTTP/1.1" 499"#), "field 5, `$status`, has no ` ` behind it: `499`");
        check(combined, "192.0.2.1 - - [yesterday] \"GET", "field 3, `$time_local`, is `yesterday`");
        check(combined, "192.0.2.1 - - [", "the line ends before field 3, `$time_local`");
        check(combined, "what is this", "field 1, `$remote_addr`, has no ` - ` behind it: `what is this`");
        check("[$time_local] $status", "x", "it does not begin with `[`");
    }

    #[test]
    fn the_way_that_comes_furthest_is_told() {
        // The user's name holds what stands behind it.
        check("$remote_user [$status] $request_time", "a [b [200] now", "field 3, `$request_time`, is `now`");
    }

    #[test]
    fn a_hostile_line_ends_soon() {
        let line = " - ".repeat(10_000);
        let source = "$a - $b - $c - $d - $e - $f - $g - $status";
        assert!(of(source, Escape::Default, line.as_bytes()).is_some());
    }
}
