//! The HTTP side: routes, content types, readiness, and bounds on what a client may hold.
//! Knows: HTTP and the page for people. Does not know: anything that is measured; it shows what [`Pages`] hands over.

mod addresses;
mod before_1970;
mod bodies;
mod connections;
mod cuts;
mod gate;
mod guard;
mod gzip;
mod handshake;
mod page;
mod refusals;
mod router;
mod server;
mod shared;
mod stream;
mod telemetry_path;
#[cfg(test)]
mod tests;
mod tls;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::diagnosis::Answer;

pub use addresses::ClientAddresses;
pub use cuts::Cuts;
pub use gate::{Front, FrontSettings, Gate, RateLimit};
pub use guard::OwnNames;
pub use refusals::Refusals;
pub use router::{Options, router};
pub use server::{listen, serve};
pub use telemetry_path::{BadTelemetryPath, TelemetryPath};
pub use tls::{ClientAuth, TlsSettings};

/// What the routes ask for. Calls may block for as long as copying and rendering takes, never for the network:
/// [`Pages::metrics`], [`Pages::answer`] and [`Pages::reload`] run on threads that may block, the others do not.
pub trait Pages: Send + Sync + 'static {
    /// The content type of the format that this Accept header (empty where none was sent) asks for.
    fn content_type(&self, accept: &str) -> &'static str;
    /// The exposition in that format.
    fn metrics(&self, accept: &str) -> Document;
    /// Why users are lost: what the page for people and the API show.
    fn answer(&self) -> Answer;
    /// The sources whose first round is still awaited; nothing once hangup is ready.
    fn awaited(&self) -> Vec<String>;
    /// Whether `POST /-/reload` is allowed.
    fn reload_enabled(&self) -> bool;
    /// Reads the configuration anew; the error is the sentence for the person who asked.
    fn reload(&self) -> Result<(), String>;
}

/// A rendered text with its Content-Type.
pub struct Document {
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// Takes a lock of this room. What a panicking thread leaves under one is whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
