//! What one record means: who gave up, in which phase, and how the request and each upstream try ended.
//! Knows: nginx's records. Does not know: how lines arrive, how results are counted.

mod judge;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use judge::{judge, judge_try, judge_try_of};

/// Who stopped waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Party {
    Client,
    Server,
    Gateway,
    Upstream,
    Edge,
}

impl Party {
    pub const ALL: [Party; 5] = [Party::Client, Party::Server, Party::Gateway, Party::Upstream, Party::Edge];
    pub const fn as_str(self) -> &'static str {
        ["client", "server", "gateway", "upstream", "edge"][self as usize]
    }
}

/// During what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Phase {
    Request,
    Admission,
    Connect,
    Response,
    Body,
}

impl Phase {
    pub const ALL: [Phase; 5] = [Phase::Request, Phase::Admission, Phase::Connect, Phase::Response, Phase::Body];
    pub const fn as_str(self) -> &'static str {
        ["request", "admission", "connect", "response", "body"][self as usize]
    }
}

/// The answer for one request that somebody stopped waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GaveUp {
    pub party: Party,
    pub phase: Phase,
    /// The status of the access log: the code people search for, `200` for a client that left in mid-body.
    pub code: u16,
}

/// How a request ended, as the duration histogram splits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Outcome {
    Ok,
    Abandoned,
    CutShort,
    Timeout,
    Error,
}

impl Outcome {
    pub const ALL: [Outcome; 5] =
        [Outcome::Ok, Outcome::Abandoned, Outcome::CutShort, Outcome::Timeout, Outcome::Error];
    pub const fn as_str(self) -> &'static str {
        ["ok", "abandoned", "cut_short", "timeout", "error"][self as usize]
    }
}

/// How one upstream try ended: the same words, said of a try.
pub type TryOutcome = Outcome;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub gave_up: Option<GaveUp>,
    /// A 101 session: counted, but its whole length is no duration of a request.
    pub session: bool,
}
