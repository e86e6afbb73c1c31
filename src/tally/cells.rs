//! One server's route, cell by cell: what the windows of the diagnosis take their differences of.
//! Does not know: what is done with them.

use super::http::HttpCell;
use super::labels::{Agent, Patience};
use super::{Histogram, Tally};
use crate::verdict::{GaveUp, Outcome};

/// The counters of one server and route.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    pub server: &'a str,
    pub route: &'a str,
    cell: &'a HttpCell,
}

impl<'a> Cell<'a> {
    pub fn requests(&self) -> u64 {
        self.cell.total()
    }
    /// Requests of probes, and of routes that are left out.
    pub fn apart(&self) -> u64 {
        self.cell.apart.total()
    }
    /// Of users.
    pub fn gave_up(&self) -> impl Iterator<Item = (GaveUp, u64)> {
        self.cell.gave_up.iter()
    }
    /// 499s.
    pub fn abandoned(&self) -> impl Iterator<Item = (Patience, Agent, u64)> {
        self.cell.abandoned.iter().map(|((_, patience, agent), count)| (patience, agent, count))
    }
    /// How long the clients of 499s had waited; `None`: not measured.
    pub fn abandoned_waits(&self) -> Option<&'a Histogram> {
        self.cell.durations.iter().find(|(outcome, _)| *outcome == Outcome::Abandoned).map(|(_, held)| held)
    }
}

impl Tally {
    /// All servers' routes.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.counted.http.iter().map(|((server, route), cell)| Cell {
            server: self.counted.servers.name(server),
            route: self.counted.routes.name(route),
            cell,
        })
    }
}
