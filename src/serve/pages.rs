//! What the web room shows, put together from the counts and the last readings. Never waits for nginx, a file or the
//! network: the reader of the logs has some milliseconds to catch up, and is not waited for any longer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use tracing::info;

use super::answer;
pub(super) use super::answer::Telling;
use super::clock::unix_ms;
use super::control::{Control, VIEW_DEADLINE, refresh};
use super::logging::LogLevel;
use super::nginx_watch::{NginxWatch, Seen, Standing};
use super::reload::Reloader;
use super::shared::{Shared, SharedShown, View, lock};
use super::snapshot_writer::Outcome;
use super::systemd;
use super::why::Why;
use crate::config::Config;
use crate::diagnosis::Answer;
use crate::metrics::{self, Build, Format, Scrape, StateSample};
use crate::poll::{OnConnections, Pollers, Readings};
use crate::web::{Cuts, Document, Pages, Refusals};

/// What hangup was built from, where that is known.
fn revision() -> Option<&'static str> {
    Some(env!("HANGUP_REVISION")).filter(|revision| *revision != "unknown")
}

/// The running process, as the pages see it.
pub(super) struct Live {
    pub shared: Shared,
    pub shown: SharedShown,
    pub control: Sender<Control>,
    pub pollers: Mutex<Pollers>,
    /// It has been ready once: what a reload adds does not take that back.
    pub ready: AtomicBool,
    pub reloader: Reloader,
    pub log_level: LogLevel,
    pub lifecycle: bool,
    /// How saving the state goes, where it is saved.
    pub state: Option<Outcome>,
    /// Connections that were ended early, by reason.
    pub cuts: Arc<Cuts>,
    /// Requests that were refused, by reason.
    pub refusals: Arc<Refusals>,
    pub turn: Mutex<()>,
    pub why: Why,
    pub telling: Telling,
    pub watch: Mutex<NginxWatch>,
    /// What the watch found last.
    pub seen: Mutex<Seen>,
}

/// The pollers hand the samples that are counted to the tally.
pub(super) fn start_pollers(config: &Config, shared: &Shared) -> Pollers {
    let shared = Arc::clone(shared);
    let count: OnConnections = Arc::new(move |address, status| {
        let mut counted = lock(&shared);
        counted.tally.observe_connections(address, status.accepts, status.handled);
        counted.unsaved = true;
    });
    Pollers::start(config.poll.clone(), &count)
}

impl Live {
    fn readings(&self) -> Readings {
        lock(&self.pollers).latest.read()
    }

    /// Lets the windows of the diagnosis see what is counted by now.
    pub(super) fn look(&self) {
        self.why.look(&self.shared, &self.readings(), unix_ms());
    }

    /// The counts as of now, saved; where a disk hangs, those that were saved last.
    fn view(&self) -> Arc<View> {
        refresh(&self.control);
        Arc::clone(&lock(&self.shown).view)
    }

    /// Goes on with nginx.conf as it is by now, where nginx does. Returns how long to wait before the next look.
    pub(super) fn notice(&self) -> Duration {
        let _turn = lock(&self.turn);
        let (began, read_at) = (Instant::now(), SystemTime::now());
        let misfits = lock(&self.shared).logs.iter().any(|log| log.misfit.is_some());
        let mut watch = lock(&self.watch);
        let before = watch.standing.clone();
        let next = watch.look(misfits);
        let mut pause = watch.pause(began.elapsed());
        self.tell(&before, &watch.standing);
        // What is not taken is offered again, and refused aloud.
        if let Some(Ok(config)) = next.map(|config| self.reloader.adopt(config)) {
            self.adopted(&mut watch, config, read_at);
            pause = watch.pause(Duration::ZERO);
        }
        *lock(&self.seen) = watch.seen();
        pause
    }

    fn tell(&self, before: &Standing, now: &Standing) {
        match now {
            now if now == before => {}
            Standing::Refused(what) => self.reloader.refused(what),
            Standing::NotLoaded(_) => info!("{}", now.sentence().unwrap_or_default()),
            Standing::UpToDate if matches!(before, Standing::Refused(_)) => self.reloader.recovered(),
            Standing::UpToDate => {}
        }
    }

    fn adopted(&self, watch: &mut NginxWatch, config: Arc<Config>, read_at: SystemTime) {
        self.log_level.set(config.logging.level);
        lock(&self.pollers).reconfigure(config.poll.clone());
        watch.adopted(config, read_at);
        *lock(&self.seen) = watch.seen();
    }

    /// How saving goes. A save that takes longer than anybody waits for it is as good as none.
    fn state_sample(&self) -> Option<StateSample> {
        let mut sample = lock(self.state.as_ref()?).clone();
        let hangs = lock(&self.shown).saving_since.is_some_and(|since| since.elapsed() >= VIEW_DEADLINE);
        sample.up &= !hangs;
        Some(sample)
    }
}

impl Pages for Live {
    fn content_type(&self, accept: &str) -> &'static str {
        let native = lock(&self.shown).view.configured.native_histograms;
        Format::negotiate(accept, native).content_type()
    }

    fn metrics(&self, accept: &str) -> Document {
        // In this order, so that what is counted from a sample is there with the sample.
        let readings = self.readings();
        let view = self.view();
        let configured = &view.configured;
        let format = Format::negotiate(accept, configured.native_histograms);
        let scrape = Scrape {
            now_ms: unix_ms(),
            tally: &view.tally,
            readings,
            logs: view.logs.iter().map(|log| log.sample.clone()).collect(),
            conf: configured.conf.clone(),
            slo: configured.slo.clone(),
            error_level: configured.error_level,
            build: Build { version: env!("CARGO_PKG_VERSION"), revision: revision() },
            reload: self.reloader.outcome(),
            nginx_config_read: lock(&self.seen).read_at,
            state: self.state_sample(),
            diagnosed: Some(self.why.diagnosed()),
            connections_cut: self.cuts.counts(),
            web_refused: self.refusals.counts(),
            without: configured.without.clone(),
        };
        Document { content_type: format.content_type(), body: metrics::encode(&scrape, format) }
    }

    fn answer(&self) -> Answer {
        let view = self.view();
        self.look();
        let answer = self.why.answer(&self.shared, &self.readings(), unix_ms());
        let nginx = lock(&self.seen).standing.clone();
        // What nginx.conf's own sentence says is not said twice.
        let is_of_nginx = |what: &String| matches!(&nginx, Standing::Refused(refused) if refused == what);
        let told = answer::Told {
            view: &view,
            readings: self.readings(),
            reload_failure: self.reloader.failure().filter(|what| !is_of_nginx(what)),
            nginx,
            saving_fails: self.state_sample().is_some_and(|state| !state.up),
            telling: &self.telling,
        };
        answer::complete(answer, &told, unix_ms())
    }

    fn awaited(&self) -> Vec<String> {
        if self.ready.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let readings = self.readings();
        let polled = readings.sources.iter().filter(|source| !source.polled_once).map(|source| source.source.clone());
        let logs = (!lock(&self.shared).begun).then(|| "logs".to_owned());
        let awaited: Vec<String> = logs.into_iter().chain(polled).collect();
        self.ready.store(awaited.is_empty(), Ordering::Relaxed);
        awaited
    }

    fn reload_enabled(&self) -> bool {
        self.lifecycle
    }

    fn reload(&self) -> Result<(), String> {
        // Two at once take turns. Nothing else is locked meanwhile: scrapes go on, and so does the reading thread.
        let _turn = lock(&self.turn);
        systemd::reloading(|| {
            let read_at = SystemTime::now();
            let mut watch = lock(&self.watch);
            let config = self.reloader.reload(|config| watch.begin_new_logs_at_their_start(config))?;
            self.adopted(&mut watch, config, read_at);
            Ok(())
        })
    }
}
