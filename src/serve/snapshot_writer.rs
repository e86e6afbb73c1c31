//! Saves offsets and counts together from a thread of its own, so that a slow disk holds up no reading, and shows each
//! view once it is saved. Knows: when to save, and how to say that it failed. Does not know: what the numbers mean.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tracing::{info, warn};

use super::clock::unix_ms;
use super::job_slot::{Job, JobSlot};
use super::shared::{SharedShown, View, lock};
use crate::config::State;
use crate::input::Positions;
use crate::metrics::StateSample;
use crate::state::{Counts, Durability, Found, Snapshot, StateDirectory};
use crate::tally::{self, Counted};

/// How often what is on the disk is saved again while nothing changes: that it still can be is worth knowing.
const AT_REST: Duration = Duration::from_secs(60);
/// How long the end of the process waits for the last save: what a service manager and a person put up with.
const LAST_SAVE: Duration = Duration::from_millis(1500);

impl Counts for Counted {
    fn from_version_2(tally: Value) -> Value {
        tally::from_version_2(tally)
    }
}

/// How saving goes, for the metrics.
pub(super) type Outcome = Arc<Mutex<StateSample>>;

/// The directory, opened and read, before anything is saved to it.
pub(super) struct OpenState {
    directory: StateDirectory,
    interval: Duration,
    sequence: u64,
    pub outcome: Outcome,
}

impl OpenState {
    /// Takes the directory and reads what an earlier run saved there.
    pub(super) fn open(state: &State) -> Result<(OpenState, Option<Found<Counted>>)> {
        let directory = StateDirectory::open(&state.directory)?;
        let loaded = directory.load::<Counted>()?;
        loaded.set_aside.iter().for_each(|what| warn!("{what}"));
        let mut sample = StateSample { up: true, set_aside: loaded.set_aside.len() as u64, ..StateSample::default() };
        if let Some(Found { counts: Err(what), .. }) = &loaded.found {
            warn!("the saved counts cannot be read ({what}): counting starts from zero, where reading had stopped");
            sample.set_aside += 1;
        }
        let sequence = loaded.found.as_ref().map_or(0, |found| found.sequence);
        let outcome = Arc::new(Mutex::new(sample));
        Ok((OpenState { directory, interval: state.interval, sequence, outcome }, loaded.found))
    }
}

/// The saving thread. Dropping it ends the thread after the save under way.
pub(super) struct SnapshotWriter {
    interval: Duration,
    next: Instant,
    /// At rest.
    next_at_rest: Instant,
    slot: Arc<JobSlot>,
    outcome: Outcome,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

impl SnapshotWriter {
    /// Starts the thread; each view that is saved becomes the one in `shown`.
    pub(super) fn start(state: OpenState, shown: SharedShown) -> Result<SnapshotWriter> {
        let slot = Arc::new(JobSlot::default());
        let (alive, ended) = channel();
        let (interval, next, outcome) = (state.interval, Instant::now() + state.interval, Arc::clone(&state.outcome));
        let saving = Saving { state, shown, slot: Arc::clone(&slot), _alive: alive };
        let thread = std::thread::Builder::new().name("state".to_owned());
        thread.spawn(move || saving.run()).context("no thread for the state")?;
        Ok(SnapshotWriter { interval, next, next_at_rest: next, slot, outcome, ended })
    }

    /// `news`: there is something to save that was not saved before.
    pub(super) fn is_due(&self, now: Instant, news: bool) -> bool {
        self.next <= now && (news || self.next_at_rest <= now || !lock(&self.outcome).up)
    }

    pub(super) fn set_interval(&mut self, interval: Duration) {
        self.interval = interval;
    }

    /// Makes the next save due at once.
    pub(super) fn hurry(&mut self) {
        self.next = Instant::now();
    }

    /// Hands over what is to be on the disk whatever happens to the machine. A younger job takes the place of one that
    /// has not begun.
    pub(super) fn save(&mut self, view: Arc<View>, positions: Positions, now: Instant) {
        (self.next, self.next_at_rest) = (now + self.interval, now + self.interval.max(AT_REST));
        self.slot.put(Job { view, positions, durability: Durability::Power, asked: Vec::new() });
    }

    /// Hands over what is to be shown; everyone in `asked` is dropped when it is.
    pub(super) fn show(&mut self, view: Arc<View>, positions: Positions, asked: Vec<Sender<()>>) {
        self.slot.put(Job { view, positions, durability: Durability::Process, asked });
    }

    /// Whether the thread still runs: only a panic ends it before its time.
    pub(super) fn is_alive(&self) -> bool {
        self.ended.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected)
    }

    /// Saves for the last time, and waits for it, though not for a disk that hangs.
    pub(super) fn finish(mut self, view: Arc<View>, positions: Positions) {
        self.save(view, positions, Instant::now());
        self.slot.close();
        if self.ended.recv_timeout(LAST_SAVE) == Err(RecvTimeoutError::Timeout) {
            warn!("the state could not be saved within {LAST_SAVE:?}; the next start goes on from the save before");
        }
    }
}

struct Saving {
    state: OpenState,
    shown: SharedShown,
    slot: Arc<JobSlot>,
    _alive: Sender<()>,
}

impl Saving {
    fn run(mut self) {
        while let Some(job) = self.slot.take() {
            lock(&self.shown).saving_since = Some(Instant::now());
            self.state.sequence += 1;
            let Job { view, positions, durability, asked } = job;
            let snapshot = Snapshot { sequence: self.state.sequence, positions, counts: view.tally.snapshot() };
            let saved = self.state.directory.save(&snapshot, durability);
            self.report(saved.map_err(|what| what.to_string()));
            // One that cannot be saved is shown all the same: a full disk must not blind whoever looks, and
            // `hangup_state_up` says what it costs.
            let mut shown = lock(&self.shown);
            (shown.view, shown.saving_since) = (view, None);
            drop((shown, asked));
        }
    }

    fn report(&self, saved: Result<(), String>) {
        let mut outcome = lock(&self.state.outcome);
        match (&saved, outcome.up) {
            (Err(what), true) => warn!("{what}"),
            (Ok(()), false) => info!("the state is saved again"),
            _ => {}
        }
        outcome.up = saved.is_ok();
        match saved {
            Ok(()) => outcome.last_save_timestamp_seconds = Some(unix_ms() as f64 / 1000.0),
            Err(_) => outcome.failures += 1,
        }
    }
}
