//! Tries every source once, for `hangup check`. Knows: the tables of sources. Does not know: any single one.

use super::error::{PollError, Reason};
use super::options::Options;
use super::readings::Readings;
use super::source::Source;
use super::sources::{ConnectionCounter, SOURCES};
use super::stub_status::{Address, Page};
use crate::kernel::upstream_paths::UpstreamPath;

/// One source: a sentence on what it gives, or why not and what to grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub source: String,
    pub result: Result<String, PollError>,
}

/// Asks each source in turn; waits for none longer than its timeout.
pub fn probe(options: &Options) -> Vec<Probe> {
    let host = SOURCES.iter().map(|row| Probe { source: row.name.to_owned(), result: (row.open)(options).probe() });
    host.chain(pages(options)).collect()
}

/// What the kernel measures towards each upstream just now; nothing where it cannot be asked.
pub fn upstream_paths(options: &Options) -> Vec<UpstreamPath> {
    let mut readings = Readings::default();
    ConnectionCounter::store(&mut readings, ConnectionCounter::new(options).ask().ok());
    readings.upstream_paths.unwrap_or_default()
}

fn pages(options: &Options) -> Vec<Probe> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| PollError::new(Reason::Other, format!("no runtime for HTTP: {error}")));
    let ask = |address: &Address| {
        let page = Page::new(address.clone(), options.stub_status_timeout)?;
        runtime.as_ref().map_err(PollError::clone)?.block_on(page.ask())
    };
    let probe = |address: &Address| Probe {
        source: format!("stub_status {address}"),
        result: ask(address).map(|status| format!("{} active connections", status.active)),
    };
    let probes = options.stub_status.iter().map(probe).collect();
    // Resolving a name may go on after its timeout, and is not waited for.
    if let Ok(runtime) = runtime {
        runtime.shutdown_background();
    }
    probes
}
