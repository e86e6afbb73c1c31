//! Saves offsets and counts as one snapshot in a directory, so that a kill at any moment loses nothing and doubles nothing.
//!
//! It knows how to write a file so that it is there whole or not at all, how to tell a good one from a damaged one, and
//! every form that was ever written. It does not know what the numbers mean: counts are any value that serde can write.

mod available;
mod directory;
mod snapshot;
#[cfg(test)]
mod tests;

pub use available::Available;
pub use directory::{Durability, Loaded, SetAside, StateDirectory, StateError};
pub use snapshot::{Counts, Damage, Found, Snapshot};
