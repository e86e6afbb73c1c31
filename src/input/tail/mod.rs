//! Follows log files through every kind of rotation and hands out their lines, each exactly once.
//!
//! It knows files, inodes, rotation, offsets, and bytes up to the newline.
//! It does not know nginx, UTF-8, metrics or threads: [`Tailer::round`] is the unit of time, and the caller brings the clock.
//!
//! A file is the pair of its inode and its first bytes, never its path, so most rotation needs no handling at all: a file
//! that is moved is still the same file, and a path that leads to an unknown file has been given a new one.
//! What is left are the cases where bytes have to be looked for elsewhere, and these live in [`rotation`]:
//! the copy that copytruncate made, the files that were rotated (and perhaps compressed) while nobody looked.

mod contents;
mod finished;
mod follow;
mod glob;
mod hint;
mod identity;
mod line_buffer;
mod look;
mod open;
mod positions;
mod read;
mod reason;
mod release;
mod rotation;
mod search;
mod status;
mod tailer;
#[cfg(test)]
pub(crate) mod tests;
mod wake;

use std::time::Duration;

pub use finished::read_lines;
pub use hint::{Heard, Hint};
pub use positions::Positions;
pub use status::{LogStatus, Rotation};
pub use tailer::Tailer;
pub use wake::Wake;

/// Where reading begins in a file that is there at start-up and of which nothing was saved.
/// Files that appear later are always read from their first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartFrom {
    #[default]
    End,
    Start,
}

/// One log to follow: a path, or a glob that may match many and new ones later. Neither has to exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub pattern: String,
    pub from: StartFrom,
}

/// The limits of a [`Tailer`].
#[derive(Clone, Debug)]
pub struct Options {
    /// A longer line is discarded up to its newline and reported once as [`Line::TooLong`].
    pub line_bytes_max: usize,
    /// How long a file that was moved away must be silent, after its successor has begun, before it is let go.
    pub quiet_grace: Duration,
    /// Paths are looked up no more often than this while lines flow; the open files are read in every round.
    pub look_every: Duration,
    /// Globs are expanded no more often than this.
    pub glob_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            // nginx writes access lines of up to 32 KiB for a maximal request line and error lines of up to 2 KiB.
            line_bytes_max: 64 * 1024,
            // nginx' workers reopen within milliseconds of USR1; that the signal itself comes late is covered by
            // waiting for the successor's first byte.
            quiet_grace: Duration::from_secs(5),
            look_every: Duration::from_millis(50),
            glob_every: Duration::from_secs(1),
        }
    }
}

/// What [`Tailer::round`] hands out. The bytes are as they stand in the file, without the newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Complete(&'a [u8]),
    TooLong,
}

/// Takes what a round reads. A closure that takes the lines will do: see [`Tailer::round`].
pub trait Lines {
    /// A line of this source.
    fn line(&mut self, source: usize, line: Line<'_>);
    /// A file is about to be read, and that may take as long as its disk does: what is held for the lines can be let go.
    fn pause(&mut self) {}
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub bytes: u64,
    pub lines: u64,
    /// The budget ended before the files did, so the next round should follow at once.
    pub more: bool,
}
