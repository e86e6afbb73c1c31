//! The rows in which a tally is read: borrowed labels, numbers and histograms.
//! Knows: which labels go together. Does not know: metric names, formats.

use super::Histogram;
use super::labels::{Agent, LineResult, MethodClass, Patience, SourceKind};
use crate::record::Level;
use crate::verdict::{GaveUp, Outcome};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestCount<'a> {
    pub server: &'a str,
    pub route: &'a str,
    pub method: &'static str,
    pub status: &'static str,
    pub agent: Agent,
    pub count: u64,
}

/// The durations of a route's requests that ended in one way.
#[derive(Debug, Clone, Copy)]
pub struct RequestDurations<'a> {
    pub server: &'a str,
    pub route: &'a str,
    pub outcome: Outcome,
    pub histogram: &'a Histogram,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GaveUpCount<'a> {
    pub server: &'a str,
    pub route: &'a str,
    pub gave_up: GaveUp,
    pub agent: Agent,
    pub count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbandonedCount<'a> {
    pub server: &'a str,
    pub route: &'a str,
    pub method: &'static str,
    pub patience: Patience,
    pub agent: Agent,
    pub count: u64,
}

/// What an upstream did for clients of a route that had left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WastedTime<'a> {
    pub server: &'a str,
    pub route: &'a str,
    pub upstream: &'a str,
    pub method_class: MethodClass,
    pub seconds: f64,
}

/// What part of a server's recent 499s came from its busiest source: 0 for the kinds that it is not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceShare<'a> {
    pub server: &'a str,
    pub kind: SourceKind,
    /// 0 to 1.
    pub ratio: f64,
}

/// Where the waits of a server's recent 499s pile up; zeros while there are too few to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CliffPlace<'a> {
    pub server: &'a str,
    pub seconds: f64,
    /// Of the server's 499s, 0 to 1.
    pub ratio: f64,
}

/// At which period of the clock a server's users leave; `None`: at none that stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodicCuts<'a> {
    pub server: &'a str,
    pub seconds: Option<f64>,
    /// The share of those who left on its beat, 0 to 1.
    pub ratio: f64,
}

/// The incident of a server that is going on, or the last one. Times are milliseconds of unix time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lead<'a> {
    pub server: &'a str,
    pub is_on: bool,
    /// Since when users leave at more than 1 % (`None`: they do not), and gateways fail at more.
    pub left_since_ms: Option<i64>,
    pub failed_since_ms: Option<i64>,
    /// How long before the gateways' failures the users left; negative where the failures came first.
    pub seconds: Option<f64>,
}

/// One time of the attempts at an upstream that ended in one way.
#[derive(Debug, Clone, Copy)]
pub struct AttemptDurations<'a> {
    pub server: &'a str,
    pub upstream: &'a str,
    pub outcome: Outcome,
    pub histogram: &'a Histogram,
}

/// Attempts whose wait came near its timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearTimeoutCount<'a> {
    pub server: &'a str,
    pub upstream: &'a str,
    pub count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptCount<'a> {
    pub upstream: &'a str,
    /// `none` where no status line came.
    pub status: &'static str,
    pub count: u64,
}

/// Entries of the error log on one upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamErrorCount<'a> {
    pub upstream: &'a str,
    /// Of a timeout: its phase.
    pub kind: &'static str,
    pub count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCount {
    pub level: Level,
    pub class: &'static str,
    pub count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineCount<'a> {
    pub log: &'a str,
    pub result: LineResult,
    pub count: u64,
}
