//! The spine: a line is taken out of its envelope, becomes a record, gets a verdict, and is added to the tally.
//! Knows the order of the stages. Does not know: threads, Prometheus, where lines come from next.

mod last_time;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::path::Path;

use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::{Container, Envelope, Opened, Stream};
use crate::input::Line;
use crate::record::{ErrorLine, Record, Sight};
use crate::tally::{LineResult, ServerId, Tally, Whose};
use crate::verdict::{self, Shutdown};
use last_time::LastTime;

/// What one log holds.
#[derive(Debug, Clone)]
pub enum LogKind {
    /// Requests, in this format; `server` is used for lines that name none. Entries of the error log that stand between
    /// them, as in the output of a container, are read as such.
    Access { format: AccessFormat, server: ServerId },
    /// Entries of an error log.
    Error(ErrorFormat),
}

/// The stages, and what they know of each log.
#[derive(Debug)]
pub struct Ingest {
    logs: Vec<Log>,
    /// The envelopes that are tried.
    envelopes: &'static [Envelope],
}

#[derive(Debug, Clone)]
struct Log {
    kind: LogKind,
    /// Of the last line that could be read: the next is most likely in such a one, too.
    envelope: Envelope,
    /// What was in an envelope and has to be written anew. Its memory is used again.
    opened: Vec<u8>,
    /// The last line that could be read was an entry of the error log: it may go on.
    in_entry: bool,
    last_time: LastTime,
    shutdown: Shutdown,
    /// The container whose output the file is that is read; empty: none.
    place: String,
    /// What its lines have shown so far, where they name their own values.
    shown: Sight,
}

impl Ingest {
    /// `logs` in the order of the tail's sources.
    pub fn new(logs: Vec<LogKind>) -> Ingest {
        let (envelope, opened, last_time) = (Envelope::default(), Vec::new(), LastTime::default());
        let (shutdown, shown) = (Shutdown::default(), Sight::NOTHING);
        let new = Log {
            kind: LogKind::Error(ErrorFormat::ALL[0]),
            envelope,
            opened,
            in_entry: false,
            place: String::new(),
            last_time,
            shutdown,
            shown,
        };
        Ingest { logs: logs.into_iter().map(|kind| Log { kind, ..new.clone() }).collect(), envelopes: &Envelope::ALL }
    }

    /// The same for lines that are in this envelope, and in no other.
    pub fn in_envelope(mut self, only: Option<Envelope>) -> Ingest {
        if let Some(at) = Envelope::ALL.iter().position(|it| Some(*it) == only) {
            self.envelopes = &Envelope::ALL[at..=at];
            self.logs.iter_mut().for_each(|log| log.envelope = Envelope::ALL[at]);
        }
        self
    }

    /// Takes one line of log number `log` from bytes to counts. Exactly one result is counted for it, and returned.
    pub fn line(&mut self, log: usize, line: Line<'_>, tally: &mut Tally, now_ms: i64) -> LineResult {
        let Ingest { logs, envelopes } = self;
        let (result, bytes) = match line {
            Line::TooLong => (LineResult::TooLong, 0),
            Line::Complete(text) => {
                (logs[log].text(without_return(text), envelopes, tally, now_ms), text.len() as u64 + 1)
            }
        };
        tally.add_line(log, result, bytes);
        result
    }

    /// The next lines of a log are of this file.
    pub fn file(&mut self, log: usize, path: &Path) {
        let place = &mut self.logs[log].place;
        place.clear();
        if let Some(container) = Container::of(path) {
            write!(place, "{container}").expect("a String takes every write");
        }
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
    fn text(&mut self, text: &[u8], envelopes: &[Envelope], tally: &mut Tally, now_ms: i64) -> LineResult {
        if text.is_empty() {
            return LineResult::Skipped;
        }
        let read = match self.envelope {
            Envelope::None => self.read(Opened { text, stream: None }, tally, now_ms),
            envelope => self.read_out_of(envelope, text, tally, now_ms),
        };
        if read { LineResult::Parsed } else { self.text_of_another_kind(text, envelopes, tally, now_ms) }
    }

    #[inline]
    fn read_out_of(&mut self, envelope: Envelope, text: &[u8], tally: &mut Tally, now_ms: i64) -> bool {
        let mut opened = std::mem::take(&mut self.opened);
        let read = envelope.open(text, &mut opened).is_some_and(|inside| self.read(inside, tally, now_ms));
        self.opened = opened;
        read
    }

    #[cold]
    fn text_of_another_kind(
        &mut self,
        text: &[u8],
        envelopes: &[Envelope],
        tally: &mut Tally,
        now_ms: i64,
    ) -> LineResult {
        let usual = self.envelope;
        for other in envelopes.iter().copied().filter(|other| *other != usual) {
            if self.read_out_of(other, text, tally, now_ms) {
                self.envelope = other;
                return LineResult::Parsed;
            }
        }
        match self.kind {
            LogKind::Access { .. } if !self.in_entry && !is_of_another_program(text) => LineResult::Unparsed,
            _ => LineResult::Skipped,
        }
    }

    /// Counts the line if it can be read.
    #[inline]
    fn read(&mut self, inside: Opened<'_>, tally: &mut Tally, now_ms: i64) -> bool {
        match &self.kind {
            LogKind::Access { format, server } => {
                let mut record = Record::default();
                let is_entry = inside.stream == Some(Stream::Stderr) && begins_like_entry(inside.text);
                if is_entry || format.read(inside.text, &mut record).is_err() {
                    return self.read_between_requests(inside, tally);
                }
                self.in_entry = false;
                self.last_time.set(record.time);
                self.shown = self.shown.and(record.sight);
                let mut verdict = verdict::judge(&record);
                self.shutdown.correct(&record, &mut verdict);
                tally.add_request(&record, &verdict, Whose { server: *server, place: &self.place }, now_ms);
                true
            }
            LogKind::Error(format) => read_entry(*format, inside.text, tally),
        }
    }

    /// What is no request may be an entry of the error log, which a container writes to the same file.
    #[cold]
    fn read_between_requests(&mut self, inside: Opened<'_>, tally: &mut Tally) -> bool {
        let LogKind::Access { format, .. } = &self.kind else { return false };
        let is_entry = begins_like_entry(inside.text) && read_entry(format.error_format(), inside.text, tally);
        self.in_entry |= is_entry;
        is_entry
    }
}

fn read_entry(format: ErrorFormat, text: &[u8], tally: &mut Tally) -> bool {
    match format.read(text) {
        ErrorLine::Entry(record) => {
            tally.add_error(&record);
            true
        }
        ErrorLine::Continuation => false,
    }
}

/// `2026/11/21 `: no request begins so but one whose format begins with such a time, and then it fits that.
fn begins_like_entry(text: &[u8]) -> bool {
    matches!(text, [b'0'..=b'9', _, _, _, b'/', _, _, b'/', _, _, b' ', ..])
}

/// What else is found in the output of nginx's image, and in that of `journalctl`.
fn is_of_another_program(text: &[u8]) -> bool {
    let inside = Envelope::innermost(text);
    // `10-listen-on-ipv6-by-default.sh: info: …`
    let is_script = |name: &[u8]| name.ends_with(b".sh") || name.ends_with(b".envsh");
    let begins_with_script =
        || inside.iter().position(|byte| *byte == b':').is_some_and(|end| is_script(&inside[..end]));
    inside.starts_with(b"-- ") || begins_with_script()
}
