//! A status code, or that none was sent. Knows: the two apart. Does not know: what a code means.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was sent as status. In an `Option`, `None` means that the log has no such column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Option<u16>", into = "Option<u16>")]
pub enum Status {
    /// The log says that none was sent: HAProxy's −1, Envoy's 0, a dash for an attempt.
    NotSent,
    /// 0..=999.
    Code(u16),
}

impl Status {
    /// `None`: none was sent.
    pub const fn code(self) -> Option<u16> {
        match self {
            Status::NotSent => None,
            Status::Code(code) => Some(code),
        }
    }
}

impl From<Option<u16>> for Status {
    fn from(code: Option<u16>) -> Status {
        code.map_or(Status::NotSent, Status::Code)
    }
}

impl From<Status> for Option<u16> {
    fn from(status: Status) -> Option<u16> {
        status.code()
    }
}

/// As a label: the number as logs write it (`000`), or `none`.
impl fmt::Display for Status {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::NotSent => to.write_str("none"),
            Status::Code(code) => write!(to, "{code:03}"),
        }
    }
}
