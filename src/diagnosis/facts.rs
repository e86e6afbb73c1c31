//! What the configuration says, and what the logs can show at all. Does not know: where it was read.

use std::collections::BTreeMap;

use crate::record::Signal;
use crate::tally::{Limits, Normal};

/// Limits and timeouts that evidence is held against. `None` or absent: not known.
#[derive(Debug, Clone)]
pub struct Facts {
    /// From here on a 499 is one of somebody who had waited.
    pub long_after_seconds: f64,
    /// By server.
    pub timeouts: BTreeMap<String, Timeouts>,
    /// worker_connections × worker_processes.
    pub slots: Option<u64>,
    /// Shown by at least one access log.
    pub visible: Vec<Signal>,
    /// An error log is read.
    pub error_log: bool,
    /// For how long nginx keeps idle connections, in seconds, by upstream; those that are absent are kept none.
    pub keepalives: BTreeMap<String, f64>,
    /// Timeouts of what stands in front of nginx, the outermost first: name and seconds.
    pub chain: Vec<(String, f64)>,
    /// What is normal here; of two words on one thing the first holds.
    pub normal: Vec<Normal>,
    /// The servers of each group of upstreams, by its name.
    pub groups: BTreeMap<String, Vec<String>>,
    /// The way to each upstream, as the kernel measures it now.
    pub paths: BTreeMap<String, Path>,
}

/// The connections to an upstream, in seconds; `None`: not visible here.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Path {
    pub round_trip: Option<f64>,
    /// The longest that one of them has been without data.
    pub idle: Option<f64>,
}

/// nginx's own patience.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timeouts {
    /// Between two reads of an upstream's answer; the longest of the server's.
    pub read: Option<f64>,
    pub connect: Option<f64>,
}

impl Default for Facts {
    fn default() -> Self {
        Facts {
            long_after_seconds: 1.0,
            timeouts: BTreeMap::new(),
            slots: None,
            visible: Signal::ALL.to_vec(),
            error_log: true,
            keepalives: BTreeMap::new(),
            chain: Vec::new(),
            normal: Vec::new(),
            groups: BTreeMap::new(),
            paths: BTreeMap::new(),
        }
    }
}

impl Facts {
    pub fn sees(&self, signal: Signal) -> bool {
        self.visible.contains(&signal)
    }

    /// What is normal for a server; for the whole host (an empty name), what is for every server.
    pub fn limits_of(&self, server: &str) -> Limits {
        Limits::of(server, &self.normal)
    }

    /// Those of a server; of one that the configuration does not name, the longest of all.
    pub fn timeouts_of(&self, server: &str) -> Timeouts {
        let longest =
            |value: fn(&Timeouts) -> Option<f64>| self.timeouts.values().filter_map(value).max_by(f64::total_cmp);
        self.timeouts.get(server).copied().unwrap_or_else(|| Timeouts {
            read: longest(|timeouts| timeouts.read),
            connect: longest(|timeouts| timeouts.connect),
        })
    }
}
