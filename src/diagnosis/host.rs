//! What the host says of itself: samples as plain values in, what they amount to in a stretch of time out.
//! Knows: counters, levels, queues. Does not know: /proc, the kernel's names, nginx's status page.

use crate::record::labels;

labels! {
    /// What only ever grows.
    Counter {
        ConntrackDrop = "conntrack_drop",
        ConntrackInsertFailed = "conntrack_insert_failed",
        ConntrackEarlyDrop = "conntrack_early_drop",
        /// The kernel's own message that the table is full.
        ConntrackTableFull = "conntrack_table_full",
        ListenOverflows = "listen_overflows",
        ListenDrops = "listen_drops",
        SynQueueDrop = "syn_queue_drop",
        Retransmitted = "retransmitted_segments",
        Sent = "sent_segments",
        SynRetransmitted = "retransmitted_syns",
        BacklogDrop = "packets_dropped_before_a_socket",
        /// Connections that nginx accepted and had no slot for.
        NotHandled = "connections_not_handled",
    }
}

/// One look at the host. `None`: not visible here.
#[derive(Debug, Clone, Default)]
pub struct Host {
    pub conntrack: Option<Table>,
    pub connections: Option<Connections>,
    pub listeners: Vec<Listener>,
    /// By counter, in any order.
    pub counters: Vec<(Counter, u64)>,
}

/// A table of the kernel's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub entries: u64,
    pub limit: u64,
}

/// nginx's connections by what they do.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Connections {
    pub active: f64,
    pub reading: f64,
    pub writing: f64,
    pub waiting: f64,
}

/// One accept queue that matters: nginx's own, or an upstream's on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub name: String,
    /// The longest that was seen lately.
    pub length: u64,
    pub limit: u64,
}

impl Listener {
    fn fullness(&self) -> f64 {
        self.length as f64 / self.limit.max(1) as f64
    }
}

/// Counters, each `None` while it was never seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counters([Option<u64>; Counter::ALL.len()]);

impl Counters {
    pub(super) fn of(host: &Host) -> Counters {
        let mut counters = Counters::default();
        host.counters.iter().for_each(|(counter, value)| counters.0[*counter as usize] = Some(*value));
        counters
    }

    pub(super) fn get(&self, counter: Counter) -> Option<u64> {
        self.0[counter as usize]
    }

    /// Takes over what was there before where this look has nothing.
    pub(super) fn or(self, before: Counters) -> Counters {
        let mut all = self;
        all.0.iter_mut().zip(before.0).for_each(|(now, before)| *now = now.or(before));
        all
    }

    /// What came since. A counter that stepped back started anew; one that is seen for the first time has no past.
    pub(super) fn since(&self, before: &Counters) -> Counters {
        let mut grown = Counters::default();
        for ((grown, now), before) in grown.0.iter_mut().zip(self.0).zip(before.0) {
            *grown = now.zip(before).map(|(now, before)| now.checked_sub(before).unwrap_or(now));
        }
        grown
    }

    pub(super) fn merge(&mut self, other: &Counters) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = match (*mine, theirs) {
                (Some(mine), Some(theirs)) => Some(mine.saturating_add(theirs)),
                (mine, theirs) => mine.or(theirs),
            };
        }
    }
}

/// The host in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct HostStretch {
    pub(super) counters: Counters,
    /// The fullest look at the table.
    pub(super) conntrack: Option<Table>,
    /// Sums over the looks, and how many there were.
    connections: Connections,
    looks: u32,
    /// The fullest queue.
    pub(super) queue: Option<Listener>,
}

impl HostStretch {
    pub(super) fn of(host: &Host, counters: Counters) -> HostStretch {
        HostStretch {
            counters,
            conntrack: host.conntrack,
            connections: host.connections.unwrap_or_default(),
            looks: u32::from(host.connections.is_some()),
            queue: host.listeners.iter().max_by(|a, b| a.fullness().total_cmp(&b.fullness())).cloned(),
        }
    }

    pub(super) fn merge(&mut self, other: &HostStretch) {
        self.counters.merge(&other.counters);
        let fullest = |table: &Table| (table.entries, table.limit);
        self.conntrack = self.conntrack.into_iter().chain(other.conntrack).max_by_key(fullest);
        let Connections { active, reading, writing, waiting } = other.connections;
        self.connections.active += active;
        self.connections.reading += reading;
        self.connections.writing += writing;
        self.connections.waiting += waiting;
        self.looks += other.looks;
        if let Some(theirs) = &other.queue
            && self.queue.as_ref().is_none_or(|mine| mine.fullness() < theirs.fullness())
        {
            self.queue = Some(theirs.clone());
        }
    }

    pub(super) fn counter(&self, counter: Counter) -> Option<u64> {
        self.counters.get(counter)
    }

    /// The mean over the looks.
    pub(super) fn connections(&self) -> Option<Connections> {
        let looks = f64::from(self.looks);
        let Connections { active, reading, writing, waiting } = self.connections;
        let mean = Connections {
            active: active / looks,
            reading: reading / looks,
            writing: writing / looks,
            waiting: waiting / looks,
        };
        (self.looks > 0).then_some(mean)
    }

    /// How full the fullest queue was.
    pub(super) fn queue_ratio(&self) -> Option<f64> {
        self.queue.as_ref().map(Listener::fullness)
    }

    pub(super) fn conntrack_ratio(&self) -> Option<f64> {
        let table = self.conntrack.filter(|table| table.limit > 0)?;
        Some(table.entries as f64 / table.limit as f64)
    }
}
