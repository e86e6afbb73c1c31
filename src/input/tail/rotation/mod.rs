//! Finds bytes that left the path they were written under while nobody held them open.
//!
//! It knows how logrotate and its like name and place files. It does not read lines and holds nothing open.

mod names;
mod search;

pub(super) use names::is_rotated_name;
pub(super) use search::{Found, find, rotated_past};
