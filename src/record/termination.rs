//! Who stopped waiting, during what, and how, where a product says so itself.
//! Does not know: how a verdict is reached where it does not.

use serde::{Deserialize, Serialize};

use super::labels;

labels! {
    /// Who stopped waiting.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Party {
        Client = "client",
        Server = "server",
        Gateway = "gateway",
        Upstream = "upstream",
        Edge = "edge",
        /// A proxy that was shut down or killed by its people.
        Operator = "operator",
        /// The column that would tell is not in this log.
        Unknown = "unknown",
    }
}

labels! {
    /// During what.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Phase {
        Request = "request",
        Admission = "admission",
        Connect = "connect",
        Response = "response",
        Body = "body",
    }
}

/// How somebody gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Closed or reset the connection.
    Closed,
    /// A timer ran out.
    TimedOut,
    /// Refused, overloaded, an answer that is none.
    Failed,
}

/// A request that ended before its time, in the words of the product: a termination state, response flags, a mark that
/// only its dialect can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Termination {
    pub party: Party,
    pub phase: Phase,
    pub reason: Reason,
}
