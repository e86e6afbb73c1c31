//! The one job that waits for the saving thread. Knows: that a younger job has all that an older one has.
//! Does not know: how a job is done.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex};

use super::shared::{View, lock};
use crate::input::Positions;
use crate::state::Durability;

/// A view to save, with the positions it was counted up to.
pub(super) struct Job {
    pub view: Arc<View>,
    pub positions: Positions,
    pub durability: Durability,
    /// Dropped when the view is shown.
    pub asked: Vec<Sender<()>>,
}

#[derive(Default)]
pub(super) struct JobSlot {
    held: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    job: Option<Job>,
    closed: bool,
}

impl JobSlot {
    /// Takes the place of the job that waits: who asked for that one gets this.
    pub(super) fn put(&self, mut job: Job) {
        let mut held = lock(&self.held);
        if let Some(older) = held.job.take() {
            job.asked.extend(older.asked);
            if older.durability == Durability::Power {
                job.durability = Durability::Power;
            }
        }
        held.job = Some(job);
        drop(held);
        self.changed.notify_one();
    }

    /// No job comes any more.
    pub(super) fn close(&self) {
        lock(&self.held).closed = true;
        self.changed.notify_one();
    }

    /// Waits for a job; `None` when the last one is done.
    pub(super) fn take(&self) -> Option<Job> {
        let mut held = lock(&self.held);
        loop {
            if let Some(job) = held.job.take() {
                return Some(job);
            }
            if held.closed {
                return None;
            }
            held = self.changed.wait(held).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }
}
