//! Every style in which logs are rotated, as logrotate and people's scripts do it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::logrotate::{RECIPES, Recipe};
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
    OddName,
    Olddir,
    DateDirectories,
    /// Compressed once nginx writes to the new file.
    Packed(Packer),
    Kubelet,
    Logrotate(&'static Recipe),
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

pub const ALL: [Style; 30] = [
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
    Style::OddName,
    Style::Olddir,
    Style::DateDirectories,
    Style::Packed(Packer::Gzip),
    Style::Packed(Packer::Xz),
    Style::Packed(Packer::Zstd),
    Style::Kubelet,
    Style::Logrotate(&RECIPES[0]),
    Style::Logrotate(&RECIPES[1]),
    Style::Logrotate(&RECIPES[2]),
    Style::Logrotate(&RECIPES[3]),
    Style::Logrotate(&RECIPES[4]),
    Style::Logrotate(&RECIPES[5]),
    Style::Logrotate(&RECIPES[6]),
    Style::Logrotate(&RECIPES[7]),
    Style::Logrotate(&RECIPES[8]),
    Style::Logrotate(&RECIPES[9]),
    Style::Logrotate(&RECIPES[10]),
    Style::Copytruncate,
    Style::Truncate,
];

#[test]
fn every_recipe_is_a_style() {
    let styles = ALL.iter().filter(|style| matches!(style, Style::Logrotate(_))).count();
    assert_eq!(styles, RECIPES.len());
}

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
            Style::OddName => "a name that tells nothing",
            Style::Olddir => "another directory",
            Style::DateDirectories => "date directories",
            Style::Packed(packer) => packer.style(),
            Style::Kubelet => "kubelet",
            Style::Logrotate(recipe) => recipe.name,
        }
    }

    pub fn keeps(self) -> Keeps {
        match self {
            Style::Copytruncate | Style::Truncate => Keeps::WhatIsCopied,
            Style::Remove | Style::GzipAtOnce => Keeps::WhatIsRead,
            Style::Logrotate(recipe) => recipe.keeps,
            _ => Keeps::All,
        }
    }

    /// Makes the log a link before nginx writes much to it.
    pub fn prepare(self, site: &Site) {
        if self == Style::SymlinkRetargeted {
            retarget(site, 0).expect("our own directory");
            reopened(site);
        }
        if let Style::Logrotate(recipe) = self {
            recipe.configure(site);
        }
    }

    /// One rotation, the `number`th.
    pub fn rotate(self, site: &Site, number: u32) {
        self.try_rotate(site, number).unwrap_or_else(|error| panic!("rotation {number}, {}: {error}", self.name()));
    }

    fn try_rotate(self, site: &Site, number: u32) -> io::Result<()> {
        let (log, soon) = (site.log(), Duration::from_millis(100));
        match self {
            Style::RenameUsr1Soon | Style::Dated | Style::OddName | Style::Olddir | Style::DateDirectories => {
                self.move_away(site, number)?;
                reopen_after(site, soon);
            }
            Style::RenameUsr1Late => {
                self.move_away(site, number)?;
                reopen_after(site, Duration::from_millis(700));
            }
            Style::Create => {
                self.move_away(site, number)?;
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
                Packer::Gzip.pack(&numbered(&log, 1, ""))?;
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
            Style::Copytruncate => copytruncate(&log)?,
            Style::Truncate => File::options().write(true).open(&log)?.set_len(0)?,
            Style::Packed(packer) => {
                self.move_away(site, number)?;
                reopened(site);
                // Another worker may need a moment longer.
                std::thread::sleep(soon);
                packer.pack(&self.rotated(site, number))?;
            }
            Style::Kubelet => kubelet(site, number)?,
            Style::Logrotate(recipe) => recipe.rotate(site),
        }
        Ok(())
    }

    fn move_away(self, site: &Site, number: u32) -> io::Result<()> {
        let old = self.rotated(site, number);
        fs::create_dir_all(old.parent().expect("a directory"))?;
        fs::rename(site.log(), old)
    }

    /// Where a style that does no more than move takes the file.
    fn rotated(self, site: &Site, number: u32) -> PathBuf {
        match self {
            // Knuth's multiplicative hash: no order, no digits that follow each other.
            Style::OddName => site.logs().join(format!("{:08x}", number.wrapping_mul(2_654_435_769))),
            Style::Olddir => site.dir().join(format!("old/access.log.{number}")),
            Style::DateDirectories => site.logs().join(format!("2026/11/{number:02}/access.log")),
            _ => self.dated(&site.log(), number),
        }
    }

    /// `access.log-20261121-7`, or `access.log.7` for those who number upwards.
    fn dated(self, log: &Path, number: u32) -> PathBuf {
        let mark = if self == Style::Dated { "-20261121-" } else { "." };
        PathBuf::from(format!("{}{mark}{number}", log.display()))
    }
}

/// What the kubelet does to the log of a container: the latest stays plain, so that it can be read to its end, the others
/// are compressed through a file that ends in `.tmp`, and few are kept.
fn kubelet(site: &Site, number: u32) -> io::Result<()> {
    const ROTATED_MAX: usize = 3;
    let path = |entry: io::Result<fs::DirEntry>| entry.map(|it| it.path());
    let mut rotated: Vec<PathBuf> = fs::read_dir(site.logs())?.map(path).collect::<io::Result<_>>()?;
    rotated.retain(|path| *path != site.log());
    rotated.sort();
    let spare = rotated.len().saturating_sub(ROTATED_MAX);
    rotated.drain(..spare).try_for_each(fs::remove_file)?;
    for plain in rotated.iter().filter(|path| path.extension().is_none_or(|it| it != "gz")) {
        let end = |end: &str| PathBuf::from(format!("{}{end}", plain.display()));
        let mut packed = flate2::write::GzEncoder::new(File::create(end(".tmp"))?, flate2::Compression::default());
        io::copy(&mut File::open(plain)?, &mut packed)?;
        packed.finish()?;
        fs::rename(end(".tmp"), end(".gz"))?;
        fs::remove_file(plain)?;
    }
    fs::rename(site.log(), site.logs().join(format!("access.log.20261121-{number:06}")))?;
    reopen_after(site, Duration::from_millis(100));
    Ok(())
}

fn numbered(log: &Path, number: u32, end: &str) -> PathBuf {
    PathBuf::from(format!("{}.{number}{end}", log.display()))
}

/// Makes room for a new `.1`: logrotate renames the whole chain, the oldest first.
fn shift(log: &Path, end: &str) -> io::Result<()> {
    let count = (1..).take_while(|number| numbered(log, *number, end).exists()).count() as u32;
    (1..=count).rev().try_for_each(|number| fs::rename(numbered(log, number, end), numbered(log, number + 1, end)))
}

/// What compresses a file, as logrotate does it: by the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packer {
    Gzip,
    Xz,
    Zstd,
}

impl Packer {
    fn style(self) -> &'static str {
        match self {
            Packer::Gzip => "gzip",
            Packer::Xz => "xz",
            Packer::Zstd => "zstd",
        }
    }

    fn pack(self, path: &Path) -> io::Result<()> {
        let mut command = match self {
            Packer::Gzip => Command::new("gzip"),
            Packer::Xz => Command::new("xz"),
            Packer::Zstd => Command::new("zstd"),
        };
        match self {
            Packer::Gzip => {}
            // As quick as it can: a machine that is busy would not get done before the next rotation.
            Packer::Xz => drop(command.arg("-0")),
            Packer::Zstd => drop(command.args(["-q", "--rm"])),
        }
        let status = command.arg(path).status()?;
        // 2 is the warning that the file changed while it was read: nginx may still write to it.
        if status.success() || status.code() == Some(2) { Ok(()) } else { Err(io::Error::other(status.to_string())) }
    }
}

fn copytruncate(log: &Path) -> io::Result<()> {
    shift(log, "")?;
    fs::copy(log, numbered(log, 1, ""))?;
    File::options().write(true).open(log)?.set_len(0)
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
