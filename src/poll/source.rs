//! One source in a thread of its own: asks, stores, says once when it goes down or comes back, waits.
//! Knows: timers, panics, states. Does not know: what is asked.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::cpu_time;
use super::latest::{Latest, Readings, SourceStatus};
use super::miss::{Miss, Reason};

/// When a source is asked again.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// For what waits for others: so long after the end of the last attempt.
    Every(Duration),
    /// For what costs this machine work: the same, and never so often that it takes more than 1 % of a core.
    Gently(Duration),
}

/// The share of a core that a [`Pace::Gently`] source may take, as its inverse.
const GENTLE_SHARE: u32 = 100;

/// Dropping it ends the source's thread after its attempt under way.
pub(super) type Stop = Sender<()>;

/// Starts asking. `store` is handed `None` when an attempt failed.
pub(super) fn start<T: 'static>(
    latest: &Latest,
    name: &str,
    pace: Pace,
    ask: impl FnMut() -> Result<T, Miss> + Send + 'static,
    store: impl Fn(&mut Readings, Option<T>) + Send + 'static,
) -> Stop {
    let (stop, stopped) = channel();
    let slot = latest.add_source(name);
    let source = Source { latest: latest.clone(), slot, pace, stopped };
    let thread = thread::Builder::new().name(format!("poll {name}"));
    if let Err(error) = thread.spawn(move || source.run(ask, store)) {
        let miss = Miss::new(Reason::Other, format!("no thread could be started for it: {error}"));
        say(&latest.answered(slot, Duration::ZERO, Some(&miss), |_| ()), Some(&miss));
    }
    stop
}

struct Source {
    latest: Latest,
    slot: usize,
    pace: Pace,
    stopped: Receiver<()>,
}

impl Source {
    fn run<T>(self, mut ask: impl FnMut() -> Result<T, Miss>, store: impl Fn(&mut Readings, Option<T>)) {
        loop {
            let before = cpu_time::of_this_thread();
            self.round(&mut ask, &store);
            let pause = match self.pace {
                Pace::Every(interval) => interval,
                Pace::Gently(interval) => {
                    interval.max(cpu_time::of_this_thread().saturating_sub(before) * GENTLE_SHARE)
                }
            };
            if self.stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn round<T>(&self, ask: &mut impl FnMut() -> Result<T, Miss>, store: &impl Fn(&mut Readings, Option<T>)) {
        self.latest.asking(self.slot);
        let start = Instant::now();
        let (value, miss) = match contained(ask) {
            Ok(value) => (Some(value), None),
            Err(miss) => (None, Some(miss)),
        };
        let took = start.elapsed();
        let before = self.latest.answered(self.slot, took, miss.as_ref(), |readings| store(readings, value));
        say(&before, miss.as_ref());
    }
}

/// A panic is a miss like any other. What `ask` keeps between attempts stays usable after one: each attempt
/// overwrites it, or only adds to it.
fn contained<T>(ask: &mut impl FnMut() -> Result<T, Miss>) -> Result<T, Miss> {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|panic| Err(of_panic(panic.as_ref())))
}

fn of_panic(panic: &(dyn Any + Send)) -> Miss {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no message");
    Miss::new(Reason::Panicked, format!("hangup itself failed here, please report it: {text}"))
}

/// Changes only; a source that stays down stays silent.
fn say(before: &SourceStatus, miss: Option<&Miss>) {
    let source = &before.source;
    match miss {
        None if before.polled_once && !before.up => tracing::info!(%source, "source is up again"),
        None => (),
        Some(miss) if before.error.as_deref() == Some(&miss.sentence) => (),
        Some(miss) if miss.is_absent() => tracing::info!(%source, reason = %miss, "source is not available"),
        Some(miss) if before.up || !before.polled_once || !before.available => {
            tracing::warn!(%source, reason = %miss, "source is down");
        }
        Some(_) => (),
    }
}

#[cfg(test)]
mod tests;
