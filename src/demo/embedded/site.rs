//! The site that the demo plays: its names, its servers, and the limits nginx has for them.
//! Knows: values. Does not know: how nginx.conf writes them, or what happens under them.

pub(super) const STATUS_PATH: &str = "/stub_status";
pub(super) const SERVER_NAME: &str = "shop.example";
/// The upstream group's name: `$upstream_addr` shows it when no server of it is alive.
pub(super) const UPSTREAM: &str = "shop";
pub(super) const SERVERS: [&str; 3] = ["10.20.0.11:8080", "10.20.0.12:8080", "10.20.0.13:8080"];
pub(super) const WORKERS: u64 = 2;
pub(super) const WORKER_CONNECTIONS: u64 = 1024;
pub(super) const CONNECT_TIMEOUT_MILLIS: u64 = 5_000;
pub(super) const HEADER_TIMEOUT_MILLIS: u64 = 10_000;
pub(super) const BODY_TIMEOUT_MILLIS: u64 = 10_000;
/// Enough that a server with some failures stays in, and a dead one is left out within seconds …
pub(super) const MAX_FAILS: u64 = 200;
/// … for so long.
pub(super) const FAIL_TIMEOUT_MILLIS: u64 = 10_000;
