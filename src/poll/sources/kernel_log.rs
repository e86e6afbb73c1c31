//! Follows what the kernel says. Knows: /dev/kmsg, and the files that a syslog daemon copies it to.
//! Does not know: which messages matter.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::kernel::messages::{Messages, of_kmsg_record, of_log_line};
use crate::poll::error::{PollError, Reason};
use crate::poll::options::Options;
use crate::poll::readings::Readings;
use crate::poll::source::Source;

/// Counts from now on. What was said before hangup came would be counted again by each restart.
pub(super) struct KernelLog {
    device: PathBuf,
    files: Vec<PathBuf>,
    log: Option<Open>,
    messages: Messages,
}

enum Open {
    Device(File),
    Copy(LogFile),
}

/// The kernel's records are at most 1 KiB of text, escaped by at most four, and a prefix
/// (`PRINTKRB_RECORD_MAX`, kernel/printk/internal.h; a shorter buffer gives EINVAL).
const RECORD_BYTES_MAX: usize = 8 << 10;

/// What one look reads at most; the next look goes on from there. The ring itself is rarely larger.
const RECORDS_PER_LOOK: usize = 16 << 10;

impl Source for KernelLog {
    const NAME: &'static str = "kernel_log";
    type Sample = Messages;

    fn new(options: &Options) -> Self {
        let (device, files) = (options.kernel_log_device.clone(), options.kernel_log_files.clone());
        Self { device, files, log: None, messages: Messages::default() }
    }

    fn differs(old: &Options, new: &Options) -> bool {
        (&old.kernel_log_device, &old.kernel_log_files) != (&new.kernel_log_device, &new.kernel_log_files)
    }

    fn ask(&mut self) -> Result<Messages, PollError> {
        let mut open = match self.log.take() {
            Some(open) => open,
            None => self.first_readable()?,
        };
        match &mut open {
            Open::Device(device) => read_records(device, &mut self.messages),
            Open::Copy(file) => file.read_lines(&mut self.messages),
        }
        .map_err(|error| PollError::new(Reason::Other, format!("the kernel's log could not be read on: {error}")))?;
        self.log = Some(open);
        Ok(self.messages.clone())
    }

    fn store(readings: &mut Readings, sample: Option<Messages>) {
        readings.kernel_messages = sample;
    }

    fn describe(&self, _: &Messages) -> String {
        let path = match &self.log {
            Some(Open::Copy(file)) => &file.path,
            _ => &self.device,
        };
        format!("read from {}", path.display())
    }
}

impl KernelLog {
    /// The device if it may be read, else the first file that may.
    fn first_readable(&self) -> Result<Open, PollError> {
        let why = match open_device(&self.device) {
            Ok(device) => return Ok(Open::Device(device)),
            Err(why) => why,
        };
        let mut refused = Vec::new();
        for path in &self.files {
            match LogFile::open_at_end(path) {
                Ok(file) => return Ok(Open::Copy(file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => refused.push(path.display().to_string()),
            }
        }
        Err(self.unreadable(&why, &refused))
    }

    /// `why`: of the device. `refused`: of the files those that are there.
    fn unreadable(&self, why: &io::Error, refused: &[String]) -> PollError {
        let device = self.device.display();
        let files: Vec<_> = self.files.iter().map(|file| file.display().to_string()).collect();
        let (files, is_missing) = (files.join(" or "), why.kind() == io::ErrorKind::NotFound);
        if is_missing && refused.is_empty() {
            let sentence = format!(
                "there is no {device} here, nor a {files}: a unit with PrivateDevices=yes hides the device, and a \
                 container has none unless it is given; without it, a syslog daemon may write such a file"
            );
            return PollError::new(Reason::Absent, sentence);
        }
        if is_missing {
            let refused = refused.join(" and ");
            let sentence = format!(
                "there is no {device} here, and {refused} may not be read: give hangup the group that may (Debian: adm)"
            );
            return PollError::new(Reason::Denied, sentence);
        }
        let sentence = format!(
            "{device} may not be read ({why}), nor is there a readable {files}: give hangup CAP_SYSLOG (systemd: \
             AmbientCapabilities=CAP_SYSLOG; in a container also the device), or the group that may read such a file \
             (Debian: adm)"
        );
        PollError::new(Reason::Denied, sentence)
    }
}

/// Positioned behind the last record.
fn open_device(path: &Path) -> io::Result<File> {
    let mut device = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    device.seek(SeekFrom::End(0))?;
    Ok(device)
}

/// Each read gives one record.
fn read_records(device: &mut File, messages: &mut Messages) -> io::Result<()> {
    let mut record = [0; RECORD_BYTES_MAX];
    for _ in 0..RECORDS_PER_LOOK {
        match device.read(&mut record) {
            Ok(0) => break,
            Ok(length) => of_kmsg_record(&String::from_utf8_lossy(&record[..length]))
                .into_iter()
                .for_each(|text| messages.add(text)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // Records were overwritten before we came; the next read goes on behind the gap.
            Err(error) if error.raw_os_error() == Some(libc::EPIPE) => (),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A syslog file, followed by simple means: what is written between the last look and a rotation is lost.
struct LogFile {
    path: PathBuf,
    file: File,
    /// The beginning of a line whose end is not written yet.
    partial: Vec<u8>,
}

/// What one look reads at most, and so also the longest line.
const BYTES_PER_LOOK: u64 = 1 << 20;

impl LogFile {
    fn open_at_end(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { path: path.to_owned(), file, partial: Vec::new() })
    }

    fn read_lines(&mut self, messages: &mut Messages) -> io::Result<()> {
        (&self.file).take(BYTES_PER_LOOK).read_to_end(&mut self.partial)?;
        let complete = memchr::memrchr(b'\n', &self.partial).map_or(0, |newline| newline + 1);
        for line in String::from_utf8_lossy(&self.partial[..complete]).lines() {
            of_log_line(line).into_iter().for_each(|text| messages.add(text));
        }
        self.partial.drain(..complete);
        if self.partial.len() as u64 > BYTES_PER_LOOK {
            self.partial.clear();
        }
        self.follow_rotation()
    }

    /// A new file under the name, or one that was cut, is read from its beginning; between the two there may be none.
    fn follow_rotation(&mut self) -> io::Result<()> {
        let Ok(named) = self.path.metadata() else { return Ok(()) };
        let (open, position) = (self.file.metadata()?, self.file.stream_position()?);
        let replaced = (named.dev(), named.ino()) != (open.dev(), open.ino());
        if replaced || named.len() < position {
            (self.file, self.partial) = (File::open(&self.path)?, Vec::new());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
