//! The same counts over finished logs, for a person in a terminal or as JSON.
//! Knows: wording and tables. Does not know: Prometheus, threads that follow, tokio.

mod summary;
mod text;

pub use summary::Summary;
pub use text::Text;
