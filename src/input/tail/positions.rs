//! Everything a [`Tailer`](super::Tailer) must remember to go on exactly where it was. Values only, no files.
//!
//! Saved by name: names that are not known are passed over when they are read, so a newer version may add some. What an
//! older version called otherwise is still understood.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::identity::{Fingerprint, Inode};
use super::path_text;
use crate::input::status::Rotation;

/// How far every file has been read. To be saved together with the counts that its lines stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Positions {
    pub(super) logs: Vec<LogCounts>,
    pub(super) files: Vec<Position>,
    /// What was read to its end and let go.
    pub(super) finished: Vec<Position>,
    /// Where files that were rotated were seen to go, if not beside their log.
    pub(super) places: Vec<Place>,
}

/// Where rotation takes the files of one log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The log's path.
    #[serde(with = "path_text")]
    pub path: PathBuf,
    /// The path of a rotated file, with `#` for each number in it.
    #[serde(with = "path_text")]
    pub template: PathBuf,
}

/// The part of a status that grows for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::input) struct LogCounts {
    pub pattern: String,
    #[serde(default)]
    pub bytes_read: u64,
    #[serde(default)]
    pub bytes_lost: u64,
    #[serde(default)]
    pub read_errors: u64,
    /// Of a stream of datagrams: what the kernel had no room for.
    #[serde(default)]
    pub datagrams_lost: u64,
    /// In the order of [`Rotation::ALL`].
    #[serde(default)]
    pub rotations: [u64; Rotation::ALL.len()],
}

impl LogCounts {
    pub(in crate::input) fn new(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), ..Self::default() }
    }
}

impl Positions {
    /// Takes the counts of a log that is no file.
    pub(in crate::input) fn take_counts(&mut self, pattern: &str) -> LogCounts {
        let found = self.logs.iter().position(|counts| counts.pattern == pattern);
        found.map_or_else(|| LogCounts::new(pattern), |at| self.logs.swap_remove(at))
    }

    /// The same with the counts of logs that are no files.
    pub(in crate::input) fn with_counts(mut self, counts: impl Iterator<Item = LogCounts>) -> Self {
        self.logs.extend(counts);
        self
    }
}

/// How far one file has been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The pattern of the source it belongs to.
    pub pattern: String,
    /// The path at which it appeared, and stays so when rotation moves it to another that is followed.
    #[serde(alias = "home", with = "path_text")]
    pub path: PathBuf,
    /// The same path, then, with symbolic links resolved, as rotated files lie beside the target.
    #[serde(alias = "real", with = "path_text")]
    pub canonical_path: PathBuf,
    pub inode: Inode,
    /// When the file was made. `None`: its file system does not say, or nobody asked.
    #[serde(default)]
    pub born_nanos: Option<i64>,
    pub fingerprint: Fingerprint,
    /// The start of the first line not yet handed out.
    pub offset: u64,
    /// The offset lies inside a line that was already reported as too long.
    #[serde(default)]
    pub discarding: bool,
    /// The same of a line in parts, by the container's output.
    #[serde(default)]
    pub discarding_parts: [bool; 2],
    /// The size when it was last read, in bytes.
    pub size: u64,
    /// Its last write at the time when its content was last known to be whole: what rotated files are newer than.
    pub written_nanos: i64,
    pub role: Role,
}

/// Why a file is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// A path leads to it.
    Live,
    /// It was renamed or removed, and nginx may still be writing to it.
    Moved,
    /// A copy, or a compressed file, in which the rest of one that is gone is read. It does not grow.
    Recovered,
    /// A copy of content that is counted elsewhere. Not read; held so that it is known.
    #[serde(alias = "twin")]
    Copy,
}

impl Position {
    /// The start of a file at its path.
    pub(super) fn new(pattern: &str, path: &Path, inode: Inode) -> Self {
        Self {
            pattern: pattern.to_owned(),
            path: path.to_owned(),
            canonical_path: path.to_owned(),
            inode,
            born_nanos: None,
            fingerprint: Fingerprint::EMPTY,
            offset: 0,
            discarding: false,
            discarding_parts: [false; 2],
            size: 0,
            written_nanos: 0,
            role: Role::Live,
        }
    }

    /// The content was cut off in its file, so no inode leads to it.
    pub(super) fn is_cut_off(&self) -> bool {
        self.inode == Inode::default()
    }

    /// The same content, which is not in its file any more.
    pub(super) fn cut_off(self) -> Self {
        Self { inode: Inode::default(), born_nanos: None, ..self }
    }

    /// A file made then may be its own: both times are equal, or one is not known.
    pub(super) fn is_born_like(&self, born_nanos: Option<i64>) -> bool {
        self.born_nanos.zip(born_nanos).is_none_or(|(own, other)| own == other)
    }

    /// It is of the file that was last at `path`, and no copy.
    pub(super) fn was_at(&self, path: &Path) -> bool {
        self.path == path && self.role != Role::Copy
    }

    /// Bytes known to exist and not handed out.
    pub(super) fn unread_bytes(&self) -> u64 {
        match self.role {
            Role::Copy => 0,
            Role::Live | Role::Moved | Role::Recovered => self.size.saturating_sub(self.offset),
        }
    }
}
