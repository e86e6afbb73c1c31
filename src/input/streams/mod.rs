//! What is read and cannot be read again: syslog datagrams, standard input, FIFOs.
//!
//! A thread for each takes what comes, so that nothing waits in the kernel while the reader is busy, and hands it over in a
//! bounded buffer. It knows bytes up to the newline. What a kill finds here is gone: nobody else has it.

mod address;
mod buffer;
mod bytes;
mod datagrams;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use address::Address;
pub(super) use stream::Stream;

/// Called when the reader should not sleep any longer.
pub(super) type OnPressure = Arc<dyn Fn() + Send + Sync>;
