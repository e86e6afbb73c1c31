//! One request, one attempt at an upstream and one error-log entry, in words that belong to no product.
//! Knows: what can be told of them at all, and which of it a log shows. Does not know: any product's text, what the
//! values mean together.
//!
//! Durations are whole milliseconds in a `u32` (up to 49 days): the shortest bucket ends at 5 ms, and most products
//! write no more. A dialect with a finer clock rounds.

mod attempt;
mod error;
mod labels;
mod request;
mod sight;
mod signal;
mod status;
mod termination;
#[cfg(test)]
pub mod testing;
mod time;

pub use attempt::{Attempt, Attempts, Columns};
pub use error::{
    ClientFailure, ErrorLine, ErrorRecord, Event, Level, Resource, ServerFailure, TimeoutPhase, UpstreamFailure,
};
pub use request::{Record, Unparsed};
pub use sight::{Column, Sight};
pub use signal::Signal;
pub use status::Status;
pub use termination::{Party, Phase, Reason, Termination};
pub use time::{Notation, Time};

pub(crate) use labels::labels;

/// Milliseconds.
pub type Millis = u32;
