//! What a tally is told before it counts. Knows: defaults and why they are so.
//! Does not know: where a value was configured.

use super::bucket_index::Bounds;
use super::budget::SeriesLimit;
use super::interner::Admission;
use super::normal::Normal;
use super::probes::Probes;
use super::read_timeouts::ReadTimeouts;
use super::routes::RoutePattern;
use crate::record::Sight;

/// Shaped by the timeouts people configure, not by page loads.
pub const BOUNDS_MS: [u32; 20] = [
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000, 90_000, 100_000,
    120_000, 300_000,
];

/// A window that holds a whole finished log, whatever its length.
pub const WHOLE_LOG_MS: i64 = i64::MAX;

#[derive(Debug, Clone)]
pub struct Options {
    /// Upper bounds of the classic buckets; `long_after_ms` always becomes one more.
    pub bounds_ms: Vec<u32>,
    /// A 499 whose client waited at least this long is `long`.
    pub long_after_ms: u32,
    /// Routes, by what matches first, whose requests end as their clients please: streams, long polls.
    pub ignored_routes: Vec<RoutePattern>,
    /// First match names the route.
    pub route_patterns: Vec<RoutePattern>,
    pub probes: Probes,
    pub servers: Admission,
    pub routes: Admission,
    pub upstreams: Admission,
    /// Names from the configuration: they need no admission, and the series that their logs can move exist from the start.
    pub known_servers: Vec<(String, Sight)>,
    pub known_upstreams: Vec<String>,
    /// How long the proxy waits for its upstreams, where that is known.
    pub read_timeouts: Vec<ReadTimeouts>,
    /// Labels of the logs; [`Tally::add_line`](super::Tally::add_line) takes a place in this list.
    pub logs: Vec<String>,
    /// The bound on all series together.
    pub series: SeriesLimit,
    /// Upper bounds of the classic buckets by route, if they are fewer than those of `other`.
    pub route_bounds_ms: Option<Vec<u32>>,
    /// What is normal for a server; of two words on one thing the first holds.
    pub normal: Vec<Normal>,
    /// How far the busiest source looks back.
    pub sources_window_ms: i64,
    /// How far the cliff looks back.
    pub cliff_window_ms: i64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            bounds_ms: BOUNDS_MS.to_vec(),
            long_after_ms: 1_000,
            ignored_routes: Vec::new(),
            route_patterns: Vec::new(),
            probes: Probes::default(),
            servers: Admission { limit: 32, threshold: 10 },
            routes: Admission { limit: 64, threshold: 10 },
            upstreams: Admission { limit: 128, threshold: 1 },
            known_servers: Vec::new(),
            known_upstreams: Vec::new(),
            read_timeouts: Vec::new(),
            logs: Vec::new(),
            series: SeriesLimit::DEFAULT,
            route_bounds_ms: None,
            normal: Vec::new(),
            sources_window_ms: 5 * 60_000,
            cliff_window_ms: 10 * 60_000,
        }
    }
}

impl Options {
    /// The bounds by route, where they are fewer: those that all histograms have, the patience among them.
    pub(super) fn route_bounds(&self) -> Option<Bounds> {
        let asked = self.route_bounds_ms.as_ref()?;
        let mut bounds: Vec<u32> = asked.iter().copied().filter(|bound| self.bounds_ms.contains(bound)).collect();
        bounds.push(self.long_after_ms);
        Some(bounds.into())
    }

    /// Whether histograms counted under other options go on under these.
    pub fn has_buckets_of(&self, other: &Options) -> bool {
        self.bounds() == other.bounds()
    }

    /// The bounds of every histogram, the patience split among them.
    pub(super) fn bounds(&self) -> Bounds {
        let mut bounds = self.bounds_ms.clone();
        bounds.push(self.long_after_ms);
        bounds.into()
    }
}
