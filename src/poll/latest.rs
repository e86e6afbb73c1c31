//! What every source said last, for whoever asks at any moment. Knows: states, times. Does not know: how samples are got.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::error::PollError;
use super::readings::{Readings, SourceStatus};

/// The shared place of the readings. Cheap to clone; the lock is held for copying only.
#[derive(Debug, Clone, Default)]
pub struct Latest(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    readings: Readings,
    /// One for each of the readings' sources.
    attempts: Vec<Attempt>,
    /// What the next source is known by.
    next: u64,
}

#[derive(Debug)]
struct Attempt {
    source: u64,
    /// Since when the source has been waiting for its answer.
    asked: Option<Instant>,
}

/// A source that waits this long is down, whatever it said before. Longer than any timeout of ours.
pub(super) const HANGING_AFTER: Duration = Duration::from_secs(30);

impl Latest {
    pub fn read(&self) -> Readings {
        self.read_as_of(Instant::now())
    }

    pub(super) fn read_as_of(&self, now: Instant) -> Readings {
        let inner = self.lock();
        let mut readings = inner.readings.clone();
        for (status, attempt) in readings.sources.iter_mut().zip(&inner.attempts) {
            let waiting = attempt.asked.map(|since| now.duration_since(since));
            let Some(waiting) = waiting.filter(|waiting| *waiting > HANGING_AFTER) else { continue };
            status.up = false;
            status.error = Some(format!("{} has not answered for {} s", status.source, waiting.as_secs()));
        }
        readings
    }

    /// Whether every source has had its first round.
    pub fn all_polled_once(&self) -> bool {
        self.lock().readings.sources.iter().all(|status| status.polled_once)
    }

    /// Returns what the source is known by from here on.
    pub(super) fn add_source(&self, name: &str) -> u64 {
        let mut inner = self.lock();
        inner.readings.sources.push(SourceStatus {
            source: name.to_owned(),
            available: true,
            ..SourceStatus::default()
        });
        let source = inner.next;
        inner.next += 1;
        inner.attempts.push(Attempt { source, asked: None });
        source
    }

    pub(super) fn rename_source(&self, source: u64, name: &str) {
        let mut inner = self.lock();
        if let Some(index) = inner.index(source) {
            name.clone_into(&mut inner.readings.sources[index].source);
        }
    }

    /// What comes from an attempt that is still under way is dropped.
    pub(super) fn remove_source(&self, source: u64) {
        let mut inner = self.lock();
        if let Some(index) = inner.index(source) {
            inner.readings.sources.remove(index);
            inner.attempts.remove(index);
        }
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Readings)) {
        change(&mut self.lock().readings);
    }

    pub(super) fn asking(&self, source: u64) {
        let mut inner = self.lock();
        if let Some(index) = inner.index(source) {
            inner.attempts[index].asked = Some(Instant::now());
        }
    }

    /// Ends an attempt: stores what it gave and the new state in one step, and returns the state before it. `None`: the
    /// source was removed meanwhile.
    pub(super) fn answered(
        &self,
        source: u64,
        took: Duration,
        error: Option<&PollError>,
        store: impl FnOnce(&mut Readings),
    ) -> Option<SourceStatus> {
        let mut inner = self.lock();
        let index = inner.index(source)?;
        inner.attempts[index].asked = None;
        store(&mut inner.readings);
        let status = &mut inner.readings.sources[index];
        let before = status.clone();
        status.polled_once = true;
        status.up = error.is_none();
        status.available = !error.is_some_and(PollError::is_absent);
        status.duration_seconds = took.as_secs_f64();
        status.error = error.map(PollError::to_string);
        if status.up {
            status.last_success_unix_seconds = Some(unix_seconds());
        }
        Some(before)
    }

    /// A thread that panicked while it held the lock left at worst one sample half written; the next attempt replaces it.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn index(&self, source: u64) -> Option<usize> {
        self.attempts.iter().position(|attempt| attempt.source == source)
    }
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
