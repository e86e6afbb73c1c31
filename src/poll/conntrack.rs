//! Reads the connection tracking table's files. Knows: which file says what. Does not know: their layout.

use super::host::not_understood;
use super::miss::{Miss, Reason};
use super::proc_root::ProcRoot;
use crate::kernel::conntrack::{self, Conntrack, Statistics};
use crate::kernel::{NotUnderstood, number};

const COUNT: &str = "net/netfilter/nf_conntrack_count";
const MAX: &str = "net/netfilter/nf_conntrack_max";
const BUCKETS: &str = "net/netfilter/nf_conntrack_buckets";
const STATISTICS: &str = "stat/nf_conntrack";

const NOT_LOADED: &str = "conntrack is not loaded: this host tracks no connections, so no table can fill up";

/// Absent only where nothing of it is there. The limit and the buckets hold for the whole machine, the number of entries
/// for one network namespace; of a foreign one it stands in the statistics alone.
pub(super) fn ask(proc_root: &ProcRoot) -> Result<Conntrack, Miss> {
    let statistics = optional(proc_root.net(STATISTICS), STATISTICS, conntrack::parse)?;
    let sys = |file| optional(proc_root.sys(file), file, number);
    let Statistics { entries, counters } = statistics.unwrap_or_default();
    let own_entries = if proc_root.is_foreign() { None } else { sys(COUNT)? };
    let reading =
        Conntrack { entries: own_entries.or(entries), entries_limit: sys(MAX)?, buckets: sys(BUCKETS)?, counters };
    if reading.entries.is_none() {
        return Err(Miss::new(Reason::Absent, NOT_LOADED));
    }
    Ok(reading)
}

fn optional<T>(
    text: Result<String, Miss>,
    file: &str,
    parse: impl Fn(&str) -> Result<T, NotUnderstood>,
) -> Result<Option<T>, Miss> {
    match text {
        Ok(text) => parse(&text).map(Some).map_err(|error| not_understood(file, error)),
        Err(miss) if miss.is_absent() => Ok(None),
        Err(miss) => Err(miss),
    }
}
