//! What was read, log by log: in which format, who chose it, what became of its lines, and what it cannot show.
//! Does not know: wording.

use std::iter::Sum;

use serde::Serialize;

use super::choice::{Access, Choice, ChosenBy};
use super::read::{Log, Read};
use super::refusal;
use crate::record::{Column, Sight, Signal};
use crate::tally::{LineResult, Tally};

/// How many lines ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    pub parsed: u64,
    pub unparsed: u64,
    pub too_long: u64,
    pub skipped: u64,
}

/// One log.
#[derive(Debug, Clone, Serialize)]
pub struct LogRow {
    pub path: String,
    /// `access`, `error`, or `empty`.
    pub kind: &'static str,
    pub product: Option<&'static str>,
    /// The name of its format. Error logs have only one.
    pub format: Option<String>,
    /// The file and line that define the format, or the flag that names it.
    pub format_place: Option<String>,
    /// `flag`, `nginx_conf` (it writes this very file so), `nginx_conf_formats` (the one of them that fits), `preset`.
    pub chosen_by: Option<&'static str>,
    /// The label of its lines that name no server.
    pub server: Option<String>,
    pub lines: Lines,
    /// The first line that does not fit.
    pub unfit: Option<UnfitRow>,
    /// Signals, named as in `hangup_log_visible`.
    pub visible: Vec<&'static str>,
    pub not_visible: Vec<&'static str>,
    /// The latter, and what to log in order to see each.
    #[serde(skip)]
    pub blind: Vec<(Signal, Option<String>)>,
    pub notes: Vec<String>,
}

/// A line that does not fit its log's format.
#[derive(Debug, Clone, Serialize)]
pub struct UnfitRow {
    /// The first line of a log is number 1.
    pub line: u64,
    pub text: String,
    /// "field 5, `$status`, is `GET`". `None`: an error log has no fields.
    pub departs: Option<String>,
}

/// A row for each log, in the order in which they were named.
pub(super) fn rows(read: &Read) -> Vec<LogRow> {
    read.logs.iter().map(|log| row(log, &read.tally)).collect()
}

/// What the access logs show together. `None`: there are none.
pub(super) fn sight(read: &Read) -> Option<Sight> {
    let access = read.logs.iter().filter(|log| matches!(log.choice, Choice::Access(_)));
    access.map(|log| log.sight).reduce(Sight::and)
}

/// Whether clients that leave in mid-body can be seen.
pub(super) fn shows_bodies(sight: Sight) -> bool {
    Signal::CutShort.is_visible(sight)
}

/// The column by which a signal is seen best.
fn best_column(signal: Signal) -> Column {
    match signal {
        Signal::Patience => Column::Duration,
        Signal::Origin => Column::AttemptStatus,
        Signal::CutShort => Column::Complete,
        Signal::Upstream => Column::AttemptAddress,
        Signal::UpstreamConnect => Column::AttemptConnect,
        Signal::UpstreamHeader => Column::AttemptHeader,
        Signal::UpstreamResponse => Column::AttemptResponse,
        Signal::Server => Column::Server,
        Signal::Route => Column::Path,
        Signal::Source => Column::Client,
        Signal::Agent => Column::UserAgent,
    }
}

fn row(log: &Log, tally: &Tally) -> LogRow {
    let row = LogRow {
        path: log.name.clone(),
        kind: "empty",
        product: None,
        format: None,
        format_place: None,
        chosen_by: None,
        server: None,
        lines: lines(tally, &log.name),
        unfit: None,
        visible: Vec::new(),
        not_visible: Vec::new(),
        blind: Vec::new(),
        notes: if log.repeated {
            vec!["it was named more than once, and is counted once".to_owned()]
        } else {
            Vec::new()
        },
    };
    match &log.choice {
        Choice::Empty => row,
        Choice::Error(format) => {
            LogRow { kind: "error", product: Some(format.product().as_str()), unfit: unfit(log, None), ..row }
        }
        Choice::Access(access) => access_row(log, access, row),
    }
}

fn access_row(log: &Log, access: &Access, row: LogRow) -> LogRow {
    let format = &access.format.format;
    let (visible, blind): (Vec<Signal>, Vec<Signal>) =
        Signal::ALL.into_iter().partition(|signal| signal.is_visible(log.sight));
    LogRow {
        kind: "access",
        product: Some(format.product().as_str()),
        format: Some(access.format.name.clone()),
        format_place: access.format.place.clone(),
        chosen_by: Some(chosen_by(access.by)),
        server: Some(access.server.clone()),
        unfit: unfit(log, Some(access)),
        visible: visible.into_iter().map(Signal::as_str).collect(),
        not_visible: blind.iter().map(|signal| signal.as_str()).collect(),
        blind: blind.into_iter().map(|signal| (signal, format.shown_by(best_column(signal)))).collect(),
        notes: access.notes.iter().cloned().chain(row.notes).collect(),
        ..row
    }
}

fn unfit(log: &Log, access: Option<&Access>) -> Option<UnfitRow> {
    let unfit = log.unfit.as_ref()?;
    let text = unfit.text.strip_suffix(b"\r").unwrap_or(&unfit.text);
    let departs = access.map(|access| refusal::departure(&access.format.format, text));
    Some(UnfitRow { line: unfit.number, text: refusal::shown(text), departs })
}

fn chosen_by(by: ChosenBy) -> &'static str {
    match by {
        ChosenBy::Person => "flag",
        ChosenBy::Configuration => "nginx_conf",
        ChosenBy::ConfiguredFormats => "nginx_conf_formats",
        ChosenBy::KnownFormats => "preset",
    }
}

fn lines(tally: &Tally, log: &str) -> Lines {
    let mut lines = Lines::default();
    for row in tally.log_lines().filter(|row| row.log == log) {
        *match row.result {
            LineResult::Parsed => &mut lines.parsed,
            LineResult::Unparsed => &mut lines.unparsed,
            LineResult::TooLong => &mut lines.too_long,
            LineResult::Skipped => &mut lines.skipped,
        } += row.count;
    }
    lines
}

impl Lines {
    pub fn total(&self) -> u64 {
        self.parsed + self.unparsed + self.too_long + self.skipped
    }
}

impl Sum for Lines {
    fn sum<I: Iterator<Item = Lines>>(all: I) -> Lines {
        all.fold(Lines::default(), |sum, one| Lines {
            parsed: sum.parsed + one.parsed,
            unparsed: sum.unparsed + one.unparsed,
            too_long: sum.too_long + one.too_long,
            skipped: sum.skipped + one.skipped,
        })
    }
}
