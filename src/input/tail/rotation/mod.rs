//! Finds bytes that left the path they were written under while nobody held them open.
//!
//! It knows how logrotate and its like name and place files. It does not read lines and holds nothing open.

mod candidates;
mod directories;
mod listing;
mod logrotate;
mod names;
mod search;

pub(super) use candidates::RotatedFile;
pub(super) use listing::stamp;
pub(super) use names::{is_packed_name, is_rotated_name, template};
pub(super) use search::{Found, Others, Search};
