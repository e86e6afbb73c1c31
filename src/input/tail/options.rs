//! What is followed, from where on, and within which limits. Values only.

use std::path::PathBuf;
use std::time::Duration;

/// Where to start reading a file that exists at start-up and of which nothing was saved.
/// Files that appear later are always read from their first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartFrom {
    #[default]
    End,
    Start,
}

/// One log to follow: a path, or a glob that may match many and new ones later. Neither has to exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub pattern: String,
    pub from: StartFrom,
}

/// The limits of a [`Tailer`](super::Tailer).
#[derive(Clone, Debug)]
pub struct Options {
    /// A longer line is discarded up to its newline and reported once as [`Line::TooLong`](crate::input::Line::TooLong).
    pub line_bytes_max: usize,
    /// How long a file that was moved away must be silent, after its successor has begun, before it is let go.
    pub quiet_grace: Duration,
    /// Paths are looked up no more often than this while lines flow; the open files are read in every round.
    pub look_every: Duration,
    /// Every single path is looked up this often, though nothing in its directory seems to have changed.
    pub look_at_all_every: Duration,
    /// Globs are expanded no more often than this.
    pub glob_every: Duration,
    /// A file to which nothing was written for a second is looked at no more often than this; where there are hundreds, more
    /// seldom the longer it has been silent. Whoever is told that something happened to one passes it on with
    /// [`Tailer::touch`](super::Tailer::touch).
    pub idle_check_every: Duration,
    /// How many files may be open at once. With more logs than that, idle ones are closed and opened in turn.
    pub files_max: usize,
    /// The configuration of logrotate, which may say where rotated files go.
    pub logrotate: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            // nginx writes access lines of up to 32 KiB for a maximal request line and error lines of up to 2 KiB.
            line_bytes_max: 64 * 1024,
            // nginx' workers reopen within milliseconds of USR1; that the signal itself comes late is covered by
            // waiting for the successor's first byte.
            quiet_grace: Duration::from_secs(5),
            look_every: Duration::from_millis(50),
            look_at_all_every: Duration::from_secs(5),
            glob_every: Duration::from_secs(1),
            idle_check_every: Duration::from_millis(200),
            // Half of the fewest descriptors a process is given.
            files_max: 512,
            logrotate: PathBuf::from("/etc/logrotate.conf"),
        }
    }
}
