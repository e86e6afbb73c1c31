//! What an input hands out, and how a run of bytes is cut into it.
//! Knows: the newline and the longest line allowed. Does not know: where the bytes come from.
//!
//! There is no buffer of half lines: what is not consumed here is read again together with its rest.
//! So an offset is always the start of a line, and saving it saves everything.

use std::path::Path;

use memchr::memchr_iter;

/// One line. The bytes are as they stand in the file, without the newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Complete(&'a [u8]),
    /// It was longer than allowed and is discarded. Handed out once.
    TooLong,
}

/// Takes what a round reads. A closure that takes the lines will do: see [`Each`].
pub trait Lines {
    /// A line of this source.
    fn line(&mut self, source: usize, line: Line<'_>);
    /// The next lines of this source are of this file, as it is named where it appeared.
    fn file(&mut self, _source: usize, _path: &Path) {}
    /// A file is about to be read, and that may take as long as its disk does: what is held for the lines can be let go.
    fn pause(&mut self) {}
}

/// A closure as what takes the lines.
pub(super) struct Each<F>(pub F);

impl<F: FnMut(usize, Line<'_>)> Lines for Each<F> {
    fn line(&mut self, source: usize, line: Line<'_>) {
        (self.0)(source, line);
    }
}

/// Hands out the lines of `bytes` and returns how many bytes are done with.
/// `discarding` says, before and after, that the bytes belong to a line already reported as too long.
pub(super) fn split(
    bytes: &[u8],
    line_bytes_max: usize,
    discarding: &mut bool,
    mut on_line: impl FnMut(Line<'_>),
) -> usize {
    let mut start = 0;
    for end in memchr_iter(b'\n', bytes) {
        let line = &bytes[start..end];
        start = end + 1;
        if !std::mem::take(discarding) {
            let line = without_hole(line);
            on_line(if line.len() > line_bytes_max { Line::TooLong } else { Line::Complete(line) });
        }
    }
    if !*discarding {
        start = bytes.len() - without_hole(&bytes[start..]).len();
    }
    if !*discarding && bytes.len() - start > line_bytes_max {
        *discarding = true;
        on_line(Line::TooLong);
    }
    if *discarding { bytes.len() } else { start }
}

/// What stands behind NULs. A file that was cut off under a writer that went on at its old place has a hole before the next
/// line, and so has one that was being written when the machine went down.
fn without_hole(line: &[u8]) -> &[u8] {
    match line {
        [0, ..] => &line[line.iter().position(|byte| *byte != 0).unwrap_or(line.len())..],
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, discarding: bool, expected: &[&str], consumed: usize, discarding_after: bool) {
        let mut flag = discarding;
        let mut lines = Vec::new();
        let done = split(bytes.as_bytes(), 4, &mut flag, |line| match line {
            Line::Complete(bytes) => lines.push(String::from_utf8_lossy(bytes).into_owned()),
            Line::TooLong => lines.push("TOO LONG".to_owned()),
        });
        let expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!((lines, done, flag), (expected, consumed, discarding_after), "{bytes:?}");
    }

    #[test]
    fn lines_are_cut_at_newlines_and_a_half_line_waits() {
        check("", false, &[], 0, false);
        check("abcd", false, &[], 0, false);
        check("a\n", false, &["a"], 2, false);
        check("a\r\n\nbc", false, &["a\r", ""], 4, false);
    }

    #[test]
    fn a_hole_is_no_part_of_a_line() {
        check("\0\0\0\0\0\0ab\n", false, &["ab"], 9, false);
        check("a\n\0\0\0\0\0\0", false, &["a"], 8, false);
        check("\0\0\0\0\0\0ab", false, &[], 6, false);
        check("a\0b\n", false, &["a\0b"], 4, false);
    }

    #[test]
    fn a_line_over_the_limit_is_reported_once_and_skipped_to_its_newline() {
        check("abcde", false, &["TOO LONG"], 5, true);
        check("fgh", true, &[], 3, true);
        check("fgh\nok\n", true, &["ok"], 7, false);
        check("abcde\nok\n", false, &["TOO LONG", "ok"], 9, false);
        check("x\nabcde", false, &["x", "TOO LONG"], 7, true);
    }
}
