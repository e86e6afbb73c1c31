//! What a log's readers can be told about it: is it read, how far behind, what happened to it. Values only.

use serde::{Deserialize, Serialize};

use super::tailer::Tailer;
use super::{positions::Role, reason};

/// The state of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStatus {
    pub pattern: String,
    /// At least one file is there, and nothing stands in the way of reading.
    pub up: bool,
    /// What stands in the way, as a sentence that says what to do.
    pub error: Option<String>,
    /// Bytes known to be on disk and not handed out yet.
    pub unread_bytes: u64,
    pub bytes_read: u64,
    /// Bytes known to have been written and never to be had again. What was written unseen is not in it.
    pub bytes_lost: u64,
    pub read_errors: u64,
    pub rotations: [(Rotation, u64); Rotation::ALL.len()],
    /// Open files, moved ones included.
    pub files: usize,
}

/// In which way a path was given new content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The file was renamed, and a new one stands in its place.
    Renamed,
    /// The file was deleted, and a new one stands in its place.
    Removed,
    /// The content was cut off and is nowhere to be found.
    Truncated,
    /// The content was cut off after it had been copied.
    Copytruncated,
    /// A symbolic link leads elsewhere.
    Retargeted,
}

impl Rotation {
    pub const ALL: [Self; 5] = [Self::Renamed, Self::Removed, Self::Truncated, Self::Copytruncated, Self::Retargeted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Renamed => "renamed",
            Self::Removed => "removed",
            Self::Truncated => "truncated",
            Self::Copytruncated => "copytruncated",
            Self::Retargeted => "retargeted",
        }
    }
}

/// The part of a status that grows for ever, and so is saved with the positions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LogCounts {
    pub pattern: String,
    pub bytes_read: u64,
    pub bytes_lost: u64,
    pub read_errors: u64,
    /// In the order of [`Rotation::ALL`].
    pub rotations: [u64; Rotation::ALL.len()],
}

/// What stands in the way of reading a path. Put into words only when somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub path: String,
    pub cause: reason::Cause,
}

impl Tailer {
    /// One entry for each source, in their order.
    pub fn status(&self) -> Vec<LogStatus> {
        (0..self.logs.len()).map(|source| self.status_of(source)).collect()
    }

    fn status_of(&self, source: usize) -> LogStatus {
        let log = &self.logs[source];
        let files = self.files.iter().filter(|file| file.source == source && file.at.role != Role::Twin);
        let unread: u64 = files.clone().map(|file| file.at.unread_bytes()).sum();
        let missing = self.missing.iter().filter(|missing| missing.source == source);
        LogStatus {
            pattern: log.counts.pattern.clone(),
            up: log.paths_open > 0 && log.trouble.is_none(),
            error: log.trouble.as_ref().map(|trouble| reason::sentence(&trouble.path, &trouble.cause)),
            unread_bytes: unread + missing.map(|missing| missing.at.unread_bytes()).sum::<u64>(),
            bytes_read: log.counts.bytes_read,
            bytes_lost: log.counts.bytes_lost,
            read_errors: log.counts.read_errors,
            rotations: std::array::from_fn(|i| (Rotation::ALL[i], log.counts.rotations[i])),
            files: files.count(),
        }
    }
}
