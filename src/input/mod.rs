//! Where lines come from. Knows: files and rotation. Does not know: formats, metrics.

pub mod tail;
