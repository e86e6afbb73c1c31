//! The TCP counters that explain a hang-up. Knows: /proc/net/netstat and /proc/net/snmp. Does not know: what they mean together.
//!
//! Both files are pairs of lines, `TcpExt: NAME NAME …` above `TcpExt: 1 2 …`. Kernels insert and remove columns in the
//! middle, so values are found by name, and a counter this kernel does not have gives no sample.
//! The names and what makes them count: include/uapi/linux/snmp.h and Documentation/networking/snmp_counter.rst.

use super::{Count, NotUnderstood, counters};

counters! {
    /// The line and the kernel's name as one word, as nstat(8) has it. Ours is the kernel's in snake case, without the `TCP`
    /// that the family's name says already.
    COUNTERS: &str, "tcp" {
        "TcpExtListenOverflows", "listen_overflows", "Connections turned away because an accept queue was full (ListenOverflows); retries count.";
        "TcpExtListenDrops", "listen_drops", "SYNs and last ACKs dropped by listeners for any reason (ListenDrops).";
        "TcpExtTCPReqQFullDrop", "req_q_full_drop", "SYNs dropped because a SYN queue was full and cookies are off (TCPReqQFullDrop).";
        "TcpExtTCPReqQFullDoCookies", "req_q_full_do_cookies", "SYNs answered with a cookie because a SYN queue was full (TCPReqQFullDoCookies).";
        "TcpExtSyncookiesSent", "syncookies_sent", "SYN cookies sent (SyncookiesSent).";
        "TcpExtSyncookiesRecv", "syncookies_recv", "Valid SYN cookies that came back (SyncookiesRecv).";
        "TcpExtSyncookiesFailed", "syncookies_failed", "Invalid SYN cookies that came back (SyncookiesFailed).";
        "TcpExtTCPTimeouts", "timeouts", "Retransmission timers that ran out, SYNs included (TCPTimeouts).";
        "TcpExtTCPSynRetrans", "syn_retrans", "SYNs and SYN+ACKs sent again because no answer came (TCPSynRetrans).";
        "TcpExtTCPAbortOnData", "abort_on_data", "Connections reset because data came after they were closed on this side (TCPAbortOnData).";
        "TcpExtTCPAbortOnClose", "abort_on_close", "Connections reset because a program closed them with unread data (TCPAbortOnClose).";
        "TcpExtTCPAbortOnMemory", "abort_on_memory", "Connections reset for lack of TCP memory or too many orphans (TCPAbortOnMemory).";
        "TcpExtTCPAbortOnTimeout", "abort_on_timeout", "Connections given up after the last retransmission (TCPAbortOnTimeout).";
        "TcpExtTCPAbortOnLinger", "abort_on_linger", "Connections reset because they lingered in FIN-WAIT-2 for too long (TCPAbortOnLinger).";
        "TcpExtTCPBacklogDrop", "backlog_drop", "Segments dropped because a busy socket's backlog was full (TCPBacklogDrop).";
        "TcpAttemptFails", "attempt_fails", "Connections that failed before they were established (AttemptFails).";
        "TcpEstabResets", "estab_resets", "Established connections that ended in a reset (EstabResets).";
        "TcpRetransSegs", "retrans_segs", "Segments sent again (RetransSegs); over hangup_tcp_out_segs_total it is the loss on the path.";
        "TcpOutSegs", "out_segs", "Segments sent, without those sent again (OutSegs).";
    }
}

/// Takes either file, or both one after the other. The result is in the table's order.
pub fn parse(text: &str) -> Result<Vec<Count>, NotUnderstood> {
    let mut values = [None; COUNTERS.len()];
    let mut lines = text.lines();
    let mut understood = false;
    while let (Some(names), Some(numbers)) = (lines.next(), lines.next()) {
        let (Some((line, names)), Some((same, numbers))) = (names.split_once(':'), numbers.split_once(':')) else {
            return Err(NotUnderstood("expected pairs of lines that begin with the same word"));
        };
        if line != same {
            return Err(NotUnderstood("expected pairs of lines that begin with the same word"));
        }
        understood = true;
        for (name, number) in names.split_whitespace().zip(numbers.split_whitespace()) {
            let row = COUNTERS.iter().position(|row| row.kernel.strip_prefix(line) == Some(name));
            if let Some(row) = row {
                values[row] = number.parse().ok();
            }
        }
    }
    let counts = COUNTERS.iter().zip(values).filter_map(|(row, value)| Some(Count { name: row.name, value: value? }));
    if understood { Ok(counts.collect()) } else { Err(NotUnderstood("expected pairs of lines, found none")) }
}
