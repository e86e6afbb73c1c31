//! How the text formats spell a number, a bucket bound and a quoted string.
//! Knows: the two grammars' lexical rules. Does not know: lines, families.

use std::fmt::{Display, Formatter, Result};

/// A sample's value; both formats spell infinity with its sign (`+Inf`).
pub(super) struct Number(pub f64);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            f64::INFINITY => f.write_str("+Inf"),
            f64::NEG_INFINITY => f.write_str("-Inf"),
            value => write!(f, "{value}"),
        }
    }
}

/// A bucket's upper bound, always as OpenMetrics wants it (`1.0`): Prometheus also writes it so when it reads protobuf,
/// so a series keeps its labels when the scraper changes the format.
pub(super) struct Bound(pub f64);

impl Display for Bound {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.0 == f64::INFINITY { f.write_str("+Inf") } else { write!(f, "{:?}", self.0) }
    }
}

/// Whether a double quote is escaped: always, but for the help texts of the classic format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Plain,
    Escaped,
}

/// Appends the text with backslashes, newlines and (where told) quotes escaped.
pub(super) fn escape(out: &mut String, text: &str, quotes: Quotes) {
    let special = |byte: &u8| matches!(byte, b'\\' | b'\n') || (*byte == b'"' && quotes == Quotes::Escaped);
    if !text.as_bytes().iter().any(special) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes == Quotes::Escaped => out.push_str("\\\""),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, expected) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (0.001, "0.001"),
            (1_795_270_646.123, "1795270646.123"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(Number(value).to_string(), expected);
        }
    }

    #[test]
    fn bounds() {
        for (bound, expected) in [(0.005, "0.005"), (1.0, "1.0"), (300.0, "300.0"), (f64::INFINITY, "+Inf")] {
            assert_eq!(Bound(bound).to_string(), expected);
        }
    }

    #[test]
    fn escapes() {
        for (text, plain, escaped) in [
            ("", "", ""),
            ("plain ünï", "plain ünï", "plain ünï"),
            ("a\\b", "a\\\\b", "a\\\\b"),
            ("a\nb", "a\\nb", "a\\nb"),
            ("say \"hi\"", "say \"hi\"", "say \\\"hi\\\""),
        ] {
            for (quotes, expected) in [(Quotes::Plain, plain), (Quotes::Escaped, escaped)] {
                let mut out = String::new();
                escape(&mut out, text, quotes);
                assert_eq!(out, expected, "{text:?} {quotes:?}");
            }
        }
    }
}
