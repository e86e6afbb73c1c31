//! Real programs in temporary directories, and a scrape that can be asked questions.

pub mod container;
pub mod debian;
pub mod forwarder;
pub mod hangup;
pub mod http;
pub mod http2;
pub mod nginx;
pub mod page;
pub mod process;
pub mod prometheus;
pub mod scrape;

use std::net::TcpListener;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Nothing in these tests takes longer than this on a loaded machine with two cores.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Linux gives out 32768 and above by itself (`net.ipv4.ip_local_port_range`).
const PORTS: Range<u16> = 12_000..32_000;

/// Looks again every few milliseconds until `condition` gives a value; fails the test with `what` after [`PATIENCE`].
#[track_caller]
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A loopback port that nobody listens on just now, and that the kernel gives to nobody: below its ephemeral range.
/// Test binaries that run side by side begin at different places.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + ((std::process::id().wrapping_mul(97) + turn) % u32::from(PORTS.len() as u16)) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
