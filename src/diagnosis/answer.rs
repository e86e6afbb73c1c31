//! What is answered to whoever asks why: the windows with their causes, and what stands out now. The same values become
//! JSON, the page, its plain text and the terminal. Does not know: how any of these looks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::Diagnosis;

/// Of the JSON: it goes up when something that stood there is gone or means something else.
pub const VERSION: u32 = 1;
/// Everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// [`VERSION`].
    pub version: u32,
    pub hangup: String,
    pub host: String,
    /// RFC 3339, UTC.
    pub now: String,
    pub uptime_seconds: f64,
    /// The one sentence for somebody in a hurry.
    pub sentence: String,
    /// Users are being lost, whether a cause is known or not.
    pub trouble: bool,
    /// By length: `1m`, `5m`, `60m`.
    pub windows: BTreeMap<String, WindowAnswer>,
    pub not_visible: Vec<NotVisible>,
    /// The oldest first.
    pub timeline: Vec<Point>,
    /// Routes and upstreams that stand out in the middle window.
    pub routes: Vec<RouteNow>,
    pub upstreams: Vec<UpstreamNow>,
    /// Where most of the recent 499s come from; the address only for readers who may see it.
    pub busiest_sources: Vec<BusySource>,
    /// The last ones, the newest first; empty also where they are switched off.
    pub abandoned: Vec<LeftRequest>,
    /// What clients' leaving costs, since the counts began.
    pub patience: Vec<Patience>,
    pub wasted: Vec<Wasted>,
    pub leads: Vec<LeadTime>,
    /// The commonest entries of error logs that no rule knows, since the counts began.
    pub unclassified: Vec<UnknownEntry>,
    /// What is wrong with hangup itself, first of all.
    pub problems: Vec<String>,
    pub logs: Vec<LogState>,
    pub sources: Vec<LogState>,
}

/// One window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowAnswer {
    /// How much of the window was watched; rates are per second of it.
    pub seconds: f64,
    /// All of them, and those of users.
    pub requests: u64,
    pub users: u64,
    /// Users who left, and gateway errors that reached users.
    pub left: u64,
    pub errors: u64,
    /// A server loses more users than is normal for it.
    #[serde(default)]
    pub trouble: bool,
    pub gave_up: Vec<GaveUpRate>,
    pub diagnosis: Vec<Diagnosis>,
}

/// Who gave up, in which phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GaveUpRate {
    pub party: String,
    pub phase: String,
    /// `none`: no status was sent.
    pub code: String,
    pub count: u64,
    pub per_second: f64,
}

/// What cannot be seen, and what would make it visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotVisible {
    /// The log, or the source.
    pub log: String,
    pub signal: String,
    /// The line of configuration.
    pub needs: String,
}

/// A point of the time line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub unix_ms: i64,
    pub seconds: f64,
    pub requests: u64,
    pub left: u64,
    pub errors: u64,
    /// Here the losses begin that go on until now.
    pub onset: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteNow {
    pub server: String,
    pub route: String,
    /// While it was in trouble.
    pub requests: u64,
    pub left: u64,
    pub errors: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamNow {
    pub upstream: String,
    pub answered: u64,
    pub failed: u64,
    pub timeouts: u64,
    /// By the error log; what is most of it stands first.
    pub failures: Vec<(String, u64)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusySource {
    pub server: String,
    pub kind: String,
    pub ratio: f64,
    pub address: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftRequest {
    pub time: String,
    pub server: String,
    pub method: String,
    pub route: String,
    pub waited_seconds: Option<f64>,
    pub upstream: Option<String>,
    pub request_id: Option<String>,
}

/// How long the users of a server wait before they leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patience {
    pub server: String,
    /// How many left: the number behind it.
    pub departures: u64,
    /// Shares, and the seconds by which they would have left had nobody been answered.
    pub left_after_seconds: Vec<(f64, f64)>,
}

/// What upstreams did for clients that had left.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Wasted {
    pub server: String,
    pub seconds: f64,
    /// Of these, on methods that may have had effects nobody was told of.
    pub unsafe_seconds: f64,
}

/// How long before gateways failed users had begun to leave; negative where the failures came first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadTime {
    pub server: String,
    pub going_on: bool,
    pub seconds: f64,
}

/// Entries of an error log that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownEntry {
    pub level: String,
    /// Numbers, addresses, paths and quoted names folded to `#`.
    pub pattern: String,
    pub count: u64,
    /// One of them, without a query string; only for readers who may see addresses of clients.
    pub sample: Option<String>,
}

/// A log or a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogState {
    pub name: String,
    /// `up`, `waiting`, `down`.
    pub state: String,
    pub sentence: String,
}
