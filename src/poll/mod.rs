//! The pollers. Know: timers, timeouts, HTTP, where /proc is, the netlink socket.
//! Do not know: metric names, who reads what they leave in [`Latest`].

mod conntrack;
mod cpu_time;
mod host;
mod kernel_log;
mod latest;
mod miss;
mod netlink;
mod options;
mod peak;
mod probe;
mod proc_root;
mod process;
mod sockets;
mod source;
pub mod stub_status;

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel_log::KernelLog;
pub use latest::{Latest, Readings, SourceStatus, StubReading};
pub use miss::{Miss, Reason};
pub use options::Options;
pub use probe::{Probe, probe};
use proc_root::ProcRoot;
pub use process::ProcessSample;
pub use sockets::Listener;
use sockets::{ConnectionCounter, Listeners};
use source::{Pace, Stop};
use stub_status::{Address, Page};

use crate::dialect::nginx::stub_status::StubStatus;

/// Takes each sample of a status page, with the page's address: for counts that outlive nginx, which [`Readings`] do not.
pub type OnConnections = Arc<dyn Fn(&str, StubStatus) + Send + Sync>;

/// The running pollers; dropping them ends their threads after the attempt under way.
pub struct Pollers {
    pub latest: Latest,
    /// Each holds its source's thread alive.
    _stops: Vec<Stop>,
}

impl Pollers {
    /// A page that is named twice is asked once: its address is its label.
    pub fn start(mut options: Options, on_connections: &OnConnections) -> Self {
        let mut addresses = BTreeSet::new();
        options.stub_status.retain(|address| addresses.insert(address.to_string()));
        let latest = Latest::default();
        let mut stops = start_proc(&latest, &options);
        stops.extend(start_kernel(&latest, &options));
        let pages = options.stub_status.iter().enumerate();
        stops.extend(pages.map(|(index, page)| start_page(&latest, index, page.clone(), &options, on_connections)));
        Self { latest, _stops: stops }
    }
}

/// The sources that are texts of /proc. One thread for each, so that one that fails never takes another with it.
fn start_proc(latest: &Latest, options: &Options) -> Vec<Stop> {
    let root = || ProcRoot::new(&options.proc_root, options.network_of);
    let pace = Pace::Gently(options.host_interval);
    let (conntrack, tcp, softnet, netdev, sysctl) = (root(), root(), root(), root(), root());
    vec![
        source::start(latest, "conntrack", pace, move || conntrack::ask(&conntrack), |to, it| to.conntrack = it),
        source::start(latest, "tcp", pace, move || host::tcp(&tcp), |to, it| to.tcp = it),
        source::start(latest, "softnet", pace, move || host::softnet(&softnet), |to, it| to.softnet = it),
        source::start(latest, "netdev", pace, move || host::netdev(&netdev), |to, it| to.netdev = it),
        source::start(latest, "sysctl", pace, move || host::sysctls(&sysctl), |to, it| to.sysctls = it),
        source::start(latest, "process", pace, process::ask, |to, it| to.process = it),
    ]
}

/// The sources that the kernel answers itself.
fn start_kernel(latest: &Latest, options: &Options) -> Vec<Stop> {
    let pace = Pace::Gently(options.host_interval);
    let look = Pace::Gently(options.listen_queue_interval);
    let mut listeners = Listeners::of(options);
    let mut connections = ConnectionCounter::of(options);
    let mut log = KernelLog::of(options);
    vec![
        source::start(latest, "listen_queue", look, move || listeners.ask(), |to, it| to.listeners = it),
        source::start(latest, "connections", pace, move || connections.ask(), |to, it| to.connections = it),
        source::start(latest, "kernel_log", pace, move || log.ask(), |to, it| to.kernel_messages = it),
    ]
}

/// The name is the page's address only where there are several, so that the usual one keeps a plain name.
fn start_page(
    latest: &Latest,
    index: usize,
    address: Address,
    options: &Options,
    on_connections: &OnConnections,
) -> Stop {
    let text = address.to_string();
    let name = if options.stub_status.len() == 1 { "stub_status".to_owned() } else { format!("stub_status {text}") };
    let reading = StubReading { address: text.clone(), ..StubReading::default() };
    latest.update(|readings| readings.stub_status.push(reading));
    let timeout = options.stub_status_timeout;
    let on_connections = Arc::clone(on_connections);
    let mut asker = None;
    let ask = move || {
        let (runtime, page) = match &mut asker {
            Some(asker) => asker,
            none => none.insert((own_runtime()?, Page::new(address.clone(), timeout)?)),
        };
        let status = runtime.block_on(page.ask())?;
        // Before it is shown, so that whoever sees the sample sees what is counted from it.
        on_connections(&text, status);
        Ok(status)
    };
    source::start(latest, &name, Pace::Every(options.stub_status_interval), ask, move |readings, status| {
        let reading = &mut readings.stub_status[index];
        (reading.polled_once, reading.status) = (true, status);
    })
}

/// A runtime for one page alone: whatever hangs in it, name resolution for one, hangs there only.
fn own_runtime() -> Result<tokio::runtime::Runtime, Miss> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Miss::new(Reason::Other, format!("no runtime for HTTP: {error}")))
}
