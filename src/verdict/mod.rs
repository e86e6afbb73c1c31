//! What one record means: who gave up, in which phase.
//! Knows: nginx's records. Does not know: how lines arrive, how results are counted.

use crate::nginx::access::Record;

/// Who stopped waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Party {
    Client,
    Server,
    Gateway,
    Upstream,
    Edge,
}

/// During what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Phase {
    Request,
    Admission,
    Connect,
    Response,
    Body,
}

/// The answer for one request that somebody stopped waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GaveUp {
    pub party: Party,
    pub phase: Phase,
    pub code: u16,
}

/// How a request ended, as the duration histogram splits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outcome {
    Ok,
    Abandoned,
    CutShort,
    Timeout,
    Error,
}

/// How one upstream try ended.
pub type TryOutcome = Outcome;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub gave_up: Option<GaveUp>,
    /// A 101 session: counted, but its whole length is no duration of a request.
    pub session: bool,
}

/// Judges one request.
pub fn judge(record: &Record<'_>) -> Verdict {
    let _ = record;
    Verdict { outcome: Outcome::Ok, gave_up: None, session: false }
}
