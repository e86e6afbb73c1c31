//! What the reading thread counts into, and what others see of it: a view, taken at one moment and saved before it is
//! shown. Knows: the locks. Does not know: how anything is read or saved.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::configured::Configured;
use super::logs::Log;
use crate::record::Signal;
use crate::tally::Tally;

/// The counts as they grow. The lock is held for the lines of one read, or for one copy, and never while a file is read.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub tally: Tally,
    pub logs: Arc<Vec<Log>>,
    /// What any of the logs shows.
    pub visible: Vec<Signal>,
    pub configured: Arc<Configured>,
    /// At least one round is over.
    pub begun: bool,
    /// Something was counted that is in no log, and was not saved yet.
    pub unsaved: bool,
}

pub(super) type Shared = Arc<Mutex<Counted>>;

/// The counts of one moment. Where the state is saved, nobody sees one that could still be forgotten.
#[derive(Debug)]
pub(super) struct View {
    pub tally: Tally,
    pub logs: Arc<Vec<Log>>,
    /// What these were counted under.
    pub configured: Arc<Configured>,
}

impl View {
    pub(super) fn of(counted: &Counted) -> Arc<View> {
        let Counted { tally, logs, configured, .. } = counted;
        Arc::new(View { tally: tally.clone(), logs: Arc::clone(logs), configured: Arc::clone(configured) })
    }
}

/// The view that may be shown, and whether a younger one is on its way to the disk.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub view: Arc<View>,
    /// When the save under way began; `None` while nothing is being saved.
    pub saving_since: Option<Instant>,
}

pub(super) type SharedShown = Arc<Mutex<Shown>>;

/// Takes a lock. A panic while it was held left at worst one line half counted, and the thread that panicked is gone.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
