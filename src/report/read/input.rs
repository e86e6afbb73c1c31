//! The logs that were named, each once: what it is, and its parts. Knows: how many lines to look at.
//! Does not know: how a log's kind is told from them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::super::Options;
use super::super::choice::{Access, Choice, choose};
use super::super::refusal::Refusal;
use super::super::trial::Trial;
use super::Log;
use super::part::{self, Part, Sample};
use crate::dialect::{AccessFormat, ErrorFormat};
use crate::envelope::Envelope;
use crate::input::{Line, read_lines};
use crate::record::{Record, Sight};

/// Of the beginning of a log, that many lines tell its kind.
const SAMPLE_LINES: usize = 200;

/// What `/proc` calls this process' standard input.
const STANDARD_INPUT: &str = "/proc/self/fd/0";

/// A log and its parts.
pub(in crate::report) struct Input {
    pub log: Log,
    pub parts: Vec<Part>,
}

/// Opens every log that was named, one that was named more than once only once.
pub(super) fn all(options: &Options, cores: usize) -> Result<Vec<Input>> {
    let is_error = options.error_logs.iter().map(|path| (path, true));
    let named = options.files.iter().filter(|file| !options.error_logs.contains(file)).map(|path| (path, false));
    let (mut inputs, mut seen): (Vec<Input>, _) = (Vec::new(), HashSet::new());
    for (path, is_error) in named.chain(is_error) {
        let identity = identity(path);
        if identity.is_some_and(|identity| !seen.insert(identity)) {
            let first = inputs.iter_mut().find(|input| self::identity(Path::new(&input.log.name)) == identity);
            first.into_iter().for_each(|first| first.log.repeated = true);
            continue;
        }
        inputs.push(input(path, is_error, options, cores).with_context(|| path.display().to_string())?);
    }
    Ok(inputs)
}

/// A file is the same by whichever name; a stream that was named twice would be empty the second time.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let path = if part::is_standard_input(path) { Path::new(STANDARD_INPUT) } else { path };
    path.metadata().ok().map(|meta| (meta.dev(), meta.ino()))
}

/// A log, and what it is read as.
pub(in crate::report) fn input(path: &Path, is_error: bool, options: &Options, cores: usize) -> Result<Input> {
    let (parts, sample) = part::parts(path, cores)?;
    let lines = lines(&sample);
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    let choice = if is_error { error_log(&lines)? } else { access_log(path, &lines, options)? };
    let sight = match &choice {
        Choice::Access(access) => sight(access, &lines),
        Choice::Empty | Choice::Error(_) => Sight::NOTHING,
    };
    let parts = if matches!(choice, Choice::Empty) { Vec::new() } else { parts };
    let log = Log { name: path.display().to_string(), choice, sight, repeated: false, unfit: None };
    Ok(Input { log, parts })
}

fn access_log(path: &Path, lines: &[&[u8]], options: &Options) -> Result<Choice, Refusal> {
    let trial = Trial { given: options.format.as_ref(), described: &options.described, lines };
    choose(&trial, location(path).as_deref())
}

/// What a person called an error log is read as one, whatever it looks like at its beginning.
fn error_log(lines: &[&[u8]]) -> Result<Choice, Refusal> {
    if lines.is_empty() {
        return Ok(Choice::Empty);
    }
    Ok(Choice::Error(ErrorFormat::ALL[0]))
}

/// The lines of a log's beginning, without a last one that may go on behind it.
fn lines(sample: &Sample) -> Vec<Vec<u8>> {
    let whole = sample.whole || !sample.text.contains(&b'\n');
    let end = if whole { sample.text.len() } else { sample.text.iter().rposition(|byte| *byte == b'\n').unwrap_or(0) };
    let mut lines = Vec::new();
    let take = |line: Line<'_>| match line {
        Line::Complete(line) if lines.len() < SAMPLE_LINES && !line.trim_ascii().is_empty() => {
            lines.push(line.strip_suffix(b"\r").unwrap_or(line).to_owned());
        }
        _ => {}
    };
    read_lines(&sample.text[..end], sample.text.len(), take).expect("memory has no errors");
    lines
}

/// Where the log is, also one that the shell opened. `None`: it is no file.
fn location(path: &Path) -> Option<PathBuf> {
    let path = match part::is_standard_input(path) {
        true => Path::new(STANDARD_INPUT).canonicalize().ok()?,
        false => path.to_owned(),
    };
    path.metadata().is_ok_and(|meta: Metadata| meta.is_file()).then_some(path)
}

/// What these lines show: one that names its own values shows more than its format promises.
fn sight(access: &Access, lines: &[&[u8]]) -> Sight {
    let format: &AccessFormat = &access.format.format;
    let read = |line: Cow<'_, [u8]>| {
        let mut record = Record::default();
        format.read(&line, &mut record).ok().map(|()| record.sight)
    };
    let shown = |line: &&[u8]| Envelope::ALL.into_iter().filter_map(|it| it.opened_line(line)).find_map(read);
    lines.iter().filter_map(shown).fold(format.sight(), Sight::and)
}
