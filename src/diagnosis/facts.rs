//! What the configuration says, and what the logs can show at all. Does not know: where it was read.

use std::collections::BTreeMap;

use crate::record::Signal;

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
}

/// nginx's own patience.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timeouts {
    /// Between two reads of an upstream's answer; the longest of the server's.
    pub read: Option<f64>,
    pub connect: Option<f64>,
    /// How long an idle connection to an upstream is kept.
    pub keepalive: Option<f64>,
}

impl Default for Facts {
    fn default() -> Self {
        Facts {
            long_after_seconds: 1.0,
            timeouts: BTreeMap::new(),
            slots: None,
            visible: Signal::ALL.to_vec(),
            error_log: true,
        }
    }
}

impl Facts {
    pub fn sees(&self, signal: Signal) -> bool {
        self.visible.contains(&signal)
    }

    /// Those of a server; of one that the configuration does not name, the longest of all.
    pub fn timeouts_of(&self, server: &str) -> Timeouts {
        let longest =
            |value: fn(&Timeouts) -> Option<f64>| self.timeouts.values().filter_map(value).max_by(f64::total_cmp);
        self.timeouts.get(server).copied().unwrap_or_else(|| Timeouts {
            read: longest(|timeouts| timeouts.read),
            connect: longest(|timeouts| timeouts.connect),
            keepalive: longest(|timeouts| timeouts.keepalive),
        })
    }
}
