//! Why a source gave nothing. Knows: a closed set of reasons and a sentence to act on. Does not know: the sources.

use std::io;
use std::path::Path;

/// One failed attempt. The sentence says what is wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct PollError {
    pub reason: Reason,
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// This host does not have the thing. Not a failure: there is nothing to watch.
    Absent,
    Denied,
    Refused,
    TimedOut,
    Unreachable,
    Untrusted,
    BadStatus,
    TooLarge,
    NotUnderstood,
    Panicked,
    Other,
}

impl PollError {
    pub fn new(reason: Reason, sentence: impl Into<String>) -> Self {
        Self { reason, sentence: sentence.into() }
    }

    /// For a file below /proc. `grant` is what an administrator has to give when it may not be read.
    pub fn of_file(path: &Path, error: &io::Error, grant: &str) -> Self {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(Reason::Absent, format!("{path} does not exist")),
            io::ErrorKind::PermissionDenied => Self::new(Reason::Denied, format!("{path} may not be read: {grant}")),
            _ => Self::new(Reason::Other, format!("{path}: {error}")),
        }
    }

    pub fn is_absent(&self) -> bool {
        self.reason == Reason::Absent
    }
}
