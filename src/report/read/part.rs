//! Opens finished logs: standard input, a file, or a piece of a large one from newline to newline.
//! Knows: gzip by its first bytes, how large a piece is worth a core. Does not know: what is in a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

use super::ahead::Ahead;

/// What is looked at to tell a log's kind: enough for a few lines of the longest sort.
const SAMPLE_BYTES: u64 = 256 * 1024;
/// The first bytes of a gzip stream (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Smaller pieces are not worth a thread and a tally: a core reads this in a tenth of a second.
const PIECE_BYTES_MIN: u64 = 32 * 1024 * 1024;

type Stream = Box<dyn Read + Send>;

/// Something to read once, on whichever thread.
pub enum Part {
    Stdin(Stream),
    Packed(PathBuf),
    /// A plain file from the first offset to the second.
    Piece(PathBuf, u64, u64),
}

/// The parts of a log, at most so many, and the beginning of its text.
pub fn parts(path: &Path, parts_max: usize) -> Result<(Vec<Part>, Vec<u8>)> {
    if path == Path::new("-") {
        let (mut text, _) = unpacked(io::stdin())?;
        let sample = sample(&mut text)?;
        let whole = Cursor::new(sample.clone()).chain(text);
        return Ok((vec![Part::Stdin(Box::new(whole))], sample));
    }
    let (mut text, packed) = unpacked(File::open(path)?)?;
    let sample = sample(&mut text)?;
    let regular = path.metadata()?.is_file();
    let parts = if packed || !regular { vec![Part::Packed(path.to_owned())] } else { pieces(path, parts_max)? };
    Ok((parts, sample))
}

impl Part {
    /// The text of the part.
    pub fn open(self, progress: &ProgressBar) -> io::Result<Stream> {
        Ok(match self {
            Part::Stdin(text) => text,
            // Inflating takes as long as counting: two cores do both at once.
            Part::Packed(path) => Box::new(Ahead::of(unpacked(progress.wrap_read(File::open(path)?))?.0)?),
            Part::Piece(path, begin, end) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(begin))?;
                Box::new(progress.wrap_read(file.take(end - begin)))
            }
        })
    }
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

fn sample(text: &mut impl Read) -> Result<Vec<u8>> {
    let mut sample = Vec::new();
    text.take(SAMPLE_BYTES).read_to_end(&mut sample).context("it cannot be unpacked")?;
    Ok(sample)
}

/// Plain text as it is, gzip unpacked, and whether it was: by its first bytes, not its name.
fn unpacked(mut raw: impl Read + Send + 'static) -> io::Result<(Stream, bool)> {
    let mut magic = Vec::new();
    raw.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic)?;
    let packed = magic == GZIP_MAGIC;
    let whole = Cursor::new(magic).chain(raw);
    Ok((if packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) }, packed))
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
