//! The blanks that a format begins and ends with: they are easily lost where it is copied, so lines fit with them and
//! without. Knows: blanks and line breaks. Does not know: what stands between.

use super::refused::FormatError;

/// What stands around the format proper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blanks {
    before: Box<[u8]>,
    behind: Box<[u8]>,
}

impl Blanks {
    /// The blanks, if there are any, and the format between them. A line break at the very end or beginning only makes
    /// empty lines.
    pub(super) fn around(source: &str) -> Result<(Option<Blanks>, &str), FormatError> {
        let lines = source.trim_matches(['\r', '\n']);
        if lines.contains('\n') {
            return Err(FormatError::LineBreak);
        }
        let inside = lines.trim_matches([' ', '\t']);
        let before = lines.len() - lines.trim_start_matches([' ', '\t']).len();
        let behind = &lines[before + inside.len()..];
        let blanks = Blanks { before: lines.as_bytes()[..before].into(), behind: behind.as_bytes().into() };
        Ok(((before + behind.len() > 0).then_some(blanks), inside))
    }

    /// A line without what is in front and behind, as far as it is there.
    pub(super) fn without<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let line = line.strip_prefix(&*self.before).unwrap_or(line);
        line.strip_suffix(&*self.behind).unwrap_or(line)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Escape, LogFormat};
    use super::*;

    #[test]
    fn blanks_at_the_ends_may_be_there_or_not() {
        for source in
            ["$status \"$request\" ", " $status \"$request\"", "$status \"$request\"", "$status \"$request\"\n"]
        {
            let format = LogFormat::compile(source, Escape::Default).expect(source);
            for line in [
                "499 \"GET /a HTTP/1.1\"",
                "499 \"GET /a HTTP/1.1\" ",
                " 499 \"GET /a HTTP/1.1\"",
                "499 \"GET /a HTTP/1.1\"\t ",
            ] {
                let record = format.parse(line.as_bytes()).unwrap_or_else(|_| panic!("{source:?}: {line:?}"));
                assert_eq!(record.path, b"/a", "{source:?}: {line:?}");
            }
        }
        // The last value may be empty and its own blank the last one.
        let format = LogFormat::compile("$status $http_x ", Escape::Json).expect("a format");
        assert!(["499  ", "499 x ", "499 x"].iter().all(|line| format.parse(line.as_bytes()).is_ok()));
    }

    #[test]
    fn a_line_break_inside_is_refused() {
        for source in ["$status\n$request", "$status\n    ", "a\n $status"] {
            assert_eq!(Blanks::around(source).err(), Some(FormatError::LineBreak), "{source:?}");
        }
    }
}
