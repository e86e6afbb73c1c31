//! The pollers' sources, each asked once by the very code that serves them.
//! Does not know: what a source says.

use super::log_files::Said;
use super::page::Mark;
use crate::config::Config;
use crate::poll::{Probe, probe as ask};

/// Sources that need a privilege few want to give: without it they are left out, which is no problem of this host.
const PRIVILEGED: &[&str] = &["kernel_log"];

/// One sentence for each source.
pub(super) fn probe(config: &Config) -> Vec<Said> {
    ask(&config.poll).iter().map(sentence).collect()
}

fn sentence(Probe { source, result }: &Probe) -> Said {
    match result {
        Ok(what) => (Mark::Good, format!("{source}: {what}")),
        Err(error) if error.is_absent() => (Mark::Note, format!("{source}: {error}")),
        Err(error) if PRIVILEGED.contains(&source.as_str()) => (Mark::Advice, format!("{source}: {error}")),
        Err(error) => (Mark::Bad, format!("{source}: {error}")),
    }
}
