//! The end of the report: why users were lost in the worst stretch of time, and what no log can show.

use std::fmt::{self, Formatter};

use super::super::stretches::LeadRow;
use super::super::summary::Summary;
use crate::diagnosis::Diagnosis;

pub(super) fn write(summary: &Summary, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    let Some(worst) = &summary.worst_stretch else { return Ok(()) };
    let lost = worst.left + worst.errors;
    writeln!(out, "\nDiagnosis of the worst stretch, {} to {}", worst.from, worst.to)?;
    if lost == 0 {
        return writeln!(out, "  Nobody was lost.");
    }
    writeln!(out, "  {} requests, {} left (499), {} gateway errors", worst.requests, worst.left, worst.errors)?;
    if summary.diagnosis.is_empty() {
        writeln!(out, "  No cause is visible in these logs.")?;
    }
    summary.diagnosis.iter().try_for_each(|one| cause(one, width, out))?;
    summary.leads.iter().try_for_each(|one| lead(one, width, out))?;
    const NOT_VISIBLE: &str = "Not visible in logs: the connection tracking table, accept queues, connection slots and lost \
                               packets (`hangup serve` watches them), and when the error log's entries were written, as they \
                               have no time zone.";
    wrapped(NOT_VISIBLE, "  ", width, out)
}

fn cause(one: &Diagnosis, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    wrapped(&format!("{} ({}): {}", one.cause.as_str(), one.confidence.as_str(), one.sentence), "  ", width, out)?;
    for piece in &one.evidence {
        let limit = piece.limit.map(|_| format!(" (limit {})", piece.limit_text())).unwrap_or_default();
        let text = format!("- {}: {}{limit}, {}", piece.signal, piece.value_text(), piece.source);
        wrapped(&text, "    ", width, out)?;
    }
    wrapped(&format!("First: {}", one.first_fix), "    ", width, out)
}

fn lead(one: &LeadRow, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    let (server, from, seconds) = (&one.server, &one.from, one.seconds.abs());
    let text = match one.seconds {
        0.0.. => format!("{server}: from {from} on users left, {seconds:.0} s before the first gateway errors."),
        _ => format!("{server}: from {from} on gateways failed, {seconds:.0} s before the first users left."),
    };
    wrapped(&text, "  ", width, out)
}

/// At words.
fn wrapped(text: &str, indent: &str, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    let mut line = indent.to_owned();
    for word in text.split(' ') {
        if line.len() > indent.len() + 2 && line.chars().count() + 1 + word.chars().count() > width {
            writeln!(out, "{line}")?;
            line = format!("{indent}  ");
        }
        let gap = if line.trim().is_empty() { "" } else { " " };
        line = format!("{line}{gap}{word}");
    }
    writeln!(out, "{line}")
}
