//! The one thread that reads logs: rounds of the inputs, a short sleep between them.
//! Knows: when to read, when to save, when to take a new configuration. Does not know: formats, metrics.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use tokio::sync::oneshot;
use tracing::info;

use super::clock::unix_ms;
use super::counting::{Counting, ingest};
use super::logs::{Log, StateChangeLog};
use super::open_files;
use super::shared::{Counted, Shared, lock};
use super::snapshot_writer::{SavedCounts, SnapshotWriter};
use crate::config::Config;
use crate::ingest::Ingest;
use crate::input::{Inputs, LogStatus, Positions, Round, Settings, Wake, WatchEvent};
use crate::state::Snapshot;
use crate::tally::Tally;

/// How much is read in one round, so also under one hold of the tally's lock: a millisecond or so of work, which is what a
/// scrape may wait.
const ROUND_BYTES: usize = 512 * 1024;

/// How long the status of the logs may be old where nobody asks for it: with thousands of logs it costs as much as a round.
const STATUS_EVERY: Duration = Duration::from_millis(250);

/// How long a scrape waits for the reader: more than a round takes, and nothing to whoever scrapes.
const FRESHEN: Duration = Duration::from_millis(5);

/// Has one round of what was written until now counted, so that it is seen when it is asked for, however slow the pace.
///
/// The reader has a moment for it: one that is held up by a disk, or far behind, is not waited for.
pub fn freshen(control: &Sender<Control>) {
    let (done, read) = channel();
    if control.send(Control::Read(done)).is_ok() {
        // Nothing is ever sent: the reader drops its end, or time is up.
        let _ = read.recv_timeout(FRESHEN);
    }
}

/// What the thread can be told.
pub enum Control {
    /// Something happened in a log directory.
    Wake,
    /// Events were lost: look at everything.
    Rescan,
    /// Somebody is about to look at the counts: read what is there, then drop this.
    Read(Sender<()>),
    /// Go on with this configuration; the answer says whether it could be taken.
    Adopt(Arc<Config>, Sender<Result<(), String>>),
    Stop,
}

/// The running thread.
pub struct Follow {
    control: Sender<Control>,
    thread: JoinHandle<()>,
    /// Resolves when the thread has ended, however.
    ended: Option<oneshot::Receiver<()>>,
}

/// What an earlier run saved, ready to go on from.
pub struct Resumed {
    pub positions: Positions,
    pub tally: Tally,
}

impl Follow {
    /// Goes on from what was saved, if anything was.
    pub fn start(config: &Config, saved: Option<Resumed>, writer: Option<SnapshotWriter>) -> Result<(Follow, Shared)> {
        let (control, commands) = channel();
        let reader = Reader::new(config, saved, writer, commands, control.clone());
        let shared = Arc::clone(&reader.shared);
        let (alive, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("follow".to_owned()).spawn(move || {
            let _alive = alive;
            reader.run();
        });
        let thread = thread.context("no thread can be started to read the logs")?;
        Ok((Follow { control, thread, ended: Some(ended) }, shared))
    }

    /// Resolves when the thread ends by itself, which only a panic makes it do: nothing is counted from then on, and
    /// a service manager should start hangup anew from its last snapshot.
    pub fn failed(&mut self) -> impl Future<Output = ()> + use<> {
        let ended = self.ended.take();
        async move {
            match ended {
                Some(ended) => drop(ended.await),
                None => std::future::pending().await,
            }
        }
    }

    pub fn control(&self) -> Sender<Control> {
        self.control.clone()
    }

    /// Reads what is there, saves, and ends.
    pub fn stop(self) -> Result<()> {
        // An error means that the thread has ended already.
        let _ = self.control.send(Control::Stop);
        self.thread.join().map_err(|_| anyhow!("the thread that reads the logs panicked; this is a bug in hangup"))
    }
}

struct Reader {
    inputs: Inputs,
    ingest: Ingest,
    shared: Shared,
    commands: Receiver<Control>,
    wake: Wake,
    changes: StateChangeLog,
    writer: Option<SnapshotWriter>,
    /// Rotations seen, to notice the next.
    rotations: u64,
    /// When the status of the logs is to be shown anew.
    status_due: Instant,
}

impl Reader {
    fn new(
        config: &Config,
        saved: Option<Resumed>,
        writer: Option<SnapshotWriter>,
        commands: Receiver<Control>,
        control: Sender<Control>,
    ) -> Reader {
        let catching_up = saved.is_some();
        let anew = || Resumed { positions: Positions::default(), tally: Tally::new(config.tally.clone()) };
        let Resumed { positions, mut tally } = saved.unwrap_or_else(anew);
        let ingest = ingest(&config.logs, &mut tally);
        let (inputs, unwatched) = Inputs::new(inputs_of(config), positions, on_event(control));
        unwatched.inspect(|what| info!("{what}"));
        let shared = Arc::new(Mutex::new(Counted { tally, catching_up, ..Counted::default() }));
        let changes = StateChangeLog::of(config.logs.len());
        let wake = Wake::default();
        Reader { inputs, ingest, shared, commands, wake, changes, writer, rotations: 0, status_due: Instant::now() }
    }

    fn run(mut self) {
        let (mut asked, mut woken) = (None, false);
        loop {
            let round = self.round();
            drop(asked.take());
            self.save_if_due();
            let delay = self.wake.next_delay(&round);
            self.inputs.before_sleep(&round, std::mem::take(&mut woken), self.wake.is_idle());
            match self.commands.recv_timeout(delay) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Control::Wake) => {
                    woken = true;
                    self.inputs.hurry();
                }
                Ok(Control::Rescan) => self.inputs.rescan(),
                Ok(Control::Read(done)) => {
                    asked = Some(done);
                    self.inputs.hurry();
                    self.status_due = Instant::now();
                }
                Ok(Control::Adopt(config, done)) => {
                    // Nobody waits for the answer any more only when the process is ending.
                    let _ = done.send(self.adopt(&config));
                }
                Ok(Control::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        while self.round().more {}
        if let Some(writer) = self.writer.take() {
            writer.finish(self.snapshot());
        }
    }

    /// Under a new configuration the next save is due at once.
    fn save_now(&mut self) {
        if let Some(writer) = &mut self.writer {
            writer.hurry();
        }
        self.save_if_due();
    }

    /// Saves when it is time. Rounds and saves take turns in this thread, so offsets and counts always belong together.
    fn save_if_due(&mut self) {
        let now = Instant::now();
        let Some(mut writer) = self.writer.take_if(|writer| writer.is_due(now)) else { return };
        writer.save(self.snapshot(), now);
        self.writer = Some(writer);
    }

    fn snapshot(&self) -> Snapshot<SavedCounts> {
        let counted = lock(&self.shared).tally.snapshot().clone();
        Snapshot { labels: counted.identity(), positions: self.inputs.positions(), tally: counted.into() }
    }

    fn round(&mut self) -> Round {
        let now_ms = unix_ms();
        let Reader { inputs, ingest, shared, .. } = self;
        let mut counting = Counting { shared, ingest, now_ms, held: None };
        let round = inputs.round(ROUND_BYTES, Instant::now(), &mut counting);
        drop(counting);
        let now = Instant::now();
        let logs = (self.status_due <= now).then(|| self.logs(now_ms));
        if logs.is_some() {
            self.status_due = now + STATUS_EVERY;
        }
        let mut counted = lock(&self.shared);
        counted.catching_up &= round.more;
        if let Some(logs) = logs {
            (counted.logs, counted.begun) = (logs, true);
        }
        round
    }

    /// The same lines go on under a new configuration: positions and counts are taken over.
    fn adopt(&mut self, config: &Config) -> Result<(), String> {
        let shared = Arc::clone(&self.shared);
        let mut counted = lock(&shared);
        let tally = Tally::restore(config.tally.clone(), counted.tally.snapshot());
        counted.tally = tally.map_err(|error| format!("{error}; restart hangup to begin new counts"))?;
        self.ingest = ingest(&config.logs, &mut counted.tally);
        self.inputs.reconfigure(inputs_of(config)).inspect(|what| info!("{what}"));
        self.changes = StateChangeLog::of(config.logs.len());
        self.status_due = Instant::now();
        drop(counted);
        self.save_now();
        Ok(())
    }

    fn logs(&mut self, now_ms: i64) -> Vec<Log> {
        let status = self.inputs.status();
        self.hurry_after_rotation(&status);
        let logs = status.into_iter().enumerate().map(|(index, status)| {
            self.changes.report_change(index, &status);
            Log::new(status, self.ingest.last_time_ms(index), now_ms)
        });
        logs.collect()
    }

    /// A rotation may destroy what was read, and what was counted from it must not be forgotten by a kill after that:
    /// the next save is due at once.
    fn hurry_after_rotation(&mut self, status: &[LogStatus]) {
        let rotations = status.iter().flat_map(|log| log.rotations).map(|(_, count)| count).sum();
        if std::mem::replace(&mut self.rotations, rotations) != rotations
            && let Some(writer) = &mut self.writer
        {
            writer.hurry();
        }
    }
}

/// What is read under a configuration, within what this process may open.
fn inputs_of(config: &Config) -> Settings {
    let mut settings = config.inputs.clone();
    settings.tail.files_max = open_files::for_logs();
    settings
}

/// What the reader is told when something happens in a log directory.
fn on_event(control: Sender<Control>) -> impl Fn(WatchEvent) + Send + Sync + 'static {
    move |event| {
        // An error means that the reader has ended.
        let _ = control.send(match event {
            WatchEvent::Change => Control::Wake,
            WatchEvent::Rescan => Control::Rescan,
        });
    }
}

#[cfg(test)]
mod tests;
