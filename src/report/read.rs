//! Counts each finished log in parts on all cores, and adds the counts up.
//! Knows: that parts can be counted apart. Does not know: how logs are packed, what is printed.
//!
//! Every part has a tally of its own, and they are added in the order of the files: totals are those of one pass, and
//! every run says the same. Only which paths were frequent enough to be routes is decided in each part for itself, so
//! a rare one may stand in `other` where one pass would have named it.

mod ahead;
pub(super) mod input;
pub(super) mod part;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Options;
use super::choice::Choice;
use super::refusal::Refusal;
use crate::diagnosis::History;
use crate::ingest::{Ingest, LogKind};
use crate::input::{Line, read_lines};
use crate::tally::{LineResult, Tally};
use input::Input;
use part::Part;

/// How much of a line that does not fit is kept.
const LINE_BYTES_KEPT: usize = 4 << 10;

/// All logs, counted.
pub struct Read {
    pub tally: Tally,
    /// When what happened.
    pub history: History,
    pub logs: Vec<Log>,
}

/// One log.
pub struct Log {
    pub name: String,
    pub choice: Choice,
    /// What its first lines show, beside what the format says.
    pub sight: crate::record::Sight,
    /// It was named more than once, and is counted once.
    pub repeated: bool,
    /// The first line that does not fit.
    pub unfit: Option<Unfit>,
}

/// A line that does not fit.
#[derive(Debug, Clone)]
pub struct Unfit {
    /// The first line is number 1.
    pub number: u64,
    pub text: Vec<u8>,
}

/// Counts every file. The first that cannot be used ends it: half a report would be taken for a whole one.
pub(super) fn all(options: &Options) -> Result<Read> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let inputs = input::all(options, cores)?;
    if inputs.iter().all(|input| matches!(input.log.choice, Choice::Empty)) {
        let names: Vec<&str> = inputs.iter().map(|input| input.log.name.as_str()).collect();
        bail!("nothing to report on: {} {} no lines", names.join(", "), if names.len() == 1 { "has" } else { "have" });
    }
    let progress = progress(options);
    let (mut logs, mut jobs) = (Vec::new(), Vec::new());
    for Input { log, parts } in inputs {
        jobs.extend(parts.into_iter().map(|part| Job { log: logs.len(), part }));
        logs.push(log);
    }
    let mut total = Tally::new(options.tally.clone());
    let counted = count(jobs, &logs, cores, options, &progress);
    let mut history = History::default();
    let mut lines = vec![0; logs.len()];
    for counted in counted {
        let Counted { log, tally, history: of_part, lines: read, unfit } = counted?;
        let unfit = unfit.map(|unfit| Unfit { number: lines[log] + unfit.number, ..unfit });
        logs[log].unfit = logs[log].unfit.take().or(unfit);
        lines[log] += read;
        total.merge(&tally);
        history.merge(&of_part);
    }
    progress.finish_and_clear();
    error_logs_without_entries(&logs, &total)?;
    Ok(Read { tally: total, history, logs })
}

/// An error log that a person named by mistake would be counted as one that says nothing.
fn error_logs_without_entries(logs: &[Log], tally: &Tally) -> Result<()> {
    for log in logs.iter().filter(|log| matches!(log.choice, Choice::Error(_))) {
        let parsed = tally.log_lines().filter(|row| row.log == log.name && row.result == LineResult::Parsed);
        let none = parsed.map(|row| row.count).sum::<u64>() == 0;
        if let Some(unfit) = log.unfit.as_ref().filter(|_| none) {
            return Err(Refusal::of_error_log(&[&unfit.text])).with_context(|| log.name.clone());
        }
    }
    Ok(())
}

/// One part of one log.
pub(super) struct Job {
    /// Its place.
    pub(super) log: usize,
    pub(super) part: Part,
}

/// A part, counted.
pub(super) struct Counted {
    log: usize,
    pub(super) tally: Tally,
    pub(super) history: History,
    lines: u64,
    unfit: Option<Unfit>,
}

/// The counts of all jobs, in their order. Each core takes the next job when it is done with one.
fn count(jobs: Vec<Job>, logs: &[Log], cores: usize, options: &Options, bar: &ProgressBar) -> Vec<Result<Counted>> {
    let counted: Vec<Mutex<Option<Result<Counted>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let (jobs, failed) = (Mutex::new(jobs.into_iter().zip(&counted)), AtomicBool::new(false));
    let next = || jobs.lock().expect("taking a job does not panic").next();
    let work = || {
        while !failed.load(Ordering::Relaxed)
            && let Some((job, place)) = next()
        {
            let counted = one(job, logs, options, bar, History::default());
            failed.fetch_or(counted.is_err(), Ordering::Relaxed);
            *place.lock().expect("nobody else has this place") = Some(counted);
        }
    };
    thread::scope(|scope| {
        for _ in 1..cores {
            // Where no more threads are to be had, those there are do it.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    counted.into_iter().filter_map(|place| place.into_inner().expect("nobody panics with it")).collect()
}

/// `history`: one in which nothing has happened yet.
pub(super) fn one(
    Job { log, part }: Job,
    logs: &[Log],
    options: &Options,
    bar: &ProgressBar,
    mut history: History,
) -> Result<Counted> {
    let Log { name, choice, sight, .. } = &logs[log];
    let mut tally = Tally::new(options.tally.clone());
    let place = tally.log(name);
    let kind = match choice {
        Choice::Access(access) => {
            let format = access.format.format.clone();
            let server = tally.server(access.server.as_bytes(), *sight);
            LogKind::Access { format, server }
        }
        Choice::Error(format) => LogKind::Error(*format),
        Choice::Empty => bail!("it was empty"),
    };
    let mut ingest = Ingest::new(vec![kind; place + 1]).in_envelope(options.envelope);
    let (mut lines, mut unfit) = (0_u64, None);
    let mut stretch = None;
    let count = |line: Line<'_>| {
        let result = ingest.line(place, line, &mut tally, 0);
        lines += 1;
        // Lines are nearly in order: one in a few tells which stretch of time they are in.
        if lines.is_multiple_of(LINES_A_LOOK)
            && let Some(now_ms) = ingest.last_time_ms(place)
        {
            history_until(&mut history, &mut stretch, &tally, now_ms);
        }
        if let (None, LineResult::Unparsed | LineResult::Skipped, Line::Complete(text)) = (&unfit, result, line)
            && !text.trim_ascii().is_empty()
        {
            unfit = Some(Unfit { number: lines, text: text[..text.len().min(LINE_BYTES_KEPT)].to_vec() });
        }
    };
    let from = part.open(bar).with_context(|| name.clone())?;
    read_lines(from, options.line_bytes_max, count)
        .context("it ends in the middle of its compressed data; unpack what can be saved and pass that")
        .with_context(|| name.clone())?;
    if let Some(last_ms) = ingest.last_time_ms(place) {
        history.observe(&tally, stretch.map_or(last_ms, |(_, ms)| ms));
    }
    Ok(Counted { log, tally, history, lines, unfit })
}

/// How many lines are read between two questions for the time.
const LINES_A_LOOK: u64 = 16;

/// When a new stretch of time begins, what came before it belongs to the one before. `stretch`: its number and a moment in it.
fn history_until(history: &mut History, stretch: &mut Option<(i64, i64)>, tally: &Tally, now_ms: i64) {
    let number = history.number(now_ms);
    match *stretch {
        Some((held, _)) if number <= held => {}
        Some((_, moment_ms)) => {
            history.observe(tally, moment_ms);
            *stretch = Some((history.number(now_ms), now_ms));
        }
        None => *stretch = Some((number, now_ms)),
    }
}

/// A bar on a terminal, nothing elsewhere. Packed bytes are what it counts, since only their number is known.
fn progress(options: &Options) -> ProgressBar {
    let sizes =
        options.files.iter().chain(&options.error_logs).map(|path| path.metadata().map_or(0, |meta| meta.len()));
    let bar = ProgressBar::with_draw_target(Some(sizes.sum()), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes}, {eta} to go") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
