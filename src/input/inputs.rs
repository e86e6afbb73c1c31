//! All inputs of the reading thread behind one interface: a round, the status, the positions, a new configuration.
//!
//! It knows which inputs there are: log files, and streams that are received once. It does not know threads, or what a
//! line means.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::lines::{Line, Lines};
use super::status::LogStatus;
use super::streams::{Address, OnPressure, Stream};
use super::tail::{DirWatcher, LogCounts, Options, Positions, Source, Tailer, WatchEvent};
use super::wake::Round;

/// What is read, and within which limits.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files by path or pattern, and streams by their [`Address`].
    pub logs: Vec<Source>,
    pub tail: Options,
}

/// Called on a thread of its own, perhaps often, when something happens in a log directory, or much was received.
type OnEvent = Arc<dyn Fn(WatchEvent) + Send + Sync>;

/// The running inputs. They live on one thread, and every call returns soon.
pub struct Inputs {
    tail: Tailer,
    /// The source that each of the tail's is.
    of_tail: Vec<usize>,
    /// Each with its source.
    streams: Vec<(usize, Stream)>,
    line_bytes_max: usize,
    /// `None`: directories cannot be watched here, and polling does alone.
    watcher: Option<DirWatcher>,
    on_event: OnEvent,
    /// Of the tail, when somebody last asked what has changed.
    revision: u64,
}

/// The tail's lines, under the sources of all inputs.
struct Renumbered<'a, L> {
    of_tail: &'a [usize],
    lines: &'a mut L,
}

impl<L: Lines> Lines for Renumbered<'_, L> {
    #[inline]
    fn line(&mut self, source: usize, line: Line<'_>) {
        self.lines.line(self.of_tail[source], line);
    }

    fn file(&mut self, source: usize, path: &Path) {
        self.lines.file(self.of_tail[source], path);
    }

    fn pause(&mut self) {
        self.lines.pause();
    }
}

/// Which sources are files, and which are streams.
struct Sorted {
    files: Vec<Source>,
    of_tail: Vec<usize>,
    streams: Vec<(usize, String, Address)>,
}

impl Sorted {
    fn of(logs: Vec<Source>) -> Self {
        let mut sorted = Self { files: Vec::new(), of_tail: Vec::new(), streams: Vec::new() };
        for (index, source) in logs.into_iter().enumerate() {
            match Address::of(&source.pattern) {
                Some(address) => sorted.streams.push((index, source.pattern, address)),
                None => {
                    sorted.of_tail.push(index);
                    sorted.files.push(source);
                }
            }
        }
        sorted
    }
}

impl Inputs {
    /// Goes on where `positions` were taken. The second value says why directories are not watched, if they are not.
    pub fn new(
        settings: Settings,
        mut positions: Positions,
        on_event: impl Fn(WatchEvent) + Send + Sync + 'static,
    ) -> (Self, Option<String>) {
        let on_event: OnEvent = Arc::new(on_event);
        let line_bytes_max = settings.tail.line_bytes_max;
        let Sorted { files, of_tail, streams } = Sorted::of(settings.logs);
        let pressure = pressure(&on_event);
        let start = |(index, pattern, address): (usize, String, Address)| {
            (index, Stream::start(address, positions.take_counts(&pattern), &pressure))
        };
        let streams = streams.into_iter().map(start).collect();
        let tail = Tailer::resume(files, settings.tail, positions);
        let mut inputs = Self { tail, of_tail, streams, line_bytes_max, watcher: None, on_event, revision: 0 };
        let error = inputs.watch().err();
        (inputs, error)
    }

    /// Hands out about `budget_bytes` of lines, each with the index of its source in the settings.
    pub fn round(&mut self, budget_bytes: usize, now: Instant, lines: &mut impl Lines) -> Round {
        let Self { tail, of_tail, streams, line_bytes_max, watcher, .. } = self;
        let touched = watcher.as_ref().map(DirWatcher::take_touched).unwrap_or_default();
        touched.iter().for_each(|path| tail.touch(path));
        let mut round = tail.round_for(budget_bytes, now, &mut Renumbered { of_tail, lines });
        let share = budget_bytes / streams.len().max(1);
        for (source, stream) in streams {
            stream.round(*source, share, *line_bytes_max, &mut round, lines);
            lines.pause();
        }
        round
    }

    /// One entry for each source, in the order of the settings.
    pub fn status(&self) -> Vec<LogStatus> {
        let of_files = self.of_tail.iter().copied().zip(self.tail.status());
        let of_streams = self.streams.iter().map(|(source, stream)| (*source, stream.status()));
        let mut status: Vec<(usize, LogStatus)> = of_files.chain(of_streams).collect();
        status.sort_by_key(|(source, _)| *source);
        status.into_iter().map(|(_, status)| status).collect()
    }

    /// Everything needed to go on exactly after the last line of a file that was handed out.
    pub fn positions(&self) -> Positions {
        self.tail.positions().with_counts(self.streams.iter().map(|(_, stream)| stream.counts()))
    }

    /// Goes on under other settings, from where everything stands. Says why directories are not watched, if they are not.
    pub fn reconfigure(&mut self, settings: Settings) -> Option<String> {
        let Sorted { files, of_tail, streams } = Sorted::of(settings.logs);
        (self.line_bytes_max, self.of_tail) = (settings.tail.line_bytes_max, of_tail);
        let mut running: Vec<Stream> = std::mem::take(&mut self.streams).into_iter().map(|(_, it)| it).collect();
        let pressure = pressure(&self.on_event);
        for (source, pattern, address) in streams {
            let known = running.iter().position(|stream| *stream.address() == address);
            let start = || Stream::start(address, LogCounts::new(&pattern), &pressure);
            let stream = known.map_or_else(start, |at| running.swap_remove(at));
            self.streams.push((source, stream));
        }
        self.tail.reconfigure(files, settings.tail);
        self.watch().err()
    }

    /// Makes the next round look at everything afresh: events were lost.
    pub fn rescan(&mut self) {
        self.tail.rescan();
    }

    /// Whether the status may be another than when this was last asked, or the positions may.
    pub fn take_changed(&mut self) -> bool {
        // What a stream counts, its own thread does.
        let is_same = std::mem::replace(&mut self.revision, self.tail.revision()) == self.tail.revision();
        !is_same || !self.streams.is_empty()
    }

    /// How many were seen so far, of all logs.
    pub fn rotations(&self) -> u64 {
        self.tail.rotations()
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
        let on_event = Arc::clone(&self.on_event);
        self.watcher = None;
        self.watcher = Some(DirWatcher::new(self.tail.directories(), move |event| on_event(event))?);
        Ok(())
    }
}

fn pressure(on_event: &OnEvent) -> OnPressure {
    let on_event = Arc::clone(on_event);
    Arc::new(move || on_event(WatchEvent::Change))
}
