//! What is asked, where and how often. Knows: defaults. Does not know: how anything is asked.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::stub_status::Address;

#[derive(Debug, Clone)]
pub struct Options {
    pub proc_root: PathBuf,
    /// A process whose network namespace is looked at instead of our own (an nginx in a container). The texts of /proc
    /// can be had this way; sockets and limits cannot.
    pub network_of: Option<u32>,
    pub stub_status: Vec<Address>,
    pub stub_status_interval: Duration,
    pub stub_status_timeout: Duration,
    pub host_interval: Duration,
    /// How often the accept queues are looked at. They fill and overflow between two scrapes; one look costs some 0.1 ms.
    pub listen_queue_interval: Duration,
    /// The ports nginx listens on, and those of its upstreams.
    pub listen_ports: Vec<u16>,
    pub upstream_ports: Vec<u16>,
    /// The upstream servers whose connections are looked at more closely.
    pub upstreams: Vec<SocketAddr>,
    /// The unix sockets that nginx listens on or connects to.
    pub unix_sockets: Vec<PathBuf>,
    pub kernel_log_device: PathBuf,
    /// Tried in this order where the device may not be read.
    pub kernel_log_files: Vec<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            proc_root: "/proc".into(),
            network_of: None,
            stub_status: Vec::new(),
            stub_status_interval: Duration::from_secs(5),
            stub_status_timeout: Duration::from_secs(2),
            host_interval: Duration::from_secs(5),
            listen_queue_interval: Duration::from_millis(500),
            listen_ports: Vec::new(),
            upstream_ports: Vec::new(),
            upstreams: Vec::new(),
            unix_sockets: Vec::new(),
            kernel_log_device: "/dev/kmsg".into(),
            kernel_log_files: vec!["/var/log/kern.log".into(), "/var/log/messages".into()],
        }
    }
}
