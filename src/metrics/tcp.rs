//! Families of the kernel's TCP counters. Knows: their names, which follow the kernel's. Does not know: which text they are in.

use super::family::{Family, counter};
use super::host::count;

/// One row: our word for the counter (see `kernel::netstat::COUNTERS`) and what makes it count.
macro_rules! tcp {
    ($name:literal, $help:literal) => {
        counter(concat!("hangup_tcp_", $name, "_total"), &[], $help, |scrape, out| {
            count(&scrape.readings.tcp, out, $name)
        })
    };
}

pub const FAMILIES: &[Family] = &[
    tcp!(
        "listen_overflows",
        "Connections turned away because an accept queue was full (ListenOverflows); retries count."
    ),
    tcp!("listen_drops", "SYNs and last ACKs dropped by listeners for any reason (ListenDrops)."),
    tcp!("req_q_full_drop", "SYNs dropped because a SYN queue was full and cookies are off (TCPReqQFullDrop)."),
    tcp!("req_q_full_do_cookies", "SYNs answered with a cookie because a SYN queue was full (TCPReqQFullDoCookies)."),
    tcp!("syncookies_sent", "SYN cookies sent (SyncookiesSent)."),
    tcp!("syncookies_recv", "Valid SYN cookies that came back (SyncookiesRecv)."),
    tcp!("syncookies_failed", "Invalid SYN cookies that came back (SyncookiesFailed)."),
    tcp!("timeouts", "Retransmission timers that ran out, SYNs included (TCPTimeouts)."),
    tcp!("syn_retrans", "SYNs and SYN+ACKs sent again because no answer came (TCPSynRetrans)."),
    tcp!("abort_on_data", "Connections reset because data came after they were closed on this side (TCPAbortOnData)."),
    tcp!("abort_on_close", "Connections reset because a program closed them with unread data (TCPAbortOnClose)."),
    tcp!("abort_on_memory", "Connections reset for lack of TCP memory or too many orphans (TCPAbortOnMemory)."),
    tcp!("abort_on_timeout", "Connections given up after the last retransmission (TCPAbortOnTimeout)."),
    tcp!("abort_on_linger", "Connections reset because they lingered in FIN-WAIT-2 for too long (TCPAbortOnLinger)."),
    tcp!("backlog_drop", "Segments dropped because a busy socket's backlog was full (TCPBacklogDrop)."),
    tcp!("attempt_fails", "Connections that failed before they were established (AttemptFails)."),
    tcp!("estab_resets", "Established connections that ended in a reset (EstabResets)."),
    tcp!(
        "retrans_segs",
        "Segments sent again (RetransSegs); over hangup_tcp_out_segs_total it is the loss on the path."
    ),
    tcp!("out_segs", "Segments sent, without those sent again (OutSegs)."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::netstat::COUNTERS;

    #[test]
    fn each_counter_has_its_family_and_its_help_names_the_kernels_word() {
        assert_eq!(FAMILIES.len(), COUNTERS.len());
        for (family, (_, kernels, ours)) in FAMILIES.iter().zip(COUNTERS) {
            assert_eq!(family.name, format!("hangup_tcp_{ours}_total"));
            assert!(family.help.contains(&format!("({kernels})")), "{}: {}", family.name, family.help);
        }
    }
}
