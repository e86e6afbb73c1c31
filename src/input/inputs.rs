//! All inputs of the reading thread behind one interface: a round, the status, the positions, a new configuration.
//!
//! It knows which inputs there are. Log files are the only kind so far; another kind is one more field here, whose sources
//! are numbered after those of the files. It does not know threads, or what a line means.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::lines::Lines;
use super::status::LogStatus;
use super::tail::{DirWatcher, Options, Positions, Source, Tailer, WatchEvent};
use super::wake::Round;

/// What is read, and within which limits.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub logs: Vec<Source>,
    pub tail: Options,
}

/// Called on a thread of its own, perhaps often, when something happens in a log directory.
type OnEvent = Arc<dyn Fn(WatchEvent) + Send + Sync>;

/// The running inputs. They live on one thread, and every call returns soon.
pub struct Inputs {
    tail: Tailer,
    /// `None`: directories cannot be watched here, and polling does alone.
    watcher: Option<DirWatcher>,
    /// Those that it is for.
    directories: BTreeSet<PathBuf>,
    on_event: OnEvent,
}

impl Inputs {
    /// Goes on where `positions` were taken. The second value says why directories are not watched, if they are not.
    pub fn new(
        settings: Settings,
        positions: Positions,
        on_event: impl Fn(WatchEvent) + Send + Sync + 'static,
    ) -> (Self, Option<String>) {
        let tail = Tailer::resume(settings.logs, settings.tail, positions);
        let directories = BTreeSet::new();
        let mut inputs = Self { tail, watcher: None, directories, on_event: Arc::new(on_event) };
        let error = inputs.watch().err();
        (inputs, error)
    }

    /// Hands out about `budget_bytes` of lines, each with the index of its source in the settings.
    pub fn round(&mut self, budget_bytes: usize, now: Instant, lines: &mut impl Lines) -> Round {
        self.tail.round_for(budget_bytes, now, lines)
    }

    /// One entry for each source, in the order of the settings.
    pub fn status(&self) -> Vec<LogStatus> {
        self.tail.status()
    }

    /// Everything needed to go on exactly after the last line that was handed out.
    pub fn positions(&self) -> Positions {
        self.tail.positions()
    }

    /// Goes on under other settings, from where everything stands. Says why directories are not watched, if they are not.
    pub fn reconfigure(&mut self, settings: Settings) -> Option<String> {
        self.tail.reconfigure(settings.logs, settings.tail);
        self.watch().err()
    }

    /// Makes the next round look at everything afresh: events were lost.
    pub fn rescan(&mut self) {
        self.tail.rescan();
    }

    /// Makes the next round look at everything that may have changed, however short a time ago that was done.
    pub fn hurry(&mut self) {
        self.tail.hurry();
    }

    /// To be told before each sleep: what the round brought, whether an event had called for it, and whether `idle` sleeps
    /// are so long that an event should end them.
    pub fn before_sleep(&mut self, round: &Round, woken: bool, idle: bool) {
        if let Some(watcher) = &mut self.watcher {
            watcher.note(round, woken);
            watcher.set_idle(idle);
        }
    }

    fn watch(&mut self) -> Result<(), String> {
        let directories: BTreeSet<PathBuf> = self.tail.directories().into_iter().collect();
        if self.watcher.is_some() && directories == self.directories {
            return Ok(());
        }
        let on_event = Arc::clone(&self.on_event);
        (self.watcher, self.directories) = (None, directories);
        self.watcher = Some(DirWatcher::new(self.tail.directories(), move |event| on_event(event))?);
        Ok(())
    }
}
