//! Keeps one snapshot of offsets and counts in a directory, so that a kill at any moment loses nothing and doubles nothing.
//!
//! It knows how to write a file so that it is there whole or not at all, and how to tell a good one from a damaged one.
//! It does not know what the numbers mean: the payload is any value that serde can write.

mod directory;
mod snapshot;
#[cfg(test)]
mod tests;

pub use directory::{Loaded, SetAside, StateDirectory, StateError};
pub use snapshot::{Damage, Snapshot};
