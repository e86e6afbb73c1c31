//! The nginx masters that run on this machine, as their process titles tell: with which options, and with which
//! workers. Knows: the title nginx gives itself (source: ngx_master_process_cycle in ngx_process_cycle.c). Does not know:
//! processes whose command line hidepid hides.

use std::path::{Path, PathBuf};

use super::build::Build;
use crate::dialect::nginx::conf::Files;

/// A running master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Master {
    pub pid: u32,
    /// What it was compiled with, where its binary can be read.
    pub build: Option<Build>,
    /// `-p`.
    pub prefix: Option<String>,
    /// `-c`.
    pub conf: Option<String>,
    /// `-e`.
    pub error_log: Option<String>,
    /// When each worker that takes requests was started, in ticks since the machine was.
    pub started: Vec<u64>,
    /// Workers that finish their last requests after a reload.
    pub leaving: usize,
}

/// All masters, in the order of their process ids.
pub(super) fn running(proc_root: &Path, files: &dyn Files) -> Vec<Master> {
    let titles: Vec<(u32, String)> =
        files.glob(&proc_root.join("[0-9]*/cmdline")).iter().filter_map(|path| title(path, files)).collect();
    let mut masters: Vec<Master> =
        titles.iter().filter_map(|(pid, title)| Master::from_title(*pid, title, proc_root, files)).collect();
    for (pid, title) in titles.iter().filter(|(_, title)| title.contains(WORKER)) {
        let Some((parent, started)) = born(&proc_root.join(format!("{pid}/stat")), files) else { continue };
        let Some(master) = masters.iter_mut().find(|master| master.pid == parent) else { continue };
        match title.contains("is shutting down") {
            true => master.leaving += 1,
            false => master.started.push(started),
        }
    }
    masters.sort_by_key(|master| master.pid);
    masters
}

const MASTER: &str = ": master process ";
const WORKER: &str = ": worker process";

/// `None` for the many processes that are no nginx.
fn title(cmdline: &Path, files: &dyn Files) -> Option<(u32, String)> {
    let pid = cmdline.parent()?.file_name()?.to_str()?.parse().ok()?;
    let bytes = files.read(cmdline).ok()?;
    // nginx writes its title over its arguments, with blanks between the words and zeros behind them.
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_end_matches('\0');
    let is_nginx = text.contains(MASTER) || text.contains(WORKER);
    is_nginx.then(|| (pid, text.replace('\0', " ")))
}

/// Its parent, and when it was started in ticks since the machine was: the second and the twentieth field behind the
/// command's name, which may hold anything but ends at the last `)`.
fn born(stat: &Path, files: &dyn Files) -> Option<(u32, u64)> {
    let bytes = files.read(stat).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    // A worker that does not tell when it was started is one all the same.
    let started = fields.get(19).and_then(|ticks| ticks.parse().ok()).unwrap_or_default();
    Some((fields.get(1)?.parse().ok()?, started))
}

impl Master {
    fn from_title(pid: u32, title: &str, proc_root: &Path, files: &dyn Files) -> Option<Master> {
        let (_, command) = title.split_once(MASTER)?;
        // Angie: `angie: master process v1.5.0 #1 [/usr/sbin/angie -c x]`.
        let command = command.rsplit_once('[').map_or(command, |(_, inside)| inside.trim_end_matches(']'));
        let mut words = command.split_ascii_whitespace();
        let binary = words.next()?;
        let words: Vec<&str> = words.collect();
        let option = |flag: &str| {
            let at = words.iter().position(|word| word.starts_with(flag))?;
            let glued = &words[at][flag.len()..];
            let value = if glued.is_empty() { *words.get(at + 1)? } else { glued };
            Some(value.to_owned())
        };
        // The link can be read by the same user and by root only; the path in the title by everybody.
        let build = Build::of(&proc_root.join(format!("{pid}/exe")), files).or_else(|| {
            let path = Path::new(binary);
            if path.is_absolute() {
                Build::of(path, files)
            } else {
                Build::of(&Path::new("/usr/sbin").join(path), files)
            }
        });
        let (prefix, conf, error_log) = (option("-p"), option("-c"), option("-e"));
        Some(Master { pid, build, prefix, conf, error_log, started: Vec::new(), leaving: 0 })
    }

    /// Its main file. `None`: neither the title nor the binary tells.
    pub(super) fn conf(&self) -> Option<PathBuf> {
        let prefix = self.prefix.as_ref().map(PathBuf::from);
        match &self.conf {
            Some(conf) if conf.starts_with('/') => Some(PathBuf::from(conf)),
            Some(conf) => Some(prefix.or_else(|| Some(self.build.as_ref()?.prefix.clone()))?.join(conf)),
            None => Some(self.build.clone()?.moved(prefix, None).conf()),
        }
    }
}
