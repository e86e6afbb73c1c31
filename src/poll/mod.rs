//! The pollers. Know: timers, timeouts, HTTP, where /proc is, the netlink socket.
//! Do not know: metric names, who reads what they leave in [`Latest`].
//!
//! What may block (files of /proc, netlink) is asked in one thread, the sources of which are the table [`sources::SOURCES`];
//! what waits for others (the status pages) in tasks of the runtime that [`Pollers::start`] is called in.

mod attempt;
mod cpu_time;
mod error;
mod latest;
mod netlink;
mod options;
mod pages;
mod peak;
mod probe;
mod proc_root;
mod readings;
mod schedule;
mod source;
mod sources;
pub mod stub_status;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

pub use error::{PollError, Reason};
pub use latest::Latest;
pub use options::Options;
pub use pages::OnConnections;
pub use probe::{Probe, probe};
pub use readings::{Listener, ProcessSample, Readings, SourceStatus, StubReading};

use attempt::Slot;
use schedule::{Planned, Schedule};
use sources::SOURCES;

/// The running pollers; dropping them ends them after the attempts under way.
pub struct Pollers {
    pub latest: Latest,
    _tasks: JoinSet<()>,
}

impl Pollers {
    /// A page that is named twice is asked once: its address is its label. Needs a runtime around it.
    pub fn start(mut options: Options, on_connections: &OnConnections) -> Self {
        let mut addresses = BTreeSet::new();
        options.stub_status.retain(|address| addresses.insert(address.to_string()));
        let latest = Latest::default();
        let planned = SOURCES.iter().map(|row| Planned {
            slot: Slot::new(&latest, row.name),
            interval: (row.interval)(&options),
            source: (row.open)(&options),
        });
        let schedule = Schedule::start(planned.collect());
        let mut tasks = JoinSet::new();
        tasks.spawn(watch(schedule));
        pages::start(&mut tasks, &latest, &options, on_connections);
        Self { latest, _tasks: tasks }
    }
}

/// How often it is asked whether the thread is stuck. Every look wakes the machine, and a file of /proc that hangs is rare.
const WATCH_INTERVAL: Duration = Duration::from_secs(5);

async fn watch(schedule: Schedule) {
    loop {
        sleep(WATCH_INTERVAL).await;
        schedule.watch(Instant::now());
    }
}
