//! Reading a tally: every family as rows of borrowed labels and numbers, in an order that never changes.
//! Knows: which rows there are. Does not know: metric names, formats.

use std::borrow::Cow;

use super::cliff::{self, Cliff};
use super::error_log::UpstreamErrors;
use super::interner::OTHER;
use super::labels::{Agent, LineResult, SourceKind, UpstreamTime};
use super::rows::{
    AbandonedCount, AttemptCount, AttemptDurations, CliffPlace, GaveUpCount, LineCount, MessageCount, RequestCount,
    RequestDurations, SourceShare, UpstreamErrorCount,
};
use super::sources::{self, Source};
use super::unclassified::Unclassified;
use super::{Histogram, Tally};
use crate::record::{ClientFailure, Event, Level, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};

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
        self.seen_servers().map(|server| self.counted.servers.name(server))
    }
    /// The busiest source's share of the last minutes' 499s: one row per server and kind, 0 for the kinds it is not.
    pub fn busiest_sources(&self, now_ms: i64) -> impl Iterator<Item = SourceShare<'_>> {
        self.seen_servers().flat_map(move |server| {
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
        self.seen_servers().map(move |server| {
            let recent = self.counted.recent.get(usize::from(server));
            let Cliff { seconds, ratio } =
                recent.and_then(|recent| cliff::cliff(&recent.waits, now_ms)).unwrap_or_default();
            CliffPlace { server: self.counted.servers.name(server), seconds, ratio }
        })
    }

    fn busiest(&self, server: u16, now_ms: i64) -> Option<(Source, f64)> {
        sources::busiest(&self.counted.recent.get(usize::from(server))?.sources, now_ms)
    }
    fn seen_servers(&self) -> impl Iterator<Item = u16> {
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
    /// Tries by upstream and status, `none` where no status line came.
    pub fn upstream_tries(&self) -> impl Iterator<Item = AttemptCount<'_>> {
        (0..).zip(&self.counted.upstreams.tries).flat_map(move |(upstream, tries)| {
            let upstream = self.counted.upstream_names.name(upstream);
            tries.iter().map(move |(status, count)| AttemptCount { upstream, status: status.as_str(), count })
        })
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
