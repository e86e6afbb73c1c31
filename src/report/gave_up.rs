//! Who gave up, in which phase, at which server. Does not know: how it is shown.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::Status;
use crate::tally::{GaveUpCount, Tally};

#[derive(Debug, Clone, Serialize)]
pub struct GaveUpRow {
    pub party: &'static str,
    pub phase: &'static str,
    /// `null`: none was sent.
    pub code: Status,
    pub count: u64,
    /// By server; left out where there is only one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub servers: BTreeMap<String, u64>,
}

/// The most frequent first.
pub(super) fn rows(tally: &Tally) -> Vec<GaveUpRow> {
    let mut counts: BTreeMap<_, BTreeMap<String, u64>> = BTreeMap::new();
    for GaveUpCount { server, gave_up, count, .. } in tally.gave_up().filter(|row| row.count > 0) {
        let servers = counts.entry((gave_up.party.as_str(), gave_up.phase.as_str(), gave_up.code)).or_default();
        *servers.entry(server.to_owned()).or_default() += count;
    }
    let several = has_several_servers(tally);
    let row = |((party, phase, code), servers): (_, BTreeMap<String, u64>)| GaveUpRow {
        party,
        phase,
        code,
        count: servers.values().sum(),
        servers: if several { servers } else { BTreeMap::new() },
    };
    let mut rows: Vec<_> = counts.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

fn has_several_servers(tally: &Tally) -> bool {
    let mut servers = tally.requests().filter(|row| row.count > 0).map(|row| row.server);
    let first = servers.next();
    servers.any(|server| Some(server) != first)
}
