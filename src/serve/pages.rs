//! What the web room shows, put together from the counts and the last readings. Never waits for nginx, a file or the network.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::follow::{Log, Shared, lock, unix_ms};
use super::plan::Plan;
use super::reload::Reloader;
use crate::metrics::{self, Build, Format, Scrape};
use crate::poll::{Pollers, Readings, SourceStatus};
use crate::tally::Tally;
use crate::web::{Busiest, Cliff, Document, Landing, Pages, Route, Source, State};

/// Routes on the page: as many as anybody reads at once.
const ROUTES_SHOWN: usize = 10;

/// The running process, as the pages see it.
pub struct Live {
    shared: Shared,
    running: Mutex<Running>,
    reloader: Reloader,
    lifecycle: bool,
}

/// What a reload replaces.
struct Running {
    plan: Plan,
    pollers: Pollers,
}

impl Live {
    pub fn new(shared: Shared, plan: Plan, reloader: Reloader, lifecycle: bool) -> Live {
        let pollers = Pollers::start(plan.poll.clone());
        Live { shared, running: Mutex::new(Running { plan, pollers }), reloader, lifecycle }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readings(&self) -> Readings {
        self.running().pollers.latest.read()
    }

    /// A copy under a short lock; everything slow happens to the copy.
    fn counted(&self) -> (Tally, Vec<Log>) {
        let counted = lock(&self.shared);
        (counted.tally.clone(), counted.logs.clone())
    }
}

impl Pages for Live {
    fn metrics(&self, accept: &str) -> Document {
        let (tally, logs) = self.counted();
        let format = Format::negotiate(accept);
        let scrape = Scrape {
            now_ms: unix_ms(),
            tally: &tally,
            readings: self.readings(),
            logs: logs.into_iter().map(|log| log.sample).collect(),
            conf: self.running().plan.nginx.clone(),
            build: Build { version: env!("CARGO_PKG_VERSION"), revision: option_env!("HANGUP_REVISION") },
            reload: self.reloader.outcome(),
        };
        Document { content_type: format.content_type(), body: metrics::encode(&scrape, format) }
    }

    fn landing(&self) -> Landing {
        let (tally, logs) = self.counted();
        let now_ms = unix_ms();
        Landing {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sources: self.readings().sources.iter().map(source).collect(),
            logs: logs.iter().map(log).collect(),
            busiest: busiest(&tally, now_ms),
            cliffs: cliffs(&tally, now_ms),
            routes: routes(&tally),
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
        // Held over the whole reload: two at once take turns.
        let mut running = self.running();
        let mut plan = self.reloader.reload()?;
        keep_dropped(&mut plan, &running.pollers.latest.read());
        running.pollers = Pollers::start(plan.poll.clone());
        running.plan = plan;
        Ok(())
    }
}

/// The counter of dropped connections goes on where it was for every page that is still asked.
fn keep_dropped(plan: &mut Plan, readings: &Readings) {
    for (address, dropped) in &mut plan.poll.stub_status {
        let before = readings.stub_status.iter().find(|reading| reading.address == address.to_string());
        if let Some(kept) = before.and_then(|reading| reading.dropped) {
            *dropped = kept;
        }
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

fn busiest(tally: &Tally, now_ms: i64) -> Vec<Busiest> {
    let rows = tally.busiest_sources(now_ms).filter(|row| row.2 > 0.0);
    let named = rows.filter_map(|(server, _, ratio)| {
        let address = tally.busiest_address(server, now_ms)?.0.to_string();
        Some(Busiest { server: server.to_owned(), address, ratio })
    });
    named.collect()
}

fn cliffs(tally: &Tally, now_ms: i64) -> Vec<Cliff> {
    let rows = tally.cliffs(now_ms).filter(|row| row.2 > 0.0);
    rows.map(|(server, seconds, ratio)| Cliff { server: server.to_owned(), seconds, ratio }).collect()
}

fn routes(tally: &Tally) -> Vec<Route> {
    let mut routes: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for (server, route, _, status, count) in tally.requests() {
        let (abandoned, requests) = routes.entry((server, route)).or_default();
        *abandoned += if status == "499" { count } else { 0 };
        *requests += count;
    }
    let mut routes: Vec<Route> = routes
        .into_iter()
        .filter(|(_, (abandoned, _))| *abandoned > 0)
        .map(|((server, route), (abandoned, requests))| Route {
            server: server.to_owned(),
            route: route.to_owned(),
            abandoned,
            requests,
        })
        .collect();
    routes.sort_by_key(|route| std::cmp::Reverse(route.abandoned));
    routes.truncate(ROUTES_SHOWN);
    routes
}
