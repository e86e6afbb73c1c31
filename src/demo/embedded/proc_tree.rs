//! A small /proc of the demo's own, for `--path.procfs`.
//! Knows: the layout of the files hangup reads. Does not know: why the numbers are what they are.

use std::io;
use std::path::{Path, PathBuf};

use super::kernel::{CONNTRACK_MAX, KernelCounts};

/// Limits that do not move.
const SETTINGS: [(&str, u64); 6] = [
    ("sys/net/netfilter/nf_conntrack_max", CONNTRACK_MAX),
    ("sys/net/netfilter/nf_conntrack_buckets", 16_384),
    ("sys/net/netfilter/nf_conntrack_tcp_timeout_established", 432_000),
    ("sys/net/core/somaxconn", 512),
    ("sys/net/core/netdev_max_backlog", 1_000),
    ("sys/net/ipv4/tcp_max_syn_backlog", 1_024),
];

/// Where it stands.
#[derive(Debug)]
pub(super) struct ProcTree {
    root: PathBuf,
}

impl ProcTree {
    pub(super) fn new(root: PathBuf) -> ProcTree {
        ProcTree { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn write(&self, counts: &KernelCounts) -> io::Result<()> {
        for (path, value) in SETTINGS {
            self.put(path, &format!("{value}\n"))?;
        }
        self.put("sys/net/netfilter/nf_conntrack_count", &format!("{}\n", counts.conntrack_entries))?;
        self.put("net/stat/nf_conntrack", &conntrack(counts))?;
        self.put("net/netstat", &netstat(counts))?;
        self.put("net/snmp", &snmp(counts))?;
        self.put("net/softnet_stat", &softnet())?;
        self.put("net/dev", &dev(counts))
    }

    /// By rename, so that nobody ever reads half a file. A file that already says so stays.
    fn put(&self, path: &str, text: &str) -> io::Result<()> {
        let path = self.root.join(path);
        if std::fs::read(&path).is_ok_and(|present| present == text.as_bytes()) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let draft = path.with_extension("new");
        std::fs::write(&draft, text)?;
        std::fs::rename(draft, path)
    }
}

/// Hexadecimal, one row per CPU; `entries` is the same total in each.
fn conntrack(counts: &KernelCounts) -> String {
    let row = |insert_failed: u64, drop: u64, early_drop: u64| {
        format!(
            "{:08x}  {z} {z} {z} {z} {z} {z} {z} {z} {insert_failed:08x} {drop:08x} {early_drop:08x} {z}  {z} {z} {z} {z}\n",
            counts.conntrack_entries,
            z = "00000000"
        )
    };
    let (failed, drop, early) = (counts.conntrack_insert_failed, counts.conntrack_drop, counts.conntrack_early_drop);
    format!(
        "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart\n{}{}",
        row(failed / 2, drop / 2, early / 2),
        row(failed - failed / 2, drop - drop / 2, early - early / 2)
    )
}

fn netstat(c: &KernelCounts) -> String {
    table(
        "TcpExt",
        &[
            ("SyncookiesSent", 0),
            ("SyncookiesRecv", 0),
            ("SyncookiesFailed", 0),
            ("ListenOverflows", c.listen_overflows),
            ("ListenDrops", c.listen_drops),
            ("TCPTimeouts", c.tcp_timeouts),
            ("TCPAbortOnData", 0),
            ("TCPAbortOnClose", 0),
            ("TCPAbortOnMemory", 0),
            ("TCPAbortOnTimeout", 0),
            ("TCPAbortOnLinger", 0),
            ("TCPBacklogDrop", 0),
            ("TCPReqQFullDoCookies", 0),
            ("TCPReqQFullDrop", 0),
            ("TCPSynRetrans", c.syn_retransmits),
        ],
    )
}

fn snmp(c: &KernelCounts) -> String {
    table(
        "Tcp",
        &[
            ("RtoAlgorithm", 1),
            ("RtoMin", 200),
            ("RtoMax", 120_000),
            ("MaxConn", 0),
            ("ActiveOpens", 0),
            ("PassiveOpens", 0),
            ("AttemptFails", 0),
            ("EstabResets", c.resets_established),
            ("CurrEstab", 0),
            ("InSegs", c.segments_out),
            ("OutSegs", c.segments_out),
            ("RetransSegs", c.segments_retransmitted),
            ("InErrs", 0),
            ("OutRsts", 0),
            ("InCsumErrors", 0),
        ],
    )
}

/// One line of names, one of numbers, as net/netstat and net/snmp have them.
fn table(prefix: &str, cells: &[(&str, u64)]) -> String {
    let line = |cell: fn(&(&str, u64)) -> String| cells.iter().map(|c| format!(" {}", cell(c))).collect::<String>();
    format!("{prefix}:{}\n{prefix}:{}\n", line(|c| c.0.to_owned()), line(|c| c.1.to_string()))
}

fn softnet() -> String {
    let row = format!("000078d3{}\n", " 00000000".repeat(14));
    row.repeat(2)
}

fn dev(c: &KernelCounts) -> String {
    format!(
        "Inter-|   Receive                                                |  Transmit\n \
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n  \
         eth0: {bytes} {packets}    0 {drops}    0     0          0         0 {bytes} {packets}    0    0    0     0       0          0\n",
        bytes = c.segments_out * 900,
        packets = c.segments_out,
        drops = c.receive_drops
    )
}
