//! What a log's readers can be told about it: is it read, how far behind, what happened to it. Values only.

/// The state of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStatus {
    pub pattern: String,
    /// At least one file is there, and nothing stands in the way of reading.
    pub up: bool,
    /// What stands in the way, as a sentence that says what to do. While `up`: what limits the reading.
    pub error: Option<String>,
    /// Bytes known to be on disk and not handed out yet.
    pub unread_bytes: u64,
    pub bytes_read: u64,
    /// Bytes known to have been written and never to be had again. What was written unseen is not in it.
    pub bytes_lost: u64,
    /// Lines that were sent and for which the kernel had no room. `None`: it does not count them, or they are in files.
    pub datagrams_lost: Option<u64>,
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
