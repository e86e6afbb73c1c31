//! The same counts over finished logs, for a person in a terminal or as JSON.
//! Knows: wording and tables. Does not know: Prometheus, threads that follow, tokio.

mod read;
mod summary;
mod text;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use crate::dialect::AccessFormat;
use crate::tally::{self, WHOLE_LOG_MS};

pub use summary::Summary;
pub use text::Text;

/// What to report on.
#[derive(Debug, Clone)]
pub struct Options {
    /// `-` is standard input.
    pub files: Vec<PathBuf>,
    /// Error logs whatever they look like.
    pub error_logs: Vec<PathBuf>,
    pub json: bool,
    /// A format for all access logs that the server's own configuration does not know.
    pub format: Option<AccessFormat>,
    /// The access logs of that configuration.
    pub known: Vec<Known>,
    /// The label of requests whose lines name no server.
    pub server: String,
    pub tally: tally::Options,
    pub line_bytes_max: usize,
}

/// An access log that the server's own configuration describes.
#[derive(Debug, Clone)]
pub struct Known {
    pub path: String,
    pub format: AccessFormat,
    pub server: String,
}

/// Reads the logs and prints what they tell.
pub fn run(mut options: Options, out: &mut dyn Write) -> Result<()> {
    // A finished log is looked at as a whole, not by its last minutes; and it tells only of its own servers.
    options.tally.sources_window_ms = WHOLE_LOG_MS;
    options.tally.cliff_window_ms = WHOLE_LOG_MS;
    let summary = Summary::of(&read::all(&options)?, 0);
    if options.json {
        serde_json::to_writer_pretty(&mut *out, &summary)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", Text(&summary))?;
    }
    Ok(())
}
