//! Finds out what each finished log is, counts its parts on all cores, and adds the counts up.
//! Knows: how many lines to look at, that parts can be counted apart. Does not know: gzip, what is printed.
//!
//! Every part has a tally of its own, and they are added in the order of the files: totals are those of one pass, and
//! every run says the same. Only which paths were frequent enough to be routes is decided in each part for itself, so
//! a rare one may stand in `other` where one pass would have named it.

mod ahead;
mod part;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Options;
use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::Envelope;
use crate::ingest::{Ingest, LogKind};
use crate::input::{Line, read_lines};
use crate::tally::Tally;
use part::Part;

/// Of the beginning of a log, that many lines tell its kind.
const SAMPLE_LINES: usize = 200;

/// Counts every file. The first that cannot be used ends it: half a report would be taken for a whole one.
pub fn all(options: &Options) -> Result<Tally> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut jobs = Vec::new();
    for path in options.files.iter().chain(&options.error_logs) {
        jobs.extend(jobs_of(path, options, cores).with_context(|| path.display().to_string())?);
    }
    let progress = progress(options);
    let mut total = Tally::new(options.tally.clone());
    for tally in count(jobs, cores, options, &progress) {
        total.merge(&tally?);
    }
    progress.finish_and_clear();
    Ok(total)
}

/// One part of one log.
struct Job {
    /// The log's label.
    log: String,
    kind: Kind,
    part: Part,
}

#[derive(Debug, Clone)]
enum Kind {
    Access { format: AccessFormat, server: String },
    Error(ErrorFormat),
}

fn jobs_of(path: &Path, options: &Options, cores: usize) -> Result<Vec<Job>> {
    let (parts, sample) = part::parts(path, cores)?;
    let given = options.error_logs.iter().any(|it| it == path);
    let kind = kind_of(path, given, &sample, options)?;
    let job = |part| Job { log: path.display().to_string(), kind: kind.clone(), part };
    Ok(parts.into_iter().map(job).collect())
}

/// The tallies of all jobs, in their order. Each core takes the next job when it is done with one.
fn count(jobs: Vec<Job>, cores: usize, options: &Options, progress: &ProgressBar) -> Vec<Result<Tally>> {
    let counted: Vec<Mutex<Option<Result<Tally>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let (jobs, failed) = (Mutex::new(jobs.into_iter().zip(&counted)), AtomicBool::new(false));
    let next = || jobs.lock().expect("taking a job does not panic").next();
    let work = || {
        while !failed.load(Ordering::Relaxed)
            && let Some((job, place)) = next()
        {
            let tally = one(job, options, progress);
            failed.fetch_or(tally.is_err(), Ordering::Relaxed);
            *place.lock().expect("nobody else has this place") = Some(tally);
        }
    };
    thread::scope(|scope| {
        for _ in 1..cores {
            scope.spawn(work);
        }
        work();
    });
    counted.into_iter().filter_map(|place| place.into_inner().expect("nobody panics with it")).collect()
}

fn one(job: Job, options: &Options, progress: &ProgressBar) -> Result<Tally> {
    let mut tally = Tally::new(options.tally.clone());
    let log = tally.log(&job.log);
    let kind = match job.kind {
        Kind::Access { format, server } => {
            let server = tally.server(server.as_bytes(), format.sight());
            LogKind::Access { format, server }
        }
        Kind::Error(format) => LogKind::Error(format),
    };
    let mut ingest = Ingest::new(vec![kind; log + 1]);
    let count = |line: Line<'_>| ingest.line(log, line, &mut tally, 0);
    let from = job.part.open(progress).with_context(|| job.log.clone())?;
    read_lines(from, options.line_bytes_max, count)
        .context("it ends in the middle of its compressed data; unpack what can be saved with `zcat` and pass that")
        .with_context(|| job.log.clone())?;
    Ok(tally)
}

/// What the server's configuration says of this very file, else what a person said, else what its lines look like.
/// `is_error_log`: a person said so.
fn kind_of(path: &Path, is_error_log: bool, sample: &[u8], options: &Options) -> Result<Kind> {
    let lines: Vec<&[u8]> =
        sample.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(SAMPLE_LINES).collect();
    let opened: Vec<_> = Envelope::opened(&lines).collect();
    let error_log = opened.iter().find_map(|lines| ErrorFormat::detect(lines));
    if is_error_log || lines.is_empty() || error_log.is_some() {
        return Ok(Kind::Error(error_log.unwrap_or(ErrorFormat::ALL[0])));
    }
    if let Some(known) = options.known.iter().find(|known| is_or_was(path, &known.path))
        && opened.iter().any(|lines| mostly(lines, |line| known.format.fits(line)))
    {
        return Ok(Kind::Access { format: known.format.clone(), server: known.server.clone() });
    }
    let detect = || opened.iter().find_map(|lines| AccessFormat::detect(lines));
    let Some(format) = options.format.clone().or_else(detect) else {
        bail!(
            "its lines fit no format that hangup knows; name theirs with --nginx.log-format (the log_format string from nginx.conf), or that nginx.conf with --nginx.config"
        );
    };
    Ok(Kind::Access { format, server: options.server.clone() })
}

/// `access.log`, or what rotation made of it: `access.log.1`, `access.log-20261121.gz`.
fn is_or_was(path: &Path, known: &str) -> bool {
    let rest = path.to_str().and_then(|path| path.strip_prefix(known));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
}

fn mostly(lines: &[&[u8]], fits: impl Fn(&[u8]) -> bool) -> bool {
    lines.iter().filter(|line| fits(line)).count() * 2 > lines.len()
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
