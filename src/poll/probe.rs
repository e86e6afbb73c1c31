//! Tries every source once, for `hangup check`. Knows: the tables of sources. Does not know: any single one.

use super::error::{PollError, Reason};
use super::options::Options;
use super::sources::SOURCES;
use super::stub_status::{Address, Page};

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
