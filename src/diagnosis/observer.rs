//! Takes the differences between two looks at a tally and at the host. Does not know: how long anything is kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::host::{Counters, Host, HostStretch};
use super::names::{Names, Renamed};
use super::server::{Busiest, ClientKind, Server};
use super::stretch::{ErrorCounts, Stretch, Upstream};
use super::totals::{CellTotals, PairTotals, add_at, error_counts};
use crate::record::{TimeoutPhase, UpstreamFailure};
use crate::tally::{SourceKind, Tally, UpstreamTime};

/// Servers, routes and upstreams that are told apart; further ones are `other`.
const SERVERS_MAX: usize = 64;
const ROUTES_MAX: usize = 512;
const UPSTREAMS_MAX: usize = 256;
/// Pairs of a server and an upstream that it uses.
const USES_MAX: usize = 1024;

/// What the last look saw.
#[derive(Debug, Default)]
pub(super) struct Observer {
    pub(super) servers: Names,
    pub(super) routes: Names,
    pub(super) upstreams: Names,
    /// Which server uses which upstream, as the access log shows it.
    pub(super) uses: BTreeSet<(u16, u16)>,
    cells: HashMap<(u16, u16), CellTotals>,
    pairs: HashMap<(u16, u16), PairTotals>,
    by_upstream: HashMap<u16, Upstream>,
    errors: ErrorCounts,
    counters: Counters,
    /// `None` before the first look, which only says from where the next one counts.
    looked_ms: Option<i64>,
}

impl Observer {
    /// Takes over the names of another, and which server uses which upstream.
    pub(super) fn adopt(&mut self, other: &Observer) -> Renamed {
        let ids = |mine: &mut Names, theirs: &Names, max| theirs.iter().map(|(_, name)| mine.id(name, max)).collect();
        let renamed = Renamed {
            servers: ids(&mut self.servers, &other.servers, SERVERS_MAX),
            routes: ids(&mut self.routes, &other.routes, ROUTES_MAX),
            upstreams: ids(&mut self.upstreams, &other.upstreams, UPSTREAMS_MAX),
        };
        for (server, upstream) in &other.uses {
            if self.uses.len() < USES_MAX {
                self.uses.insert((renamed.server(*server), renamed.upstream(*upstream)));
            }
        }
        renamed
    }

    /// One that begins with nothing counted: its first look is a difference, too.
    pub(super) fn from_zero(now_ms: i64) -> Observer {
        Observer { looked_ms: Some(now_ms), ..Observer::default() }
    }

    /// What happened since the last look; `None` for the first.
    pub(super) fn look(&mut self, tally: &Tally, host: &Host, now_ms: i64) -> Option<Stretch> {
        let mut stretch = Stretch::default();
        self.look_at_cells(tally, &mut stretch.servers);
        self.look_at_pairs(tally, &mut stretch.servers);
        self.look_at_upstreams(tally, &mut stretch.upstreams);
        self.look_at_patterns(tally, now_ms, &mut stretch.servers);
        let errors = error_counts(tally);
        stretch.errors = errors.since(&std::mem::replace(&mut self.errors, errors));
        let counters = Counters::of(host).or(self.counters);
        let grown = counters.since(&std::mem::replace(&mut self.counters, counters));
        stretch.host = HostStretch::of(host, grown);
        let before = self.looked_ms.replace(now_ms)?;
        stretch.ms = now_ms.saturating_sub(before).max(0);
        stretch.servers.retain(|_, server| !server.is_empty());
        stretch.upstreams.retain(|_, upstream| !upstream.is_empty());
        Some(stretch)
    }

    fn look_at_cells(&mut self, tally: &Tally, servers: &mut BTreeMap<u16, Server>) {
        let mut totals: HashMap<(u16, u16), CellTotals> = HashMap::with_capacity(self.cells.len());
        for cell in tally.cells() {
            let key = (self.servers.id(cell.server, SERVERS_MAX), self.routes.id(cell.route, ROUTES_MAX));
            totals.entry(key).or_default().add(&cell);
        }
        for ((server, route), now) in &totals {
            let before = self.cells.get(&(*server, *route)).filter(|before| before.requests <= now.requests);
            let grown = before.map_or_else(|| now.clone(), |before| now.since(before));
            if grown.requests > 0 {
                servers.entry(*server).or_default().merge(&grown.into_server(*route));
            }
        }
        self.cells = totals;
    }

    fn look_at_pairs(&mut self, tally: &Tally, servers: &mut BTreeMap<u16, Server>) {
        let mut totals: HashMap<(u16, u16), PairTotals> = HashMap::with_capacity(self.pairs.len());
        for time in UpstreamTime::ALL {
            for row in tally.upstream_durations(time) {
                let server = self.servers.id(row.server, SERVERS_MAX);
                let upstream = self.upstreams.id(row.upstream, UPSTREAMS_MAX);
                totals.entry((server, upstream)).or_default().add(time, row.outcome, row.histogram);
            }
        }
        for (pair, now) in &totals {
            if self.uses.len() < USES_MAX && now.attempts > 0 {
                self.uses.insert(*pair);
            }
            let before = self.pairs.get(pair).filter(|before| before.attempts <= now.attempts);
            let grown = now.since(before.unwrap_or(&PairTotals::default()));
            if let Some(server) = servers.get_mut(&pair.0) {
                server.attempts.merge(&grown);
            }
        }
        self.pairs = totals;
    }

    fn look_at_upstreams(&mut self, tally: &Tally, upstreams: &mut BTreeMap<u16, Upstream>) {
        let mut totals: HashMap<u16, Upstream> = HashMap::with_capacity(self.by_upstream.len());
        for row in tally.upstream_timeouts() {
            let upstream = totals.entry(self.upstreams.id(row.upstream, UPSTREAMS_MAX)).or_default();
            add_at(&mut upstream.timeouts, TimeoutPhase::ALL.iter().position(|at| at.as_str() == row.kind), row.count);
        }
        for row in tally.upstream_failures() {
            let upstream = totals.entry(self.upstreams.id(row.upstream, UPSTREAMS_MAX)).or_default();
            add_at(
                &mut upstream.failures,
                UpstreamFailure::ALL.iter().position(|at| at.as_str() == row.kind),
                row.count,
            );
        }
        for row in tally.upstream_tries() {
            let upstream = totals.entry(self.upstreams.id(row.upstream, UPSTREAMS_MAX)).or_default();
            let failed = row.status == "none" || row.status.starts_with('5');
            *(if failed { &mut upstream.failed } else { &mut upstream.answered }) += row.count;
        }
        for (name, count) in tally.keepalive_races() {
            totals.entry(self.upstreams.id(name, UPSTREAMS_MAX)).or_default().raced += count;
        }
        for (id, now) in &totals {
            upstreams.insert(*id, now.since(self.by_upstream.get(id)));
        }
        self.by_upstream = totals;
    }

    /// The cliff, the rhythm and the busiest address, which look back by themselves.
    fn look_at_patterns(&mut self, tally: &Tally, now_ms: i64, servers: &mut BTreeMap<u16, Server>) {
        for row in tally.cliffs(now_ms).filter(|row| row.ratio > 0.0) {
            if let Some(server) = servers.get_mut(&self.servers.id(row.server, SERVERS_MAX)) {
                server.latest_mut().cliff = Some((row.seconds, row.ratio));
            }
        }
        if servers.values().any(|server| server.left.total() > 0) {
            for row in tally.periodic_cuts(now_ms) {
                if let (Some(seconds), Some(server)) =
                    (row.seconds, servers.get_mut(&self.servers.id(row.server, SERVERS_MAX)))
                {
                    server.latest_mut().period = Some((seconds, row.ratio));
                }
            }
        }
        for row in tally.busiest_sources(now_ms).filter(|row| row.ratio > 0.0) {
            if let Some(server) = servers.get_mut(&self.servers.id(row.server, SERVERS_MAX)) {
                server.latest_mut().busiest =
                    Some(Busiest { ratio: row.ratio, internal: row.kind != SourceKind::Public });
            }
        }
        for (id, server) in servers.iter_mut().filter(|(_, server)| server.left.total() > 0) {
            // Where there is a timer, those who leave for other reasons say nothing about whose it is.
            let timer_ms = server.latest().cliff.map(|(seconds, _)| seconds * 1000.0);
            if let Some((name, ratio)) = tally.busiest_client(self.servers.name(*id), timer_ms) {
                server.latest_mut().client = Some(ClientKind { name, ratio });
            }
        }
    }
}
