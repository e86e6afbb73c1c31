//! Appends to the two logs and rotates them by rename, as logrotate would.
//! Knows: files. Does not know: lines.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::generator::Output;

/// A demo that is forgotten over the weekend must not fill the disk: two files of this size per log at most.
const LOG_BYTES_MAX: u64 = 64 << 20;

/// Both logs.
#[derive(Debug)]
pub(super) struct Writer {
    access: Log,
    error: Log,
}

#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
}

impl Writer {
    pub(super) fn open(access: &Path, error: &Path) -> io::Result<Writer> {
        Writer::open_with(access, error, LOG_BYTES_MAX)
    }

    /// With another size to rotate at.
    pub(super) fn open_with(access: &Path, error: &Path, bytes_max: u64) -> io::Result<Writer> {
        Ok(Writer { access: Log::open(access, bytes_max)?, error: Log::open(error, bytes_max)? })
    }

    pub(super) fn write(&mut self, out: &Output) -> io::Result<()> {
        self.error.append(&out.error)?;
        self.access.append(&out.access)
    }
}

impl Log {
    fn open(path: &Path, bytes_max: u64) -> io::Result<Log> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Log { path: path.to_owned(), file, bytes, bytes_max })
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.bytes > self.bytes_max {
            let mut old = self.path.clone().into_os_string();
            old.push(".1");
            std::fs::rename(&self.path, old)?;
            *self = Log::open(&self.path, self.bytes_max)?;
        }
        self.bytes += lines.len() as u64;
        self.file.write_all(lines)
    }
}
