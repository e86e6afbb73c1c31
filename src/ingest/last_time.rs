//! A copy of the last line's time: cheap enough to take for every line, parsed only when somebody looks.
//! Does not know: which log it is of.

use crate::record::{Notation, Time};

/// Longer than every notation.
const BYTES_MAX: usize = 32;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LastTime {
    text: [u8; BYTES_MAX],
    length: u8,
    /// `None`: the time, if there is one, is told by `unix_ms`.
    notation: Option<Notation>,
    unix_ms: Option<i64>,
}

impl LastTime {
    /// A line without a time of its own leaves the one before.
    pub(super) fn set(&mut self, time: Time<'_>) {
        match time {
            Time::Absent => {}
            Time::Text(text, notation) => self.set_text(text, notation),
            Time::Unix(millis) => (self.notation, self.unix_ms) = (None, Some(millis)),
        }
    }

    pub(super) fn unix_millis(&self) -> Option<i64> {
        match self.notation {
            Some(notation) => Time::Text(&self.text[..usize::from(self.length)], notation).unix_millis(),
            None => self.unix_ms,
        }
    }

    fn set_text(&mut self, text: &[u8], notation: Notation) {
        let length = text.len().min(BYTES_MAX);
        self.text[..length].copy_from_slice(&text[..length]);
        (self.length, self.notation) = (length as u8, Some(notation));
    }
}
