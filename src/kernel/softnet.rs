//! Packets dropped before any socket saw them. Knows: /proc/net/softnet_stat. Does not know: which device they came from.

use super::{Count, NotUnderstood, counters};

counters! {
    /// By position. One line for each CPU, hexadecimal, without names; kernels have only ever added at the end
    /// (source: `softnet_seq_show` in net/core/net-procfs.c, from 9 columns in 2.6 to 15 in 6.x).
    COUNTERS: usize, "softnet" {
        1, "dropped", "Packets dropped because a CPU's receive queue was full (net.core.netdev_max_backlog).";
        2, "squeezed", "Times a CPU had to leave received packets for later.";
    }
}

/// Sums over the CPUs.
pub fn parse(text: &str) -> Result<Vec<Count>, NotUnderstood> {
    let mut sums = [0u64; COUNTERS.len()];
    let mut rows = 0;
    for line in text.lines() {
        rows += 1;
        for (sum, row) in sums.iter_mut().zip(COUNTERS) {
            let cell = line.split_whitespace().nth(row.kernel).and_then(|word| u64::from_str_radix(word, 16).ok());
            *sum =
                sum.saturating_add(cell.ok_or(NotUnderstood("expected rows of at least three hexadecimal numbers"))?);
        }
    }
    if rows == 0 {
        return Err(NotUnderstood("expected a row for each CPU"));
    }
    Ok(COUNTERS.iter().zip(sums).map(|(row, value)| Count { name: row.name, value }).collect())
}
