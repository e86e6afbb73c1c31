//! What the reading thread shows to others, behind one lock. Knows: the lock. Does not know: how anything is read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::logs::Log;
use crate::tally::Tally;

/// What others may look at. The lock is held for the lines of one read, or for one copy, and never while a file is read.
#[derive(Debug, Default)]
pub struct Counted {
    pub tally: Tally,
    pub logs: Vec<Log>,
    /// At least one round is over.
    pub begun: bool,
    /// Saved counts were taken over, and the lines written since have not all been read.
    pub catching_up: bool,
}

pub type Shared = Arc<Mutex<Counted>>;

/// Takes the lock. A panic while it was held left at worst one line half counted, and the thread that panicked is gone.
pub fn lock(shared: &Shared) -> MutexGuard<'_, Counted> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
