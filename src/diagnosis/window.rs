//! The sum of some stretches, with names. Knows: how to ask it for a server. Does not know: causes.

use super::observer::Observer;
use super::server::Server;
use super::stretch::{Stretch, Upstream};

/// What happened in a window.
#[derive(Debug)]
pub struct Window<'a> {
    observer: &'a Observer,
    /// In order.
    pub(super) stretches: Vec<&'a Stretch>,
    /// All of them.
    pub(super) sum: Stretch,
    /// When it ends, or of a point of a time line, when it begins.
    pub(super) unix_ms: i64,
}

impl<'a> Window<'a> {
    pub(super) fn new(observer: &'a Observer, stretches: Vec<&'a Stretch>, unix_ms: i64) -> Window<'a> {
        let mut sum = Stretch::default();
        stretches.iter().for_each(|stretch| sum.merge(stretch));
        Window { observer, stretches, sum, unix_ms }
    }

    /// How long it was looked at; at least a second.
    pub fn seconds(&self) -> f64 {
        (self.sum.ms as f64 / 1000.0).max(1.0)
    }

    pub fn requests(&self) -> u64 {
        self.sum.servers.values().map(|server| server.requests).sum()
    }

    pub(super) fn servers(&self) -> impl Iterator<Item = (u16, &str, &Server)> {
        self.sum.servers.iter().map(|(id, server)| (*id, self.observer.servers.name(*id), server))
    }

    pub(super) fn route_name(&self, id: u16) -> &str {
        self.observer.routes.name(id)
    }

    pub(super) fn upstreams(&self) -> impl Iterator<Item = (u16, &str, &Upstream)> {
        self.sum.upstreams.iter().map(|(id, upstream)| (*id, self.observer.upstreams.name(*id), upstream))
    }

    /// Whether the server uses the upstream. One that no access log names counts for every server.
    pub(super) fn uses(&self, server: u16, upstream: u16) -> bool {
        self.observer.uses.contains(&(server, upstream)) || self.is_unnamed(upstream)
    }

    fn is_unnamed(&self, upstream: u16) -> bool {
        !self.observer.uses.iter().any(|(_, used)| *used == upstream)
    }
}
