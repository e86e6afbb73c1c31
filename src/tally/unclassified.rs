//! The commonest error-log entries that no rule knows, as patterns: numbers, addresses, paths and quoted names are folded,
//! so that a thousand entries of one kind are one row with one sample. At most [`PATTERNS_MAX`] are held (space-saving).
//! Does not know: which program wrote them.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::space_saving::{Held, SpaceSaving};
use crate::record::Level;

/// More kinds than anybody will look through.
const PATTERNS_MAX: usize = 64;
/// What begins alike for so long is one kind.
const PATTERN_BYTES_MAX: usize = 160;
const SAMPLE_BYTES_MAX: usize = 400;

/// What stands for a number, an address, a name or a path.
const FOLDED: u8 = b'#';

/// One kind of entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kind {
    /// The level's name.
    level: String,
    pattern: String,
    /// The first entry of its kind.
    sample: String,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Kind) -> bool {
        (&self.level, &self.pattern) == (&other.level, &other.pattern)
    }
}

/// One row of [`Tally::unclassified`](super::Tally::unclassified).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unclassified {
    pub level: String,
    pub pattern: String,
    /// Entries seen for certain; more where rarer kinds had to make room for this one.
    pub count: u64,
    /// One entry of this kind, the program's own words only.
    pub sample: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Patterns(SpaceSaving<Kind>);

impl Default for Patterns {
    fn default() -> Patterns {
        Patterns(SpaceSaving::new(PATTERNS_MAX))
    }
}

impl Patterns {
    pub(super) fn add(&mut self, level: Level, text: &[u8]) {
        let mut buffer = [0; PATTERN_BYTES_MAX];
        let pattern = folded(text, &mut buffer);
        let is_this = |kind: &Kind| kind.level == level.as_str() && kind.pattern.as_bytes() == pattern;
        self.0.add_if(is_this, || Kind {
            level: level.as_str().to_owned(),
            pattern: String::from_utf8_lossy(pattern).into_owned(),
            sample: printable(&text[..text.len().min(SAMPLE_BYTES_MAX)]),
        });
    }

    pub(super) fn merge(&mut self, other: &Patterns) {
        for held in other.0.iter() {
            self.0.merge_one(held.clone());
        }
    }

    /// The commonest first.
    pub(super) fn rows(&self) -> Vec<Unclassified> {
        let mut held: Vec<&Held<Kind>> = self.0.iter().filter(|held| held.guaranteed() > 0).collect();
        held.sort_by_key(|held| Reverse(held.guaranteed()));
        held.into_iter()
            .map(|held| Unclassified {
                level: held.key.level.clone(),
                pattern: held.key.pattern.clone(),
                count: held.guaranteed(),
                sample: held.key.sample.clone(),
            })
            .collect()
    }
}

/// The text with everything that differs from entry to entry replaced. ASCII, and cut where the buffer ends.
fn folded<'b>(text: &[u8], buffer: &'b mut [u8; PATTERN_BYTES_MAX]) -> &'b [u8] {
    let mut length = 0;
    let mut rest = text;
    while let (Some(&byte), true) = (rest.first(), length < buffer.len()) {
        let (taken, shown): (usize, &[u8]) = match byte {
            b'"' | b'\'' => (quoted(rest), b"\"#\""),
            _ if is_word(byte) => {
                let word = word(rest);
                (word.len(), if varies(word) { &[FOLDED] } else { word })
            }
            0x20..=0x7e => (1, &rest[..1]),
            _ => (1, b"?"),
        };
        let fits = shown.len().min(buffer.len() - length);
        buffer[length..length + fits].copy_from_slice(&shown[..fits]);
        length += fits;
        rest = &rest[taken..];
    }
    &buffer[..length]
}

/// The length of a quoted text, quotes included; one that is never closed takes all the rest.
fn quoted(text: &[u8]) -> usize {
    memchr::memchr(text[0], &text[1..]).map_or(text.len(), |end| end + 2)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:@%-+=&?~\\".contains(&byte) || byte >= 0x80
}

/// The word that begins the text, without the colon or full stop behind it.
fn word(text: &[u8]) -> &[u8] {
    let bytes = text.iter().take_while(|&&byte| is_word(byte)).count();
    match &text[..bytes] {
        [inside @ .., b':' | b'.'] if !inside.is_empty() => inside,
        word => word,
    }
}

/// Whether a word is a number, an address, a path or a name rather than a part of the sentence.
fn varies(word: &[u8]) -> bool {
    let marks = |byte: &u8| matches!(byte, b'/' | b'@' | b'.' | b'=' | b'?' | b'&' | b'%' | 0x80..);
    let is_address = memchr::memchr_iter(b':', word).count() > 1;
    word.len() > 1 && (is_address || word.iter().any(marks)) || word.iter().any(u8::is_ascii_digit)
}

/// Without query strings: what stands there may be nobody's business.
fn printable(text: &[u8]) -> String {
    let ends_query = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let mut in_query = false;
    let mut shown = String::new();
    for c in String::from_utf8_lossy(text).chars() {
        in_query &= !ends_query(c);
        if !in_query {
            shown.push(if c.is_control() { '\u{fffd}' } else { c });
        }
        if c == '?' && !in_query {
            in_query = true;
            shown.push('…');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(folded(text.as_bytes(), &mut [0; PATTERN_BYTES_MAX])), expected);
    }

    #[test]
    fn what_varies_is_folded() {
        check("something new", "something new");
        check("peer 10.0.0.1:80 is 12 ms late", "peer # is # ms late");
        check("zone \"a b\" of 'c' is full", "zone \"#\" of \"#\" is full");
        check("no handler for /a/b: giving up.", "no handler for #: giving up.");
        check("failed (11: Resource temporarily unavailable)", "failed (#: Resource temporarily unavailable)");
        check("[2001:db8::1]:443, user@example.com", "[#]#, #");
        check("open \"never closed", "open \"#\"");
        check("user=alice, dead:beef::, a?token=secret 50% = x?", "#, #:, # # = #");
        check("a\u{1}b \u{fc}", "a?b #");
        check(&"x".repeat(1000), &"x".repeat(PATTERN_BYTES_MAX));
    }

    #[test]
    fn samples_have_no_query_strings() {
        assert_eq!(
            printable(b"no \"/a?token=secret&b=c\" and 'x?y' or /z?q=1 here? yes"),
            "no \"/a?…\" and 'x?…' or /z?… here?… yes"
        );
    }

    #[test]
    fn the_commonest_kinds_are_held_each_with_its_first_entry() {
        let mut patterns = Patterns::default();
        for n in 0..10_000_u32 {
            patterns.add(Level::Error, format!("late by {n} ms").as_bytes());
            // A flood of kinds that nobody will see again.
            let letters: String = format!("{n:05}").bytes().map(|digit| char::from(digit + b'a' - b'0')).collect();
            patterns.add(Level::Warn, format!("odd {letters}").as_bytes());
        }
        patterns.add(Level::Crit, b"late by 7 ms");
        let rows = patterns.rows();
        let first = [rows[0].level.as_str(), &rows[0].pattern, &rows[0].sample];
        assert_eq!((first, rows[0].count), (["error", "late by # ms", "late by 0 ms"], 10_000));
        assert!(rows.len() <= PATTERNS_MAX);
        let mut merged = Patterns::default();
        merged.merge(&patterns);
        merged.merge(&patterns);
        assert_eq!(merged.rows()[0].count, 20_000);
    }
}
