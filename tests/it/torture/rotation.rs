//! Every style in which logs are rotated, as logrotate and people's scripts do it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::site::Site;
use crate::support::wait_for;

/// Not a multiple of any poll interval: such a one meets every poll in the same phase, and hides what is lost.
pub const EVERY: Duration = Duration::from_millis(930);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    RenameUsr1Soon,
    RenameUsr1Late,
    Create,
    Numbered,
    Dated,
    GzipAtOnce,
    TwiceAtOnce,
    SymlinkRetargeted,
    DirectoryRenamed,
    Remove,
    Copytruncate,
    Truncate,
}

/// What can be asked of a reader that is killed and started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// Every line is on disk somewhere.
    All,
    /// A file that is removed while the reader is down is gone.
    WhatIsRead,
    /// nginx' own lines are gone: written behind the copy, or before the truncation.
    WhatIsCopied,
}

pub const ALL: [Style; 12] = [
    Style::RenameUsr1Soon,
    Style::RenameUsr1Late,
    Style::Create,
    Style::Numbered,
    Style::Dated,
    Style::GzipAtOnce,
    Style::TwiceAtOnce,
    Style::SymlinkRetargeted,
    Style::DirectoryRenamed,
    Style::Remove,
    Style::Copytruncate,
    Style::Truncate,
];

impl Style {
    pub fn name(self) -> &'static str {
        match self {
            Style::RenameUsr1Soon => "rename, USR1 after 100 ms",
            Style::RenameUsr1Late => "rename, USR1 after 700 ms",
            Style::Create => "create",
            Style::Numbered => "numbered chain",
            Style::Dated => "dated",
            Style::GzipAtOnce => "gzip at once",
            Style::TwiceAtOnce => "two rotations at once",
            Style::SymlinkRetargeted => "symlink retargeted",
            Style::DirectoryRenamed => "directory renamed",
            Style::Remove => "remove",
            Style::Copytruncate => "copytruncate",
            Style::Truncate => "truncate",
        }
    }

    pub fn keeps(self) -> Keeps {
        match self {
            Style::Copytruncate | Style::Truncate => Keeps::WhatIsCopied,
            Style::Remove | Style::GzipAtOnce => Keeps::WhatIsRead,
            _ => Keeps::All,
        }
    }

    /// Makes the log a link before nginx writes much to it.
    pub fn prepare(self, site: &Site) {
        if self == Style::SymlinkRetargeted {
            retarget(site, 0).expect("our own directory");
            reopened(site);
        }
    }

    /// One rotation, the `number`th.
    pub fn rotate(self, site: &Site, number: u32) {
        self.try_rotate(site, number).unwrap_or_else(|error| panic!("rotation {number}, {}: {error}", self.name()));
    }

    fn try_rotate(self, site: &Site, number: u32) -> io::Result<()> {
        let (log, soon) = (site.log(), Duration::from_millis(100));
        match self {
            Style::RenameUsr1Soon | Style::Dated => {
                fs::rename(&log, self.dated(&log, number))?;
                reopen_after(site, soon);
            }
            Style::RenameUsr1Late => {
                fs::rename(&log, self.dated(&log, number))?;
                reopen_after(site, Duration::from_millis(700));
            }
            Style::Create => {
                fs::rename(&log, self.dated(&log, number))?;
                File::create(&log)?;
                site.reopen();
            }
            Style::Numbered => {
                shift(&log, "")?;
                fs::rename(&log, numbered(&log, 1, ""))?;
                reopen_after(site, soon);
            }
            Style::GzipAtOnce => {
                shift(&log, ".gz")?;
                fs::rename(&log, numbered(&log, 1, ""))?;
                site.reopen();
                gzip(&numbered(&log, 1, ""))?;
            }
            Style::TwiceAtOnce => {
                fs::rename(&log, self.dated(&log, 2 * number))?;
                reopened(site);
                fs::rename(&log, self.dated(&log, 2 * number + 1))?;
                reopened(site);
            }
            Style::SymlinkRetargeted => {
                retarget(site, number)?;
                reopen_after(site, soon);
            }
            Style::DirectoryRenamed => {
                fs::rename(site.logs(), site.dir().join(format!("logs.{number:03}")))?;
                fs::create_dir(site.logs())?;
                reopen_after(site, soon);
            }
            Style::Remove => {
                fs::remove_file(&log)?;
                reopen_after(site, soon);
            }
            Style::Copytruncate => {
                shift(&log, "")?;
                fs::copy(&log, numbered(&log, 1, ""))?;
                File::options().write(true).open(&log)?.set_len(0)?;
            }
            Style::Truncate => File::options().write(true).open(&log)?.set_len(0)?,
        }
        Ok(())
    }

    /// `access.log-20261121-7`, or `access.log.7` for those who number upwards.
    fn dated(self, log: &Path, number: u32) -> PathBuf {
        let mark = if self == Style::Dated { "-20261121-" } else { "." };
        PathBuf::from(format!("{}{mark}{number}", log.display()))
    }
}

fn numbered(log: &Path, number: u32, end: &str) -> PathBuf {
    PathBuf::from(format!("{}.{number}{end}", log.display()))
}

/// Makes room for a new `.1`: logrotate renames the whole chain, the oldest first.
fn shift(log: &Path, end: &str) -> io::Result<()> {
    let count = (1..).take_while(|number| numbered(log, *number, end).exists()).count() as u32;
    (1..=count).rev().try_for_each(|number| fs::rename(numbered(log, number, end), numbered(log, number + 1, end)))
}

/// As logrotate does, by the program: nginx may still write to the file.
fn gzip(path: &Path) -> io::Result<()> {
    let status = Command::new("gzip").arg(path).status()?;
    // 2 is gzip's warning that the file changed while it was read.
    if status.success() || status.code() == Some(2) { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

fn retarget(site: &Site, number: u32) -> io::Result<()> {
    let (target, link) = (site.logs().join(format!("access-{number}.log")), site.logs().join("new-link"));
    File::create(&target)?;
    std::os::unix::fs::symlink(&target, &link)?;
    fs::rename(&link, site.log())
}

/// The time that a script takes between moving the log and telling nginx is part of the style.
fn reopen_after(site: &Site, delay: Duration) {
    std::thread::sleep(delay);
    site.reopen();
}

/// Tells nginx, and waits until it writes to the new file.
fn reopened(site: &Site) {
    site.reopen();
    wait_for("nginx to write to the new log", || fs::metadata(site.log()).ok().filter(|it| it.len() > 0));
}
