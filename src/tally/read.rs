//! Reading a tally: every family as rows of borrowed labels and numbers, in an order that never changes.
//! Knows: which rows there are. Does not know: metric names, formats.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cliff::{self, Cliff};
use super::counted::Recent;
use super::error_log::UpstreamErrors;
use super::interner::OTHER;
use super::labels::{Agent, LineResult, SourceKind, Status, UpstreamTime};
use super::lead::Totals;
use super::rows::{
    AbandonedCount, AttemptCount, AttemptDurations, CliffPlace, GaveUpCount, Lead, LineCount, MessageCount,
    NearTimeoutCount, PeriodicCuts, RequestCount, RequestDurations, SourceShare, UpstreamErrorCount, WastedTime,
};
use super::sources::{self, Source};
use super::unclassified::Unclassified;
use super::{Histogram, Tally};
use crate::record::{ClientFailure, Event, Level, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};

/// Statuses that say that a gateway gave up, or its upstream failed.
const GATEWAY_FAILURES: [Status; 6] =
    [Status::of(502), Status::of(504), Status::of(522), Status::of(524), Status::of(598), Status::of(599)];

/// Access-log families, by server and route.
impl Tally {
    /// Requests by server, route, method, status and agent.
    pub fn requests(&self) -> impl Iterator<Item = RequestCount<'_>> {
        self.http_cells().flat_map(|(server, route, cell)| {
            let of_users = cell.requests.iter().map(|(key, count)| ((Agent::User, key), count));
            of_users.chain(cell.apart.requests.iter()).map(move |((agent, (method, status)), count)| {
                let (method, status) = (method.as_str(), status.as_str());
                RequestCount { server, route, method, status, agent, count }
            })
        })
    }
    /// Durations of requests by server, route and outcome.
    pub fn durations(&self) -> impl Iterator<Item = RequestDurations<'_>> {
        self.http_cells().flat_map(|(server, route, cell)| {
            cell.durations.iter().map(move |(outcome, histogram)| RequestDurations {
                server,
                route,
                outcome,
                histogram,
            })
        })
    }
    /// The same, each with its histogram in the buckets that are shown: by route they may be fewer than for `other`.
    pub fn durations_in_buckets(&self) -> impl Iterator<Item = (RequestDurations<'_>, Cow<'_, Histogram>)> {
        let other = self.counted.routes.name(OTHER);
        self.durations().map(move |row| {
            let bounds = self.route_bounds.as_ref().filter(|_| row.route != other);
            let shown = bounds.map(|bounds| Cow::Owned(row.histogram.in_buckets(bounds)));
            let shown = shown.unwrap_or(Cow::Borrowed(row.histogram));
            (row, shown)
        })
    }
    /// Who gave up, by server, route and agent.
    pub fn gave_up(&self) -> impl Iterator<Item = GaveUpCount<'_>> {
        self.http_cells().flat_map(|(server, route, cell)| {
            let of_users = cell.gave_up.iter().map(|(gave_up, count)| ((Agent::User, gave_up), count));
            let all = of_users.chain(cell.apart.gave_up.iter());
            all.map(move |((agent, gave_up), count)| GaveUpCount { server, route, gave_up, agent, count })
        })
    }
    /// 499s by server, route, method, patience and agent.
    pub fn abandoned(&self) -> impl Iterator<Item = AbandonedCount<'_>> {
        self.http_cells().flat_map(|(server, route, cell)| {
            cell.abandoned.iter().map(move |((method, patience, agent), count)| {
                let method = method.as_str();
                AbandonedCount { server, route, method, patience, agent, count }
            })
        })
    }

    /// Upstream time spent for clients that had left, by server, route, upstream and class of method.
    pub fn wasted(&self) -> impl Iterator<Item = WastedTime<'_>> {
        self.http_cells().flat_map(move |(server, route, cell)| {
            cell.wasted.iter().map(move |((upstream, method_class), ms)| {
                let upstream = self.counted.upstream_names.name(upstream);
                WastedTime { server, route, upstream, method_class, seconds: ms as f64 / 1000.0 }
            })
        })
    }

    fn http_cells(&self) -> impl Iterator<Item = (&str, &str, &super::HttpCell)> {
        self.counted
            .http
            .iter()
            .map(|((server, route), cell)| (self.counted.servers.name(server), self.counted.routes.name(route), cell))
    }
}

/// Windows, by server.
impl Tally {
    /// Every server that has series.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.servers_seen().map(|server| self.counted.servers.name(server))
    }
    /// The busiest source's share of the last minutes' 499s: one row per server and kind, 0 for the kinds it is not.
    pub fn busiest_sources(&self, now_ms: i64) -> impl Iterator<Item = SourceShare<'_>> {
        self.servers_seen().flat_map(move |server| {
            let busiest = self.busiest(server, now_ms);
            SourceKind::ALL.into_iter().map(move |kind| {
                let ratio = busiest.filter(|(source, _)| source.kind() == kind).map_or(0.0, |(_, ratio)| ratio);
                SourceShare { server: self.counted.servers.name(server), kind, ratio }
            })
        })
    }
    /// Who the busiest source is, with its share: for people, never for a label.
    pub fn busiest_address(&self, server: &str, now_ms: i64) -> Option<(Source, f64)> {
        self.busiest(self.counted.servers.find(server.as_bytes())?, now_ms)
    }
    /// Where each server's 499s pile up, as seconds and share; zeros while there are too few to say.
    pub fn cliffs(&self, now_ms: i64) -> impl Iterator<Item = CliffPlace<'_>> {
        self.servers_seen().map(move |server| {
            let recent = self.counted.recent.get(usize::from(server));
            let Cliff { seconds, ratio } =
                recent.and_then(|recent| cliff::cliff(&recent.waits, now_ms)).unwrap_or_default();
            CliffPlace { server: self.counted.servers.name(server), seconds, ratio }
        })
    }

    /// At which period of the clock each server's users leave.
    pub fn periodic_cuts(&self, now_ms: i64) -> impl Iterator<Item = PeriodicCuts<'_>> {
        self.servers_seen().map(move |server| {
            let recent = self.counted.recent.get(usize::from(server));
            let found = recent.and_then(|recent| recent.departures.period(now_ms));
            let (seconds, ratio) =
                (found.map(|found| f64::from(found.seconds)), found.map_or(0.0, |found| found.ratio));
            PeriodicCuts { server: self.counted.servers.name(server), seconds, ratio }
        })
    }
    /// The incident of each server that has or had one.
    pub fn leads(&self, now_ms: i64) -> impl Iterator<Item = Lead<'_>> {
        let all =
            self.servers_seen().filter_map(|server| Some((server, self.counted.recent.get(usize::from(server))?)));
        let rows = all.map(move |(server, Recent { incident, .. })| Lead {
            server: self.counted.servers.name(server),
            is_on: incident.is_on(now_ms),
            left_since_ms: incident.left_since_ms(),
            failed_since_ms: incident.failed_since_ms(),
            seconds: incident.lead_seconds(),
        });
        rows.filter(|row| row.left_since_ms.is_some() || row.failed_since_ms.is_some())
    }
    /// What each server has counted so far, by id.
    pub(super) fn totals(&self) -> Vec<(u16, Totals)> {
        let mut totals: BTreeMap<u16, Totals> = BTreeMap::new();
        for ((server, _), cell) in self.counted.http.iter() {
            let totals = totals.entry(server).or_default();
            for ((_, status), count) in cell.requests.iter() {
                totals.requests = totals.requests.saturating_add(count);
                totals.failed += if GATEWAY_FAILURES.contains(&status) { count } else { 0 };
            }
            let users = cell.abandoned.iter().filter(|((.., agent), _)| *agent == Agent::User);
            totals.left += users.map(|(_, count)| count).sum::<u64>();
        }
        totals.into_iter().collect()
    }

    fn busiest(&self, server: u16, now_ms: i64) -> Option<(Source, f64)> {
        sources::busiest(&self.counted.recent.get(usize::from(server))?.sources, now_ms)
    }
    pub(super) fn servers_seen(&self) -> impl Iterator<Item = u16> {
        (0..).take(self.counted.servers.len()).filter(|&server| self.counted.http.has_row(server))
    }
}

/// Upstream tries.
impl Tally {
    /// One of the three times, by server, upstream and the try's outcome.
    pub fn upstream_durations(&self, time: UpstreamTime) -> impl Iterator<Item = AttemptDurations<'_>> {
        self.counted.upstreams.times.iter().flat_map(move |((server, upstream), times)| {
            let (server, upstream) = (self.counted.servers.name(server), self.counted.upstream_names.name(upstream));
            times.0[time as usize].iter().map(move |(outcome, histogram)| AttemptDurations {
                server,
                upstream,
                outcome,
                histogram,
            })
        })
    }
    /// Tries whose response header took two thirds of the read timeout, where that and the time are known.
    pub fn near_timeouts(&self) -> impl Iterator<Item = NearTimeoutCount<'_>> {
        self.counted.upstreams.near_timeouts.iter().map(|((server, upstream), count)| NearTimeoutCount {
            server: self.counted.servers.name(server),
            upstream: self.counted.upstream_names.name(upstream),
            count: *count,
        })
    }
    /// Tries by upstream and status, `none` where no status line came.
    pub fn upstream_tries(&self) -> impl Iterator<Item = AttemptCount<'_>> {
        (0..).zip(&self.counted.upstreams.tries).flat_map(move |(upstream, tries)| {
            let upstream = self.counted.upstream_names.name(upstream);
            tries.iter().map(move |(status, count)| AttemptCount { upstream, status: status.as_str(), count })
        })
    }
    /// Attempts that failed at once on a connection that was open already, by upstream; nothing of upstreams whose logs
    /// cannot show it.
    pub fn keepalive_races(&self) -> impl Iterator<Item = (&str, u64)> {
        let rows = (0..).zip(&self.counted.upstreams.races);
        rows.filter_map(|(upstream, races)| Some((self.counted.upstream_names.name(upstream), (*races)?)))
    }
    /// Tries after a request's first.
    pub fn upstream_retries(&self) -> u64 {
        self.counted.upstreams.retries
    }
}

/// Samples of status pages.
impl Tally {
    /// Connections that the server accepted and did not handle, by the page's address. `None` until it was observed since
    /// the counts were loaded.
    pub fn dropped_connections(&self, address: &str) -> Option<u64> {
        self.counted.connections.dropped(address)
    }
}

/// Error-log families.
impl Tally {
    /// "upstream timed out" by upstream and phase.
    pub fn upstream_timeouts(&self) -> impl Iterator<Item = UpstreamErrorCount<'_>> {
        self.upstream_errors().flat_map(|(upstream, errors)| {
            let kinds = TimeoutPhase::ALL.map(TimeoutPhase::as_str).into_iter();
            kinds.zip(errors.timeouts).map(move |(kind, count)| UpstreamErrorCount { upstream, kind, count })
        })
    }
    /// Other failures by upstream and kind.
    pub fn upstream_failures(&self) -> impl Iterator<Item = UpstreamErrorCount<'_>> {
        self.upstream_errors().flat_map(|(upstream, errors)| {
            let kinds = UpstreamFailure::ALL.map(UpstreamFailure::as_str).into_iter();
            kinds.zip(errors.failures).map(move |(kind, count)| UpstreamErrorCount { upstream, kind, count })
        })
    }
    /// Failures of clients by kind.
    pub fn client_failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ClientFailure::ALL.map(ClientFailure::as_str).into_iter().zip(self.counted.errors.clients)
    }
    /// What ran out.
    pub fn exhausted(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Resource::ALL.map(Resource::as_str).into_iter().zip(self.counted.errors.exhausted)
    }
    /// How the server itself failed.
    pub fn server_failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ServerFailure::ALL.map(ServerFailure::as_str).into_iter().zip(self.counted.errors.server)
    }
    /// The commonest entries that no rule knows, the most frequent first.
    pub fn unclassified(&self) -> Vec<Unclassified> {
        self.counted.errors.unclassified.rows()
    }
    /// All entries by level and class.
    pub fn error_messages(&self) -> impl Iterator<Item = MessageCount> {
        Level::ALL.into_iter().zip(self.counted.errors.messages).flat_map(|(level, by_class)| {
            Event::CLASSES.into_iter().zip(by_class.0).map(move |(class, count)| MessageCount { level, class, count })
        })
    }

    fn upstream_errors(&self) -> impl Iterator<Item = (&str, &UpstreamErrors)> {
        (0..)
            .zip(&self.counted.errors.upstreams)
            .filter_map(|(upstream, errors)| Some((self.counted.upstream_names.name(upstream), errors.as_deref()?)))
    }
}

/// The tally's own bookkeeping.
impl Tally {
    /// Lines by log and result.
    pub fn log_lines(&self) -> impl Iterator<Item = LineCount<'_>> {
        self.counted.logs.iter().flat_map(|log| {
            LineResult::ALL.into_iter().zip(log.lines).map(|(result, count)| LineCount {
                log: &log.label,
                result,
                count,
            })
        })
    }
    /// Bytes by log.
    pub fn log_bytes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counted.logs.iter().map(|log| (&*log.label, log.bytes))
    }
    /// How often a value became `other` because a limit left it no room, by label.
    pub fn limit_hits(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [("server", &self.counted.servers), ("route", &self.counted.routes), ("upstream", &self.counted.upstream_names)]
            .into_iter()
            .map(|(label, names)| (label, names.limit_hits()))
            .chain([("method", self.counted.limited.methods), ("status", self.counted.limited.statuses)])
    }
    /// All series that an exposition may have.
    pub fn series_limit(&self) -> usize {
        self.budget.limit().series
    }
    /// Requests in series that ended because others wanted their place.
    pub fn ended_requests(&self) -> u64 {
        self.counted.limited.ended_requests
    }
}
