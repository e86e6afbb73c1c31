//! The samples of all sources, as values. Knows: what each source gives. Does not know: how it is got, or when.

use crate::dialect::nginx::stub_status::StubStatus;
use crate::kernel::Count;
use crate::kernel::connections::ConnectionCount;
use crate::kernel::conntrack::Conntrack;
use crate::kernel::listen_queue::Place;
use crate::kernel::messages::Messages;
use crate::kernel::netdev::ReceiveDrops;
use crate::kernel::sysctl::Sysctl;
use crate::kernel::upstream_paths::UpstreamPath;

/// A copy of everything. A source that is down or absent has no sample here: an old number is not a present one.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// One for each configured page, in the order of the configuration.
    pub stub_status: Vec<StubReading>,
    pub conntrack: Option<Conntrack>,
    /// Every accept queue of this network namespace.
    pub listeners: Option<Vec<Listener>>,
    /// nginx's connections by port and state.
    pub connections: Option<Vec<ConnectionCount>>,
    /// What the kernel measured towards each upstream.
    pub upstream_paths: Option<Vec<UpstreamPath>>,
    /// The rows of [`crate::kernel::netstat::COUNTERS`] that this kernel has.
    pub tcp: Option<Vec<Count>>,
    /// The rows of [`crate::kernel::softnet::COUNTERS`].
    pub softnet: Option<Vec<Count>>,
    pub netdev: Option<Vec<ReceiveDrops>>,
    pub sysctls: Option<Vec<Sysctl>>,
    pub kernel_messages: Option<Messages>,
    pub process: Option<ProcessSample>,
    /// One for each source that was started.
    pub sources: Vec<SourceStatus>,
}

/// The state of one stub_status page.
#[derive(Debug, Clone, Default)]
pub struct StubReading {
    /// The page's address as configured, without a password.
    pub address: String,
    /// Whether the first attempt is over: until then nothing is known, not even that the page is down.
    pub polled_once: bool,
    /// `None` while the page does not answer.
    pub status: Option<StubStatus>,
}

#[derive(Debug, Clone, Default)]
pub struct SourceStatus {
    pub source: String,
    pub up: bool,
    /// False where this host does not have the thing: nothing to export, nothing to page for.
    pub available: bool,
    /// Whether the first attempt is over, whatever it gave.
    pub polled_once: bool,
    pub last_success_unix_seconds: Option<f64>,
    /// How long the last finished attempt took.
    pub duration_seconds: f64,
    /// What is wrong and what to do about it.
    pub error: Option<String>,
}

/// A listener as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub place: Place,
    pub length: u64,
    pub limit: u64,
    /// The longest that [`super::peak::WINDOW`] has seen.
    pub length_peak: u64,
}

/// What the `process_*` families of every Prometheus client library tell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ProcessSample {
    pub cpu_seconds: f64,
    pub resident_memory_bytes: u64,
    pub virtual_memory_bytes: u64,
    pub open_fds: u64,
    /// `None`: no limit.
    pub max_fds: Option<u64>,
    pub start_time_unix_seconds: f64,
    pub threads: u64,
}
