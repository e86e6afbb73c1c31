//! The spine: a line is taken out of its envelope, becomes a record, gets a verdict, and is added to the tally.
//! Knows the order of the stages. Does not know: threads, Prometheus, where lines come from next.

mod fit;
mod last_time;
mod log;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::{Container, Envelope};
use crate::input::Line;
use crate::record::Sight;
use crate::tally::{LineResult, ServerId, Tally};
use log::Log;

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

impl Ingest {
    /// `logs` in the order of the tail's sources.
    pub fn new(logs: Vec<LogKind>) -> Ingest {
        Ingest { logs: logs.into_iter().map(Log::new).collect(), envelopes: &Envelope::ALL }
    }

    /// The same for lines that are in this envelope, and in no other.
    pub fn in_envelope(mut self, only: Option<Envelope>) -> Ingest {
        if let Some(at) = Envelope::ALL.iter().position(|it| Some(*it) == only) {
            self.envelopes = &Envelope::ALL[at..=at];
            self.logs.iter_mut().for_each(|log| log.envelope = Envelope::ALL[at]);
        }
        self
    }

    /// Lines in these formats tell of requests that the log tells of in its own format, too.
    pub fn pass_over(&mut self, log: usize, formats: Vec<AccessFormat>) {
        self.logs[log].doubled = formats;
    }

    /// Adds formats that a log may have instead of its own: those it had before, and those it may have soon.
    pub fn also(&mut self, log: usize, formats: impl IntoIterator<Item = AccessFormat>) {
        formats.into_iter().for_each(|format| self.logs[log].add_other(format));
    }

    /// Goes on with the lines that were log number `other` of `before`, whose formats it knows from then on.
    pub fn go_on(&mut self, log: usize, before: &Ingest, other: usize) {
        let named = self.logs[log].envelope;
        self.logs[log].go_on(&before.logs[other]);
        if self.envelopes.len() == 1 {
            self.logs[log].envelope = named;
        }
    }

    /// Takes one line of log number `log` from bytes to counts. Exactly one result is counted for it, and returned.
    pub fn line(&mut self, log: usize, line: Line<'_>, tally: &mut Tally, now_ms: i64) -> LineResult {
        self.line_or(log, line, tally, now_ms, || None)
    }

    /// The same; a line that fits no format the log is known to have is tried with the one that `newer` may know of.
    #[inline]
    pub fn line_or(
        &mut self,
        log: usize,
        line: Line<'_>,
        tally: &mut Tally,
        now_ms: i64,
        newer: impl FnMut() -> Option<AccessFormat>,
    ) -> LineResult {
        let Ingest { logs, envelopes } = self;
        let (result, bytes) = match line {
            Line::TooLong => (LineResult::TooLong, 0),
            Line::Complete(text) => {
                (logs[log].text(without_return(text), envelopes, tally, now_ms, newer), text.len() as u64 + 1)
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

    /// What the log shows of requests: what the format of its last line has, and what its lines have named so far.
    pub fn sight(&self, log: usize) -> Sight {
        self.logs[log].sight()
    }

    pub fn kind(&self, log: usize) -> &LogKind {
        &self.logs[log].kind
    }

    /// The format that read the last line of an access log, its own where none did.
    pub fn format(&self, log: usize) -> Option<&AccessFormat> {
        self.logs[log].format()
    }

    /// Whether most of an access log's last lines fit its formats. `None`: too few lines were read to tell.
    pub fn fits(&self, log: usize) -> Option<bool> {
        self.logs[log].fit.of_most()
    }

    /// The first line that did not fit, after lines that did.
    pub fn first_misfit(&self, log: usize) -> Option<&Arc<[u8]>> {
        self.logs[log].fit.first_misfit()
    }

    /// The last line's own time in milliseconds since 1970, where its log has times.
    pub fn last_time_ms(&self, log: usize) -> Option<i64> {
        self.logs[log].last_time_ms()
    }
}

/// A log that went through Windows has CR LF at its ends; nginx writes a CR of a client as `\x0D`.
#[inline]
fn without_return(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\r").unwrap_or(text)
}
