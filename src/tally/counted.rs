//! All that a tally has counted, apart from what it was told: what a snapshot holds and what merging adds up.
//! Knows: that ids mean something only beside their names. Does not know: options, files, JSON.

use serde::{Deserialize, Serialize};

use super::cliff::Waits;
use super::error_log::ErrorLog;
use super::grid::Grid;
use super::histogram::Bounds;
use super::http::HttpCell;
use super::interner::{Ids, Interner, Room};
use super::logs::Logs;
use super::sources::Sources;
use super::upstream::Upstreams;
use super::window::Window;

/// The counts of a [`Tally`](super::Tally). Serialize it to keep them, hand it to
/// [`Tally::restore`](super::Tally::restore) to go on from them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counted {
    pub(super) bounds: Bounds,
    pub(super) servers: Interner,
    pub(super) routes: Interner,
    pub(super) upstream_names: Interner,
    pub(super) http: Grid<HttpCell>,
    /// By server.
    pub(super) recent: Vec<Recent>,
    pub(super) upstreams: Upstreams,
    pub(super) errors: ErrorLog,
    pub(super) logs: Logs,
}

/// The latest 499s of one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Recent {
    pub(super) sources: Window<Sources>,
    pub(super) waits: Window<Waits>,
}

impl Counted {
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
        self.merge_recent(&other.recent, &servers);
    }

    fn merge_recent(&mut self, other: &[Recent], servers: &Ids) {
        for (server, theirs) in (0..).zip(other) {
            let mine = self.recent_of(servers.of(server), || Recent {
                sources: theirs.sources.like(),
                waits: theirs.waits.like(),
            });
            mine.sources.merge(&theirs.sources);
            mine.waits.merge(&theirs.waits);
        }
    }

    /// The latest 499s of a server, those of servers before it being made along with it.
    pub(super) fn recent_of(&mut self, server: u16, make: impl FnMut() -> Recent) -> &mut Recent {
        let at = usize::from(server);
        if self.recent.len() <= at {
            self.recent.resize_with(at + 1, make);
        }
        &mut self.recent[at]
    }
}
