//! Opens finished logs, tells what each is by its content, and counts it.
//! Knows: files, gzip, how many lines to look at. Does not know: what is printed.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Options;
use crate::ingest::{Ingest, LogKind};
use crate::nginx::error::{self, ErrorLine};
use crate::nginx::log_format::LogFormat;
use crate::tail::{Line, read_lines};
use crate::tally::Tally;

/// What is looked at to tell a log's kind: enough for a few lines of the longest sort.
const SAMPLE_BYTES: u64 = 256 * 1024;
/// Of these, that many lines.
const SAMPLE_LINES: usize = 200;
/// The first bytes of a gzip stream (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Counts every file. The first that cannot be used ends it: half a report would be taken for a whole one.
pub fn all(options: &Options) -> Result<Tally> {
    let mut tally = Tally::new(options.tally.clone());
    let progress = progress(options);
    for path in options.files.iter().chain(&options.error_logs) {
        let name = path.display();
        let kind = options.error_logs.contains(path).then_some(LogKind::Error);
        one(path, kind, options, &progress, &mut tally).with_context(|| format!("{name}"))?;
    }
    progress.finish_and_clear();
    Ok(tally)
}

fn one(path: &Path, kind: Option<LogKind>, options: &Options, progress: &ProgressBar, tally: &mut Tally) -> Result<()> {
    let raw: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(File::open(path)?),
    };
    let mut from = unpacked(progress.wrap_read(raw))?;
    let mut sample = Vec::new();
    from.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample).context("it cannot be unpacked")?;
    let kind = match kind {
        Some(kind) => kind,
        None => kind_of(path, &sample, options, tally)?,
    };
    let log = tally.log(&path.display().to_string());
    // A log's place in the tally is a place in the ingest too; those before are done with.
    let mut ingest = Ingest::new(vec![kind; log + 1]);
    let count = |line: Line<'_>| ingest.line(log, line, tally, 0);
    read_lines(Cursor::new(sample).chain(from), options.line_bytes_max, count)
        .context("it ends in the middle of its compressed data; unpack what can be saved with `zcat` and pass that")
}

/// Plain text as it is, gzip unpacked: by its first bytes, not its name.
fn unpacked(mut raw: impl Read + 'static) -> Result<Box<dyn Read>> {
    let mut magic = Vec::new();
    raw.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic)?;
    let packed = magic == GZIP_MAGIC;
    let whole = Cursor::new(magic).chain(raw);
    Ok(if packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// What a person said, else what nginx.conf says of this very file, else what its lines look like.
fn kind_of(path: &Path, sample: &[u8], options: &Options, tally: &mut Tally) -> Result<LogKind> {
    let lines: Vec<&[u8]> =
        sample.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(SAMPLE_LINES).collect();
    if lines.is_empty() || mostly(&lines, |line| matches!(error::parse(line), ErrorLine::Entry(_))) {
        return Ok(LogKind::Error);
    }
    if let Some(known) = options.known.iter().find(|known| is_or_was(path, &known.path))
        && mostly(&lines, |line| known.format.parse(line).is_ok())
    {
        let server = tally.server(known.server.as_bytes());
        return Ok(LogKind::Access { format: known.format.clone(), server });
    }
    let Some(format) = options.format.clone().or_else(|| LogFormat::detect(&lines)) else {
        bail!(
            "its lines fit no format that hangup knows; name theirs with --nginx.log-format (the log_format string from nginx.conf), or that nginx.conf with --nginx.config"
        );
    };
    Ok(LogKind::Access { format, server: tally.server(options.server.as_bytes()) })
}

/// `/var/log/nginx/access.log`, or what rotation made of it: `access.log.1`, `access.log-20261121.gz`.
fn is_or_was(path: &Path, known: &str) -> bool {
    path.to_str().is_some_and(|path| {
        path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    })
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
