//! Each log tried: is there a file, may it be read, does its format fit the last lines?
//! Does not know: what the lines mean.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::page::Mark;
use crate::config::{LogKind, LogSpec, OsFiles, unescaped};
use crate::dialect::ErrorFormat;
use crate::dialect::nginx::conf::Files;
use crate::dialect::nginx::log_format::LogFormat;
use crate::envelope::Envelope;
use crate::input::Address;
use crate::permission;

/// The lines the format is tried on.
const LINES: usize = 200;
/// Enough for so many lines of the longest format people use.
const TAIL_BYTES: u64 = 256 << 10;
/// How much of a line that does not fit is shown.
const SHOWN_CHARS_MAX: usize = 120;

/// A mark and its sentence.
pub(super) type Said = (Mark, String);

/// Tries one log, all files its pattern matches.
pub(super) fn probe(log: &LogSpec) -> Vec<Said> {
    if let Some(address) = log.stream() {
        return vec![stream(&address)];
    }
    let files = OsFiles.glob(Path::new(&log.path));
    let literal = PathBuf::from(unescaped(&log.path));
    let unlisted = literal.parent().filter(|directory| permission::is_unlisted(directory));
    if files.is_empty() {
        return vec![
            unlisted.map_or_else(|| absent(&literal, &log.shown), |it| (Mark::Bad, permission::explain_unlisted(it))),
        ];
    }
    let probed = files.iter().map(|path| probe_file(path, &log.kind));
    probed.chain(unlisted.map(|it| (Mark::Advice, permission::explain_unlisted(it)))).collect()
}

/// Trying it would take away what a running hangup is sent.
fn stream(address: &Address) -> Said {
    let text = match address {
        Address::StandardInput => "standard input: what comes over it is read, and cannot be tried".to_owned(),
        Address::Fifo(path) => format!("{}: a FIFO; what comes over it is read, and cannot be tried", path.display()),
        Address::Udp(host) => format!("{host}/udp: what arrives there is read, and cannot be tried"),
        Address::UnixDatagrams(path) => return unix(path),
    };
    (Mark::Note, text)
}

fn unix(path: &Path) -> Said {
    let directory = path.parent().unwrap_or(Path::new("/"));
    match directory.metadata() {
        Ok(_) => (Mark::Note, format!("{}: what is sent there is read, and cannot be tried", path.display())),
        Err(error) => (Mark::Bad, format!("no socket can be made in {}: {error}", directory.display())),
    }
}

/// Why nothing matches: there is no such file, or it is hidden behind a directory.
fn absent(path: &Path, shown: &str) -> Said {
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => (Mark::Bad, permission::explain(path)),
        _ if is_opened_later(shown) => (
            Mark::Note,
            format!("{shown}: there is none yet; nginx creates each with its first request, and it is followed"),
        ),
        _ => {
            let absent = || format!("{shown} does not exist (yet); it is followed as soon as it appears");
            (Mark::Bad, permission::explain_absent(path).unwrap_or_else(absent))
        }
    }
}

/// nginx opens a log whose path holds variables when there is a request for it, and creates no directory.
fn is_opened_later(shown: &str) -> bool {
    let fixed = Path::new(shown).ancestors().find(|path| !path.to_string_lossy().contains('$'));
    shown.contains('$') && fixed.is_some_and(Path::is_dir)
}

fn probe_file(path: &Path, kind: &LogKind) -> Said {
    let shown = path.display();
    let bytes = match tail(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return (Mark::Bad, permission::explain(path)),
        Err(error) => return (Mark::Bad, format!("{shown} cannot be read: {error}")),
    };
    let lines = last_lines(&bytes);
    match kind {
        _ if lines.is_empty() => {
            (Mark::Good, format!("{shown} can be read; it is empty, so its format could not be tried"))
        }
        LogKind::Access { format, format_name, .. } => access(path, &lines, format, format_name),
        LogKind::Error { .. } => error_log(path, &lines),
    }
}

/// The end of the file, from the start of a line on.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let (target, stat) = (permission::linked_to(path), path.metadata()?);
    // Another file for each process: nginx's is the container's output, and here it would be hangup's.
    if let Some(output) = permission::output(path) {
        let text = format!("it is a link to {}, the container's output; log to a file instead", output.display());
        return Err(io::Error::other(text));
    }
    if !stat.is_file() {
        // Opening a pipe would wait for its other end.
        return Err(io::Error::other(format!("it is no regular file but {}; log to a file instead", target.display())));
    }
    let mut file = File::open(path)?;
    let from = stat.len().saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    if from > 0 {
        let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.drain(..first);
    }
    Ok(bytes)
}

/// The last complete lines.
fn last_lines(bytes: &[u8]) -> Vec<&[u8]> {
    let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &bytes[..end]);
    let lines: Vec<&[u8]> = complete.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].to_vec()
}

fn access(path: &Path, lines: &[&[u8]], format: &LogFormat, name: &str) -> Said {
    let (shown, all, read) = (path.display(), lines.len(), parsed(format, lines));
    let Some(stranger) = lines.iter().find(|line| !fits(format, line)) else {
        return (Mark::Good, format!("{shown}: {read} of the last {all} lines fit the format {name}"));
    };
    // Junk from scanners fits no format; a log whose better half does not fit has another one.
    let mark = if read * 2 >= all { Mark::Note } else { Mark::Bad };
    let hint = better(lines, read).unwrap_or_default();
    let text = format!("{shown}: {read} of the last {all} lines fit the format {name}{hint}; the first that does not:");
    (mark, format!("{text}\n{}", shortened(stranger)))
}

/// The preset that reads more of the lines, if one does.
fn better(lines: &[&[u8]], read: usize) -> Option<String> {
    let presets = LogFormat::PRESETS.iter().filter_map(|name| Some((parsed(&LogFormat::preset(name)?, lines), name)));
    // Of equals the first, as everywhere where presets are tried.
    let (count, name) = presets.rev().max_by_key(|(count, _)| *count)?;
    (count > read).then(|| format!(", {count} fit the preset {name} (--nginx.log-format={name})"))
}

fn parsed(format: &LogFormat, lines: &[&[u8]]) -> usize {
    lines.iter().filter(|line| fits(format, line)).count()
}

fn fits(format: &LogFormat, line: &[u8]) -> bool {
    Envelope::of(line, |line| format.parse(line).is_ok()).is_some()
}

fn error_log(path: &Path, lines: &[&[u8]]) -> Said {
    let (shown, all) = (path.display(), lines.len());
    let entries = lines.iter().filter(|line| begins_entry(line)).count();
    if entries > 0 {
        return (
            Mark::Good,
            format!("{shown}: {entries} of the last {all} lines begin an entry of an nginx error log"),
        );
    }
    let text = format!("{shown} does not look like an nginx error log; its first line that does not:");
    (Mark::Bad, format!("{text}\n{}", shortened(lines.first().copied().unwrap_or_default())))
}

fn begins_entry(line: &[u8]) -> bool {
    Envelope::of(line, |line| ErrorFormat::Nginx.begins_entry(line)).is_some()
}

fn shortened(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let start: String = text.chars().take(SHOWN_CHARS_MAX).map(plain).collect();
    if text.chars().count() > SHOWN_CHARS_MAX { start + " …" } else { start }
}
