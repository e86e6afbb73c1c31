//! nginx.conf: tokens, blocks, includes (source: ngx_conf_file.c, ngx_conf_read_token).
//! Knows: the grammar. Does not know: the file system (the reader is handed in), what a directive means.

mod lua;
mod reader;
mod tokens;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

/// A larger file is no configuration: real ones, lists of addresses included, stay far below.
/// A [`Files`] may stop reading one byte after it.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// One directive where it stands. `block` is empty for a simple directive; included files are spliced in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    pub name: String,
    pub args: Vec<String>,
    pub block: Vec<Directive>,
    pub file: PathBuf,
    /// The line on which the name stands.
    pub line: u32,
}

/// Why a configuration could not be read. Says file, line and what to do.
/// Line 0 stands for the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", place(file, *line))]
pub struct ConfError {
    pub file: PathBuf,
    pub line: u32,
    pub what: String,
}

/// How the parser reaches files: real ones in the product, a map in tests and fuzzing.
pub trait Files {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>>;
    /// Expands a pattern as glob(3) does, and so nginx its `include`: sorted by bytes, no dotfiles for a wildcard.
    fn glob(&self, pattern: &Path) -> Vec<PathBuf>;
    /// How a path stands, without reading it. `None`: there is nothing, or nobody can tell.
    fn stamp(&self, _path: &Path) -> Option<Stamp> {
        None
    }
    /// What follows the first `words` in a file of any size, at most `bytes_max` of it.
    fn find(&self, path: &Path, words: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        let bytes = self.read(path).ok()?;
        let at = memchr::memmem::find(&bytes, words)? + words.len();
        Some(bytes[at..].iter().take(bytes_max).copied().collect())
    }
}

/// How a file or a directory stands: whoever changes it changes this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub bytes: u64,
    /// When its content or its name was changed last, in nanoseconds since 1970.
    pub changed_ns: i64,
}

/// A tree, and what was wrong on the way (an unreadable include does not hide the rest).
#[derive(Debug, Default, Clone)]
pub struct Conf {
    pub directives: Vec<Directive>,
    pub problems: Vec<ConfError>,
}

/// Parses the main file and everything it includes. Never fails as a whole: what could be read is there.
pub fn parse(main: &Path, files: &dyn Files) -> Conf {
    reader::Reader::new(main, files).read()
}

/// A word without its escapes: only `\" \' \\ \t \r \n` are some.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    tokens::unescape(text)
}

fn place(file: &Path, line: u32) -> String {
    match line {
        0 => file.display().to_string(),
        _ => format!("{}:{line}", file.display()),
    }
}
