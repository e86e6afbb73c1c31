//! Wakes a sleeping reader early when something happens in a log directory. Only to be quick: polling is the truth.
//!
//! The kernel's notes cost nginx itself a microsecond for each write to a watched directory, and us a wake-up for each.
//! So the directories are watched only while the logs are idle, and not while it is others' files there that are busy.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::input::wake::Round;

/// Wake-ups in a row that found nothing to read, after which polling does better. A rotation has a few of them.
const IN_VAIN_MAX: u32 = 32;

/// Paths kept until they are taken. Where something happens to more at once, everything is looked at.
const TOUCHED_MAX: usize = 10_000;

/// What a [`DirWatcher`] saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// A file was written, created, moved or removed.
    Change,
    /// The kernel dropped notes, so everything should be looked at: see [`Tailer::rescan`](super::Tailer::rescan).
    Rescan,
}

/// A watch on directories that can be put up and taken down.
pub struct DirWatcher {
    watcher: RecommendedWatcher,
    directories: Vec<PathBuf>,
    watched: Vec<PathBuf>,
    touched: Arc<Mutex<HashSet<PathBuf>>>,
    /// Wake-ups since something was read, those after lost notes apart.
    in_vain: u32,
}

impl DirWatcher {
    /// `wake` is called on a thread of its own, perhaps often. It should do no more than wake the reader.
    pub fn new(directories: Vec<PathBuf>, wake: impl Fn(WatchEvent) + Send + 'static) -> Result<Self, String> {
        let unwatched =
            |error: &str| format!("log directories cannot be watched ({error}); new lines are found by polling alone");
        let touched = Arc::new(Mutex::new(HashSet::new()));
        let of_reader = Arc::clone(&touched);
        let mut watcher = notify::recommended_watcher(move |event| {
            let is_room = note_paths(&of_reader, &event);
            if let Some(event) = meaning(&event) {
                wake(if is_room { event } else { WatchEvent::Rescan });
            }
        })
        .map_err(|error| unwatched(&error.to_string()))?;
        // It does not say that it got no thread, and panics whatever it is asked next, even when it is dropped. This alone
        // fails instead; so it is asked first, and kept from being dropped, which costs a descriptor.
        if watcher.configure(Config::default()).is_err() {
            std::mem::forget(watcher);
            return Err(unwatched("no thread can be started for it"));
        }
        Ok(Self { watcher, directories, watched: Vec::new(), touched, in_vain: 0 })
    }

    /// The paths that something happened to since they were last taken.
    pub fn take_touched(&self) -> HashSet<PathBuf> {
        std::mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what a round brought, and whether it was this that woke the reader for it.
    pub fn note(&mut self, round: &Round, woken: bool) {
        self.in_vain = if round.bytes > 0 { 0 } else { self.in_vain + u32::from(woken) };
    }

    /// Watches while `idle`. A directory that cannot be watched, perhaps because it is not there, is left to polling.
    pub fn set_idle(&mut self, idle: bool) {
        let idle = idle && self.in_vain < IN_VAIN_MAX;
        if idle && self.watched.is_empty() {
            let Self { watcher, directories, watched, .. } = self;
            watched.extend(
                directories.iter().filter(|it| watcher.watch(it, RecursiveMode::NonRecursive).is_ok()).cloned(),
            );
        } else if !idle {
            for directory in self.watched.drain(..) {
                // It fails when the directory is gone, and then so is the watch.
                let _ = self.watcher.unwatch(&directory);
            }
        }
    }
}

/// `false`: there are too many to keep them.
fn note_paths(touched: &Mutex<HashSet<PathBuf>>, event: &notify::Result<Event>) -> bool {
    let mut touched = touched.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Ok(event), Some(_)) = (event, meaning(event)) {
        touched.extend(event.paths.iter().cloned());
    }
    let is_room = touched.len() < TOUCHED_MAX;
    if !is_room {
        touched.clear();
    }
    is_room
}

/// Opening and reading are no news: the reader does so itself.
fn meaning(event: &notify::Result<Event>) -> Option<WatchEvent> {
    match event {
        Ok(event) if event.need_rescan() => Some(WatchEvent::Rescan),
        Ok(Event { kind: EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_), .. }) => {
            Some(WatchEvent::Change)
        }
        Ok(_) => None,
        Err(_) => Some(WatchEvent::Rescan),
    }
}
