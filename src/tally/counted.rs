//! All that a tally has counted, apart from what it was told: what a snapshot holds and what merging adds up.
//! Knows: that ids mean something only beside their names. Does not know: options, files, JSON.

use serde::{Deserialize, Serialize};

use super::axis::Bounds;
use super::cliff::Waits;
use super::connections::{Connections, Dropped};
use super::error_log::ErrorLog;
use super::grid::Grid;
use super::http::HttpCell;
use super::interner::{Ids, Interner, Room};
use super::labels::{LineResult, UpstreamTime};
use super::logs::Logs;
use super::native;
use super::sources::Sources;
use super::upstream::Upstreams;
use super::window::Window;
use crate::record::{ClientFailure, Event, Level, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};
use crate::verdict::Outcome;

/// The counts of a [`Tally`](super::Tally). Serialize it to keep them, hand it to
/// [`Tally::restore`](super::Tally::restore) to go on from them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counted {
    /// The closed label sets of the version that counted: their counters are kept by place.
    pub(super) labels: String,
    pub(super) bounds: Bounds,
    #[serde(skip)]
    pub(super) windows: Windows,
    pub(super) servers: Interner,
    pub(super) routes: Interner,
    pub(super) upstream_names: Interner,
    pub(super) http: Grid<HttpCell>,
    /// By server.
    pub(super) recent: Vec<Recent>,
    pub(super) upstreams: Upstreams,
    pub(super) errors: ErrorLog,
    pub(super) logs: Logs,
    #[serde(default)]
    pub(super) connections: Connections,
}

/// How far back the latest 499s go; told by the options, so not kept.
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
}

/// All closed label sets whose counters are arrays, in order.
pub(super) fn closed_labels() -> String {
    let mut labels: Vec<&str> = Vec::new();
    labels.extend(Outcome::ALL.map(Outcome::as_str));
    labels.extend(UpstreamTime::ALL.map(UpstreamTime::as_str));
    labels.extend(LineResult::ALL.map(LineResult::as_str));
    labels.extend(Level::ALL.map(Level::as_str));
    labels.extend(Event::CLASSES);
    labels.extend(TimeoutPhase::ALL.map(TimeoutPhase::as_str));
    labels.extend(UpstreamFailure::ALL.map(UpstreamFailure::as_str));
    labels.extend(ClientFailure::ALL.map(ClientFailure::as_str));
    labels.extend(Resource::ALL.map(Resource::as_str));
    labels.extend(ServerFailure::ALL.map(ServerFailure::as_str));
    // Counts are kept by cell of an axis that both kinds of bounds make.
    format!("{} native schema {}", labels.join(" "), native::SCHEMA)
}

impl Counted {
    /// What these counts are labelled by. Counts of another identity cannot be continued.
    pub fn identity(&self) -> String {
        format!("{}; buckets {}", self.labels, self.bounds)
    }

    /// Takes in what version 2 of the snapshot kept beside these counts, by the address of the status page.
    pub fn with_dropped(mut self, pages: Vec<(String, Dropped)>) -> Counted {
        self.connections.merge(&pages.into_iter().collect());
        self
    }

    /// Adds all counts of another, by name. Both have the same bounds.
    pub(super) fn merge(&mut self, other: &Counted, room: Room) {
        let servers = self.servers.merge(&other.servers, room);
        let routes = self.routes.merge(&other.routes, room);
        let upstreams = self.upstream_names.merge(&other.upstream_names, room);
        let bounds = &self.bounds;
        for ((server, route), theirs) in other.http.iter() {
            let mine = self.http.cell(servers.of(server), routes.of(route), || HttpCell::new(bounds));
            mine.merge(theirs, bounds);
        }
        self.upstreams.merge(&other.upstreams, &servers, &upstreams, bounds);
        self.errors.merge(&other.errors, &upstreams);
        self.logs.merge(&other.logs);
        self.connections.merge(&other.connections);
        self.merge_recent(&other.recent, &servers);
    }

    fn merge_recent(&mut self, other: &[Recent], servers: &Ids) {
        for (server, theirs) in (0..).zip(other) {
            let mine = self.recent_of(servers.of(server));
            mine.sources.merge(&theirs.sources);
            mine.waits.merge(&theirs.waits);
        }
    }

    /// The latest 499s of a server, those of servers before it being made along with it.
    pub(super) fn recent_of(&mut self, server: u16) -> &mut Recent {
        let at = usize::from(server);
        if self.recent.len() <= at {
            let Windows { sources_ms, cliff_ms } = self.windows;
            let make = || Recent { sources: Window::new(sources_ms), waits: Window::new(cliff_ms) };
            self.recent.resize_with(at + 1, make);
        }
        &mut self.recent[at]
    }
}
