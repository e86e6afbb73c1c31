//! The spine: a line is taken out of its envelope, becomes a record, gets a verdict, and is added to the tally.
//! Knows the order of the stages. Does not know: threads, Prometheus, where lines come from next.

mod last_time;
#[cfg(test)]
mod tests;

use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::Envelope;
use crate::input::Line;
use crate::record::{ErrorLine, Record, Sight};
use crate::tally::{LineResult, ServerId, Tally};
use crate::verdict::{self, Shutdown};
use last_time::LastTime;

/// What one log holds.
#[derive(Debug, Clone)]
pub enum LogKind {
    /// Requests, in this format; `server` is used for lines that name none.
    Access { format: AccessFormat, server: ServerId },
    /// Entries of an error log.
    Error(ErrorFormat),
}

/// The stages, and what they know of each log.
#[derive(Debug)]
pub struct Ingest {
    logs: Vec<Log>,
}

#[derive(Debug)]
struct Log {
    kind: LogKind,
    /// Of the last line that could be read: the next is most likely in such a one, too.
    envelope: Envelope,
    last_time: LastTime,
    shutdown: Shutdown,
    /// What its lines have shown so far, where they name their own values.
    shown: Sight,
}

impl Ingest {
    /// `logs` in the order of the tail's sources.
    pub fn new(logs: Vec<LogKind>) -> Ingest {
        let (envelope, last_time) = (Envelope::default(), LastTime::default());
        let (shutdown, shown) = (Shutdown::default(), Sight::NOTHING);
        let log = |kind| Log { kind, envelope, last_time, shutdown, shown };
        Ingest { logs: logs.into_iter().map(log).collect() }
    }

    /// Takes one line of log number `log` from bytes to counts. Exactly one result is counted for it, and returned.
    pub fn line(&mut self, log: usize, line: Line<'_>, tally: &mut Tally, now_ms: i64) -> LineResult {
        let (result, bytes) = match line {
            Line::TooLong => (LineResult::TooLong, 0),
            Line::Complete(text) => (self.logs[log].text(without_return(text), tally, now_ms), text.len() as u64 + 1),
        };
        tally.add_line(log, result, bytes);
        result
    }

    /// What the log shows of requests: what its format has, and what its lines have named so far.
    pub fn sight(&self, log: usize) -> Sight {
        match &self.logs[log].kind {
            LogKind::Access { format, .. } => format.sight().and(self.logs[log].shown),
            LogKind::Error(_) => Sight::NOTHING,
        }
    }

    pub fn kind(&self, log: usize) -> &LogKind {
        &self.logs[log].kind
    }

    /// The last line's own time in milliseconds since 1970, where its log has times.
    pub fn last_time_ms(&self, log: usize) -> Option<i64> {
        self.logs[log].last_time.unix_millis()
    }
}

/// A log that went through Windows has CR LF at its ends; nginx writes a CR of a client as `\x0D`.
#[inline]
fn without_return(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\r").unwrap_or(text)
}

impl Log {
    #[inline]
    fn text(&mut self, text: &[u8], tally: &mut Tally, now_ms: i64) -> LineResult {
        if text.is_empty() {
            return LineResult::Skipped;
        }
        let read = self.envelope.open(text).is_some_and(|inside| self.read(inside, tally, now_ms));
        if read { LineResult::Parsed } else { self.text_of_another_kind(text, tally, now_ms) }
    }

    #[cold]
    fn text_of_another_kind(&mut self, text: &[u8], tally: &mut Tally, now_ms: i64) -> LineResult {
        let usual = self.envelope;
        for other in Envelope::ALL.into_iter().filter(|other| *other != usual) {
            if other.open(text).is_some_and(|inside| self.read(inside, tally, now_ms)) {
                self.envelope = other;
                return LineResult::Parsed;
            }
        }
        match self.kind {
            LogKind::Access { .. } => LineResult::Unparsed,
            LogKind::Error(_) => LineResult::Skipped,
        }
    }

    /// Counts the line if it can be read.
    #[inline]
    fn read(&mut self, text: &[u8], tally: &mut Tally, now_ms: i64) -> bool {
        match &self.kind {
            LogKind::Access { format, server } => {
                let mut record = Record::default();
                if format.read(text, &mut record).is_err() {
                    return false;
                }
                self.last_time.set(record.time);
                self.shown = self.shown.and(record.sight);
                let mut verdict = verdict::judge(&record);
                self.shutdown.correct(&record, &mut verdict);
                tally.add_request(&record, &verdict, *server, now_ms);
                true
            }
            LogKind::Error(format) => match format.read(text) {
                ErrorLine::Entry(record) => {
                    tally.add_error(&record);
                    true
                }
                ErrorLine::Continuation => false,
            },
        }
    }
}
