//! The files below /proc. Knows: where they are, how much of one is read. Does not know: what is in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::{PollError, Reason};
use super::options::Options;
use crate::kernel::NotUnderstood;

/// Where /proc is mounted, and whose network is looked at.
#[derive(Debug, Clone)]
pub(super) struct ProcRoot {
    root: PathBuf,
    /// A process whose network namespace is meant instead of our own, as seen in `root`.
    network_of: Option<u32>,
}

/// No text of /proc that is read here comes near it: /proc/net/dev has about 130 bytes for a device,
/// /proc/net/stat/nf_conntrack 160 for a CPU.
const FILE_BYTES_MAX: u64 = 4 << 20;

const HIDDEN: &str = "let this user read it (is /proc mounted with hidepid, or the unit's ProtectProc= set?)";

impl ProcRoot {
    pub(super) fn of(options: &Options) -> Self {
        Self { root: options.proc_root.clone(), network_of: options.network_of }
    }

    /// A file of the network namespace in question: `snmp`, `stat/nf_conntrack`.
    pub(super) fn net(&self, file: &str) -> Result<String, PollError> {
        let base = self.network_of.map_or_else(|| self.root.clone(), |pid| self.root.join(pid.to_string()));
        read(&base.join("net").join(file)).map_err(|error| self.unless_no_proc(error))
    }

    pub(super) fn net_parsed<T>(
        &self,
        file: &str,
        parse: impl Fn(&str) -> Result<T, NotUnderstood>,
    ) -> Result<T, PollError> {
        parse(&self.net(file)?).map_err(|error| not_understood(file, error))
    }

    /// A file below sys/, such as `net/core/somaxconn`. The kernel shows here the values of the *reader's* namespace,
    /// so of another one only those that hold for the whole machine can be had.
    pub(super) fn sys(&self, file: &str) -> Result<String, PollError> {
        read(&self.root.join("sys").join(file)).map_err(|error| self.unless_no_proc(error))
    }

    /// Whether another network namespace than our own is meant.
    pub(super) fn is_foreign(&self) -> bool {
        self.network_of.is_some()
    }

    /// Says the plainer thing when not one file but the whole tree, or the process, is missing.
    fn unless_no_proc(&self, error: PollError) -> PollError {
        let root = self.root.display();
        match self.network_of {
            _ if !error.is_absent() => error,
            _ if shows_processes_only(&self.root) => PollError::new(Reason::Denied, format!("{root} {PROCESSES_ONLY}")),
            _ if !self.root.join("sys").is_dir() && !self.root.join("net").exists() => PollError::new(
                Reason::Other,
                format!("{root} is not a proc file system: set --path.procfs to where it is mounted"),
            ),
            Some(pid) if !self.root.join(pid.to_string()).is_dir() => PollError::new(
                Reason::Other,
                format!("there is no process {pid} in {root}, so its network cannot be looked at"),
            ),
            _ => error,
        }
    }
}

/// As it is mounted with subset=pid.
pub(super) fn shows_processes_only(root: &Path) -> bool {
    let is_there = |name: &str| root.join(name).symlink_metadata().is_ok();
    is_there("self") && !is_there("sys") && !is_there("stat")
}

pub(super) const PROCESSES_ONLY: &str =
    "shows processes only: take ProcSubset=pid out of hangup's unit (or mount it without subset=pid)";

fn read(path: &Path) -> Result<String, PollError> {
    read_bounded(path).map_err(|error| PollError::of_file(path, &error, HIDDEN))
}

fn read_bounded(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {FILE_BYTES_MAX} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn not_understood(file: &str, error: NotUnderstood) -> PollError {
    PollError::new(Reason::NotUnderstood, format!("{file} of this kernel is not understood, please report it: {error}"))
}
