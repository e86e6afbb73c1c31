//! One log's stages: out of the envelope, by whichever of its formats fits, to the verdict and the counts.
//! Does not know: other logs.

use super::LogKind;
use super::fit::Fit;
use super::last_time::LastTime;
use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::{Envelope, Opened, Stream};
use crate::record::{ErrorLine, Record, Sight};
use crate::tally::{LineResult, ServerId, Tally, Whose};
use crate::verdict::{self, Shutdown};

/// A format has few predecessors; what is tried for each line that does not fit is bounded.
pub(super) const OTHERS_MAX: usize = 8;

#[derive(Debug)]
pub(super) struct Log {
    pub(super) kind: LogKind,
    /// Formats that its lines had before, or may have soon: tried in this order where its own does not fit.
    others: Vec<AccessFormat>,
    /// Lines in these formats are there a second time.
    pub(super) doubled: Vec<AccessFormat>,
    /// Which read the last line: 0 its own, from 1 on the others.
    read_by: usize,
    /// Of the last line that could be read: the next is most likely in such a one, too.
    pub(super) envelope: Envelope,
    /// What was in an envelope and has to be written anew. Its memory is used again.
    opened: Vec<u8>,
    /// The last line that could be read was an entry of the error log: it may go on.
    in_entry: bool,
    last_time: LastTime,
    shutdown: Shutdown,
    /// The container whose output the file is that is read; empty: none.
    pub(super) place: String,
    /// What lines of that format have shown so far, where they name their own values.
    shown: Sight,
    pub(super) fit: Fit,
}

impl Log {
    pub(super) fn new(kind: LogKind) -> Log {
        Log {
            kind,
            others: Vec::new(),
            doubled: Vec::new(),
            read_by: 0,
            envelope: Envelope::default(),
            opened: Vec::new(),
            in_entry: false,
            last_time: LastTime::default(),
            shutdown: Shutdown::default(),
            place: String::new(),
            shown: Sight::NOTHING,
            fit: Fit::default(),
        }
    }

    /// Adds a format to try, unless it is known or there are enough.
    pub(super) fn add_other(&mut self, format: AccessFormat) {
        let known = self.formats().chain(&self.doubled).any(|known| known.is_same(&format));
        if !known && self.others.len() < OTHERS_MAX {
            self.others.push(format);
        }
    }

    /// Its own format and the others; nothing for an error log.
    fn formats(&self) -> impl Iterator<Item = &AccessFormat> {
        let own = match &self.kind {
            LogKind::Access { format, .. } => Some(format),
            LogKind::Error(_) => None,
        };
        own.into_iter().chain(&self.others)
    }

    /// The format that read the last line, its own where none did.
    pub(super) fn format(&self) -> Option<&AccessFormat> {
        self.formats().nth(self.read_by)
    }

    /// Goes on with the lines of `before`, which may have had another format: that one is tried before all others.
    pub(super) fn go_on(&mut self, before: &Log) {
        (self.envelope, self.in_entry) = (before.envelope, before.in_entry);
        (self.last_time, self.shutdown) = (before.last_time, before.shutdown);
        self.place.clone_from(&before.place);
        let own = |log: &Log| log.formats().next().cloned();
        if let (Some(now), Some(then)) = (own(self), own(before))
            && now.is_same(&then)
        {
            (self.shown, self.fit) = (before.shown, before.fit.clone());
        }
        let configured = std::mem::take(&mut self.others);
        for format in before.formats().cloned().chain(configured) {
            self.add_other(format);
        }
    }

    /// What the log shows of requests: what the format of its last line has, and what its lines have named so far.
    pub(super) fn sight(&self) -> Sight {
        self.format().map_or(Sight::NOTHING, |format| format.sight().and(self.shown))
    }

    pub(super) fn last_time_ms(&self) -> Option<i64> {
        self.last_time.unix_millis()
    }

    #[inline]
    pub(super) fn text(
        &mut self,
        text: &[u8],
        envelopes: &[Envelope],
        tally: &mut Tally,
        now_ms: i64,
        newer: impl FnMut() -> Option<AccessFormat>,
    ) -> LineResult {
        if text.is_empty() {
            return LineResult::Skipped;
        }
        let read = match self.envelope {
            Envelope::None => self.read(Opened { text, stream: None }, tally, now_ms),
            envelope => self.read_out_of(envelope, 0, text, tally, now_ms),
        };
        if read { LineResult::Parsed } else { self.text_of_another_kind(text, envelopes, tally, now_ms, newer) }
    }

    #[cold]
    fn text_of_another_kind(
        &mut self,
        text: &[u8],
        envelopes: &[Envelope],
        tally: &mut Tally,
        now_ms: i64,
        mut newer: impl FnMut() -> Option<AccessFormat>,
    ) -> LineResult {
        let mut any = |log: &mut Log, nth| log.read_out_of_any(envelopes, nth, text, tally, now_ms);
        if any(self, 0) {
            return LineResult::Parsed;
        }
        if self.is_doubled(envelopes, text) {
            return LineResult::Skipped;
        }
        if (1..=self.others.len()).any(|nth| any(self, nth)) {
            return LineResult::Parsed;
        }
        if matches!(self.kind, LogKind::Error(_)) || self.in_entry || is_of_another_program(text) {
            return LineResult::Skipped;
        }
        let known = self.others.len();
        newer().into_iter().for_each(|format| self.add_other(format));
        if self.others.len() > known && any(self, known + 1) {
            return LineResult::Parsed;
        }
        self.fit.add_misfit(text);
        LineResult::Unparsed
    }

    fn is_doubled(&self, envelopes: &[Envelope], text: &[u8]) -> bool {
        let fits = |inside: &[u8]| self.doubled.iter().any(|format| format.fits(inside));
        !self.doubled.is_empty()
            && envelopes.iter().any(|envelope| envelope.opened_line(text).is_some_and(|inside| fits(&inside)))
    }

    fn read_out_of_any(
        &mut self,
        envelopes: &[Envelope],
        nth: usize,
        text: &[u8],
        tally: &mut Tally,
        now_ms: i64,
    ) -> bool {
        let usual = self.envelope;
        let others = envelopes.iter().copied().filter(|other| *other != usual);
        let read = std::iter::once(usual).chain(others).find(|it| self.read_out_of(*it, nth, text, tally, now_ms));
        self.envelope = read.unwrap_or(usual);
        read.is_some()
    }

    #[inline]
    fn read_out_of(&mut self, envelope: Envelope, nth: usize, text: &[u8], tally: &mut Tally, now_ms: i64) -> bool {
        let mut opened = std::mem::take(&mut self.opened);
        let read = envelope.open(text, &mut opened).is_some_and(|inside| match nth {
            0 => self.read(inside, tally, now_ms),
            _ => self.read_by_another(nth, inside, tally, now_ms),
        });
        self.opened = opened;
        read
    }

    /// Counts the line if it can be read by the log's own format, or as an entry of an error log.
    #[inline]
    fn read(&mut self, inside: Opened<'_>, tally: &mut Tally, now_ms: i64) -> bool {
        match &self.kind {
            LogKind::Access { format, server } => {
                let mut record = Record::default();
                let is_entry = inside.stream == Some(Stream::Stderr) && begins_like_entry(inside.text);
                if is_entry || format.read(inside.text, &mut record).is_err() {
                    return self.read_between_requests(inside, tally);
                }
                let server = *server;
                self.count(&record, 0, server, tally, now_ms);
                true
            }
            LogKind::Error(format) => read_entry(*format, inside.text, tally),
        }
    }

    /// Counts the line if it is a request in format number `nth`, which is not the log's own.
    fn read_by_another(&mut self, nth: usize, inside: Opened<'_>, tally: &mut Tally, now_ms: i64) -> bool {
        let LogKind::Access { server, .. } = self.kind else { return false };
        let mut record = Record::default();
        let read = self.others[nth - 1].read(inside.text, &mut record).is_ok();
        if read {
            self.count(&record, nth, server, tally, now_ms);
        }
        read
    }

    #[inline]
    fn count(&mut self, record: &Record<'_>, nth: usize, server: ServerId, tally: &mut Tally, now_ms: i64) {
        if self.read_by != nth {
            (self.read_by, self.shown) = (nth, Sight::NOTHING);
        }
        self.fit.add();
        self.in_entry = false;
        self.last_time.set(record.time);
        self.shown = self.shown.and(record.sight);
        let mut verdict = verdict::judge(record);
        self.shutdown.correct(record, &mut verdict);
        tally.add_request(record, &verdict, Whose { server, place: &self.place }, now_ms);
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
