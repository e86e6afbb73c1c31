//! The tally: counts, histograms, bounded labels, routes; add, merge, read.
//! Does not know: where records come from, metric names, the time of day (it is handed in).

use crate::nginx::access::Record;
use crate::nginx::error::ErrorRecord;
use crate::verdict::Verdict;

/// What a line turned out to be. Every line ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum LineResult {
    Parsed,
    Unparsed,
    TooLong,
    Skipped,
}

#[derive(Debug, Clone, Default)]
pub struct Tally {}

impl Tally {
    /// `server`: the server_name of the block the log belongs to, used where the line names none. `now_ms`: unix time of this batch.
    pub fn add_request(&mut self, record: &Record<'_>, verdict: &Verdict, server: ServerId, now_ms: i64) {
        let _ = (record, verdict, server, now_ms);
    }
    pub fn add_error(&mut self, record: &ErrorRecord<'_>) {
        let _ = record;
    }
}

/// An interned server name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServerId(pub u16);
