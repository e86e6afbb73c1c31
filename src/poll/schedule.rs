//! The one thread that asks the sources of the host, each when it is due. Knows: time, and what an attempt cost.
//! Does not know: what is asked.
//!
//! All of them are asked in turn, so an idle host is woken as seldom as its shortest interval says. An attempt that does
//! not end (a stuck /proc) must hold up nobody: another thread goes on with the others, and the one that is stuck
//! ends after its attempt.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::attempt::Slot;
use super::cpu_time::{self, CPU_BUDGET};
use super::error::{PollError, Reason};
use super::options::Options;
use super::source::Ask;

/// Sources that are due within this part of their interval, as its inverse, are asked along with one that is due now.
const EARLY: u32 = 50;

/// How long the others wait for an attempt before [`Schedule::watch`] helps them. Everything that is asked here answers within milliseconds or is stuck.
const HELD_UP_MAX: Duration = Duration::from_secs(1);

/// The sources and their thread. Dropping it ends the thread after the attempt under way.
pub(super) struct Schedule(Arc<Shared>);

pub(super) struct Planned {
    pub slot: Slot,
    pub interval: Duration,
    pub source: Box<dyn Ask>,
    /// Those that it goes by.
    pub options: Arc<Options>,
}

struct Shared {
    state: Mutex<State>,
    /// Told to the thread that sleeps.
    changed: Condvar,
}

struct State {
    /// All but the ones being asked, with the time when each is due.
    waiting: Vec<(Instant, Planned)>,
    /// What all of them are to go by.
    options: Arc<Options>,
    /// The number of the thread in charge. Whoever has another one ends.
    in_charge: u64,
    /// Since when the thread in charge has been asking one source.
    busy_since: Option<Instant>,
}

impl Schedule {
    pub(super) fn start(sources: Vec<Planned>, options: Arc<Options>) -> Self {
        let now = Instant::now();
        let waiting = sources.into_iter().map(|planned| (now, planned)).collect();
        let state = State { waiting, options, in_charge: 0, busy_since: None };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        shared.put_another_in_charge(now);
        Self(shared)
    }

    /// Goes on under other options. Those which they make no difference to are not asked any sooner, and forget nothing;
    /// one that is being asked takes them after that.
    pub(super) fn reconfigure(&self, options: Arc<Options>) {
        let (mut state, now) = (self.0.lock(), Instant::now());
        for (due, planned) in &mut state.waiting {
            *due = planned.reconfigure(&options, *due, now);
        }
        state.options = options;
        self.0.changed.notify_all();
    }

    /// To be called every now and then: goes on with the others when one source has not answered for [`HELD_UP_MAX`].
    pub(super) fn watch(&self, now: Instant) {
        let busy_since = self.0.lock().busy_since;
        if busy_since.is_some_and(|since| now.duration_since(since) >= HELD_UP_MAX) {
            self.0.put_another_in_charge(now);
        }
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.in_charge += 1;
        state.waiting.clear();
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where no thread can be started, the next [`Schedule::watch`] tries again.
    fn put_another_in_charge(self: &Arc<Self>, now: Instant) {
        let mut state = self.lock();
        state.in_charge += 1;
        let (shared, number) = (Arc::clone(self), state.in_charge);
        let thread = thread::Builder::new().name("poll".to_owned()).spawn(move || shared.run(number));
        state.busy_since = None;
        if let Err(error) = thread {
            state.busy_since = Some(now);
            for (_, Planned { slot, .. }) in &state.waiting {
                let error = PollError::new(Reason::Other, format!("no thread could be started for it: {error}"));
                slot.end::<()>(slot.begin(), Err(error), |_, _| ());
            }
        }
    }

    fn run(&self, number: u64) {
        let mut state = self.lock();
        while state.in_charge == number {
            let now = Instant::now();
            let Some(mut planned) = state.take_due(now) else {
                state = sleep(self, state, now);
                continue;
            };
            state.busy_since = Some(now);
            drop(state);
            let next = planned.attempt();
            state = self.lock();
            if state.in_charge == number {
                state.busy_since = None;
            }
            let next = planned.reconfigure(&state.options, next, Instant::now());
            state.waiting.push((next, planned));
        }
        // The thread in charge sleeps, and may not know of what was just put back.
        self.changed.notify_all();
    }
}

/// Until the first is due, or something changes.
fn sleep<'a>(shared: &Shared, state: MutexGuard<'a, State>, now: Instant) -> MutexGuard<'a, State> {
    match state.waiting.iter().map(|(due, _)| due.duration_since(now)).min() {
        Some(pause) => shared.changed.wait_timeout(state, pause).map_or_else(|e| e.into_inner().0, |(state, _)| state),
        None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
    }
}

impl State {
    /// The one that is due first, if it is due.
    fn take_due(&mut self, now: Instant) -> Option<Planned> {
        let (first, (due, planned)) = self.waiting.iter().enumerate().min_by_key(|(_, (due, _))| *due)?;
        (now + planned.interval / EARLY >= *due).then(|| self.waiting.swap_remove(first).1)
    }
}

impl Planned {
    /// Returns when it is due under these options; otherwise that is `due`.
    fn reconfigure(&mut self, options: &Arc<Options>, due: Instant, now: Instant) -> Instant {
        let old = std::mem::replace(&mut self.options, Arc::clone(options));
        if Arc::ptr_eq(&old, options) {
            return due;
        }
        let interval = self.source.interval(options);
        let is_sooner = std::mem::replace(&mut self.interval, interval) > interval;
        match self.source.reconfigure(&old, options) {
            true => now,
            false if is_sooner => due.min(now + interval),
            false => due,
        }
    }

    /// Returns when it is due again.
    fn attempt(&mut self) -> Instant {
        let before = cpu_time::of_this_thread();
        self.source.attempt(&self.slot);
        let cost = cpu_time::of_this_thread().saturating_sub(before);
        Instant::now() + self.interval.max(cost * CPU_BUDGET)
    }
}

#[cfg(test)]
mod tests;
