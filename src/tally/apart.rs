//! Requests that are no user's: those of health probes, and those of routes that the configuration leaves out.
//! Knows: that they are counted apart, so that neither side of a share of users holds them. Does not know: who is a probe.
//!
//! Their series exist only where there are such requests.

use serde::{Deserialize, Serialize};

use super::budget::Pressure;
use super::counts::Counts;
use super::labels::{Agent, Method, Status};
use crate::verdict::GaveUp;

/// The counters of one server and route.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Apart {
    pub(super) requests: Counts<(Agent, (Method, Status))>,
    pub(super) gave_up: Counts<(Agent, GaveUp)>,
}

impl Apart {
    /// Adds one request, under `other` where there is no room for its method and status; true where that made a series.
    pub(super) fn add(
        &mut self,
        agent: Agent,
        key: (Method, Status),
        gave_up: Option<GaveUp>,
        pressure: Pressure,
    ) -> bool {
        let room = pressure < Pressure::High || self.requests.has((agent, key));
        let counted = if room { key } else { (Method::OTHER, Status::OTHER) };
        let grew = self.requests.add((agent, counted), 1);
        gave_up.is_some_and(|gave_up| self.gave_up.add((agent, gave_up), 1)) | grew
    }

    pub(super) fn total(&self) -> u64 {
        self.requests.iter().fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    pub(super) fn series(&self) -> usize {
        self.requests.len() + self.gave_up.len()
    }

    pub(super) fn merge(&mut self, other: &Apart) {
        self.requests.merge(&other.requests);
        self.gave_up.merge(&other.gave_up);
    }
}
