//! Whether most of a log's last lines could be read, and the first that could not.
//! Does not know: formats, or what is done about it.

use std::sync::Arc;

/// Fewer lines say nothing, but for [`ALL_MIN`] of which not one fits.
const LINES_MIN: u32 = 4;
const ALL_MIN: u32 = 3;
/// Enough of a line to see where it departs from a format.
const MISFIT_BYTES_MAX: usize = 1024;

/// The last 16 lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Fit {
    /// A bit for each, set where it did not fit; the last line is the lowest.
    misfits: u16,
    lines: u32,
    /// The first misfit after lines that all fitted.
    first: Option<Arc<[u8]>>,
}

impl Fit {
    #[inline]
    pub(super) fn add(&mut self) {
        self.misfits <<= 1;
        self.lines = (self.lines + 1).min(u16::BITS);
    }

    pub(super) fn add_misfit(&mut self, line: &[u8]) {
        if self.misfits == 0 {
            self.first = Some(line[..line.len().min(MISFIT_BYTES_MAX)].into());
        }
        self.add();
        self.misfits |= 1;
    }

    /// `None`: there were too few lines to tell.
    pub(super) fn of_most(&self) -> Option<bool> {
        let misfits = self.misfits.count_ones();
        let tells = self.lines >= LINES_MIN || misfits >= ALL_MIN;
        tells.then_some(misfits * 2 <= self.lines)
    }

    pub(super) fn first_misfit(&self) -> Option<&Arc<[u8]>> {
        self.first.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `.`: a line that fits.
    #[track_caller]
    fn check(lines: &str, expected: Option<bool>, first: Option<&str>) {
        let mut fit = Fit::default();
        for line in lines.chars() {
            match line {
                '.' => fit.add(),
                _ => fit.add_misfit(line.to_string().as_bytes()),
            }
        }
        let told = fit.first_misfit().map(|line| String::from_utf8_lossy(line));
        assert_eq!((fit.of_most(), told.as_deref()), (expected, first), "{lines}");
    }

    #[test]
    fn the_last_lines_tell() {
        check("", None, None);
        check("ab", None, Some("a"));
        check("abc", Some(false), Some("a"));
        check("ab.", None, Some("a"));
        check("...", None, None);
        check("....", Some(true), None);
        check("abcd", Some(false), Some("a"));
        check("..ab", Some(true), Some("a"));
        check("..abc", Some(false), Some("a"));
        check("................abcdefgh", Some(true), Some("a"));
        check("................abcdefghi", Some(false), Some("a"));
        check("abcdefghijklmnopqrst........", Some(true), Some("a"));
        check("ab................c", Some(true), Some("c"));
    }
}
