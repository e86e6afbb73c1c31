//! All that a tally has counted, apart from what it was told: what a snapshot holds and what merging adds up.
//! Knows: that ids mean something only beside their names. Does not know: options, files, JSON.

use serde::{Deserialize, Serialize};

use super::bucket_index::Bounds;
use super::cliff::Waits;
use super::connections::Connections;
use super::error_log::ErrorLog;
use super::http::HttpCell;
use super::interner::{Ids, Interner, LimitPolicy};
use super::lead::Incident;
use super::logs::Logs;
use super::period::Departures;
use super::series_table::SeriesTable;
use super::sources::Sources;
use super::upstream::Upstreams;
use super::window::Window;

/// The counts of a [`Tally`](super::Tally). Serialize it to save them, hand it to
/// [`Tally::restore`](super::Tally::restore) to go on from them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counted {
    /// Of all histograms.
    pub(super) bounds: Bounds,
    #[serde(skip)]
    pub(super) windows: Windows,
    pub(super) servers: Interner,
    pub(super) routes: Interner,
    pub(super) upstream_names: Interner,
    pub(super) http: SeriesTable<HttpCell>,
    /// By server.
    #[serde(default)]
    pub(super) recent: Vec<Recent>,
    #[serde(default)]
    pub(super) upstreams: Upstreams,
    #[serde(default)]
    pub(super) errors: ErrorLog,
    #[serde(default)]
    pub(super) logs: Logs,
    #[serde(default)]
    pub(super) connections: Connections,
    #[serde(default)]
    pub(super) limited: Limited,
}

/// What the bound on series did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Limited {
    /// Requests counted under the method `other` for want of room, and under the status `other`.
    pub(super) methods: u64,
    pub(super) statuses: u64,
    /// Requests in series that ended.
    pub(super) ended_requests: u64,
}

impl Limited {
    fn merge(&mut self, other: &Limited) {
        self.methods = self.methods.saturating_add(other.methods);
        self.statuses = self.statuses.saturating_add(other.statuses);
        self.ended_requests = self.ended_requests.saturating_add(other.ended_requests);
    }
}

/// How far back the latest 499s go; told by the options, so not saved.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Windows {
    pub(super) sources_ms: i64,
    pub(super) cliff_ms: i64,
}

/// The latest 499s of one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Recent {
    pub(super) sources: Window<Sources>,
    pub(super) waits: Window<Waits>,
    /// Of users only.
    #[serde(default)]
    pub(super) departures: Departures,
    /// Of minutes, so not worth keeping over a restart.
    #[serde(skip)]
    pub(super) incident: Incident,
}

impl Recent {
    pub(super) fn new(windows: Windows) -> Recent {
        let Windows { sources_ms, cliff_ms } = windows;
        let (sources, waits) = (Window::new(sources_ms), Window::new(cliff_ms));
        Recent { sources, waits, departures: Departures::default(), incident: Incident::default() }
    }
}

impl Counted {
    /// Adds all counts of another, by name; histograms only where both have the same buckets.
    pub(super) fn merge(&mut self, other: &Counted, room: LimitPolicy) {
        let servers = self.servers.merge(&other.servers, room);
        let routes = self.routes.merge(&other.routes, room);
        let upstreams = self.upstream_names.merge(&other.upstream_names, room);
        let bounds = &self.bounds;
        let comparable = *bounds == other.bounds;
        for ((server, route), theirs) in other.http.iter() {
            let mine = self.http.cell(servers.of(server), routes.of(route), HttpCell::default);
            mine.merge(theirs, &upstreams, comparable.then_some(bounds));
        }
        self.upstreams.merge(&other.upstreams, &servers, &upstreams, comparable.then_some(bounds));
        self.errors.merge(&other.errors, &upstreams);
        self.logs.merge(&other.logs);
        self.connections.merge(&other.connections);
        self.limited.merge(&other.limited);
        self.merge_recent(&other.recent, &servers);
    }

    fn merge_recent(&mut self, other: &[Recent], servers: &Ids) {
        for (server, theirs) in (0..).zip(other) {
            let mine = self.recent_of(servers.of(server));
            mine.sources.merge(&theirs.sources);
            mine.waits.merge(&theirs.waits);
            mine.departures.merge(&theirs.departures);
            mine.incident.go_on_from(&theirs.incident);
        }
    }

    /// The latest 499s of a server, those of servers before it being made along with it.
    pub(super) fn recent_of(&mut self, server: u16) -> &mut Recent {
        let at = usize::from(server);
        if self.recent.len() <= at {
            let windows = self.windows;
            self.recent.resize_with(at + 1, || Recent::new(windows));
        }
        &mut self.recent[at]
    }
}
