//! What had been counted at a look, and what has come since. Knows: that series end and counters start anew.

use super::buckets::Buckets;
use super::server::{Attempts, Left, Route, Server, add, is_gateway_error};
use super::stretch::{ErrorCounts, Upstream, take_each};
use crate::record::Level;
use crate::tally::{Agent, Cell, Histogram, Patience, Tally, UpstreamTime};
use crate::verdict::{GaveUp, Outcome};

/// What a route's cell had counted.
#[derive(Debug, Clone, Default)]
pub(super) struct CellTotals {
    pub(super) requests: u64,
    apart: u64,
    probes: u64,
    left: Left,
    gave_up: Vec<(GaveUp, u64)>,
    waits: Buckets,
}

/// What had been counted of a server's attempts at one upstream.
#[derive(Debug, Clone, Default)]
pub(super) struct PairTotals {
    pub(super) attempts: u64,
    heads: Buckets,
    answers: Buckets,
    connects: Buckets,
    left: u64,
    left_connected: u64,
    left_waits: Buckets,
}

impl CellTotals {
    pub(super) fn add(&mut self, cell: &Cell<'_>) {
        self.requests += cell.requests();
        self.apart += cell.apart();
        for (patience, agent, count) in cell.abandoned() {
            *match (agent, patience) {
                (Agent::Probe, _) => &mut self.probes,
                (Agent::Ignored, _) => continue,
                (Agent::User, Patience::Long) => &mut self.left.long,
                (Agent::User, Patience::Short) => &mut self.left.short,
                (Agent::User, Patience::Unknown) => &mut self.left.unknown,
            } += count;
        }
        cell.gave_up()
            .filter(|(_, count)| *count > 0)
            .for_each(|(gave_up, count)| add(&mut self.gave_up, gave_up, count));
        cell.abandoned_waits().into_iter().for_each(|waits| self.waits.add_all(waits));
    }

    pub(super) fn since(&self, before: &CellTotals) -> CellTotals {
        let held = |key: &GaveUp| before.gave_up.iter().find(|(held, _)| held == key).map_or(0, |(_, count)| *count);
        let gave_up = self.gave_up.iter().map(|(key, count)| (*key, count.saturating_sub(held(key))));
        CellTotals {
            requests: self.requests - before.requests,
            apart: self.apart.saturating_sub(before.apart),
            probes: self.probes.saturating_sub(before.probes),
            left: Left {
                long: self.left.long.saturating_sub(before.left.long),
                short: self.left.short.saturating_sub(before.left.short),
                unknown: self.left.unknown.saturating_sub(before.left.unknown),
            },
            gave_up: gave_up.filter(|(_, count)| *count > 0).collect(),
            waits: self.waits.since(&before.waits),
        }
    }

    pub(super) fn into_server(self, route: u16) -> Server {
        let errors = self.gave_up.iter().filter(|(gave_up, _)| is_gateway_error(gave_up)).map(|(_, count)| count).sum();
        let (requests, left) = (self.requests, self.left.total());
        let routes = if left + errors > 0 { vec![Route { route, requests, left, errors }] } else { Vec::new() };
        let CellTotals { apart, probes, left, gave_up, waits, .. } = self;
        Server { requests, apart, probes, left, gave_up, waits, routes, ..Server::default() }
    }
}

impl PairTotals {
    pub(super) fn add(&mut self, time: UpstreamTime, outcome: Outcome, histogram: &Histogram) {
        let count = histogram.count();
        match (time, outcome) {
            (UpstreamTime::Connect, _) => {
                self.connects.add_all(histogram);
                self.left_connected += if outcome == Outcome::Abandoned { count } else { 0 };
            }
            (UpstreamTime::Header, Outcome::Abandoned) => {}
            (UpstreamTime::Header, _) => self.heads.add_all(histogram),
            (UpstreamTime::Response, Outcome::Abandoned) => {
                self.left += count;
                self.left_waits.add_all(histogram);
            }
            (UpstreamTime::Response, _) => self.answers.add_all(histogram),
        }
        self.attempts += if time == UpstreamTime::Response { count } else { 0 };
    }

    pub(super) fn since(&self, before: &PairTotals) -> Attempts {
        let heads = self.heads.since(&before.heads);
        let answers = self.answers.since(&before.answers);
        Attempts {
            answers: if heads.total() > 0 { heads } else { answers },
            connects: self.connects.since(&before.connects),
            left: self.left.saturating_sub(before.left),
            left_connected: self.left_connected.saturating_sub(before.left_connected),
            left_waiting: self.left_waits.since(&before.left_waits).above(1.0),
        }
    }
}

impl Upstream {
    pub(super) fn since(&self, before: Option<&Upstream>) -> Upstream {
        let Some(before) = before else { return self.clone() };
        let mut grown = self.clone();
        take_each(&mut grown.timeouts, &before.timeouts);
        take_each(&mut grown.failures, &before.failures);
        grown.answered = self.answered.checked_sub(before.answered).unwrap_or(self.answered);
        grown.raced = self.raced.checked_sub(before.raced).unwrap_or(self.raced);
        grown.failed = self.failed.checked_sub(before.failed).unwrap_or(self.failed);
        grown
    }
}

pub(super) fn add_at(counts: &mut [u64], at: Option<usize>, count: u64) {
    if let Some(held) = at.and_then(|at| counts.get_mut(at)) {
        *held += count;
    }
}

pub(super) fn error_counts(tally: &Tally) -> ErrorCounts {
    let mut counts = ErrorCounts::default();
    counts.clients.iter_mut().zip(tally.client_failures()).for_each(|(held, (_, count))| *held = count);
    counts.exhausted.iter_mut().zip(tally.exhausted()).for_each(|(held, (_, count))| *held = count);
    counts.server.iter_mut().zip(tally.server_failures()).for_each(|(held, (_, count))| *held = count);
    let severe = tally.error_messages().filter(|row| row.class == "exhausted" && row.level >= Level::Crit);
    counts.severe = severe.map(|row| row.count).sum();
    counts
}
