//! What is said of each log: to metrics and the page always, to hangup's own log once for each change.
//! Knows: states and their sentences. Does not know: how a log is read.

use std::collections::HashMap;
use std::sync::Arc;

use tracing::{info, warn};

use crate::dialect::AccessFormat;
use crate::envelope::Envelope;
use crate::ingest::{Ingest, LogKind};
use crate::input::LogStatus;
use crate::metrics::LogSample;
use crate::record::Signal;

/// One log, for metrics and the page.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub sample: LogSample,
    /// What is wrong and what to do.
    pub error: Option<String>,
    /// Where most of its last lines do not fit, the first of them.
    pub misfit: Option<Misfit>,
}

/// A line that fits no format its log is known to have.
#[derive(Debug, Clone)]
pub(super) struct Misfit {
    /// The format that it comes after.
    format: AccessFormat,
    line: Arc<[u8]>,
}

impl Misfit {
    /// That most lines are like this one, without a word of theirs.
    pub(super) const SENTENCE: &str = "most of its last lines fit no format that nginx.conf has or had for it, so they are not counted; nginx.conf is read \
         again when it changes, and `hangup check` shows the first line that does not fit";

    fn of(ingest: &Ingest, number: usize) -> Option<Misfit> {
        let unfit = ingest.fits(number) == Some(false);
        let line = ingest.first_misfit(number).filter(|_| unfit)?;
        Some(Misfit { format: ingest.format(number)?.clone(), line: Arc::clone(line) })
    }

    /// Where the line departs from its format, in words that may be those of a client.
    pub(super) fn departure(&self) -> String {
        self.format.departure(&Envelope::innermost(&self.line)).text
    }
}

impl Log {
    /// `number` is the log's among those of `ingest`, which knows how its lines are read.
    pub(super) fn new(status: LogStatus, ingest: &Ingest, number: usize, now_ms: i64) -> Log {
        // When its last line was written, by its own words.
        let last_ms = ingest.last_time_ms(number);
        let (product, format, visible) = reading(ingest, number);
        let fits = ingest.fits(number);
        // Without a time in its lines (an error log's has no zone), how far behind it is cannot be told: absent, not 0.
        let behind_ms = last_ms.map(|last_ms| if status.unread_bytes > 0 { (now_ms - last_ms).max(0) } else { 0 });
        let sample = LogSample {
            log: status.pattern,
            up: status.up,
            unread_bytes: status.unread_bytes,
            lost_bytes: status.bytes_lost,
            lost_datagrams: status.datagrams_lost,
            read_errors: status.read_errors,
            lag_seconds: behind_ms.map(|ms| ms as f64 / 1000.0),
            last_line_timestamp_seconds: last_ms.map(|ms| ms as f64 / 1000.0),
            rotations: status.rotations.iter().map(|(kind, count)| (kind.as_str(), *count)).collect(),
            product,
            format,
            visible,
            fits,
        };
        Log { sample, error: status.error, misfit: Misfit::of(ingest, number) }
    }
}

/// What any of the logs can show.
pub(super) fn visible(logs: &[Log]) -> Vec<Signal> {
    let shows = |log: &Log, signal: Signal| log.sample.visible.contains(&(signal.as_str(), true));
    Signal::ALL.into_iter().filter(|signal| logs.iter().any(|log| shows(log, *signal))).collect()
}

/// The product, the format's name, and what the log can show.
fn reading(ingest: &Ingest, number: usize) -> (&'static str, String, Vec<(&'static str, bool)>) {
    match ingest.kind(number) {
        LogKind::Access { format, .. } => {
            let (sight, format) = (ingest.sight(number), ingest.format(number).unwrap_or(format));
            let visible = Signal::ALL.map(|signal| (signal.as_str(), signal.is_visible(sight)));
            (format.product().as_str(), format.name().to_owned(), visible.to_vec())
        }
        LogKind::Error(format) => (format.product().as_str(), "error_log".to_owned(), Vec::new()),
    }
}

/// The state of each log that was reported last, by its path, in order to report only changes.
#[derive(Default)]
pub(super) struct StateChangeLog(HashMap<String, Reported>);

#[derive(Default)]
struct Reported {
    /// What stood in the way; empty: nothing.
    error: Option<String>,
    unfit: bool,
}

impl StateChangeLog {
    pub(super) fn report_change(&mut self, log: &Log) {
        let name = &log.sample.log;
        let reported = match self.0.get_mut(name) {
            Some(reported) => reported,
            None => self.0.entry(name.clone()).or_default(),
        };
        let error = log.error.as_deref().unwrap_or_default();
        if reported.error.as_deref() != Some(error) {
            match error.is_empty() {
                true => info!(log = name, "following"),
                false => warn!(log = name, "{error}"),
            }
            reported.error = Some(error.to_owned());
        }
        let was_unfit = std::mem::replace(&mut reported.unfit, log.misfit.is_some());
        match (&log.misfit, was_unfit) {
            (Some(misfit), false) => warn!(log = name, departure = misfit.departure(), "{}", Misfit::SENTENCE),
            (None, true) => info!(log = name, "its lines fit again"),
            _ => {}
        }
    }
}
