//! The TCP counters that explain a hang-up. Knows: /proc/net/netstat and /proc/net/snmp. Does not know: what they mean together.
//!
//! Both files are pairs of lines, `TcpExt: NAME NAME …` above `TcpExt: 1 2 …`. Kernels insert and remove columns in the
//! middle, so values are found by name, and a counter this kernel does not have gives no sample.
//! The names and what makes them count: include/uapi/linux/snmp.h and Documentation/networking/snmp_counter.rst.

use super::{Count, NotUnderstood};

/// The line, the kernel's name and ours: snake case, without the `TCP` that the family's name says already.
pub const COUNTERS: [(&str, &str, &str); 19] = [
    ("TcpExt", "ListenOverflows", "listen_overflows"),
    ("TcpExt", "ListenDrops", "listen_drops"),
    ("TcpExt", "TCPReqQFullDrop", "req_q_full_drop"),
    ("TcpExt", "TCPReqQFullDoCookies", "req_q_full_do_cookies"),
    ("TcpExt", "SyncookiesSent", "syncookies_sent"),
    ("TcpExt", "SyncookiesRecv", "syncookies_recv"),
    ("TcpExt", "SyncookiesFailed", "syncookies_failed"),
    ("TcpExt", "TCPTimeouts", "timeouts"),
    ("TcpExt", "TCPSynRetrans", "syn_retrans"),
    ("TcpExt", "TCPAbortOnData", "abort_on_data"),
    ("TcpExt", "TCPAbortOnClose", "abort_on_close"),
    ("TcpExt", "TCPAbortOnMemory", "abort_on_memory"),
    ("TcpExt", "TCPAbortOnTimeout", "abort_on_timeout"),
    ("TcpExt", "TCPAbortOnLinger", "abort_on_linger"),
    ("TcpExt", "TCPBacklogDrop", "backlog_drop"),
    ("Tcp", "AttemptFails", "attempt_fails"),
    ("Tcp", "EstabResets", "estab_resets"),
    ("Tcp", "RetransSegs", "retrans_segs"),
    ("Tcp", "OutSegs", "out_segs"),
];

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
            let row = COUNTERS.iter().position(|&(of, column, _)| of == line && column == name);
            if let Some(row) = row {
                values[row] = number.parse().ok();
            }
        }
    }
    let counts = COUNTERS.iter().zip(values).filter_map(|(&(_, _, name), value)| Some(Count { name, value: value? }));
    if understood { Ok(counts.collect()) } else { Err(NotUnderstood("expected pairs of lines, found none")) }
}
