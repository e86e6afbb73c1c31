//! The tally: counts, histograms, bounded labels, routes; add, merge, read.
//! Knows: how to count in bounded memory. Does not know: where records come from, metric names, the time of day
//! (it is handed in).

#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss) // Counts stay exact.
)]

mod abandoned;
mod admission;
mod apart;
mod bucket_index;
mod budget;
mod by_name;
mod cells;
mod cliff;
mod connections;
mod counted;
mod counts;
mod durations;
mod error_log;
mod exemplar;
pub mod figures;
mod fold;
mod hash_cache;
mod histogram;
mod http;
mod interner;
mod labels;
mod last_abandoned;
mod lead;
mod logs;
mod native;
mod normal;
mod options;
mod overview;
mod patience;
mod period;
mod place;
mod placed;
mod probes;
mod read;
mod read_timeouts;
mod restore;
mod routes;
mod rows;
mod series_table;
mod shorter;
mod sources;
mod space_saving;
#[cfg(test)]
mod tests;
mod unclassified;
mod upstream;
mod version_2;
mod waiting;
mod wasted;
mod window;
mod words;

use crate::record::{ErrorRecord, Millis, Record, Sight, Status as Sent};
use crate::verdict::{Outcome, Verdict};

pub use budget::SeriesLimit;
pub use cells::Cell;
pub use counted::Counted;
pub use exemplar::{ExampleId, Exemplar};
pub use histogram::Histogram;
pub use interner::Admission;
pub use labels::{Agent, LineResult, Method, MethodClass, Patience, SourceKind, Status, UpstreamTime};
pub use last_abandoned::Abandoned;
pub use lead::Incident;
pub use normal::{Limits, Normal, SHARE};
pub use options::{BOUNDS_MS, Options, WHOLE_LOG_MS};
pub use overview::{BusiestSource, Cliff, Overview, Route};
pub use patience::{PATIENCE_QUANTILES, Patience as ClientPatience};
pub use placed::{Placed, Whose};
pub use probes::{PROBE_AGENTS, Probes};
pub use read_timeouts::{Location, LocationTimeout, ReadTimeouts};
pub use restore::OtherBuckets;
pub use routes::RoutePattern;
pub use rows::{
    AbandonedCount, AttemptCount, AttemptDurations, CliffPlace, GaveUpCount, Lead, LineCount, MessageCount,
    NearTimeoutCount, PeriodicCuts, RequestCount, RequestDurations, SourceShare, UpstreamErrorCount, WastedTime,
};
pub use shorter::ShorterTimeout;
pub use sources::Source;
pub use unclassified::Unclassified;
pub use version_2::from_version_2;

use bucket_index::Bounds;
use budget::{Budget, Pressure};
use connections::Connections;
use counted::{Limited, Windows};
use error_log::ErrorLog;
use http::HttpCell;
use interner::{Interner, OTHER};
use last_abandoned::LastAbandoned;
use logs::Logs;
use routes::Routes;
use series_table::SeriesTable;
use upstream::Upstreams;

/// An interned server name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServerId(pub u16);

/// Everything counted. Adding allocates only when a name, a status or an outcome is met for the first time.
#[derive(Debug, Clone)]
pub struct Tally {
    long_after_ms: Millis,
    probes: Probes,
    routes: Routes,
    /// Of histograms by route, where they have buckets of their own.
    route_bounds: Option<Bounds>,
    budget: Budget,
    /// When idle cells were last looked for, and when the cells were marked to see which are.
    looked_ms: Option<i64>,
    marked_ms: Option<i64>,
    /// When the totals were last looked at.
    totals_ms: Option<i64>,
    /// A name that is being put together. Its memory is used again.
    placed_name: String,
    last_abandoned: LastAbandoned,
    /// What is normal here.
    normal: Vec<Normal>,
    counted: Counted,
}

impl Default for Tally {
    fn default() -> Self {
        Tally::new(Options::default())
    }
}

impl Tally {
    pub fn new(options: Options) -> Tally {
        let route_bounds = options.route_bounds();
        let mut counted = Counted {
            bounds: options.bounds(),
            windows: Windows { sources_ms: options.sources_window_ms, cliff_ms: options.cliff_window_ms },
            servers: Interner::new(options.servers),
            routes: Interner::new(options.routes),
            upstream_names: upstream::names(options.upstreams),
            http: SeriesTable::default(),
            recent: Vec::new(),
            upstreams: Upstreams::default(),
            errors: ErrorLog::default(),
            logs: Logs::default(),
            connections: Connections::default(),
            limited: Limited::default(),
        };
        let mut tally = Tally {
            long_after_ms: options.long_after_ms,
            probes: options.probes,
            routes: Routes::new(options.ignored_routes, options.route_patterns, &mut counted.routes),
            route_bounds,
            budget: Budget::new(options.series, options.logs.len()),
            looked_ms: None,
            marked_ms: None,
            totals_ms: None,
            placed_name: String::new(),
            last_abandoned: LastAbandoned::default(),
            normal: options.normal,
            counted,
        };
        for (name, sight) in &options.known_servers {
            tally.server(name.as_bytes(), *sight);
        }
        let shown = options.known_servers.iter().any(|(_, sight)| sight.has_any(Sight::ATTEMPTS));
        for name in &options.known_upstreams {
            tally.know_upstream(name, shown);
        }
        for timeouts in options.read_timeouts {
            if let Some(server) = tally.counted.servers.find(timeouts.server.as_bytes()) {
                tally.counted.upstreams.read_timeouts.set(server, timeouts);
            }
        }
        for label in &options.logs {
            tally.log(label);
        }
        tally.recount();
        tally
    }

    /// The id of a configured server. The series that a log with this sight can move exist from now on.
    pub fn server(&mut self, name: &[u8], sight: Sight) -> ServerId {
        let id = self.counted.servers.register(&String::from_utf8_lossy(name));
        for route in self.routes.known() {
            // Configured routes beyond the room there is come in with their requests.
            if route == OTHER || self.budget.pressure() == Pressure::Low {
                let Counted { http, bounds, .. } = &mut self.counted;
                http.cell(id, route, || HttpCell::new(bounds, sight)).get_or_admit(Method::GET, sight);
                self.recount();
            }
        }
        ServerId(id)
    }

    /// Makes the series of a configured upstream exist: those of access logs where any shows attempts.
    fn know_upstream(&mut self, name: &str, shown: bool) {
        let id = self.counted.upstream_names.register(name);
        if shown {
            self.counted.upstreams.get_or_admit(id);
        }
        self.counted.errors.get_or_admit(id);
    }

    /// The place of a log's label for [`Tally::add_line`]; a new label is added.
    pub fn log(&mut self, label: &str) -> usize {
        self.counted.logs.register(label)
    }

    /// Adds one line of a log, whatever became of it.
    pub fn add_line(&mut self, log: usize, result: LineResult, bytes: u64) {
        self.counted.logs.add(log, result, bytes);
    }

    /// Adds one request. `whose`: the server_name of the block the log belongs to, used where the line names none, and
    /// its container. `now_ms`: unix time of this batch.
    pub fn add_request<'w>(
        &mut self,
        record: &Record<'_>,
        verdict: &Verdict,
        whose: impl Into<Whose<'w>>,
        now_ms: i64,
    ) {
        self.make_room_if_wanted(now_ms);
        let server = self.server_of(record, whose.into());
        let Counted { routes, http, .. } = &mut self.counted;
        let status = record.status.and_then(Sent::code);
        let route = self.routes.resolve(routes, record.path, status);
        let (verdict, agent) = match self.routes.is_ignored(route) {
            true => (&verdict.ended_by_design(), Agent::Ignored),
            false => (verdict, self.probes.agent(record.user_agent, record.client)),
        };
        let found = http.place(server, route);
        let place = found.unwrap_or_else(|| self.place_for(server, route, record));
        let Counted { upstream_names, http, upstreams, bounds, .. } = &mut self.counted;
        self.budget.count();
        let added = http.at(place).add(record, verdict, agent, bounds, now_ms, self.budget.pressure());
        upstreams.room = self.budget.has_room_for_times();
        let grew = upstreams.add(record, verdict, server, upstream_names, bounds, now_ms);
        if grew || added.grew || added.elsewhere || added.refused.is_some() {
            self.follow_up(record, verdict, server, added, now_ms);
        }
        let cell = self.counted.http.at(place);
        if verdict.outcome == Outcome::Abandoned {
            let method = added.method;
            cell.abandoned.add((method, Patience::of(record.duration, self.long_after_ms), agent), 1);
            self.add_recent(record, agent, server, now_ms);
            if agent == Agent::Probe {
                self.add_probe(record, place, server, added.elsewhere);
            }
            self.add_wasted(record, place, server, method);
            if agent == Agent::User {
                self.last_abandoned.add(record, method.as_str(), server, route, now_ms);
            }
        }
    }

    #[inline]
    fn server_of(&mut self, record: &Record<'_>, whose: Whose<'_>) -> u16 {
        let named = record.server.filter(|name| !name.is_empty());
        if !whose.place.is_empty() {
            return self.counted.servers.intern_placed(named, whose, &mut self.placed_name);
        }
        named.map_or(whose.server.0, |name| self.counted.servers.intern_server(name))
    }

    /// Adds one error-log entry.
    pub fn add_error(&mut self, record: &ErrorRecord<'_>) {
        self.counted.errors.add(record, &mut self.counted.upstream_names);
    }

    /// Adds a sample of a status page: how many connections its server accepted and handled since it started.
    /// Observing the same sample again changes nothing.
    pub fn observe_connections(&mut self, address: &str, accepts: u64, handled: u64) {
        self.counted.connections.observe(address, accepts, handled);
    }

    /// Looks at the totals of all servers, to see an incident begin. To be called every now and then.
    pub fn observe_totals(&mut self, now_ms: i64) {
        let since = self.totals_ms.map(|then| now_ms.saturating_sub(then));
        if since.is_none_or(|ms| !(0..lead::EVERY_MS).contains(&ms)) {
            self.totals_ms = Some(now_ms);
            for (server, totals) in self.totals() {
                let limits = Limits::of(self.counted.servers.name(server), &self.normal);
                self.counted.recent_of(server).incident.observe(totals, limits, now_ms);
            }
        }
    }
}
