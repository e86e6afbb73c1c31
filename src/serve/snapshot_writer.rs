//! Saves offsets and counts together, on an interval, from a thread of its own: a slow disk holds up no reading.
//! Knows: when to save, and how to say that it failed. Does not know: what the numbers mean.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::clock::unix_ms;
use crate::config::State;
use crate::metrics::StateSample;
use crate::state::{Loaded, Snapshot, StateDirectory};
use crate::tally::{Counted, Dropped};

/// The counts that go with the offsets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedCounts {
    counted: Counted,
    /// Where version 2 of the snapshot has what the tally counts itself since then.
    #[serde(default, skip_serializing)]
    dropped: Vec<(String, Dropped)>,
}

impl From<Counted> for SavedCounts {
    fn from(counted: Counted) -> SavedCounts {
        SavedCounts { counted, dropped: Vec::new() }
    }
}

impl From<SavedCounts> for Counted {
    fn from(SavedCounts { counted, dropped }: SavedCounts) -> Counted {
        counted.with_dropped(dropped)
    }
}

/// How saving goes, for the metrics.
pub type Outcome = Arc<Mutex<StateSample>>;

/// The saving thread. Dropping it ends the thread after the save under way.
pub struct SnapshotWriter {
    interval: Duration,
    next: Instant,
    jobs: SyncSender<Snapshot<SavedCounts>>,
    thread: JoinHandle<()>,
    pub outcome: Outcome,
}

impl SnapshotWriter {
    /// Takes the directory and reads what an earlier run saved there. `labels` must be those it counted by.
    pub fn open(state: &State, labels: &str) -> Result<(SnapshotWriter, Option<Snapshot<SavedCounts>>)> {
        let directory = StateDirectory::open(&state.directory)?;
        let mut sample = StateSample { up: true, ..StateSample::default() };
        let found = match directory.load(labels)? {
            Loaded::Nothing => None,
            Loaded::Snapshot(snapshot) => Some(snapshot),
            Loaded::SetAside(what) => {
                warn!("{what}");
                sample.set_aside += 1;
                None
            }
        };
        let outcome: Outcome = Arc::new(Mutex::new(sample));
        // One job at most waits: whoever comes while one is being saved comes again with younger counts.
        let (jobs, waiting) = sync_channel(1);
        let shown = Arc::clone(&outcome);
        let thread = std::thread::Builder::new().name("state".to_owned());
        let thread = thread.spawn(move || save_all(&directory, &waiting, &shown)).context("no thread for the state")?;
        let writer =
            SnapshotWriter { interval: state.interval, next: Instant::now() + state.interval, jobs, thread, outcome };
        Ok((writer, found))
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.next <= now
    }

    /// Makes the next save due at once.
    pub fn hurry(&mut self) {
        self.next = Instant::now();
    }

    /// Hands over what is to be saved. Nothing is lost when the thread is still busy: the next one has more in it.
    pub fn save(&mut self, snapshot: Snapshot<SavedCounts>, now: Instant) {
        self.next = now + self.interval;
        let _ = self.jobs.try_send(snapshot);
    }

    /// Saves for the last time, and waits for it.
    pub fn finish(self, snapshot: Snapshot<SavedCounts>) {
        // Both fail only if the thread has panicked, and then nothing more can be saved.
        let _ = self.jobs.send(snapshot);
        drop(self.jobs);
        let _ = self.thread.join();
    }
}

fn save_all(directory: &StateDirectory, jobs: &Receiver<Snapshot<SavedCounts>>, outcome: &Outcome) {
    for snapshot in jobs {
        let saved = directory.save(&snapshot);
        let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Tally;

    #[test]
    fn version_2_kept_the_dropped_connections_beside_the_counts() {
        let saved = SavedCounts::from(Tally::default().snapshot().clone());
        let mut json = serde_json::to_value(&saved).expect("it can be written");
        assert_eq!(json.get("dropped"), None);
        let page = r#"[["page", {"earlier_runs": 1, "this_run": 2, "accepts": 10, "handled": 8}]]"#;
        json["dropped"] = serde_json::from_str(page).expect("JSON");
        let saved: SavedCounts = serde_json::from_value(json).expect("a right form");
        let mut tally = Tally::restore(Default::default(), &saved.into()).expect("the same options");
        tally.observe_connections("page", 12, 9);
        assert_eq!(tally.dropped_connections("page"), Some(4));
    }
}
