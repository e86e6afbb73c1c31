//! How many connections nginx can hold: workers, slots, file descriptors.

use super::scope::Tree;
use super::{Origin, origin};
use crate::dialect::nginx::conf::Directive;

/// A limit and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub value: u64,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workers {
    pub processes: Limit,
    /// Slots of each worker, for clients and upstreams together.
    pub connections: Limit,
    /// `None`: whatever nginx inherited when it was started.
    pub rlimit_nofile: Option<Limit>,
}

/// nginx's defaults (nginx.c and ngx_event.c).
const PROCESSES: u64 = 1;
const CONNECTIONS: u64 = 512;

/// `auto`: what nginx resolved it to, or would.
pub fn find(tree: &Tree<'_>, auto: u64) -> Workers {
    let events = tree.main.iter().filter(|d| d.name == "events").flat_map(|events| &events.block);
    let number = |text: &str| if text == "auto" { Some(auto) } else { text.parse().ok() };
    Workers {
        processes: limit(tree.main.iter(), "worker_processes", number).unwrap_or_else(|| default(PROCESSES)),
        connections: limit(events, "worker_connections", number).unwrap_or_else(|| default(CONNECTIONS)),
        rlimit_nofile: limit(tree.main.iter(), "worker_rlimit_nofile", number),
    }
}

impl Workers {
    /// Connections all workers can hold together.
    pub fn slots(&self) -> u64 {
        self.processes.value.saturating_mul(self.connections.value)
    }
}

fn limit<'a>(
    mut lines: impl Iterator<Item = &'a Directive>,
    name: &str,
    number: impl Fn(&str) -> Option<u64>,
) -> Option<Limit> {
    let line = lines.find(|d| d.name == name)?;
    Some(Limit { value: number(line.args.first()?)?, origin: origin(line) })
}

fn default(value: u64) -> Limit {
    Limit { value, origin: Origin::Default }
}
