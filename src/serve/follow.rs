//! The one thread that reads logs: rounds of the tailer, a short sleep between them.
//! Knows: when to read, when to save, when to take a new configuration. Does not know: formats, metrics.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use tokio::sync::oneshot;
use tracing::info;

use super::counting::Counting;
use super::keep::{Keeper, Kept};
use super::logs::{Log, Told};
use super::plan::Plan;
use crate::ingest::Ingest;
use crate::input::tail::{Heard, Hint, LogStatus, Positions, Round, Tailer, Wake};
use crate::state::Snapshot;
use crate::tally::Tally;

/// How much is read in one round, so also under one hold of the tally's lock: a millisecond or so of work, which is what a
/// scrape may wait.
const ROUND_BYTES: usize = 512 * 1024;

/// How long a scrape waits for the reader: more than a round takes, and nothing to whoever scrapes.
const FRESHEN: Duration = Duration::from_millis(5);

/// What others may look at. The lock is held for the lines of one read, or for one copy, and never while a file is read.
#[derive(Debug, Default)]
pub struct Counted {
    pub tally: Tally,
    pub logs: Vec<Log>,
    /// At least one round is over.
    pub begun: bool,
    /// Kept counts were taken over, and the lines written since have not all been read.
    pub catching_up: bool,
}

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

pub type Shared = Arc<Mutex<Counted>>;

/// Takes the lock. A panic while it was held left at worst one line half counted, and the thread that panicked is gone.
pub fn lock(shared: &Shared) -> MutexGuard<'_, Counted> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
    Adopt(Box<Plan>, Sender<Result<(), String>>),
    Stop,
}

/// The running thread.
pub struct Follow {
    control: Sender<Control>,
    thread: JoinHandle<()>,
    /// Resolves when the thread has ended, however.
    ended: Option<oneshot::Receiver<()>>,
}

/// What an earlier run kept, ready to go on from.
pub struct Resumed {
    pub positions: Positions,
    pub tally: Tally,
}

impl Follow {
    /// Goes on from what was kept, if anything was.
    pub fn start(plan: &Plan, kept: Option<Resumed>, keeper: Option<Keeper>) -> Result<(Follow, Shared)> {
        let (control, commands) = channel();
        let reader = Reader::new(plan, kept, keeper, commands, control.clone());
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
    tailer: Tailer,
    ingest: Ingest,
    shared: Shared,
    commands: Receiver<Control>,
    wake: Wake,
    hint: Option<Hint>,
    control: Sender<Control>,
    told: Told,
    keeper: Option<Keeper>,
    /// Rotations seen, to notice the next.
    rotations: u64,
}

impl Reader {
    fn new(
        plan: &Plan,
        kept: Option<Resumed>,
        keeper: Option<Keeper>,
        commands: Receiver<Control>,
        control: Sender<Control>,
    ) -> Reader {
        let catching_up = kept.is_some();
        let anew = || Resumed { positions: Positions::default(), tally: Tally::new(plan.tally.clone()) };
        let Resumed { positions, mut tally } = kept.unwrap_or_else(anew);
        let ingest = Ingest::new(plan.kinds(&mut tally));
        let tailer = Tailer::resume(plan.sources.clone(), plan.tail.clone(), positions);
        let shared = Arc::new(Mutex::new(Counted { tally, catching_up, ..Counted::default() }));
        let told = Told::of(plan.sources.len());
        let hint = hint(&tailer, control.clone());
        Reader { tailer, ingest, shared, commands, wake: Wake::default(), hint, control, told, keeper, rotations: 0 }
    }

    fn run(mut self) {
        let (mut asked, mut woken) = (None, false);
        loop {
            let round = self.round();
            drop(asked.take());
            self.keep();
            let delay = self.wake.next_delay(&round);
            if let Some(hint) = &mut self.hint {
                hint.note(&round, std::mem::take(&mut woken));
                hint.set_idle(self.wake.is_idle());
            }
            match self.commands.recv_timeout(delay) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Control::Wake) => woken = true,
                Ok(Control::Rescan) => self.tailer.rescan(),
                Ok(Control::Read(done)) => asked = Some(done),
                Ok(Control::Adopt(plan, done)) => {
                    // Nobody waits for the answer any more only when the process is ending.
                    let _ = done.send(self.adopt(&plan));
                }
                Ok(Control::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        while self.round().more {}
        if let Some(keeper) = self.keeper.take() {
            keeper.finish(self.snapshot());
        }
    }

    /// Under a new configuration the next save is due at once.
    fn keep_now(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            keeper.hurry();
        }
        self.keep();
    }

    /// Saves when it is time. Rounds and saves take turns in this thread, so offsets and counts always belong together.
    fn keep(&mut self) {
        let now = Instant::now();
        let Some(mut keeper) = self.keeper.take_if(|keeper| keeper.is_due(now)) else { return };
        keeper.save(self.snapshot(), now);
        self.keeper = Some(keeper);
    }

    fn snapshot(&self) -> Snapshot<Kept> {
        let counted = lock(&self.shared).tally.snapshot().clone();
        Snapshot { labels: counted.identity(), positions: self.tailer.positions(), tally: counted.into() }
    }

    fn round(&mut self) -> Round {
        let now_ms = unix_ms();
        let Reader { tailer, ingest, shared, .. } = self;
        let mut counting = Counting { shared, ingest, now_ms, held: None };
        let round = tailer.round_for(ROUND_BYTES, Instant::now(), &mut counting);
        drop(counting);
        let begun = lock(&self.shared).begun;
        let logs = (round.bytes > 0 || !begun || self.wake.is_idle()).then(|| self.logs(now_ms));
        let mut counted = lock(&self.shared);
        counted.catching_up &= round.more;
        if let Some(logs) = logs {
            (counted.logs, counted.begun) = (logs, true);
        }
        round
    }

    /// The same lines go on under a new configuration: positions and counts are taken over.
    fn adopt(&mut self, plan: &Plan) -> Result<(), String> {
        let shared = Arc::clone(&self.shared);
        let mut counted = lock(&shared);
        let tally = Tally::restore(plan.tally.clone(), counted.tally.snapshot());
        counted.tally = tally.map_err(|error| format!("{error}; restart hangup to begin new counts"))?;
        self.ingest = Ingest::new(plan.kinds(&mut counted.tally));
        self.tailer = Tailer::resume(plan.sources.clone(), plan.tail.clone(), self.tailer.positions());
        self.told = Told::of(plan.sources.len());
        self.hint = hint(&self.tailer, self.control.clone());
        drop(counted);
        self.keep_now();
        Ok(())
    }

    fn logs(&mut self, now_ms: i64) -> Vec<Log> {
        let status = self.tailer.status();
        self.hurry_after_rotation(&status);
        let logs = status.into_iter().enumerate().map(|(index, status)| {
            self.told.tell(index, &status);
            Log::new(status, self.ingest.last_time_ms(index), now_ms)
        });
        logs.collect()
    }

    /// A rotation may destroy what was read, and what was counted from it must not be forgotten by a kill after that:
    /// the next save is due at once.
    fn hurry_after_rotation(&mut self, status: &[LogStatus]) {
        let rotations = status.iter().flat_map(|log| log.rotations).map(|(_, count)| count).sum();
        if std::mem::replace(&mut self.rotations, rotations) != rotations
            && let Some(keeper) = &mut self.keeper
        {
            keeper.hurry();
        }
    }
}

fn hint(tailer: &Tailer, control: Sender<Control>) -> Option<Hint> {
    let wake = move |heard| {
        // An error means that the reader has ended.
        let _ = control.send(match heard {
            Heard::Something => Control::Wake,
            Heard::Rescan => Control::Rescan,
        });
    };
    Hint::new(tailer.directories(), wake).inspect_err(|what| info!("{what}")).ok()
}

pub fn unix_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as i64
}

#[cfg(test)]
mod tests;
