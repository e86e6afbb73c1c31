//! Reads the connection tracking table's files. Knows: which file says what. Does not know: their layout.

use crate::kernel::conntrack::{self, Conntrack, Statistics};
use crate::kernel::{NotUnderstood, number};
use crate::poll::error::{PollError, Reason};
use crate::poll::options::Options;
use crate::poll::proc_root::{ProcRoot, not_understood};
use crate::poll::readings::Readings;
use crate::poll::source::Source;

const COUNT: &str = "net/netfilter/nf_conntrack_count";
const MAX: &str = "net/netfilter/nf_conntrack_max";
const BUCKETS: &str = "net/netfilter/nf_conntrack_buckets";
const STATISTICS: &str = "stat/nf_conntrack";

const NOT_LOADED: &str = "conntrack is not loaded: this host tracks no connections, so no table can fill up";

pub(super) struct ConntrackTable(ProcRoot);

impl Source for ConntrackTable {
    const NAME: &'static str = "conntrack";
    type Sample = Conntrack;

    fn new(options: &Options) -> Self {
        Self(ProcRoot::of(options))
    }

    /// Absent only where nothing of it is there. The limit and the buckets hold for the whole machine, the number of
    /// entries for one network namespace; of a foreign one it stands in the statistics alone.
    fn ask(&mut self) -> Result<Conntrack, PollError> {
        let statistics = optional(self.0.net(STATISTICS), STATISTICS, conntrack::parse)?;
        let sys = |file| optional(self.0.sys(file), file, number);
        let Statistics { entries, counters } = statistics.unwrap_or_default();
        let own_entries = if self.0.is_foreign() { None } else { sys(COUNT)? };
        let reading =
            Conntrack { entries: own_entries.or(entries), entries_limit: sys(MAX)?, buckets: sys(BUCKETS)?, counters };
        if reading.entries.is_none() {
            return Err(PollError::new(Reason::Absent, NOT_LOADED));
        }
        Ok(reading)
    }

    fn store(readings: &mut Readings, sample: Option<Conntrack>) {
        readings.conntrack = sample;
    }

    fn describe(&self, sample: &Conntrack) -> String {
        let limit = sample.entries_limit.map_or("an unknown limit".to_owned(), |limit| limit.to_string());
        let counters = if sample.counters.is_empty() { "; this kernel shows no counters of drops" } else { "" };
        format!("{} of {limit} entries{counters}", sample.entries.unwrap_or_default())
    }
}

fn optional<T>(
    text: Result<String, PollError>,
    file: &str,
    parse: impl Fn(&str) -> Result<T, NotUnderstood>,
) -> Result<Option<T>, PollError> {
    match text {
        Ok(text) => parse(&text).map(Some).map_err(|error| not_understood(file, error)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}
