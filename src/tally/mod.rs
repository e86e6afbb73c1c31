//! The tally: counts, histograms, bounded labels, routes; add, merge, read.
//! Knows: how to count in bounded memory. Does not know: where records come from, metric names, the time of day
//! (it is handed in).

mod cliff;
mod counts;
mod durations;
mod error_labels;
mod error_log;
mod exemplar;
mod fold;
mod grid;
mod histogram;
mod http;
mod interner;
mod labels;
mod logs;
mod name;
mod native;
mod options;
mod probes;
mod read;
mod routes;
mod sources;
mod space_saving;
mod upstream;
mod window;

use std::sync::Arc;

use crate::nginx::access::{Millis, Record};
use crate::nginx::error::ErrorRecord;
use crate::verdict::{Outcome, Verdict};

pub use exemplar::Exemplar;
pub use histogram::Histogram;
pub use interner::Admission;
pub use labels::{Agent, LineResult, Method, Patience, SourceKind, Status, UpstreamTime};
pub use options::{BOUNDS_MS, Options, WHOLE_LOG_MS};
pub use probes::{PROBE_AGENTS, Probes};
pub use routes::RoutePattern;
pub use sources::Source;

use error_log::ErrorLog;
use grid::Grid;
use http::HttpCell;
use interner::Interner;
use logs::Logs;
use routes::Routes;
use upstream::Upstreams;
use window::Window;

/// An interned server name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServerId(pub u16);

/// Everything counted. Adding allocates only when a name, a status or an outcome is met for the first time.
#[derive(Debug, Clone)]
pub struct Tally {
    bounds_ms: Arc<[u32]>,
    long_after_ms: Millis,
    probes: Probes,
    sources_window_ms: i64,
    cliff_window_ms: i64,
    servers: Interner,
    routes: Routes,
    upstream_names: Interner,
    http: Grid<HttpCell>,
    /// By server.
    recent: Vec<Recent>,
    upstreams: Upstreams,
    errors: ErrorLog,
    logs: Logs,
}

/// The latest 499s of one server.
#[derive(Debug, Clone)]
struct Recent {
    sources: Window<sources::Sources>,
    waits: Window<cliff::Waits>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally::new(Options::default())
    }
}

impl Tally {
    pub fn new(options: Options) -> Tally {
        let mut tally = Tally {
            bounds_ms: options.bounds().into(),
            long_after_ms: options.long_after_ms,
            sources_window_ms: options.sources_window_ms,
            cliff_window_ms: options.cliff_window_ms,
            servers: Interner::new(options.servers),
            routes: Routes::new(options.route_patterns, options.routes),
            upstream_names: upstream::names(options.upstreams),
            probes: options.probes,
            http: Grid::default(),
            recent: Vec::new(),
            upstreams: Upstreams::default(),
            errors: ErrorLog::default(),
            logs: Logs::default(),
        };
        for name in &options.known_servers {
            tally.server(name.as_bytes());
        }
        for name in &options.known_upstreams {
            tally.know_upstream(name);
        }
        for label in &options.logs {
            tally.log(label);
        }
        tally
    }

    /// The id of a configured server. Its series exist from now on.
    pub fn server(&mut self, name: &[u8]) -> ServerId {
        let id = self.servers.know(&String::from_utf8_lossy(name));
        for route in self.routes.known() {
            self.http.cell(id, route, || HttpCell::new(&self.bounds_ms)).meet(Method::GET, true);
        }
        ServerId(id)
    }

    /// Makes the series of a configured upstream exist.
    pub fn know_upstream(&mut self, name: &str) {
        let id = self.upstream_names.know(name);
        self.upstreams.meet(id);
        self.errors.meet(id);
    }

    /// The place of a log's label for [`Tally::add_line`]; a new label is added.
    pub fn log(&mut self, label: &str) -> usize {
        self.logs.know(label)
    }

    /// Adds one line of a log, whatever became of it.
    pub fn add_line(&mut self, log: usize, result: LineResult, bytes: u64) {
        self.logs.add(log, result, bytes);
    }

    /// `server`: the server_name of the block the log belongs to, used where the line names none. `now_ms`: unix time of this batch.
    pub fn add_request(&mut self, record: &Record<'_>, verdict: &Verdict, server: ServerId, now_ms: i64) {
        let server = record.server.filter(|name| !name.is_empty()).map_or(server.0, |name| self.servers.see(name));
        let route = self.routes.resolve(record.path, record.status);
        let bounds_ms = &self.bounds_ms;
        let cell = self.http.cell(server, route, || HttpCell::new(bounds_ms));
        let method = cell.add(record, verdict, bounds_ms, now_ms);
        if verdict.outcome == Outcome::Abandoned {
            let source = record.remote_addr.and_then(Source::parse);
            let agent = self.probes.agent(record.user_agent, source.and_then(|source| source.address()));
            cell.abandoned.add((method, patience(record.request_time, self.long_after_ms), agent), 1);
            self.add_recent(record, source, server, now_ms);
        }
        self.upstreams.add(record, verdict, server, &mut self.upstream_names, &self.bounds_ms, now_ms);
    }

    /// Adds one error-log entry.
    pub fn add_error(&mut self, record: &ErrorRecord<'_>) {
        self.errors.add(record, &mut self.upstream_names);
    }

    fn add_recent(&mut self, record: &Record<'_>, source: Option<Source>, server: u16, now_ms: i64) {
        let at = usize::from(server);
        if self.recent.len() <= at {
            let (sources_ms, cliff_ms) = (self.sources_window_ms, self.cliff_window_ms);
            self.recent
                .resize_with(at + 1, || Recent { sources: Window::new(sources_ms), waits: Window::new(cliff_ms) });
        }
        let unix_ms = record.time.unix_millis().unwrap_or(now_ms);
        if let Some(slot) = self.recent[at].sources.at(unix_ms, now_ms) {
            slot.add(source);
        }
        if let Some(ms) = record.request_time.filter(|&ms| ms >= self.long_after_ms)
            && let Some(slot) = self.recent[at].waits.at(unix_ms, now_ms)
        {
            slot.add(ms);
        }
    }
}

fn patience(request_time: Option<Millis>, long_after_ms: Millis) -> Patience {
    match request_time {
        None => Patience::Unknown,
        Some(ms) if ms >= long_after_ms => Patience::Long,
        Some(_) => Patience::Short,
    }
}
