//! The bytes of an open file by offset, whether it is plain or compressed.
//!
//! It knows how to read, and not where a file came from or what is in it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::SeekFrom;

use super::identity::{FINGERPRINT_BYTES, Fingerprint};
use crate::input::packed::{Format, MARK_BYTES, Unpacked};

pub(super) enum Contents {
    Plain(File),
    Packed { file: File, window: Box<Window> },
}

/// The stretch of a decompressed stream that was read last, since a stream cannot go back.
pub(super) struct Window {
    decoder: Unpacked<File>,
    bytes: Vec<u8>,
    start: u64,
    /// The archive is damaged from here on. Told once everything before it was handed out.
    failed: Option<io::Error>,
}

impl Contents {
    /// Opens a regular file, compressed if its first bytes say so. Everything else is refused with `InvalidInput`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // Opening a pipe would wait for its writer, if it were not told not to.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut mark = [0; MARK_BYTES];
        let count = read_full(|rest, done| file.read_at(rest, done as u64), &mut mark)?;
        match Format::of(&mark[..count]) {
            None => Ok(Self::Plain(file)),
            Some(format) => {
                let window = Box::new(Window::open(format, &file)?);
                Ok(Self::Packed { file, window })
            }
        }
    }

    /// What the content, not the file, begins with.
    pub(super) fn fingerprint(&mut self) -> io::Result<Fingerprint> {
        let mut head = [0; FINGERPRINT_BYTES];
        let count = self.read_at(&mut head, 0)?;
        Ok(Fingerprint::from_head(&head[..count]))
    }

    /// The next read will tell an error.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self, Self::Packed { window, .. } if window.failed.is_some())
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// The file as it lies on the disk.
    pub(super) fn file(&self) -> &File {
        match self {
            Self::Plain(file) | Self::Packed { file, .. } => file,
        }
    }

    /// Where, from `offset` on, something was written: a hole in a file is as long as it likes, and costs nothing.
    /// `None`: nothing was, or it cannot be known.
    pub(super) fn next_data(&self, offset: u64) -> Option<u64> {
        match self {
            Self::Plain(file) => rustix::fs::seek(file, SeekFrom::Data(offset)).ok(),
            Self::Packed { .. } => None,
        }
    }

    /// Reads what stands at `offset`. Fewer bytes than asked for mean that there are no more for now, unless
    /// [`Contents::has_failed`]. The offset may not go back behind that of an earlier read.
    pub(super) fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::Plain(file) => read_full(|rest, done| file.read_at(rest, offset + done as u64), buffer),
            Self::Packed { window, .. } => window.read_at(buffer, offset),
        }
    }
}

impl Window {
    fn open(format: Format, file: &File) -> io::Result<Self> {
        let mut file = file.try_clone()?;
        file.rewind()?;
        Ok(Self { decoder: Unpacked::new(format, file)?, bytes: Vec::new(), start: 0, failed: None })
    }

    fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let passed = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        if passed > self.bytes.len() {
            let gap = (passed - self.bytes.len()) as u64;
            io::copy(&mut (&mut self.decoder).take(gap), &mut io::sink())?;
            self.bytes.clear();
        } else {
            self.bytes.drain(..passed);
        }
        self.start = offset;
        let missing = buffer.len().saturating_sub(self.bytes.len()) as u64;
        self.failed = (&mut self.decoder).take(missing).read_to_end(&mut self.bytes).err();
        let count = self.bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        Ok(count)
    }
}

/// Repeats a read until the buffer is full or nothing comes, as a read may return early.
fn read_full(mut read: impl FnMut(&mut [u8], usize) -> io::Result<usize>, buffer: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match read(&mut buffer[done..], done) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
