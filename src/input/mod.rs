//! Where lines come from: log files, followed through every kind of rotation, and streams, received once.
//! Knows: files, offsets, sockets, pipes, bytes up to the newline. Does not know: formats, metrics.

mod inputs;
mod lines;
mod packed;
mod parts;
mod status;
mod stream;
mod streams;
pub mod tail;
mod wake;

pub use inputs::{Inputs, Settings};
pub use lines::{Line, Lines};
pub use packed::{Format as Packing, MARK_BYTES, Unpacked};
pub use status::{LogStatus, Rotation};
pub use stream::read_lines;
pub use streams::Address;
pub use tail::{Positions, WatchEvent};
pub use wake::{Round, Wake};
