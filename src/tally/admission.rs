//! What the tally does when something new comes: whether it gets a cell, where its duration goes, who gives a place up.
//! Knows: the order of these. Does not know: how much room there is (the budget does).
//!
//! A cell that ends takes its series along: their counts are not added to `other`, where they would look like requests of
//! this moment. What comes later is counted in `other`, and a cell that comes back begins at 0, which Prometheus reads as
//! a counter that was reset. So no counter steps back, and every rate is right.

use std::collections::{HashMap, HashSet};

use super::budget::{Pressure, SeriesLimit, Used};
use super::counted::Recent;
use super::http::{Added, HttpCell, Refused};
use super::interner::OTHER;
use super::routes::shows_a_route;
use super::{Counted, Tally};
use crate::record::{Record, Status};
use crate::verdict::Verdict;

/// Series of a server beside its cells: the busiest source by kind, the cliff, the period, the lead, the patience, and
/// the causes that may hold.
const SERVER_SERIES: usize = 30;
/// Idle cells are looked for at most so often.
const LOOK_MS: i64 = 60_000;
/// How many times the least number of requests a cell must have had on average before any is called idle.
const TIMES_THE_LEAST: u64 = 10;

impl Tally {
    /// The place of the cell for a pair that has none yet: a new one, or the server's `other`.
    #[cold]
    pub(super) fn place_for(&mut self, server: u16, route: u16, record: &Record<'_>) -> usize {
        let status = record.status.and_then(Status::code);
        let own = route == OTHER || self.may_have_cell(server, route, status);
        if !own {
            self.counted.routes.hit_limit();
        }
        let route = if own { route } else { OTHER };
        let timed = route == OTHER || self.budget.pressure() == Pressure::Low;
        let Counted { http, bounds, .. } = &mut self.counted;
        http.cell(server, route, || {
            if timed { HttpCell::new(bounds, record.sight) } else { HttpCell::untimed(record.sight) }
        });
        self.recount();
        self.counted.http.place(server, route).unwrap_or_default()
    }

    fn may_have_cell(&mut self, server: u16, route: u16, status: Option<u16>) -> bool {
        // Where there is no bound, nothing needs to be shown first.
        let shown = self.budget.limit() == SeriesLimit::NONE
            || self.routes.take_came_in(route)
            || shows_a_route(status)
            || self.routes.is_configured(route);
        shown && self.budget.admits(server, route)
    }

    /// What an added request leaves to do where it was none of the usual ones.
    #[cold]
    pub(super) fn follow_up(&mut self, record: &Record<'_>, verdict: &Verdict, server: u16, added: Added, now_ms: i64) {
        let Counted { http, bounds, limited, .. } = &mut self.counted;
        if added.elsewhere
            && let Some(ms) = record.duration
        {
            let other = http.cell(server, OTHER, || HttpCell::new(bounds, record.sight));
            other.durations.observe(verdict.outcome, ms, bounds, record, now_ms);
        }
        match added.refused {
            Some(Refused::Method) => limited.methods += 1,
            Some(Refused::Status) => limited.statuses += 1,
            None => {}
        }
        if added.grew {
            self.recount();
        }
    }

    /// How many series there are now.
    pub(super) fn recount(&mut self) {
        let Counted { http, upstreams, errors, bounds, .. } = &self.counted;
        let histogram = histogram_series(bounds.as_millis().len());
        let by_route = self.budget.limit().route_histogram.unwrap_or_else(|| {
            self.route_bounds.as_ref().map_or(histogram, |bounds| histogram_series(bounds.as_millis().len()))
        });
        let cells =
            http.iter().map(|((_, route), cell)| cell.series(if route == OTHER { histogram } else { by_route }));
        let servers: HashSet<u16> = http.iter().map(|((server, _), _)| server).collect();
        self.budget.set_used(Used {
            requests: cells.sum(),
            upstream_times: upstreams.times_series(histogram),
            wasted: http.iter().map(|(_, cell)| cell.wasted.len()).sum(),
            rest: upstreams.tries_series() + errors.upstream_series() + servers.len() * SERVER_SERIES,
        });
    }

    /// Looks for what need not keep its place, if somebody wants one.
    #[inline]
    pub(super) fn make_room_if_wanted(&mut self, now_ms: i64) {
        let Counted { servers, routes, .. } = &self.counted;
        if servers.wants_room() || routes.wants_room() || self.budget.wants_room() {
            self.make_room(now_ms);
        }
    }

    #[cold]
    fn make_room(&mut self, now_ms: i64) {
        self.counted.servers.set_wants_room(false);
        self.counted.routes.set_wants_room(false);
        self.budget.set_wants_room(false);
        let since = |ms: Option<i64>| ms.map(|ms| now_ms.saturating_sub(ms));
        if since(self.looked_ms).is_some_and(|ms| ms < LOOK_MS) {
            return;
        }
        self.looked_ms = Some(now_ms);
        match since(self.marked_ms) {
            None => self.mark(now_ms),
            Some(ms) if ms >= self.budget.limit().idle_ms && self.was_busy() => {
                self.end_idle();
                self.mark(now_ms);
            }
            Some(_) => {}
        }
    }

    fn mark(&mut self, now_ms: i64) {
        self.marked_ms = Some(now_ms);
        self.counted.http.iter_mut().for_each(|(_, cell)| cell.marked = Some(cell.total()));
    }

    /// Whether so many requests came since the cells were marked that who had few of them is seldom: after a quiet night
    /// everybody had few.
    fn was_busy(&self) -> bool {
        let marked = self.counted.http.iter().filter(|(_, cell)| cell.marked.is_some());
        let requests = marked.fold(0, |sum: u64, (_, cell)| sum.saturating_add(requests_since(cell)));
        requests >= self.counted.http.len() as u64 * self.counted.routes.threshold() * TIMES_THE_LEAST
    }

    /// Ends the cells that had fewer requests since they were marked than it takes to come in, and lets go the names
    /// that were in none of the others.
    fn end_idle(&mut self) {
        let (busy_servers, busy_routes) = (self.busy(|(server, _)| server), self.busy(|(_, route)| route));
        let passing = |names: Vec<u16>, busy: &HashMap<u16, u64>, threshold| {
            let idle = |id: &u16| busy.get(id).is_none_or(|requests| *requests < threshold);
            names.into_iter().filter(idle).collect::<HashSet<u16>>()
        };
        let Counted { servers, routes, http, upstreams, recent, limited, windows, .. } = &mut self.counted;
        let threshold = routes.threshold();
        let idle_servers = passing(servers.passing(), &busy_servers, servers.threshold());
        let idle_routes = passing(routes.passing(), &busy_routes, threshold);
        let configured = &self.routes;
        http.retain(|(server, route), cell| {
            let kept = route == OTHER || configured.is_configured(route) || requests_since(cell) >= threshold;
            let keep = kept && !idle_servers.contains(&server) && !idle_routes.contains(&route);
            limited.ended_requests += if keep { 0 } else { cell.total() };
            keep
        });
        upstreams.times.retain(|(server, _), _| !idle_servers.contains(&server));
        upstreams.near_timeouts.retain(|(server, _), _| !idle_servers.contains(&server));
        for &server in &idle_servers {
            if let Some(recent) = recent.get_mut(usize::from(server)) {
                *recent = Recent::new(*windows);
            }
            servers.release(server);
        }
        idle_routes.into_iter().for_each(|route| routes.release(route));
        self.routes.forget_paths();
        self.recount();
    }

    /// Requests since the cells were marked, by one of their ids.
    fn busy(&self, id: fn((u16, u16)) -> u16) -> HashMap<u16, u64> {
        let mut busy = HashMap::new();
        for (pair, cell) in self.counted.http.iter() {
            *busy.entry(id(pair)).or_default() += requests_since(cell);
        }
        busy
    }
}

/// What came in since the cells were marked counts as busy.
fn requests_since(cell: &HttpCell) -> u64 {
    cell.marked.map_or(u64::MAX >> 32, |marked| cell.total().saturating_sub(marked))
}

/// Buckets, the one up to `+Inf` included, sum and count.
fn histogram_series(bounds: usize) -> usize {
    bounds + 3
}
