//! The one thread that reads logs: rounds of the inputs, a short sleep between them.
//! Knows: when to read, when to save, when to take a new configuration. Does not know: formats, metrics.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;
use tracing::info;

use super::Resumed;
use crate::config::Config;
use crate::ingest::Ingest;
use crate::input::{Inputs, Positions, Round, Settings, Wake};
use crate::serve::clock::unix_ms;
use crate::serve::configured::Configured;
use crate::serve::control::{Control, on_event};
use crate::serve::counting::{Counting, going_on, ingest};
use crate::serve::logs::{Log, StateChangeLog, visible};
use crate::serve::newer::NewerFormats;
use crate::serve::open_files;
use crate::serve::shared::{Counted, Shared, SharedShown, Shown, View, lock};
use crate::serve::snapshot_writer::{OpenState, SnapshotWriter};
use crate::tally::Tally;

/// How much is read in one round, so also under one hold of the tally's lock: a millisecond or so of work, which is what a
/// scrape may wait.
const ROUND_BYTES: usize = 512 * 1024;

/// How old the status of the logs may be where nobody asks for it.
const STATUS_EVERY: Duration = Duration::from_millis(250);
/// Of thousands of logs it takes some milliseconds, so it may be older: so many times what it took.
const STATUS_FACTOR: u32 = 200;

/// How long a new configuration waits for what was written before it to be read.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The state of the thread.
pub(super) struct Reader {
    inputs: Inputs,
    ingest: Ingest,
    pub(super) shared: Shared,
    pub(super) shown: SharedShown,
    commands: Receiver<Control>,
    /// A wake is on its way: no second one is needed.
    woken: Arc<AtomicBool>,
    /// The last sleep was ended by a wake.
    was_woken: bool,
    /// Who waits to see what is counted.
    asked: Vec<Sender<()>>,
    wake: Wake,
    changes: StateChangeLog,
    writer: Option<SnapshotWriter>,
    /// Rotations seen, to notice the next.
    rotations: u64,
    /// When the status of the logs is to be looked at anew.
    status_due: Instant,
    /// Something may be otherwise than the status was last.
    changed: bool,
    /// Something may be otherwise than it was saved last.
    unsaved: bool,
    /// Of the logs, in their order.
    paths: Vec<String>,
    newer: NewerFormats,
}

impl Reader {
    pub(super) fn new(
        config: &Config,
        saved: Option<Resumed>,
        state: Option<OpenState>,
        commands: Receiver<Control>,
        control: Sender<Control>,
    ) -> Result<Reader> {
        let anew = || Resumed { positions: Positions::default(), tally: Tally::new(config.tally.clone()) };
        let Resumed { positions, mut tally } = saved.unwrap_or_else(anew);
        let ingest = ingest(config, &mut tally);
        let woken = Arc::new(AtomicBool::new(false));
        let (inputs, unwatched) = Inputs::new(inputs_of(config), positions, on_event(control, Arc::clone(&woken)));
        unwatched.inspect(|what| info!("{what}"));
        let configured = Arc::new(Configured::of(config));
        let counted = Counted { tally, configured, ..Counted::default() };
        let shown = Arc::new(Mutex::new(Shown { view: View::of(&counted), saving_since: None }));
        let writer = state.map(|state| SnapshotWriter::start(state, Arc::clone(&shown))).transpose()?;
        let shared = Arc::new(Mutex::new(counted));
        let (asked, wake, status_due) = (Vec::new(), Wake::default(), Instant::now());
        let (changes, rotations) = (StateChangeLog::default(), 0);
        Ok(Reader {
            inputs,
            ingest,
            shared,
            shown,
            commands,
            woken,
            was_woken: false,
            asked,
            wake,
            changes,
            writer,
            rotations,
            status_due,
            changed: true,
            unsaved: true,
            paths: paths(config),
            newer: NewerFormats::than(config),
        })
    }

    pub(super) fn run(mut self) {
        loop {
            let round = self.round();
            self.show();
            self.save_if_due();
            self.inputs.before_sleep(&round, std::mem::take(&mut self.was_woken), self.wake.is_idle());
            let delay = self.wake.next_delay(&round);
            if self.obey(delay).is_break() {
                break;
            }
        }
        if let Some(writer) = self.writer.take() {
            writer.finish(View::of(&lock(&self.shared)), self.inputs.positions());
        }
    }

    /// Waits for something to do, then takes in all that has been asked for meanwhile, so that nothing waits behind
    /// a crowd of wakes.
    fn obey(&mut self, delay: Duration) -> ControlFlow<()> {
        let mut next = match self.commands.recv_timeout(delay) {
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(()),
            Ok(command) => Some(command),
        };
        while let Some(command) = next {
            match command {
                // What it is for, the inputs know; what happens from here on needs another.
                Control::Wake => {
                    self.woken.store(false, Ordering::Relaxed);
                    self.was_woken = true;
                }
                Control::Rescan => self.inputs.rescan(),
                Control::Show(done) => {
                    self.asked.push(done);
                    self.inputs.hurry();
                    self.status_due = Instant::now();
                }
                Control::Adopt(offer, done) => {
                    if let Some(config) = offer.take() {
                        self.adopt(&config);
                        // Nobody waits for the answer any more only when the process is ending.
                        let _ = done.send(());
                    }
                }
                Control::Stop => return ControlFlow::Break(()),
            }
            next = self.commands.try_recv().ok();
        }
        ControlFlow::Continue(())
    }

    /// Lets those who asked see what is counted, once it is saved.
    fn show(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let (view, asked) = (View::of(&lock(&self.shared)), std::mem::take(&mut self.asked));
        match &mut self.writer {
            Some(writer) => writer.show(view, self.inputs.positions(), asked),
            None => lock(&self.shown).view = view,
        }
    }

    /// Saves when it is time. Rounds and saves take turns in this thread, so offsets and counts always belong together.
    fn save_if_due(&mut self) {
        let now = Instant::now();
        let news = self.unsaved || lock(&self.shared).unsaved;
        let Some(mut writer) = self.writer.take_if(|writer| writer.is_due(now, news)) else { return };
        assert!(writer.is_alive(), "the thread that saves the state has ended");
        (self.unsaved, lock(&self.shared).unsaved) = (false, false);
        writer.save(View::of(&lock(&self.shared)), self.inputs.positions(), now);
        self.writer = Some(writer);
    }

    fn round(&mut self) -> Round {
        let now_ms = unix_ms();
        let Reader { inputs, ingest, shared, paths, newer, .. } = self;
        let mut counting = Counting { shared, ingest, now_ms, paths, newer, held: None };
        let round = inputs.round(ROUND_BYTES, Instant::now(), &mut counting);
        drop(counting);
        self.hurry_after_rotation();
        if self.inputs.take_changed() {
            (self.changed, self.unsaved) = (true, true);
        }
        let now = Instant::now();
        if self.status_due <= now {
            self.renew_status(now, now_ms);
        }
        round
    }

    fn renew_status(&mut self, now: Instant, now_ms: i64) {
        self.status_due = now + STATUS_EVERY;
        if std::mem::take(&mut self.changed) || !self.asked.is_empty() {
            let logs = self.logs(now_ms);
            self.status_due = now + STATUS_EVERY.max(now.elapsed() * STATUS_FACTOR);
            let mut counted = lock(&self.shared);
            counted.visible = visible(&logs);
            (counted.logs, counted.begun) = (Arc::new(logs), true);
        }
        lock(&self.shared).tally.observe_totals(now_ms);
    }

    /// The same lines go on under a new configuration: positions, open files and counts are taken over.
    fn adopt(&mut self, config: &Config) {
        self.read_up();
        let mut counted = lock(&self.shared);
        let (tally, changed) = Tally::restore(config.tally.clone(), counted.tally.snapshot());
        changed.iter().for_each(|what| info!("{what}"));
        counted.tally = tally;
        self.ingest = going_on(config, &mut counted.tally, &self.ingest, &self.paths);
        (self.paths, self.newer) = (paths(config), NewerFormats::than(config));
        counted.configured = Arc::new(Configured::of(config));
        drop(counted);
        self.inputs.reconfigure(inputs_of(config)).inspect(|what| info!("{what}"));
        (self.status_due, self.changed, self.unsaved) = (Instant::now(), true, true);
        if let (Some(writer), Some(state)) = (&mut self.writer, &config.state) {
            writer.set_interval(state.interval);
            writer.hurry();
        }
        self.save_if_due();
    }

    /// Reads what was written until now: of a log that is followed no longer, these are the last lines.
    fn read_up(&mut self) {
        let end = Instant::now() + LAST_LINES;
        self.inputs.hurry();
        while self.round().more && Instant::now() < end {}
    }

    fn logs(&mut self, now_ms: i64) -> Vec<Log> {
        let status = self.inputs.status();
        let logs = status.into_iter().enumerate().map(|(index, status)| {
            let log = Log::new(status, &self.ingest, index, now_ms);
            self.changes.report_change(&log);
            log
        });
        logs.collect()
    }

    /// A rotation may destroy what was read, and what was counted from it must not be forgotten by a kill after that:
    /// the next save is due at once.
    fn hurry_after_rotation(&mut self) {
        let rotations = self.inputs.rotations();
        if std::mem::replace(&mut self.rotations, rotations) != rotations
            && let Some(writer) = &mut self.writer
        {
            writer.hurry();
        }
    }
}

/// What is read under a configuration, within what this process may open.
fn inputs_of(config: &Config) -> Settings {
    let mut settings = config.inputs.clone();
    settings.tail.files_max = open_files::for_logs();
    settings
}

fn paths(config: &Config) -> Vec<String> {
    config.logs.iter().map(|log| log.path.clone()).collect()
}
