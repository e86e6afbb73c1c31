//! When users were lost in finished logs: the worst stretch of time and why, and how early users left before gateways failed.
//! Does not know: how a log is read, wording.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::logs;
use super::read::Read;
use crate::diagnosis::{Diagnosis, Facts, WindowAnswer, Worst};
use crate::record::Signal;
use crate::tally::Normal;

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeadRow {
    pub server: String,
    /// When it began: RFC 3339, UTC.
    pub from: String,
    /// So long before gateways failed users had begun to leave; negative where the failures came first.
    pub seconds: f64,
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstStretch {
    /// RFC 3339, UTC.
    pub from: String,
    pub to: String,
    pub requests: u64,
    /// Users who left, and gateway errors that reached users.
    pub left: u64,
    pub errors: u64,
}

/// What only the host could show is not visible in a log, and an error log's entries have no time zone.
pub(super) fn worst(read: &Read, long_after_ms: u32, normal: &[Normal]) -> Option<(WorstStretch, Vec<Diagnosis>)> {
    let sight = logs::sight(read)?;
    let facts = Facts {
        long_after_seconds: f64::from(long_after_ms) / 1000.0,
        visible: Signal::ALL.into_iter().filter(|signal| signal.is_visible(sight)).collect(),
        error_log: false,
        normal: normal.to_vec(),
        ..Facts::default()
    };
    let Worst { from_ms, to_ms, answer } = read.history.worst(&facts)?;
    let WindowAnswer { requests, left, errors, diagnosis, .. } = answer;
    let stretch = WorstStretch { from: rfc3339(from_ms), to: rfc3339(to_ms), requests, left, errors };
    Some((stretch, diagnosis))
}

/// At most so many.
pub(super) fn leads(read: &Read, normal: &[Normal], rows_max: usize) -> Vec<LeadRow> {
    let rows = read.history.leads(normal).into_iter().map(|lead| LeadRow {
        server: lead.server,
        from: rfc3339(lead.from_ms),
        seconds: lead.seconds,
    });
    rows.take(rows_max).collect()
}

fn rfc3339(unix_ms: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1000)).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}
