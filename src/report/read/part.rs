//! Opens finished logs: a stream (standard input, a pipe), a file, or a piece of a large one from newline to newline.
//! Knows: how large a piece is worth a core. Does not know: how logs are packed, what is in a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;

use super::ahead::Ahead;
use crate::envelope::Framing;
use crate::input::{MARK_BYTES, Packing, Unpacked};
use crate::permission;

/// What is looked at to tell a log's kind: enough for a few lines of the longest sort.
const SAMPLE_BYTES: u64 = 256 * 1024;
/// Smaller pieces are not worth a thread and a tally: a core reads this in a tenth of a second.
const PIECE_BYTES_MIN: u64 = 32 * 1024 * 1024;
/// Names of standard input. As a path it cannot be opened where it is a socket, nor where its file was deleted.
const STANDARD_INPUT: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

pub(in crate::report) type Stream = Box<dyn Read + Send>;

/// Something to read once, on whichever thread.
pub(in crate::report) enum Part {
    /// What cannot be opened a second time.
    Once(Stream),
    Packed(PathBuf),
    /// A plain file from the first offset to the second.
    Piece(PathBuf, u64, u64),
}

/// The beginning of a log's text.
pub(super) struct Sample {
    pub text: Vec<u8>,
    /// It is all there is.
    pub whole: bool,
}

pub(super) fn is_standard_input(path: &Path) -> bool {
    STANDARD_INPUT.iter().any(|name| path == Path::new(name))
}

/// The parts of a log, at most so many, and the beginning of its text.
pub(super) fn parts(path: &Path, parts_max: usize) -> Result<(Vec<Part>, Sample)> {
    if is_standard_input(path) {
        return once(io::stdin());
    }
    let file = File::open(path).map_err(|error| unopened(path, error))?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        bail!("it is a directory; name the logs in it, as in {}/*.log", path.display());
    }
    if !kind.is_file() {
        return once(file);
    }
    let (mut text, packed) = unpacked(file)?;
    let sample = sample(&mut text)?;
    // Where a container runtime wrote it, a cut might come between the parts of a line.
    let parts_max = if is_in_parts(&sample.text) { 1 } else { parts_max };
    let parts = if packed { vec![Part::Packed(path.to_owned())] } else { pieces(path, parts_max)? };
    Ok((parts, sample))
}

impl Part {
    /// The text of the part.
    pub(in crate::report) fn open(self, progress: &ProgressBar) -> io::Result<Stream> {
        Ok(match self {
            Part::Once(text) => text,
            // Unpacking takes as long as counting, or longer: two cores do both at once.
            Part::Packed(path) => Box::new(Ahead::of(unpacked(progress.wrap_read(File::open(path)?))?.0)?),
            Part::Piece(path, begin, end) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(begin))?;
                Box::new(progress.wrap_read(file.take(end - begin)))
            }
        })
    }
}

fn is_in_parts(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').next().is_some_and(|line| Framing::of(line).is_some())
}

fn unopened(path: &Path, error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::PermissionDenied => anyhow::anyhow!(permission::explain(path)),
        _ => error.into(),
    }
}

/// A stream, whose beginning is looked at and then read together with its rest.
fn once(from: impl Read + Send + 'static) -> Result<(Vec<Part>, Sample)> {
    let (mut text, _) = unpacked(from)?;
    let sample = sample(&mut text)?;
    let whole = Cursor::new(sample.text.clone()).chain(text);
    Ok((vec![Part::Once(Box::new(whole))], sample))
}

/// Cuts a plain file into at most so many pieces that are worth it.
fn pieces(path: &Path, parts_max: usize) -> io::Result<Vec<Part>> {
    let mut file = BufReader::new(File::open(path)?);
    let size = file.get_ref().metadata()?.len();
    let cuts = cuts(&mut file, size, (size / PIECE_BYTES_MIN).clamp(1, parts_max as u64))?;
    Ok(cuts.windows(2).map(|cut| Part::Piece(path.to_owned(), cut[0], cut[1])).collect())
}

/// Where pieces begin and end: after newlines. The last has no end: what is written meanwhile belongs to it.
fn cuts(file: &mut (impl BufRead + Seek), size: u64, pieces: u64) -> io::Result<Vec<u64>> {
    let mut cuts = vec![0];
    for piece in 1..pieces {
        let before = file.seek(SeekFrom::Start(size / pieces * piece - 1))?;
        cuts.push(before + file.skip_until(b'\n')? as u64);
    }
    cuts.push(u64::MAX);
    // A line longer than a piece leaves nothing to the pieces inside it.
    cuts.dedup();
    Ok(cuts)
}

fn sample(text: &mut impl Read) -> Result<Sample> {
    let mut sample = Vec::new();
    text.take(SAMPLE_BYTES).read_to_end(&mut sample).context("it cannot be unpacked")?;
    Ok(Sample { whole: (sample.len() as u64) < SAMPLE_BYTES, text: sample })
}

/// Plain text as it is, what is packed unpacked, and whether it was: by its first bytes, not its name.
fn unpacked(mut raw: impl Read + Send + 'static) -> io::Result<(Stream, bool)> {
    let mut mark = Vec::new();
    raw.by_ref().take(MARK_BYTES as u64).read_to_end(&mut mark)?;
    let packing = Packing::of(&mark);
    let whole = Cursor::new(mark).chain(raw);
    Ok(match packing {
        Some(packing) => (Box::new(Unpacked::new(packing, whole)?), true),
        None => (Box::new(whole), false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_begin_with_lines_and_lose_none() {
        let text = b"one\n\nthree is longer than a piece\nfour\nfive without its newline";
        for pieces in 1..=text.len() as u64 {
            let cuts = cuts(&mut Cursor::new(text), text.len() as u64, pieces).expect("memory has no errors");
            let (first, inner, last) = (cuts[0], &cuts[1..cuts.len() - 1], cuts[cuts.len() - 1]);
            assert_eq!((first, last), (0, u64::MAX), "{pieces} pieces");
            assert!(cuts.is_sorted(), "{cuts:?}");
            let after_newline = |cut: &u64| *cut == text.len() as u64 || text[*cut as usize - 1] == b'\n';
            assert!(inner.iter().all(after_newline), "{pieces} pieces: {cuts:?}");
        }
    }
}
