//! The machine's own files, for the nginx.conf parser and the configuration file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::dialect::nginx::conf::{FILE_BYTES_MAX, Files, Stamp};

/// How much of a large file is looked at at once.
const CHUNK_BYTES: usize = 256 << 10;
/// How long a pipe may keep its readers waiting: nobody feeds an nginx.conf by hand.
const STREAM_WAIT: Duration = Duration::from_secs(2);
const STREAM_LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// Files by std, patterns as glob(3).
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl Files for OsFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Opening a pipe would wait for its other end.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        let is_plain = file.metadata()?.is_file();
        // One byte more than allowed tells the parser that there was more.
        let mut file = file.take(FILE_BYTES_MAX as u64 + 1);
        if is_plain {
            let mut bytes = Vec::new();
            return file.read_to_end(&mut bytes).map(|_| bytes);
        }
        read_stream(&mut file)
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        super::glob::glob(pattern)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let it = path.metadata().ok()?;
        // A file that is renamed into its place keeps its time of writing.
        let seconds_ns = |seconds: i64, ns: i64| seconds.saturating_mul(1_000_000_000).saturating_add(ns);
        let changed_ns = seconds_ns(it.mtime(), it.mtime_nsec()).max(seconds_ns(it.ctime(), it.ctime_nsec()));
        Some(Stamp { device: it.dev(), inode: it.ino(), bytes: it.len(), changed_ns })
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

/// A pipe, which somebody has to fill in time.
fn read_stream(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let (mut bytes, mut chunk, began) = (Vec::new(), vec![0; CHUNK_BYTES], Instant::now());
    loop {
        match stream.read(&mut chunk) {
            Ok(0) if bytes.is_empty() => return Err(io::Error::other("it is no file, and nothing comes from it")),
            Ok(0) => return Ok(bytes),
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && began.elapsed() < STREAM_WAIT => {
                thread::sleep(STREAM_LOOK_INTERVAL);
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
        let nobody = OsFiles.read(&path).expect_err("nobody writes").to_string();
        assert!(nobody.contains("nothing comes"), "{nobody}");
        let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path).expect("a reader");
        let mut writer = OpenOptions::new().write(true).open(&path).expect("a writer");
        let written = thread::spawn(move || {
            io::Write::write_all(&mut writer, b"http ").and_then(|()| {
                thread::sleep(Duration::from_millis(50));
                io::Write::write_all(&mut writer, b"{}")
            })
        });
        assert_eq!(OsFiles.read(&path).expect("somebody writes"), b"http {}");
        written.join().expect("it ends").expect("writable");
        drop(reader);
    }
}
