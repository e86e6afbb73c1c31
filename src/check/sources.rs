//! The pollers' sources, each asked once by the very code that serves them.
//! Does not know: what a source says.

use std::time::{Duration, Instant};

use super::log_files::Said;
use super::paper::Mark;
use crate::config::{Config, StatusPage};
use crate::poll::stub_status::Address;
use crate::poll::{Dropped, Options, Pollers, SourceStatus};

/// How often to look whether all have answered: shorter than anyone notices.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// What the sources other than nginx may take: /proc answers in milliseconds.
const GRACE: Duration = Duration::from_secs(2);

/// One sentence for each source.
pub fn probe(config: &Config) -> Vec<Said> {
    let mut said = Vec::new();
    let mut stub_status = Vec::new();
    for page in &config.status_pages {
        match address(page) {
            Ok(address) => stub_status.push((address, Dropped::default())),
            Err(text) => said.push((Mark::Bad, text)),
        }
    }
    let options = Options {
        proc_root: config.procfs.clone(),
        stub_status,
        stub_status_interval: config.poll.interval,
        stub_status_timeout: config.poll.timeout,
        ..Options::default()
    };
    let pollers = Pollers::start(options);
    let deadline = Instant::now() + config.poll.timeout + GRACE;
    while !pollers.latest.all_polled_once() && Instant::now() < deadline {
        std::thread::sleep(LOOK_EVERY);
    }
    said.extend(pollers.latest.read().sources.iter().map(sentence));
    said
}

/// The page as the pollers take it.
pub fn address(page: &StatusPage) -> Result<Address, String> {
    Ok(Address::parse(&page.uri)?.with_host(page.host.as_deref()))
}

fn sentence(status: &SourceStatus) -> Said {
    let source = &status.source;
    let error = status.error.as_deref().unwrap_or("it did not answer in time");
    match status {
        SourceStatus { available: false, .. } => (Mark::Note, format!("{source}: {error}")),
        SourceStatus { up: true, duration_seconds, .. } => {
            (Mark::Good, format!("{source} answered in {:.1} ms", duration_seconds * 1_000.0))
        }
        _ => (Mark::Bad, format!("{source}: {error}")),
    }
}
