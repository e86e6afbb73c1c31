//! What happened in a stretch of time: counts by server and by upstream, and the host. Stretches add up.
//! Does not know: how they are counted, when they were.

use std::collections::BTreeMap;

use super::host::HostStretch;
use super::server::Server;
use crate::record::{ClientFailure, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};

/// Everything. Servers and upstreams by number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stretch {
    /// How long it is.
    pub(super) ms: i64,
    pub(super) servers: BTreeMap<u16, Server>,
    pub(super) upstreams: BTreeMap<u16, Upstream>,
    pub(super) host: HostStretch,
    pub(super) errors: ErrorCounts,
}

/// One upstream, by the error log and by the statuses of its attempts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Upstream {
    pub(super) timeouts: [u64; TimeoutPhase::ALL.len()],
    pub(super) failures: [u64; UpstreamFailure::ALL.len()],
    pub(super) answered: u64,
    pub(super) failed: u64,
    /// Of these, at once on a connection that was there already.
    pub(super) raced: u64,
}

/// What the error log says of no upstream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ErrorCounts {
    pub(super) clients: [u64; ClientFailure::ALL.len()],
    pub(super) exhausted: [u64; Resource::ALL.len()],
    pub(super) server: [u64; ServerFailure::ALL.len()],
    /// What ran out, at level crit and above: at warn nginx only makes room.
    pub(super) severe: u64,
}

impl Upstream {
    pub(super) fn timeout(&self, phase: TimeoutPhase) -> u64 {
        self.timeouts[phase as usize]
    }

    pub(super) fn failure(&self, kind: UpstreamFailure) -> u64 {
        self.failures[kind as usize]
    }

    pub(super) fn merge(&mut self, other: &Upstream) {
        add_each(&mut self.timeouts, &other.timeouts);
        add_each(&mut self.failures, &other.failures);
        self.answered += other.answered;
        self.failed += other.failed;
        self.raced += other.raced;
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Upstream::default()
    }
}

impl ErrorCounts {
    fn merge(&mut self, other: &ErrorCounts) {
        add_each(&mut self.clients, &other.clients);
        add_each(&mut self.exhausted, &other.exhausted);
        add_each(&mut self.server, &other.server);
        self.severe += other.severe;
    }

    /// What came since. A counter that stepped back started anew.
    pub(super) fn since(&self, before: &ErrorCounts) -> ErrorCounts {
        let mut grown = *self;
        take_each(&mut grown.clients, &before.clients);
        take_each(&mut grown.exhausted, &before.exhausted);
        take_each(&mut grown.server, &before.server);
        grown.severe = grown.severe.checked_sub(before.severe).unwrap_or(self.severe);
        grown
    }
}

fn add_each(mine: &mut [u64], theirs: &[u64]) {
    mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
}

pub(super) fn take_each(now: &mut [u64], before: &[u64]) {
    now.iter_mut().zip(before).for_each(|(now, before)| *now = now.checked_sub(*before).unwrap_or(*now));
}

impl Stretch {
    pub(super) fn merge(&mut self, other: &Stretch) {
        self.ms += other.ms;
        for (server, theirs) in &other.servers {
            self.servers.entry(*server).or_default().merge(theirs);
        }
        for (upstream, theirs) in &other.upstreams {
            self.upstreams.entry(*upstream).or_default().merge(theirs);
        }
        self.host.merge(&other.host);
        self.errors.merge(&other.errors);
    }

    /// It grows no more.
    pub(super) fn shrink(&mut self) {
        self.servers.values_mut().for_each(Server::shrink);
    }

    /// The same under other numbers, which `server`, `route` and `upstream` tell.
    pub(super) fn renumbered(
        &self,
        server: impl Fn(u16) -> u16,
        route: impl Fn(u16) -> u16,
        upstream: impl Fn(u16) -> u16,
    ) -> Stretch {
        let mut renamed = Stretch { servers: BTreeMap::new(), upstreams: BTreeMap::new(), ..self.clone() };
        for (id, counts) in &self.servers {
            let mut counts = counts.clone();
            counts.routes.iter_mut().for_each(|one| one.route = route(one.route));
            renamed.servers.entry(server(*id)).or_default().merge(&counts);
        }
        for (id, counts) in &self.upstreams {
            renamed.upstreams.entry(upstream(*id)).or_default().merge(counts);
        }
        renamed
    }

    /// All servers as one.
    pub(super) fn whole(&self) -> Server {
        let mut whole = Server::default();
        for server in self.servers.values() {
            whole.merge(server);
        }
        whole.latest = None;
        whole
    }

    /// For the bound on memory.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        size_of::<Stretch>()
            + self.servers.values().map(Server::bytes).sum::<usize>()
            + self.upstreams.len() * size_of::<Upstream>()
    }
}
