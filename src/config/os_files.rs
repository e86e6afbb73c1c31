//! The machine's own files, for the nginx.conf parser and the configuration file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::dialect::nginx::conf::{FILE_BYTES_MAX, Files};

/// Files by std, patterns by the glob crate.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // One byte more than allowed tells the parser that there was more.
        File::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn glob(&self, pattern: &str) -> Vec<PathBuf> {
        // As glob(3), and so nginx: sorted, and a directory that cannot be listed has no entries.
        glob::glob(pattern).map(|paths| paths.flatten().collect()).unwrap_or_default()
    }
}
