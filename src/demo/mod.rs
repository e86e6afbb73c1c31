//! The demo: an nginx in trouble without an nginx, and the two parts that bring trouble to a real one.
//! Knows: how nginx, its upstreams and its clients act when somebody stops waiting.
//! Does not know: the exporter's inside; it meets it only through files and HTTP.

pub mod clients;
pub mod embedded;
mod http;
pub mod random;
pub mod span;
pub mod upstream;

pub use clients::{ClientsArgs, run_clients};
pub use embedded::{Demo, DemoArgs, Generator, prepare};
pub use upstream::{UpstreamArgs, run_upstream};
