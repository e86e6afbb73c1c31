//! Follows log files through every kind of rotation and hands out their lines, each exactly once.
//!
//! It knows files, inodes, rotation, offsets, and bytes up to the newline.
//! It does not know nginx, UTF-8, metrics or threads: [`Tailer::round`] is the unit of time, and the caller brings the clock.
//!
//! A file is the pair of its inode and its first bytes, never its path, so most rotation needs no handling at all: a file
//! that is moved is still the same file, and a path that leads to an unknown file has been given a new one.
//! What is left are the cases where bytes have to be looked for elsewhere, and these live in [`rotation`]:
//! the copy that copytruncate made, the files that were rotated (and perhaps compressed) while nobody looked.
//!
//! Who holds what: [`paths`] where the patterns lead, [`live`] the open files that paths lead to, [`drained`] the open
//! files that were rotated away, [`waiting`] the saved positions whose file has not turned up, [`history`] what was read to
//! its end, [`logs`] the counts of each source. [`Tailer`] passes files and positions between them.

mod contents;
mod drained;
mod file_set;
mod glob;
mod history;
mod identity;
mod live;
mod logs;
mod open_file;
mod options;
mod path_text;
mod paths;
mod places;
mod positions;
mod reason;
mod rotation;
mod tailer;
#[cfg(test)]
pub(crate) mod tests;
mod waiting;
mod watcher;

pub use options::{Options, Source, StartFrom};
pub(super) use positions::LogCounts;
pub use positions::Positions;
pub use tailer::Tailer;
pub use watcher::{DirWatcher, WatchEvent};
