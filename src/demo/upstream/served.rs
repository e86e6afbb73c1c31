//! The backend's own ground truth: what it was asked and what became of it.
//! Knows: counts per behaviour. Does not know: how a request was served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// What happened to the requests of one behaviour.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Requests whose head had arrived.
    pub requests: u64,
    /// Whose answer was sent to its end.
    pub answered: u64,
    /// Whose sender was gone before the answer, or the intended failure, had happened.
    pub left: u64,
    /// Failed as the behaviour wants it.
    pub failed: u64,
}

/// Everything since the start.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub connections: u64,
    pub total: Count,
    pub by_behaviour: BTreeMap<&'static str, Count>,
}

/// How one request ended, seen from the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Answered,
    Left,
    Failed,
}

/// Shared by all connections.
#[derive(Debug, Clone, Default)]
pub struct Served {
    counts: Arc<Mutex<Counts>>,
}

impl Served {
    pub fn counts(&self) -> Counts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.counts()).expect("counts have string keys only")
    }

    pub(super) fn connected(&self) {
        self.change(|counts| counts.connections += 1);
    }

    /// Says how many times this behaviour was asked for by now.
    pub(super) fn asked(&self, behaviour: &'static str) -> u64 {
        self.change_both(behaviour, |count| count.requests += 1).requests
    }

    pub(super) fn ended(&self, behaviour: &'static str, ending: Ending) {
        let _ = self.change_both(behaviour, |count| match ending {
            Ending::Answered => count.answered += 1,
            Ending::Left => count.left += 1,
            Ending::Failed => count.failed += 1,
        });
    }

    fn change_both(&self, behaviour: &'static str, change: impl Fn(&mut Count)) -> Count {
        self.change(|counts| {
            change(&mut counts.total);
            let count = counts.by_behaviour.entry(behaviour).or_default();
            change(count);
            *count
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> T {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
