//! The connection tracking table. Knows: /proc/net/stat/nf_conntrack of any kernel. Does not know: the sysctl files' place.
//!
//! The file has one line of column names and one row of hexadecimal numbers for each CPU
//! (source: `ct_cpu_seq_show` in net/netfilter/nf_conntrack_standalone.c). Kernels rename, add and retire columns,
//! so columns are found by name and a column that is not there gives no sample rather than a zero.

use super::{Count, Counter, NotUnderstood, counters};

/// How full the table is and what it refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conntrack {
    pub entries: Option<u64>,
    pub entries_limit: Option<u64>,
    pub buckets: Option<u64>,
    /// Empty on kernels built without CONFIG_NF_CONNTRACK_PROCFS.
    pub counters: Vec<Count>,
}

/// What the per-CPU file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The size of the table. Every row repeats the same total, so it is taken from the first one.
    pub entries: Option<u64>,
    /// Per-CPU numbers, summed.
    pub counters: Vec<Count>,
}

counters! {
    /// The kernel's columns. `conntrack -S` shows the kernel's `icmp_error` as `error`, as we do: since 5.9 it counts every
    /// packet that a protocol's tracker rejected as broken, not only ICMP.
    COUNTERS: &str, "conntrack" {
        "insert_failed", "insert_failed", "Connections that could not be entered into the connection tracking table; their packet was dropped.";
        "drop", "drop", "Packets dropped because connection tracking failed, a full table included.";
        "early_drop", "early_drop", "Connections thrown out of the full connection tracking table to make room for new ones.";
        "icmp_error", "error", "Packets that connection tracking rejected as broken.";
        "invalid", "invalid", "Packets that belong to no connection that could be tracked.";
    }
}

pub fn parse(text: &str) -> Result<Statistics, NotUnderstood> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
    if !header.contains(&"entries") {
        return Err(NotUnderstood("expected a first line that names the column \"entries\""));
    }
    let rows = lines.filter(|line| !line.trim().is_empty()).map(hexadecimal_row).collect::<Result<Vec<_>, _>>()?;
    let cells = |name: &str| {
        let column = header.iter().position(|word| *word == name)?;
        Some(rows.iter().filter_map(move |row| row.get(column).copied()))
    };
    let sum = |row: &Counter<&str>| Some(Count { name: row.name, value: cells(row.kernel)?.sum() });
    Ok(Statistics {
        entries: cells("entries").and_then(|mut cells| cells.next()),
        counters: COUNTERS.iter().filter_map(sum).collect(),
    })
}

fn hexadecimal_row(line: &str) -> Result<Vec<u64>, NotUnderstood> {
    let cell = |word| u64::from_str_radix(word, 16).map_err(|_| NotUnderstood("expected hexadecimal numbers"));
    line.split_whitespace().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of the table and the counters; `None` where the text is refused.
    type Expected<'a> = Option<(Option<u64>, &'a [(&'static str, u64)])>;

    fn check(text: &str, expected: Expected<'_>) {
        let expected = expected.map(|(entries, counters)| Statistics {
            entries,
            counters: counters.iter().map(|&(name, value)| Count { name, value }).collect(),
        });
        assert_eq!(parse(text).ok(), expected, "{text}");
    }

    #[test]
    fn columns_are_found_by_name_and_summed_over_cpus() {
        check(
            "entries  clashres drop insert_failed\n0000001e 0 00000fff 1\n0000001e 0 00000001 f\n",
            Some((Some(30), &[("insert_failed", 16), ("drop", 4096)])),
        );
    }

    #[test]
    fn a_short_row_counts_as_far_as_it_goes() {
        check("entries drop invalid\n2 3\n2 3 4\n", Some((Some(2), &[("drop", 6), ("invalid", 4)])));
    }

    #[test]
    fn per_cpu_sums_do_not_wrap_at_the_kernels_32_bits() {
        check("entries drop\n0 ffffffff\n0 ffffffff\n", Some((Some(0), &[("drop", 2 * 0xffff_ffff)])));
    }

    #[test]
    fn other_texts_are_refused() {
        check("", None);
        check("something else\n1 2\n", None);
        check("entries drop\nzz 1\n", None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*\n?.*") {
            let _ = parse(&text);
            let _ = parse(&format!("entries drop\n{text}"));
        }
    }
}
