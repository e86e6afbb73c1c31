//! The machine's own files, for the nginx.conf parser and the configuration file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::dialect::nginx::conf::{FILE_BYTES_MAX, Files};

/// How much of a large file is looked at at once.
const CHUNK_BYTES: usize = 256 << 10;

/// Files by std, patterns as glob(3).
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // One byte more than allowed tells the parser that there was more.
        File::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        super::glob::glob(pattern)
    }

    fn find(&self, path: &Path, words: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        let mut file = File::open(path).ok()?;
        let mut window = Vec::with_capacity(2 * CHUNK_BYTES);
        loop {
            let read = file.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut window).ok()?;
            if let Some(at) = memchr::memmem::find(&window, words) {
                window.drain(..at + words.len());
                file.take(bytes_max.saturating_sub(window.len()) as u64).read_to_end(&mut window).ok()?;
                window.truncate(bytes_max);
                return Some(window);
            }
            if read == 0 {
                return None;
            }
            // The words may begin at the end of this piece.
            window.drain(..window.len().saturating_sub(words.len()));
        }
    }
}
