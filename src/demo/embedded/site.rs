//! The site that the demo plays: its names, its servers, and the limits nginx has for them.
//! Knows: values. Does not know: how nginx.conf writes them, or what happens under them.

pub const STATUS_PATH: &str = "/stub_status";
pub const SERVER_NAME: &str = "shop.example";
/// The upstream group's name: `$upstream_addr` shows it when no server of it is alive.
pub const UPSTREAM: &str = "shop";
pub const SERVERS: [&str; 3] = ["10.20.0.11:8080", "10.20.0.12:8080", "10.20.0.13:8080"];
pub const WORKERS: u64 = 2;
pub const WORKER_CONNECTIONS: u64 = 1024;
pub const CONNECT_TIMEOUT_MILLIS: u64 = 5_000;
pub const HEADER_TIMEOUT_MILLIS: u64 = 10_000;
pub const BODY_TIMEOUT_MILLIS: u64 = 10_000;
/// Enough that a server with some failures stays in, and a dead one is left out within seconds …
pub const MAX_FAILS: u64 = 200;
/// … for so long.
pub const FAIL_TIMEOUT_MILLIS: u64 = 10_000;
