//! The kernel's counters as the incidents move them.
//! Knows: which cause moves which counter how fast. Does not know: how /proc is laid out.

use super::incidents::Cause;

/// The classic of this incident: a table of 65 536 entries, 65 400 of them in use …
pub(super) const CONNTRACK_MAX: u64 = 65_536;
const CONNTRACK_FULL: u64 = 65_400;
const CONNTRACK_HEALTHY: u64 = 9_200;
/// Entries come and go at about this speed, so that the gauge climbs instead of jumping.
const CONNTRACK_PER_SECOND: f64 = 12_000.0;

/// Present values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KernelCounts {
    pub conntrack_entries: u64,
    pub conntrack_insert_failed: u64,
    pub conntrack_drop: u64,
    pub conntrack_early_drop: u64,
    pub listen_overflows: u64,
    pub listen_drops: u64,
    pub tcp_timeouts: u64,
    pub syn_retransmits: u64,
    pub segments_out: u64,
    pub segments_retransmitted: u64,
    pub resets_established: u64,
    pub receive_drops: u64,
    owed: Growth,
}

/// Per second. Fractions are carried from step to step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Growth {
    insert_failed: f64,
    drop: f64,
    early_drop: f64,
    overflows: f64,
    timeouts: f64,
    syn_retransmits: f64,
    out: f64,
    retransmitted: f64,
    resets: f64,
    receive_drops: f64,
}

impl KernelCounts {
    pub fn new() -> KernelCounts {
        KernelCounts { conntrack_entries: CONNTRACK_HEALTHY, segments_out: 1_000_000, ..KernelCounts::default() }
    }

    pub fn step(&mut self, cause: Cause, seconds: f64) {
        let target = if cause == Cause::ConntrackExhaustion { CONNTRACK_FULL } else { CONNTRACK_HEALTHY };
        let most = (CONNTRACK_PER_SECOND * seconds) as u64;
        let entries = self.conntrack_entries;
        self.conntrack_entries = target.clamp(entries.saturating_sub(most), entries + most);
        let full = cause == Cause::ConntrackExhaustion && self.conntrack_entries == CONNTRACK_FULL;
        let growth = growth(cause, full);
        let (owed, s) = (&mut self.owed, seconds);
        for (count, carried, per_second) in [
            (&mut self.conntrack_insert_failed, &mut owed.insert_failed, growth.insert_failed),
            (&mut self.conntrack_drop, &mut owed.drop, growth.drop),
            (&mut self.conntrack_early_drop, &mut owed.early_drop, growth.early_drop),
            (&mut self.listen_overflows, &mut owed.overflows, growth.overflows),
            (&mut self.tcp_timeouts, &mut owed.timeouts, growth.timeouts),
            (&mut self.syn_retransmits, &mut owed.syn_retransmits, growth.syn_retransmits),
            (&mut self.segments_out, &mut owed.out, growth.out),
            (&mut self.segments_retransmitted, &mut owed.retransmitted, growth.retransmitted),
            (&mut self.resets_established, &mut owed.resets, growth.resets),
            (&mut self.receive_drops, &mut owed.receive_drops, growth.receive_drops),
        ] {
            *carried += per_second * s;
            *count += carried.trunc() as u64;
            *carried = carried.fract();
        }
        // Every overflow of an accept queue is a drop as well (tcp_conn_request in net/ipv4/tcp_input.c).
        self.listen_drops = self.listen_overflows;
    }
}

/// … and insert_failed up by 3 452, drop by 1 290 in a minute.
fn growth(cause: Cause, conntrack_full: bool) -> Growth {
    let quiet = Growth { out: 2_000.0, retransmitted: 0.4, resets: 0.3, ..Growth::default() };
    match cause {
        Cause::ConntrackExhaustion if conntrack_full => {
            Growth { insert_failed: 57.5, drop: 21.5, early_drop: 4.0, syn_retransmits: 60.0, timeouts: 60.0, ..quiet }
        }
        Cause::AcceptQueueOverflow => Growth { overflows: 40.0, syn_retransmits: 40.0, timeouts: 40.0, ..quiet },
        Cause::NetworkDisconnect => {
            Growth { retransmitted: 45.0, resets: 14.0, receive_drops: 8.0, timeouts: 5.0, ..quiet }
        }
        Cause::ConnectTimeout => Growth { syn_retransmits: 50.0, timeouts: 50.0, ..quiet },
        _ => quiet,
    }
}
