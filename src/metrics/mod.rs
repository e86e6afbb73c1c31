//! The exposition: names, help texts, types, labels, and the three formats that Prometheus reads.
//! Knows: how values are named and written. Does not know: where they come from; it is handed a [`Scrape`].
//!
//! Each family is one row in the table of its file (`http`, `upstream`, `host`, …); the list of those tables is below.
//! Two renderers walk the rows: one for both texts, one for protobuf. The texts are written here and not by
//! prometheus-client (0.25.2), whose message types the protobuf renderer uses: it has no encoder for classic text, a
//! collector cannot hand it exemplars (nobody outside can build one), it wants everything `'static` in a registry, and
//! it cannot leave a name without `_total`, as the counters taken over from nginx-prometheus-exporter have to be.

#![cfg_attr(
    not(test),
    deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss) // Counts stay exact.
)]

mod accept;
mod clients;
mod conntrack;
mod counters;
mod diagnosis;
mod error_log;
mod family;
mod host;
mod http;
mod lexical;
mod nginx;
mod pairs;
mod paths;
mod process;
mod protobuf;
mod series;
mod slo;
mod sources;
mod state;
mod summed;
#[cfg(test)]
mod tests;
mod text;
mod upstream;

pub use accept::Format;
pub use diagnosis::{Diagnosed, EvidenceSample};
pub use family::{Family, Kind, Sink, Summary, Value};
pub use slo::{Slo, Threshold};
pub use summed::Without;

use crate::poll::Readings;
use crate::record::Level;
use crate::tally::Tally;

/// Every table of families, in the order of the exposition. A new source adds its file and its line here.
const TABLES: &[&[Family]] = &[
    http::FAMILIES,
    diagnosis::FAMILIES,
    slo::FAMILIES,
    clients::FAMILIES,
    upstream::FAMILIES,
    error_log::FAMILIES,
    nginx::FAMILIES,
    conntrack::FAMILIES,
    counters::CONNTRACK,
    host::SOCKETS,
    paths::FAMILIES,
    counters::SOFTNET,
    host::FAMILIES,
    counters::TCP,
    sources::FAMILIES,
    state::FAMILIES,
    series::FAMILIES,
    process::FAMILIES,
];

/// Every family that can be exported: what the README's reference lists.
pub fn families() -> impl Iterator<Item = &'static Family> {
    TABLES.iter().copied().flatten()
}

/// One look at everything there is to export. Values only; what is not known is absent and gives no sample.
pub struct Scrape<'a> {
    pub now_ms: i64,
    pub tally: &'a Tally,
    /// What the pollers said last.
    pub readings: Readings,
    pub logs: Vec<LogSample>,
    pub conf: NginxConf,
    pub slo: Slo,
    pub build: Build<'a>,
    pub reload: Reload,
    /// When nginx.conf was read that hangup goes by, in Unix seconds. `None`: none was.
    pub nginx_config_read: Option<f64>,
    /// `None`: nothing is kept.
    pub state: Option<StateSample>,
    /// The least severe level that any error log is written at. `None`: no error log is followed.
    pub error_level: Option<Level>,
    /// `None`: nobody diagnoses.
    pub diagnosed: Option<Diagnosed>,
    /// Connections to hangup itself that were ended early, by reason.
    pub connections_cut: Vec<(&'static str, u64)>,
    /// Requests to hangup itself that were refused, by reason.
    pub web_refused: Vec<(&'static str, u64)>,
    /// Labels that families go without.
    pub without: Vec<Without>,
}

/// How the reading of one log goes.
#[derive(Debug, Clone, Default)]
pub struct LogSample {
    pub log: String,
    pub up: bool,
    pub unread_bytes: u64,
    pub lost_bytes: u64,
    /// `None`: it is no stream of datagrams whose losses the kernel counts.
    pub lost_datagrams: Option<u64>,
    pub read_errors: u64,
    pub lag_seconds: Option<f64>,
    pub last_line_timestamp_seconds: Option<f64>,
    /// By kind.
    pub rotations: Vec<(&'static str, u64)>,
    /// The product that writes it.
    pub product: &'static str,
    /// How its lines are read.
    pub format: String,
    /// Each question that can be asked of such a log, and whether it can show the answer.
    pub visible: Vec<(&'static str, bool)>,
    /// Whether most of its last lines fit. `None`: too few were read to tell, or it is an error log.
    pub fits: Option<bool>,
}

/// What nginx.conf sets.
#[derive(Debug, Clone, Default)]
pub struct NginxConf {
    /// worker_connections × worker_processes.
    pub connections_limit: Option<u64>,
    /// worker_processes, worker_connections, worker_rlimit_nofile, where known.
    pub limits: Vec<(&'static str, u64)>,
    pub backlogs: Vec<Backlog>,
    pub timeouts: Vec<Timeout>,
    /// By upstream: for how long idle connections to it are kept, in seconds.
    pub keepalives: Vec<(String, f64)>,
}

/// How long a queue one `listen` asks for; the kernel cuts it to net.core.somaxconn.
#[derive(Debug, Clone)]
pub struct Backlog {
    pub address: String,
    /// Empty for a unix socket.
    pub port: String,
    pub backlog: u64,
}

#[derive(Debug, Clone)]
pub struct Timeout {
    pub directive: String,
    pub server: String,
    /// `None`: of the server but for the locations that have another.
    pub location: Option<String>,
    pub seconds: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    pub version: &'a str,
    pub revision: Option<&'a str>,
}

#[derive(Debug, Clone, Copy)]
pub struct Reload {
    pub success: bool,
    pub success_timestamp_seconds: f64,
}

/// How the keeping of offsets and counts goes.
#[derive(Debug, Clone, Default)]
pub struct StateSample {
    pub up: bool,
    pub last_save_timestamp_seconds: Option<f64>,
    pub failures: u64,
    pub set_aside: u64,
}

/// Renders everything in one format; [`Format::content_type`] goes with it.
pub fn encode(scrape: &Scrape<'_>, format: Format) -> Vec<u8> {
    match format {
        Format::Classic => text::render(scrape, text::Dialect::Classic).into_bytes(),
        Format::OpenMetrics => text::render(scrape, text::Dialect::OpenMetrics).into_bytes(),
        Format::Protobuf => protobuf::render(scrape),
    }
}
