//! What the followed logs cannot show, in one sentence for each format, with what to add to it.
//! Knows: which log has which format. Does not know: how a format is completed (see `hangup check`).

use std::collections::BTreeMap;

use super::logs::{LogKind, LogSpec};
use super::origin::{Finding, Origin, Weight};
use crate::dialect::nginx::log_format::missing;

/// One finding a format that leaves questions open. A format whose lines name their own values tells for itself, line by
/// line, so nothing is said of it.
pub fn findings(logs: &[LogSpec]) -> Vec<Finding> {
    let mut by_format: BTreeMap<&str, Vec<&LogSpec>> = BTreeMap::new();
    for log in logs {
        if let LogKind::Access { format, .. } = &log.kind
            && !format.names_its_values()
        {
            by_format.entry(format.source()).or_default().push(log);
        }
    }
    by_format.into_values().filter_map(|logs| finding(&logs)).collect()
}

fn finding(logs: &[&LogSpec]) -> Option<Finding> {
    let first = logs.first()?;
    let LogKind::Access { format_name, format_place, .. } = &first.kind else { return None };
    let missing: Vec<_> = missing(first.sight()).collect();
    if missing.is_empty() {
        return None;
    }
    let questions: Vec<&str> = missing.iter().map(|member| member.signal.question()).collect();
    let members: Vec<&str> = missing.iter().map(|member| member.text).collect();
    let others = match logs.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let text = format!(
        "{}{others} (log_format {format_name}) cannot show {}; add to the format: {} (`hangup check` prints the whole line)",
        first.shown,
        questions.join(", nor "),
        members.join(" ")
    );
    let origin = format_place.clone().map_or_else(|| first.origin.clone(), Origin::NginxConf);
    Some(Finding::new(Weight::Note, Some(origin), text))
}
