//! One server, or the whole host, as a judge of causes sees it: the counts of a window, and of each stretch in it.
//! Does not know: any cause.

use super::buckets::Pile;
use super::cause::Confidence;
use super::facts::{Facts, Timeouts};
use super::finding::{Evidence, Unit};
use super::host::HostStretch;
use super::server::{Latest, Server};
use super::stretch::{ErrorCounts, Stretch, Upstream};
use super::window::Window;
use crate::record::{ClientFailure, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};
use crate::tally::Limits;
pub(super) use crate::tally::SHARE;
use crate::verdict::{Party, Phase};

/// Fewer are an accident.
pub(super) const MANY: u64 = 10;
/// Fewer failures of an upstream are an accident.
pub(super) const SOME: u64 = 5;
/// A cause explains at most so many times what it counts: a third of the users lost have to be its own.
pub(super) const COMPARABLE: f64 = 0.3;

/// What users suffer, by what may explain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symptom {
    /// The host itself.
    Host,
    /// Connections to upstreams are not established.
    Connecting,
    /// Upstreams are connected to, and do not answer.
    Waiting,
    /// Upstreams fail at once.
    Failing,
    /// Clients leave at once.
    LeavingAtOnce,
    /// Nobody suffers.
    Nobody,
}

/// What a judge says of a cause that holds.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) confidence: Confidence,
    /// How many requests, or lost packets, it accounts for.
    pub(super) weight: u64,
    pub(super) symptom: Symptom,
    pub(super) upstream: Option<String>,
    pub(super) route: Option<String>,
    pub(super) sentence: String,
    pub(super) evidence: Vec<Evidence>,
}

/// The counts of one stretch of time, or of a whole window.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) server: Server,
    pub(super) host: HostStretch,
    pub(super) errors: ErrorCounts,
    /// All upstreams of the server together.
    pub(super) upstream: Upstream,
}

impl Look {
    fn of(stretch: &Stretch, window: &Window<'_>, server: Option<u16>) -> Look {
        let mut upstream = Upstream::default();
        let used = |id: &u16| server.is_none_or(|server| window.uses(server, *id));
        stretch.upstreams.iter().filter(|(id, _)| used(id)).for_each(|(_, one)| upstream.merge(one));
        let counts = match server {
            None => stretch.whole(),
            Some(server) => stretch.servers.get(&server).cloned().unwrap_or_default(),
        };
        Look { server: counts, host: stretch.host.clone(), errors: stretch.errors, upstream }
    }

    pub(super) fn client(&self, failure: ClientFailure) -> u64 {
        self.errors.clients[failure as usize]
    }

    pub(super) fn exhausted(&self, resource: Resource) -> u64 {
        self.errors.exhausted[resource as usize]
    }

    pub(super) fn server_failure(&self, failure: ServerFailure) -> u64 {
        self.errors.server[failure as usize]
    }

    /// Requests that ended so.
    pub(super) fn ended(&self, party: Party, phase: Phase, codes: &[u16]) -> u64 {
        let is_it = |code: Option<u16>| code.is_some_and(|code| codes.contains(&code));
        self.server.count(|by| (by.party, by.phase) == (party, phase) && is_it(by.code.code()))
    }

    /// Users lost who had waited for something: those who left at once did not wait for any upstream.
    pub(super) fn lost_waiting(&self) -> u64 {
        self.server.errors() + self.server.left.long + self.server.left.unknown
    }

    /// Attempts that got no connection in time: by the error log, or where that says nothing by the access log.
    pub(super) fn connect_timeouts(&self) -> u64 {
        let logged = self.upstream.timeout(TimeoutPhase::Connect) + self.upstream.timeout(TimeoutPhase::Tls);
        if self.are_timeouts_logged() { logged } else { self.ended(Party::Gateway, Phase::Connect, &[504, 599]) }
    }

    /// Attempts that were connected, and got no answer in time.
    pub(super) fn answer_timeouts(&self) -> u64 {
        let phases = [TimeoutPhase::Send, TimeoutPhase::Header, TimeoutPhase::Body];
        let logged = phases.iter().map(|phase| self.upstream.timeout(*phase)).sum::<u64>();
        if self.are_timeouts_logged() { logged } else { self.ended(Party::Gateway, Phase::Response, &[504, 598]) }
    }

    /// The error log knows the phase, and the access log only where it has the right columns.
    fn are_timeouts_logged(&self) -> bool {
        self.upstream.timeouts.iter().any(|count| *count > 0)
    }

    /// Attempts that found nobody listening.
    pub(super) fn refused(&self) -> u64 {
        let kinds = [UpstreamFailure::Refused, UpstreamFailure::Unreachable, UpstreamFailure::Resolve];
        let logged = kinds.iter().map(|kind| self.upstream.failure(*kind)).sum::<u64>();
        let is_logged = self.upstream.failures.iter().any(|count| *count > 0);
        if is_logged { logged } else { self.ended(Party::Upstream, Phase::Connect, &[502]) }
    }

    /// Requests for which no server of the group was left to ask.
    pub(super) fn no_live(&self) -> u64 {
        self.upstream.failure(UpstreamFailure::NoLive)
    }

    /// Attempts that broke off: reset, closed, or answered with nonsense.
    pub(super) fn broken(&self) -> u64 {
        let kinds = [UpstreamFailure::Reset, UpstreamFailure::ClosedEarly, UpstreamFailure::InvalidResponse];
        kinds.iter().map(|kind| self.upstream.failure(*kind)).sum()
    }
}

/// One server, or the whole host.
pub(super) struct Case<'a> {
    pub(super) window: &'a Window<'a>,
    pub(super) facts: &'a Facts,
    pub(super) timeouts: Timeouts,
    /// What is normal here.
    pub(super) limits: Limits,
    /// Empty: the whole host.
    pub(super) name: &'a str,
    id: Option<u16>,
    pub(super) sum: Look,
    pub(super) latest: Latest,
    /// Each stretch of the window.
    pub(super) looks: Vec<Look>,
}

impl<'a> Case<'a> {
    pub(super) fn whole(window: &'a Window<'a>, facts: &'a Facts) -> Case<'a> {
        Case::of(window, facts, None, "")
    }

    pub(super) fn of(window: &'a Window<'a>, facts: &'a Facts, id: Option<u16>, name: &'a str) -> Case<'a> {
        let looks = window.stretches.iter().map(|stretch| Look::of(stretch, window, id)).collect();
        let (timeouts, sum) = (facts.timeouts_of(name), Look::of(&window.sum, window, id));
        let (latest, limits) = (sum.server.latest(), facts.limits_of(name));
        Case { window, facts, timeouts, limits, name, id, sum, latest, looks }
    }

    /// A part of the users' requests.
    pub(super) fn share(&self, count: u64) -> f64 {
        count as f64 / self.sum.server.users().max(1) as f64
    }

    /// Users leave, more of them than usual.
    pub(super) fn users_leave(&self) -> bool {
        let left = self.sum.server.left.total();
        left >= MANY && self.share(left) > self.limits.left
    }

    pub(super) fn users_are_lost(&self) -> bool {
        is_lost(&self.sum.server, self.limits)
    }

    /// Whether so many failures of upstreams are why users are lost.
    pub(super) fn explains_the_lost(&self, count: u64) -> bool {
        let waiting = self.sum.lost_waiting() as f64;
        self.users_are_lost()
            && count as f64 >= COMPARABLE * waiting
            && waiting >= COMPARABLE * self.sum.server.lost() as f64
    }

    /// Whether so many failures of upstreams are too many, though others cover for them.
    pub(super) fn is_lost_redundancy(&self, count: u64) -> bool {
        count >= SOME && self.share(count) > 0.001
    }

    /// The upstreams of this server, with their names.
    pub(super) fn upstreams(&self) -> impl Iterator<Item = (&str, &Upstream)> {
        let used = move |id: u16| self.id.is_none_or(|server| self.window.uses(server, id));
        self.window.upstreams().filter(move |(id, ..)| used(*id)).map(|(_, name, upstream)| (name, upstream))
    }

    /// The upstream that has most of something; `None` where none has a name.
    pub(super) fn worst_upstream(&self, count: impl Fn(&Upstream) -> u64) -> Option<String> {
        let counted = self.upstreams().map(|(name, upstream)| (name, count(upstream)));
        let (name, _) =
            counted.filter(|(name, count)| *count > 0 && *name != "unknown").max_by_key(|(_, count)| *count)?;
        Some(name.to_owned())
    }

    /// The route that most users were lost on, and its share of them.
    pub(super) fn busiest_route(&self) -> Option<(&str, f64)> {
        let worst = self.sum.server.routes.first()?;
        let lost = self.sum.server.lost().max(1) as f64;
        Some((self.window.route_name(worst.route), (worst.left + worst.errors) as f64 / lost))
    }

    /// It, where half of the lost or more are on it.
    pub(super) fn one_route(&self) -> Option<String> {
        self.busiest_route().filter(|(_, share)| *share >= 0.5).map(|(route, _)| route.to_owned())
    }

    /// Where the waits of those who left pile up, if they do. While people have been leaving for less than the time that
    /// the first of them had waited, all waits are alike, whatever their reason.
    pub(super) fn cliff(&self) -> Option<Pile> {
        let mut pile = self.sum.server.waits.pile(self.facts.long_after_seconds)?;
        if !is_pile(&pile) || self.leaving_for() < pile.seconds {
            return None;
        }
        // Finer bins than these know it to the millisecond.
        if let Some((seconds, _)) = self.latest.cliff
            && (seconds / pile.seconds - 1.0).abs() < 0.15
        {
            pile.seconds = seconds;
        }
        Some(pile)
    }

    /// They pile up, and it is too early to say whether that is a timer.
    pub(super) fn is_timer_undecided(&self) -> bool {
        self.cliff().is_none()
            && self.sum.server.waits.pile(self.facts.long_after_seconds).is_some_and(|pile| is_pile(&pile))
    }

    /// For how many seconds people have been leaving after a wait, in this window.
    fn leaving_for(&self) -> f64 {
        let looks = self.looks.iter().zip(&self.window.stretches);
        let since = looks.skip_while(|(look, _)| look.server.left.long == 0);
        since.map(|(_, stretch)| stretch.ms as f64 / 1000.0).sum()
    }

    /// The 95th percentile of how long upstreams took to answer.
    pub(super) fn answer_p95(&self) -> Option<f64> {
        self.sum.server.attempts.answers.quantile(0.95)
    }

    /// Whether most who left had not got a connection to an upstream yet; `None`: that is not visible here.
    pub(super) fn left_connecting(&self) -> Option<bool> {
        use crate::record::Signal::{UpstreamConnect, UpstreamResponse};
        let attempts = &self.sum.server.attempts;
        let visible = self.facts.sees(UpstreamConnect) && self.facts.sees(UpstreamResponse) && attempts.left > 0;
        visible.then_some(attempts.left_connected * 2 < attempts.left)
    }

    pub(super) fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.window.seconds()
    }

    /// "the host", or the server's name.
    pub(super) fn whose(&self) -> &str {
        if self.name.is_empty() { "nginx" } else { self.name }
    }

    /// Users who left, as evidence.
    pub(super) fn left_evidence(&self) -> Evidence {
        let left = self.sum.server.left.total();
        Evidence::new("users who left (499)", self.share(left), self.limits.left, Unit::Ratio, "access log")
    }

    pub(super) fn lost_evidence(&self) -> Evidence {
        let lost = self.sum.server.lost();
        let limit = self.limits.left.max(self.limits.errors);
        Evidence::new("users lost (499 and gateway errors)", self.share(lost), limit, Unit::Ratio, "access log")
    }

    /// The part of those who left that had waited.
    pub(super) fn long_evidence(&self) -> Evidence {
        let left = self.sum.server.left;
        let ratio = left.long as f64 / left.total().max(1) as f64;
        Evidence::new("of these, had waited", ratio, 0.5, Unit::Ratio, "$request_time")
    }
}

fn is_pile(pile: &Pile) -> bool {
    pile.of >= 2 * MANY && pile.ratio > 0.5
}

/// More users are lost than is normal: by leaving, by errors, or by both together.
pub(super) fn is_lost(server: &Server, limits: Limits) -> bool {
    let share = |count: u64| count as f64 / server.users().max(1) as f64;
    let (left, errors, lost) = (server.left.total(), server.errors(), server.lost());
    let both = share(lost) > limits.left.max(limits.errors);
    lost >= MANY && (share(left) > limits.left || share(errors) > limits.errors || both)
}
