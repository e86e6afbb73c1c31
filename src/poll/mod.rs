//! The pollers. Know: timers, timeouts, HTTP, where /proc is, the netlink socket.
//! Do not know: metric names, who reads what they leave in [`Latest`].
//!
//! What may block (files of /proc, netlink) is asked in one thread, the sources of which are the table [`sources::SOURCES`];
//! what waits for others (the status pages) in tasks of another thread.

mod attempt;
mod cpu_time;
mod error;
mod latest;
mod netlink;
mod options;
mod page_thread;
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
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

pub use crate::kernel::upstream_paths::UpstreamPath;
pub use error::{PollError, Reason};
pub use latest::Latest;
pub use options::Options;
pub use pages::OnConnections;
pub use probe::{Probe, probe, upstream_paths};
pub use readings::{Listener, ProcessSample, Readings, SourceStatus, StubReading};

use attempt::Slot;
use pages::Pages;
use schedule::{Planned, Schedule};
use sources::SOURCES;

/// The running pollers; dropping them ends them after the attempts under way.
pub struct Pollers {
    pub latest: Latest,
    schedule: Arc<Schedule>,
    pages: Pages,
    tasks: JoinSet<()>,
}

impl Pollers {
    /// A page that is named twice is asked once: its address is its label. Needs a runtime around it.
    pub fn start(options: Options, on_connections: &OnConnections) -> Self {
        let latest = Latest::default();
        let options = Arc::new(with_unique_pages(options));
        let planned = SOURCES.iter().map(|row| {
            let source = (row.open)(&options);
            let (slot, interval) = (Slot::new(&latest, row.name), source.interval(&options));
            Planned { slot, interval, source, options: Arc::clone(&options) }
        });
        let schedule = Arc::new(Schedule::start(planned.collect(), Arc::clone(&options)));
        let mut tasks = JoinSet::new();
        tasks.spawn(watch(Arc::downgrade(&schedule)));
        let mut pages = Pages::new(&latest, on_connections);
        pages.reconfigure(&mut tasks, &options);
        Self { latest, schedule, pages, tasks }
    }

    /// Goes on under other options. Only what they make another thing begins anew: the others keep their readings, their
    /// peaks and their pace. Needs a runtime around it.
    pub fn reconfigure(&mut self, options: Options) {
        let options = Arc::new(with_unique_pages(options));
        self.schedule.reconfigure(Arc::clone(&options));
        self.pages.reconfigure(&mut self.tasks, &options);
    }
}

fn with_unique_pages(mut options: Options) -> Options {
    let mut addresses = BTreeSet::new();
    options.stub_status.retain(|address| addresses.insert(address.to_string()));
    options
}

/// How often it is asked whether the thread is stuck. Every look wakes the machine, and a file of /proc that hangs is rare.
const WATCH_INTERVAL: Duration = Duration::from_secs(5);

async fn watch(schedule: Weak<Schedule>) {
    loop {
        sleep(WATCH_INTERVAL).await;
        let Some(schedule) = schedule.upgrade() else { return };
        schedule.watch(Instant::now());
    }
}
