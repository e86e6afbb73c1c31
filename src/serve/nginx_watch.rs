//! Notices that nginx.conf was changed and that nginx has loaded it, so that hangup goes on with it by itself.
//! Knows: when a change has settled, which logs of before may still be written. Does not know: how a configuration is
//! adopted.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::config::{self, Config, Loaded, LogSpec, OsFiles, Sources};
use crate::input::tail::StartFrom;

/// How often the files are looked at, where that costs next to nothing.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A look that finds nothing is paused after for so many times as long as it took, on a host of thousands of files.
const PAUSE_FACTOR: u32 = 2_000;
/// The same while something is waited for: there, processes are looked at, too.
const WAITING_FACTOR: u32 = 200;
const LOOK_EVERY_MOST: Duration = Duration::from_secs(20);
/// An editor or a script may not be done yet with what was changed a moment ago.
const SETTLED_AFTER: Duration = Duration::from_millis(300);
/// How often nginx.conf is read though it seems unchanged, while lines fit nothing.
const REREAD_EVERY: Duration = Duration::from_secs(60);
/// A log that nginx.conf names no longer is let go when nothing was written to it for so long, where nginx's own workers
/// do not tell.
const SILENT_AFTER: Duration = Duration::from_secs(300);

/// How hangup's configuration stands to nginx's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    UpToDate,
    /// This file was changed, and nginx goes on without.
    NotLoaded(PathBuf),
    /// nginx.conf was changed, and cannot be taken up for this reason.
    Refused(String),
}

/// What others are told.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub standing: Standing,
    /// When the files were read last that hold what is running, in Unix seconds. `None`: there are none.
    pub read_at: Option<f64>,
}

impl Standing {
    /// For a person. `None`: there is nothing to say.
    pub(super) fn sentence(&self) -> Option<String> {
        match self {
            Standing::UpToDate => None,
            Standing::NotLoaded(path) => Some(format!(
                "{} was changed, and nginx has not loaded it yet (`nginx -t && nginx -s reload` does): hangup goes on with \
                 what nginx runs",
                path.display()
            )),
            Standing::Refused(what) => Some(format!(
                "nginx.conf was changed, and hangup goes on with what it was before, older than nginx's: {what}"
            )),
        }
    }
}

pub(super) struct NginxWatch {
    /// What is running.
    config: Arc<Config>,
    /// Its files, as they stood when they last held what is running.
    sources: Sources,
    /// When it was read.
    pub read_at: SystemTime,
    /// Logs that are followed though nginx.conf names them no longer.
    former: Vec<LogSpec>,
    /// What the files hold now, where nginx has not loaded it.
    pending: Option<Config>,
    pub standing: Standing,
    /// When the files were last read because lines fitted nothing.
    reread: Option<Instant>,
}

impl NginxWatch {
    pub(super) fn of(config: Arc<Config>, read_at: SystemTime) -> NginxWatch {
        let sources = config.sources.clone();
        let (former, pending, standing, reread) = (Vec::new(), None, Standing::UpToDate, None);
        NginxWatch { config, sources, read_at, former, pending, standing, reread }
    }

    pub(super) fn seen(&self) -> Seen {
        Seen { standing: self.standing.clone(), read_at: self.sources.read_at().map(|at| at.as_secs_f64()) }
    }

    /// Goes on from a configuration that was adopted.
    pub(super) fn adopted(&mut self, config: Arc<Config>, read_at: SystemTime) {
        let former = self.former.iter().filter(|log| config.logs.iter().any(|it| it.path == log.path)).cloned();
        let (former, reread) = (former.collect(), self.reread);
        *self = NginxWatch { former, reread, ..NginxWatch::of(config, read_at) };
    }

    /// How long to wait after a look that took so long, and brought nothing.
    pub(super) fn pause(&self, look: Duration) -> Duration {
        let is_waiting = self.standing != Standing::UpToDate || !self.former.is_empty();
        let factor = if is_waiting { WAITING_FACTOR } else { PAUSE_FACTOR };
        (look * factor).clamp(LOOK_EVERY, LOOK_EVERY_MOST)
    }

    /// The configuration to go on with, if there is another. `misfits`: lines of some log fit nothing.
    pub(super) fn look(&mut self, misfits: bool) -> Option<Config> {
        if self.sources.changed(&OsFiles).is_none() && !self.is_reread_due(misfits) {
            (self.pending, self.standing) = (None, Standing::UpToDate);
            return self.without_former();
        }
        let mut now = match self.pending.take().filter(|pending| pending.sources.changed(&OsFiles).is_none()) {
            Some(pending) => pending,
            None => match self.read() {
                Ok(now) => now,
                Err(what) => {
                    self.standing = Standing::Refused(what);
                    return None;
                }
            },
        };
        if now.sources.is_same_text(&self.config.sources) {
            (self.sources, self.standing) = (now.sources, Standing::UpToDate);
            return None;
        }
        let (path, changed_ns) = now.sources.newest().map(|(path, ns)| (path.to_owned(), ns))?;
        let now_ns = unix_ns();
        if (0..SETTLED_AFTER.as_nanos() as i64).contains(&(now_ns - changed_ns)) {
            return None;
        }
        let loaded = config::loaded(&now, &OsFiles, now_ns);
        if loaded.is_some_and(|loaded| !loaded.is_after(changed_ns)) {
            (self.pending, self.standing) = (Some(now), Standing::NotLoaded(path));
            return None;
        }
        if let (Some(unread), None) = (&now.unread, &self.config.unread) {
            self.standing = Standing::Refused(unread.to_string());
            return None;
        }
        self.begin_new_logs_at_their_start(&mut now);
        self.former = self.left_out(&now, loaded);
        now.keep_following(self.former.clone());
        Some(now)
    }

    /// The same configuration as before, with the logs that are new in it read from their first byte, where nginx has
    /// created them since.
    pub(super) fn begin_new_logs_at_their_start(&self, now: &mut Config) {
        let known: HashSet<&str> = self.config.logs.iter().map(|log| log.path.as_str()).collect();
        for log in now.inputs.logs.iter_mut().filter(|log| !known.contains(log.pattern.as_str())) {
            let files = config::files_of(&log.pattern);
            // Without a time of birth it is taken for new: a line twice is worse than none only where it was counted.
            let is_new = |path: &PathBuf| {
                path.metadata().map_or(true, |it| it.created().map_or(true, |born| born >= self.read_at))
            };
            if files.iter().all(is_new) {
                log.from = StartFrom::Start;
            }
        }
    }

    fn is_reread_due(&mut self, misfits: bool) -> bool {
        let due = misfits && self.reread.is_none_or(|last| last.elapsed() >= REREAD_EVERY);
        if due {
            self.reread = Some(Instant::now());
        }
        due
    }

    fn read(&self) -> Result<Config, String> {
        let found = config::rediscover(&self.config.given, &OsFiles, config::online_cpus(&OsFiles));
        found.map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }

    /// Logs of now that the next configuration does not write, and that may still be written by workers that have not
    /// loaded it. One that it writes and does not follow has its requests elsewhere.
    fn left_out(&self, next: &Config, loaded: Option<Loaded>) -> Vec<LogSpec> {
        let named: HashSet<&str> = next
            .logs
            .iter()
            .map(|log| &log.path)
            .chain(next.described.logs.iter().map(|log| &log.path))
            .map(String::as_str)
            .collect();
        let left = self.config.logs.iter().filter(|log| !named.contains(log.path.as_str()));
        left.filter(|log| may_be_written(log, loaded)).cloned().collect()
    }

    /// The same configuration without the logs that are not written any more.
    fn without_former(&mut self) -> Option<Config> {
        if self.former.is_empty() {
            return None;
        }
        let loaded = config::loaded(&self.config, &OsFiles, unix_ns());
        let still: Vec<LogSpec> = self.former.iter().filter(|log| may_be_written(log, loaded)).cloned().collect();
        if still.len() == self.former.len() {
            return None;
        }
        let mut now = self.read().ok()?;
        self.former = still;
        now.keep_following(self.former.clone());
        Some(now)
    }
}

fn may_be_written(log: &LogSpec, loaded: Option<Loaded>) -> bool {
    if let Some(loaded) = loaded {
        return loaded.leaving;
    }
    let written = |path: &PathBuf| path.metadata().and_then(|it| it.modified()).ok();
    let last = config::files_of(&log.path).iter().filter_map(written).max();
    last.is_some_and(|last| last.elapsed().is_ok_and(|silent| silent < SILENT_AFTER))
}

fn unix_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
