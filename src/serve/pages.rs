//! What the web room shows, put together from the counts and the last readings. Never waits for nginx, a file or the
//! network: the reader of the logs has some milliseconds to catch up, and is not waited for any longer.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock::unix_ms;
use super::control::{Control, VIEW_DEADLINE, refresh};
use super::logs::Log;
use super::nginx_conf::nginx_conf;
use super::reload::Reloader;
use super::shared::{Shared, SharedShown, View, lock};
use super::snapshot_writer::Outcome;
use crate::config::Config;
use crate::metrics::{self, Build, Format, NginxConf, Scrape, StateSample, Without};
use crate::poll::{OnConnections, Pollers, Readings, SourceStatus};
use crate::record::Level;
use crate::tally::Overview;
use crate::web::{Cuts, Document, Landing, Pages, Source, State};

/// What hangup was built from, where that is known.
fn revision() -> Option<&'static str> {
    Some(env!("HANGUP_REVISION")).filter(|revision| *revision != "unknown")
}

/// Routes on the page: as many as anybody reads at once.
const ROUTES_SHOWN: usize = 10;

/// The running process, as the pages see it.
pub(super) struct Live {
    pub shared: Shared,
    pub shown: SharedShown,
    pub control: Sender<Control>,
    pub running: Mutex<Running>,
    pub reloader: Reloader,
    pub lifecycle: bool,
    /// How saving the state goes, where it is saved.
    pub state: Option<Outcome>,
    /// Connections that were ended early, by reason.
    pub cuts: Arc<Cuts>,
    pub turn: Mutex<()>,
}

/// What a reload replaces.
pub(super) struct Running {
    conf: NginxConf,
    without: Vec<Without>,
    error_level: Option<Level>,
    pollers: Pollers,
}

impl Running {
    /// The pollers hand the samples that are counted to the tally.
    pub(super) fn start(config: &Config, shared: &Shared) -> Running {
        let shared = Arc::clone(shared);
        let count: OnConnections = Arc::new(move |address, status| {
            lock(&shared).tally.observe_connections(address, status.accepts, status.handled);
        });
        let (error_level, without) = (config.least_error_level(), without(config));
        let pollers = Pollers::start(config.poll.clone(), &count);
        Running { conf: nginx_conf(&config.nginx), without, error_level, pollers }
    }

    /// What nginx.conf sets, and the least severe level of its error logs.
    fn nginx(&self) -> (NginxConf, Option<Level>) {
        (self.conf.clone(), self.error_level)
    }
}

/// The labels that families go without. What is no family or none of its labels is told, and changes nothing.
fn without(config: &Config) -> Vec<Without> {
    let named = config.without.iter().map(|pair| Without { family: pair.name.clone(), label: pair.value.clone() });
    let (known, unknown): (Vec<_>, Vec<_>) = named.partition(Without::is_known);
    for Without { family, label } in unknown {
        tracing::warn!(family, label, "metrics.without names no family that has this label");
    }
    known
}

/// Takes the lock. What a panicking thread left is whole: both parts are replaced as one.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    fn running(&self) -> MutexGuard<'_, Running> {
        locked(&self.running)
    }

    fn readings(&self) -> Readings {
        self.running().pollers.latest.read()
    }

    /// The counts as of now, saved; where a disk hangs, those that were saved last.
    fn view(&self) -> Arc<View> {
        refresh(&self.control);
        Arc::clone(&lock(&self.shown).view)
    }

    /// How saving goes. A save that takes longer than anybody waits for it is as good as none.
    fn state_sample(&self) -> Option<StateSample> {
        let mut sample = locked(self.state.as_ref()?).clone();
        let hangs = lock(&self.shown).saving_since.is_some_and(|since| since.elapsed() >= VIEW_DEADLINE);
        sample.up &= !hangs;
        Some(sample)
    }
}

impl Pages for Live {
    fn content_type(&self, accept: &str) -> &'static str {
        Format::negotiate(accept).content_type()
    }

    fn metrics(&self, accept: &str) -> Document {
        // In this order, so that what is counted from a sample is there with the sample.
        let readings = self.readings();
        let view = self.view();
        let (conf, error_level) = self.running().nginx();
        let format = Format::negotiate(accept);
        let without = self.running().without.clone();
        let scrape = Scrape {
            now_ms: unix_ms(),
            tally: &view.tally,
            readings,
            logs: view.logs.iter().map(|log| log.sample.clone()).collect(),
            conf,
            error_level,
            build: Build { version: env!("CARGO_PKG_VERSION"), revision: revision() },
            reload: self.reloader.outcome(),
            state: self.state_sample(),
            connections_cut: self.cuts.counts(),
            without,
        };
        Document { content_type: format.content_type(), body: metrics::encode(&scrape, format) }
    }

    fn landing(&self) -> Landing {
        let view = self.view();
        let mut worst = Overview::of(&view.tally, unix_ms(), ROUTES_SHOWN);
        worst.routes.retain(|route| route.abandoned > 0);
        Landing {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sources: self.readings().sources.iter().map(source).collect(),
            logs: view.logs.iter().map(log).collect(),
            worst,
        }
    }

    fn awaited(&self) -> Vec<String> {
        let readings = self.readings();
        let polled = readings.sources.iter().filter(|source| !source.polled_once).map(|source| source.source.clone());
        let logs = (!lock(&self.shared).begun).then(|| "logs".to_owned());
        logs.into_iter().chain(polled).collect()
    }

    fn reload_enabled(&self) -> bool {
        self.lifecycle
    }

    fn reload(&self) -> Result<(), String> {
        // Two at once take turns. Nothing else is locked meanwhile: scrapes go on, and so does the reading thread.
        let _turn = locked(&self.turn);
        let config = self.reloader.reload()?;
        let mut running = self.running();
        *running = Running::start(&config, &self.shared);
        Ok(())
    }
}

fn source(status: &SourceStatus) -> Source {
    let state = match (status.polled_once, status.up) {
        (false, _) => State::Waiting,
        (true, true) => State::Up,
        (true, false) if !status.available => State::Waiting,
        (true, false) => State::Down,
    };
    Source { name: status.source.clone(), state, sentence: status.error.clone().unwrap_or_default() }
}

fn log(log: &Log) -> Source {
    let state = if log.sample.up { State::Up } else { State::Down };
    let behind = format!("{} bytes to read", log.sample.unread_bytes);
    Source { name: log.sample.log.clone(), state, sentence: log.error.clone().unwrap_or(behind) }
}
