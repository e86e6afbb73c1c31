//! The spine: a line becomes a record, a record gets a verdict, a verdict is added to the tally.
//! Knows the order of the stages. Does not know: threads, Prometheus, where lines come from next.

use crate::dialect::nginx::access::LogTime;
use crate::dialect::nginx::error::{self, ErrorLine};
use crate::dialect::nginx::log_format::{Fields, LogFormat};
use crate::input::Line;
use crate::tally::{LineResult, ServerId, Tally};
use crate::verdict;

/// What one followed log holds.
#[derive(Debug, Clone)]
pub enum LogKind {
    /// Requests, in this format; `server` is used for lines that name none.
    Access { format: LogFormat, server: ServerId },
    /// nginx's error log.
    Error,
}

/// The stages, and what they know of each log.
#[derive(Debug)]
pub struct Ingest {
    logs: Vec<LogKind>,
    last_times: Vec<LastTime>,
}

impl Ingest {
    /// `logs` in the order of the tail's sources.
    pub fn new(logs: Vec<LogKind>) -> Ingest {
        let last_times = vec![LastTime::default(); logs.len()];
        Ingest { logs, last_times }
    }

    /// Takes one line of log number `log` from bytes to counts. Exactly one result is counted for it.
    pub fn line(&mut self, log: usize, line: Line<'_>, tally: &mut Tally, now_ms: i64) {
        let (result, bytes) = match line {
            Line::TooLong => (LineResult::TooLong, 0),
            Line::Complete([]) => (LineResult::Skipped, 1),
            Line::Complete(text) => (self.text(log, text, tally, now_ms), text.len() as u64 + 1),
        };
        tally.add_line(log, result, bytes);
    }

    /// The last line's own time in milliseconds since 1970, where its log has times.
    pub fn last_time_ms(&self, log: usize) -> Option<i64> {
        self.last_times[log].get().unix_millis()
    }

    fn text(&mut self, log: usize, text: &[u8], tally: &mut Tally, now_ms: i64) -> LineResult {
        match &self.logs[log] {
            LogKind::Access { format, server } => {
                let mut fields = Fields::default();
                let Ok(record) = format.read(text, &mut fields) else { return LineResult::Unparsed };
                self.last_times[log].set(record.time);
                tally.add_request(record, &verdict::judge(record), *server, now_ms);
                LineResult::Parsed
            }
            LogKind::Error => match error::parse(text) {
                ErrorLine::Entry(record) => {
                    tally.add_error(&record);
                    LineResult::Parsed
                }
                ErrorLine::Continuation => LineResult::Skipped,
            },
        }
    }
}

/// A copy of the last line's time text: cheap enough to take for every line, parsed only when somebody looks.
#[derive(Debug, Clone, Copy, Default)]
struct LastTime {
    text: [u8; LastTime::BYTES_MAX],
    length: u8,
    notation: Notation,
}

#[derive(Debug, Clone, Copy, Default)]
enum Notation {
    #[default]
    Absent,
    Local,
    Iso,
    Msec,
}

impl LastTime {
    const LOCAL_BYTES: usize = "21/Nov/2026:14:17:26 +0000".len();
    /// Longer than every notation.
    const BYTES_MAX: usize = 32;

    fn set(&mut self, time: LogTime<'_>) {
        let (notation, text) = match time {
            // The error log's notation has no zone: nothing can be told from it.
            LogTime::Absent | LogTime::ErrorLog(_) => return,
            LogTime::Local(text) => (Notation::Local, text),
            LogTime::Iso(text) => (Notation::Iso, text),
            LogTime::Msec(text) => (Notation::Msec, text),
        };
        let length = text.len().min(Self::BYTES_MAX);
        match text.first_chunk::<{ Self::LOCAL_BYTES }>() {
            // Nearly every line's; a copy of known length needs no call.
            Some(local) if length == Self::LOCAL_BYTES => self.text[..Self::LOCAL_BYTES].copy_from_slice(local),
            _ => self.text[..length].copy_from_slice(&text[..length]),
        }
        (self.length, self.notation) = (length as u8, notation);
    }

    fn get(&self) -> LogTime<'_> {
        let text = &self.text[..usize::from(self.length)];
        match self.notation {
            Notation::Absent => LogTime::Absent,
            Notation::Local => LogTime::Local(text),
            Notation::Iso => LogTime::Iso(text),
            Notation::Msec => LogTime::Msec(text),
        }
    }
}
