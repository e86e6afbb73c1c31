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
    /// Since when each source has been waiting for its answer.
    asked: Vec<Option<Instant>>,
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
        for (status, asked) in readings.sources.iter_mut().zip(&inner.asked) {
            let Some(waiting) = asked.map(|since| now.duration_since(since)).filter(|waiting| *waiting > HANGING_AFTER)
            else {
                continue;
            };
            status.up = false;
            status.error = Some(format!("{} has not answered for {} s", status.source, waiting.as_secs()));
        }
        readings
    }

    /// Whether every source has had its first round.
    pub fn all_polled_once(&self) -> bool {
        self.lock().readings.sources.iter().all(|status| status.polled_once)
    }

    pub(super) fn add_source(&self, name: &str) -> usize {
        let mut inner = self.lock();
        inner.readings.sources.push(SourceStatus {
            source: name.to_owned(),
            available: true,
            ..SourceStatus::default()
        });
        inner.asked.push(None);
        inner.asked.len() - 1
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Readings)) {
        change(&mut self.lock().readings);
    }

    pub(super) fn asking(&self, source: usize) {
        self.lock().asked[source] = Some(Instant::now());
    }

    /// Ends an attempt: stores what it gave and the new state in one step, and returns the state before it.
    pub(super) fn answered(
        &self,
        source: usize,
        took: Duration,
        error: Option<&PollError>,
        store: impl FnOnce(&mut Readings),
    ) -> SourceStatus {
        let mut inner = self.lock();
        inner.asked[source] = None;
        store(&mut inner.readings);
        let status = &mut inner.readings.sources[source];
        let before = status.clone();
        status.polled_once = true;
        status.up = error.is_none();
        status.available = !error.is_some_and(PollError::is_absent);
        status.duration_seconds = took.as_secs_f64();
        status.error = error.map(PollError::to_string);
        if status.up {
            status.last_success_unix_seconds = Some(unix_seconds());
        }
        before
    }

    /// A thread that panicked while it held the lock left at worst one sample half written; the next attempt replaces it.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
