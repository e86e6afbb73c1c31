//! How long clients wait before they leave, estimated rightly: who was answered would have waited longer, and nobody knows
//! how long. That is a *censored* observation, and the product of survivals over the cells (Kaplan and Meier; half of
//! a cell's censored at risk, as in life tables) takes it for what it is.
//! Knows: users only, all requests that were counted. Does not know: who the clients are.

use super::Tally;
use super::bucket_index::Bounds;
use super::histogram::Histogram;
use super::http::HttpCell;
use crate::verdict::Outcome;

/// The shares of clients whose patience is told.
pub const PATIENCE_QUANTILES: [f64; 3] = [0.05, 0.25, 0.5];

/// Fewer departures say nothing about the patience of anybody.
const DEPARTURES_MIN: u64 = 30;
/// Nor do fewer who were still there.
const AT_RISK_MIN: f64 = 10.0;
/// So many times as dense as its neighbours, a cell holds one and the same patience.
const PILE_TIMES: f64 = 4.0;

/// How long the clients of a server, or of one of its routes, wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience<'a> {
    pub server: &'a str,
    /// `None`: of all of them.
    pub route: Option<&'a str>,
    /// Users who left before the response: the number behind it.
    pub departures: u64,
    /// The sum of how long those had waited.
    pub departures_seconds: f64,
    /// In the order of [`PATIENCE_QUANTILES`]: the time by which that share would have left, had nobody been answered.
    /// `None`: too few waited so long to say.
    pub seconds: [Option<f64>; PATIENCE_QUANTILES.len()],
}

impl Tally {
    /// By server, where enough have left.
    pub fn patience(&self) -> impl Iterator<Item = Patience<'_>> {
        self.servers_seen().filter_map(|server| {
            let cells = self.counted.http.iter().filter(move |((own, _), _)| *own == server);
            let mut observed = Observed::new(&self.counted.bounds);
            cells.for_each(|(_, cell)| observed.add(cell));
            observed.patience(self.counted.servers.name(server), None)
        })
    }

    /// By server and route, where enough have left.
    pub fn patience_by_route(&self) -> impl Iterator<Item = Patience<'_>> {
        self.counted.http.iter().filter_map(|((server, route), cell)| {
            let mut observed = Observed::new(&self.counted.bounds);
            observed.add(cell);
            observed.patience(self.counted.servers.name(server), Some(self.counted.routes.name(route)))
        })
    }
}

/// What was seen, by cell of time.
struct Observed<'a> {
    bounds: &'a Bounds,
    left: Vec<u64>,
    left_ms: u64,
    /// Those who were still there when they were answered, or refused.
    stayed: Vec<u64>,
}

/// A cell's bounds in milliseconds, and how many left in it.
#[derive(Clone, Copy)]
struct Cell {
    from: f64,
    to: f64,
    left: f64,
}

impl Cell {
    fn middle(self) -> f64 {
        f64::midpoint(self.from, self.to)
    }
    fn density(self) -> f64 {
        self.left / (self.to - self.from).max(1.0)
    }
}

impl<'a> Observed<'a> {
    fn new(bounds: &'a Bounds) -> Observed<'a> {
        Observed { bounds, left: vec![0; bounds.cells()], left_ms: 0, stayed: vec![0; bounds.cells()] }
    }

    fn add(&mut self, cell: &HttpCell) {
        for (outcome, histogram) in cell.durations.iter() {
            if outcome == Outcome::Abandoned {
                self.left_ms = self.left_ms.saturating_add(histogram.sum_ms());
                add(&mut self.left, histogram, u64::saturating_add);
            } else {
                add(&mut self.stayed, histogram, u64::saturating_add);
            }
        }
        if let Some(probes) = &cell.probe_waits {
            self.left_ms = self.left_ms.saturating_sub(probes.sum_ms());
            add(&mut self.left, probes, u64::saturating_sub);
        }
    }

    fn patience(&self, server: &'a str, route: Option<&'a str>) -> Option<Patience<'a>> {
        let departures = self.left.iter().fold(0_u64, |sum, left| sum.saturating_add(*left));
        let departures_seconds = self.left_ms as f64 / 1000.0;
        let seconds = || PATIENCE_QUANTILES.map(|share| self.left_by(share));
        let told = departures >= DEPARTURES_MIN;
        told.then(|| Patience { server, route, departures, departures_seconds, seconds: seconds() })
    }

    /// When this share would have left, in seconds.
    fn left_by(&self, share: f64) -> Option<f64> {
        let all = self.left.iter().chain(&self.stayed).fold(0.0, |sum, count| sum + *count as f64);
        let (mut there, mut waiting) = (all, 1.0);
        for (at, (left, stayed)) in self.left.iter().zip(&self.stayed).map(|(a, b)| (*a as f64, *b as f64)).enumerate()
        {
            let at_risk = there - stayed / 2.0;
            let after = if left > 0.0 { waiting * (1.0 - left / at_risk) } else { waiting };
            if after <= 1.0 - share {
                let part = (waiting - (1.0 - share)) / (waiting - after);
                return (at_risk >= AT_RISK_MIN).then(|| self.within(at, part) / 1000.0);
            }
            (there, waiting) = (there - left - stayed, after);
        }
        None
    }

    /// Where in a cell a part of those who left in it had left. A pile is one value, and stands where its mean does.
    fn within(&self, at: usize, part: f64) -> f64 {
        let cell = self.cell(at);
        let neighbours = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().map(|at| self.cell(at).density());
        match neighbours.fold(0.0, f64::max) * PILE_TIMES < cell.density() {
            true => self.mean(at).unwrap_or_else(|| cell.middle()).clamp(cell.from, cell.to),
            false => cell.from + part * (cell.to - cell.from),
        }
    }

    /// What the sum of all waits leaves for this cell; `None` where the others weigh too much to tell.
    fn mean(&self, at: usize) -> Option<f64> {
        let others = (0..self.left.len()).filter(|other| *other != at && self.left[*other] > 0).map(|at| self.cell(at));
        let (count, ms) = others.fold((0.0, 0.0), |(n, ms), cell| (n + cell.left, ms + cell.left * cell.middle()));
        let own = self.left[at] as f64;
        (own > count).then(|| (self.left_ms as f64 - ms) / own)
    }

    fn cell(&self, at: usize) -> Cell {
        let from = at.checked_sub(1).map_or(0.0, |before| f64::from(self.bounds.upper_ms(before)));
        Cell { from, to: f64::from(self.bounds.upper_ms(at)), left: self.left.get(at).map_or(0.0, |left| *left as f64) }
    }
}

fn add(counts: &mut [u64], histogram: &Histogram, with: fn(u64, u64) -> u64) {
    for (cell, count) in histogram.cells() {
        if let Some(held) = counts.get_mut(cell) {
            *held = with(*held, count);
        }
    }
}

#[cfg(test)]
mod tests;
