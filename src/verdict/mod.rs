//! What one record means: who gave up, in which phase, and how the request and each attempt at an upstream ended.
//! Knows: records. Does not know: products, how lines arrive, how results are counted.

mod judge;
mod shutdown;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::record::{Status, labels};

pub use crate::record::{Party, Phase};
pub use judge::{judge, judge_attempt};
pub use shutdown::Shutdown;

/// The answer for one request that somebody stopped waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GaveUp {
    pub party: Party,
    pub phase: Phase,
    /// The status of the access log: the code people search for, `200` for a client that left in mid-body.
    pub code: Status,
}

labels! {
    /// How a request ended, as the duration histogram splits it; and in the same words, how one attempt did.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Outcome {
        Ok = "ok",
        Abandoned = "abandoned",
        CutShort = "cut_short",
        Timeout = "timeout",
        Error = "error",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub gave_up: Option<GaveUp>,
    /// A 101 session: counted, but its whole length is no duration of a request.
    pub session: bool,
}

impl Verdict {
    /// The same of a request that is meant to last until its client leaves, like a stream or a long poll: its end is no
    /// abandonment, and its length no latency.
    pub fn ended_by_design(&self) -> Verdict {
        match self.gave_up {
            Some(GaveUp { party: Party::Client, .. }) | None => {
                Verdict { outcome: Outcome::Ok, gave_up: None, session: true }
            }
            Some(_) => Verdict { session: true, ..*self },
        }
    }
}
