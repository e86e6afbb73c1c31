//! Why users are lost: windows over the differences of a tally and of the host's samples, and from them causes with
//! evidence, ranked from the packet upwards.
//! Knows: which numbers together name a cause. Does not know: how they were read, how they are shown.

mod answer;
mod answering;
mod buckets;
mod case;
mod cause;
mod facts;
mod finding;
mod history;
mod host;
mod judge;
mod names;
mod observer;
mod people;
mod rows;
mod server;
mod stretch;
#[cfg(test)]
mod tests;
mod totals;
mod window;
mod windows;

pub use answer::{
    Answer, BusySource, GaveUpRate, LeadTime, LeftRequest, LogState, NotVisible, Patience, Point, RouteNow,
    UnknownEntry, UpstreamNow, VERSION, Wasted, WindowAnswer,
};
pub use cause::{Cause, Confidence};
pub use facts::{Facts, Path, Timeouts};
pub use finding::{Diagnosis, Evidence, Unit};
pub use history::{History, LedIncident, Worst};
pub use host::{Connections, Counter, Host, Listener, Table};
pub use judge::{Judged, diagnose};
pub use server::Server;
pub use stretch::Stretch;
pub use window::Window;
pub use windows::{Recent, SLOT_MS, Span, Windows};
