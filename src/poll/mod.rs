//! The pollers. Know: timers, timeouts, HTTP, where /proc is, the netlink socket.
//! Do not know: metric names, who reads what they leave in [`Latest`].

mod conntrack;
mod dropped;
mod latest;
mod miss;
mod proc_root;
mod source;
pub mod stub_status;

use std::path::PathBuf;
use std::time::Duration;

pub use dropped::Dropped;
pub use latest::{Latest, Readings, SourceStatus, StubReading};
pub use miss::{Miss, Reason};
use proc_root::ProcRoot;
use source::{Pace, Stop};
use stub_status::{Address, Page};

use crate::nginx::stub_status::StubStatus;

/// What is asked, where and how often.
#[derive(Debug, Clone)]
pub struct Options {
    pub proc_root: PathBuf,
    /// A process whose network namespace is looked at instead of our own (an nginx in a container).
    pub network_of: Option<u32>,
    /// Each page with what an earlier run of hangup had counted there.
    pub stub_status: Vec<(Address, Dropped)>,
    pub stub_status_interval: Duration,
    pub stub_status_timeout: Duration,
    pub host_interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            proc_root: "/proc".into(),
            network_of: None,
            stub_status: Vec::new(),
            stub_status_interval: Duration::from_secs(5),
            stub_status_timeout: Duration::from_secs(3),
            host_interval: Duration::from_secs(5),
        }
    }
}

/// The running pollers; dropping them ends their threads after the attempt under way.
pub struct Pollers {
    pub latest: Latest,
    /// Each holds its source's thread alive.
    _stops: Vec<Stop>,
}

impl Pollers {
    pub fn start(options: Options) -> Self {
        let latest = Latest::default();
        let proc_root = ProcRoot::new(&options.proc_root, options.network_of);
        let mut stops = start_host(&latest, &proc_root, options.host_interval);
        let pages = options.stub_status.iter().enumerate();
        stops.extend(pages.map(|(index, page)| start_page(&latest, index, page.clone(), &options)));
        Self { latest, _stops: stops }
    }
}

fn start_host(latest: &Latest, proc_root: &ProcRoot, interval: Duration) -> Vec<Stop> {
    let pace = Pace::Gently(interval);
    let root = proc_root.clone();
    vec![source::start(
        latest,
        "conntrack",
        pace,
        move || conntrack::ask(&root),
        |readings, value| readings.conntrack = value,
    )]
}

/// The name is the page's address only where there are several, so that the usual one keeps a plain name.
fn start_page(latest: &Latest, index: usize, (address, dropped): (Address, Dropped), options: &Options) -> Stop {
    let text = address.to_string();
    let name = if options.stub_status.len() == 1 { "stub_status".to_owned() } else { format!("stub_status {text}") };
    let kept = (dropped != Dropped::default()).then_some(dropped);
    let reading = StubReading { address: text, dropped: kept, ..StubReading::default() };
    latest.update(|readings| readings.stub_status.push(reading));
    let timeout = options.stub_status_timeout;
    let mut asker = None;
    let ask = move || {
        let (runtime, page) = match &mut asker {
            Some(asker) => asker,
            none => none.insert((own_runtime()?, Page::new(address.clone(), timeout)?)),
        };
        runtime.block_on(page.ask())
    };
    source::start(latest, &name, Pace::Every(options.stub_status_interval), ask, move |readings, status| {
        store_page(&mut readings.stub_status[index], status);
    })
}

fn store_page(reading: &mut StubReading, status: Option<StubStatus>) {
    reading.polled_once = true;
    reading.status = status;
    if let Some(status) = status {
        reading.dropped.get_or_insert_default().read(status.accepts, status.handled);
    }
}

/// A runtime for one page alone: whatever hangs in it, name resolution for one, hangs there only.
fn own_runtime() -> Result<tokio::runtime::Runtime, Miss> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Miss::new(Reason::Other, format!("no runtime for HTTP: {error}")))
}
