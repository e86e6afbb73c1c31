//! The same counts over finished logs, for a person in a terminal or as JSON.
//! Knows: wording and tables. Does not know: Prometheus, threads that follow, tokio.

mod choice;
mod described;
mod gave_up;
mod live;
mod logs;
mod read;
mod refusal;
mod stretches;
mod summary;
mod text;
mod trial;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use crate::envelope::Envelope;
use crate::tally::{self, SeriesLimit, WHOLE_LOG_MS};

pub use described::{Described, DescribedLog, NamedFormat, RefusedFormat};
pub use live::Live;
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
    /// Of a line of text, in characters.
    pub width: usize,
    /// The format of all access logs, by a person's word.
    pub format: Option<NamedFormat>,
    /// What the server's own configuration says.
    pub described: Described,
    pub tally: tally::Options,
    /// What stands around the lines of all logs. `None`: found out line by line.
    pub envelope: Option<Envelope>,
    pub line_bytes_max: usize,
}

/// Reads the logs and prints what they tell.
pub fn run(mut options: Options, out: &mut dyn Write) -> Result<()> {
    // A finished log is looked at as a whole, not by its last minutes; and it tells only of its own servers.
    options.tally.sources_window_ms = WHOLE_LOG_MS;
    options.tally.cliff_window_ms = WHOLE_LOG_MS;
    // A report is read once, by a person who has all the room there is.
    options.tally.series = SeriesLimit::NONE;
    let summary = Summary::of(&read::all(&options)?, options.tally.long_after_ms, &options.tally.normal, 0);
    if options.json {
        serde_json::to_writer_pretty(&mut *out, &summary)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", Text { summary: &summary, width: options.width })?;
    }
    Ok(())
}
