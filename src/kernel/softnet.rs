//! Packets dropped before any socket saw them. Knows: /proc/net/softnet_stat. Does not know: which device they came from.

use super::{Count, NotUnderstood};

/// Position and name. One row for each CPU, hexadecimal, without names; kernels have only ever added at the end
/// (source: `softnet_seq_show` in net/core/net-procfs.c, from 9 columns in 2.6 to 15 in 6.x).
/// dropped: the CPU's queue was full (net.core.netdev_max_backlog). squeezed: there was more to do than time to do it in.
pub const COLUMNS: [(usize, &str); 2] = [(1, "dropped"), (2, "squeezed")];

/// Sums over the CPUs.
pub fn parse(text: &str) -> Result<Vec<Count>, NotUnderstood> {
    let mut sums = [0u64; COLUMNS.len()];
    let mut rows = 0;
    for line in text.lines() {
        rows += 1;
        for (sum, (column, _)) in sums.iter_mut().zip(COLUMNS) {
            let cell = line.split_whitespace().nth(column).and_then(|word| u64::from_str_radix(word, 16).ok());
            *sum =
                sum.saturating_add(cell.ok_or(NotUnderstood("expected rows of at least three hexadecimal numbers"))?);
        }
    }
    if rows == 0 {
        return Err(NotUnderstood("expected a row for each CPU"));
    }
    Ok(COLUMNS.iter().zip(sums).map(|(&(_, name), value)| Count { name, value }).collect())
}
