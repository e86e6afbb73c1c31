//! Real programs in temporary directories, and a scrape that can be asked questions.

pub mod hangup;
pub mod http;
pub mod nginx;
pub mod process;
pub mod prometheus;
pub mod scrape;

use std::net::TcpListener;
use std::time::{Duration, Instant};

/// Nothing in these tests takes longer than this on a loaded machine with two cores.
pub const PATIENCE: Duration = Duration::from_secs(30);

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

/// A loopback port that nobody listens on just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free loopback port").port()
}
