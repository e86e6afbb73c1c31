//! The report as a person reads it in a terminal. Knows: wording, tables, bars.
//! Does not know: where the numbers come from.

mod figures;
mod logs;
mod worst;

use std::cmp::Reverse;
use std::fmt::{self, Display, Formatter};

use super::gave_up::GaveUpRow;
use super::summary::{Abandoned, Summary};
use crate::tally::{Route, Unclassified};

/// From which share on one source, or one request time, is worth a sentence.
const STANDS_OUT: f64 = 0.3;
/// The columns beside a bar.
const BESIDE_BAR: usize = 50;
const BAR_WIDTH_MAX: usize = 60;
const BAR_WIDTH_MIN: usize = 5;
/// The columns of the routes' table beside their names.
const BESIDE_ROUTE: usize = 56;
const ROUTE_WIDTH_MIN: usize = 16;
const SERVER_WIDTH_MAX: usize = 24;
const GAVE_UP_ROWS_MAX: usize = 20;

/// Displays a summary as text of this width, in characters.
pub struct Text<'a> {
    pub summary: &'a Summary,
    pub width: usize,
}

impl Display for Text<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Text { summary, width } = *self;
        head(summary, out)?;
        logs::write(&summary.logs, width, out)?;
        who_gave_up(summary, width, out)?;
        times(summary, out)?;
        routes(&summary.routes, width, out)?;
        upstreams(summary, out)?;
        counts("What the error log says of clients", summary.client_failures.iter(), out)?;
        counts("What ran out", summary.exhausted.iter(), out)?;
        counts("How nginx itself failed", summary.server_failures.iter(), out)?;
        unclassified(&summary.unclassified, out)?;
        figures::write(&summary.figures, width, out)?;
        patterns(summary, out)?;
        worst::write(summary, width, out)
    }
}

fn head(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    match (summary.requests, &summary.abandoned) {
        (Some(requests), Some(abandoned)) => {
            let share = percent(abandoned.total, requests);
            writeln!(out, "{requests} requests, {} abandoned (499): {share}", abandoned.total)?;
            waits(abandoned, out)?;
        }
        _ => writeln!(out, "No access log: how many requests there were, and who abandoned them, is not known")?,
    }
    match summary.cut_short {
        Some(0) | None => {}
        Some(count) => writeln!(out, "  {count} more left while a body was being sent")?,
    }
    let lines = &summary.lines;
    writeln!(
        out,
        "  lines: {} parsed, {} unparsed, {} too long, {} skipped",
        lines.parsed, lines.unparsed, lines.too_long, lines.skipped
    )?;
    if summary.by_status.is_empty() {
        return Ok(());
    }
    let status: Vec<_> = summary.by_status.iter().map(|(status, count)| format!("{status}: {count}")).collect();
    writeln!(out, "  status: {}", status.join(", "))
}

/// How long those who left had waited, as far as it was logged.
fn waits(abandoned: &Abandoned, out: &mut Formatter<'_>) -> fmt::Result {
    let Abandoned { total, long, short, unknown, long_after_seconds, probe, .. } = abandoned;
    if *total == 0 {
        return Ok(());
    }
    let mut parts = Vec::new();
    if unknown < total {
        parts.push(format!("{long} had waited {long_after_seconds} s or longer, {short} had not"));
    }
    if *unknown > 0 {
        parts.push(format!("how long {unknown} had waited is not known: their log has no request time"));
    }
    parts.extend(probe.filter(|probe| *probe > 0).map(|probe| format!("{probe} were probes")));
    writeln!(out, "  {}", parts.join("; "))
}

fn who_gave_up(summary: &Summary, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    if summary.requests.is_none() {
        return Ok(());
    }
    if summary.gave_up.is_empty() {
        let as_far = if summary.cut_short.is_none() { ", as far as can be seen here" } else { "" };
        return writeln!(out, "\nNobody gave up{as_far}.");
    }
    writeln!(out, "\nWho gave up")?;
    let rows = by_server(&summary.gave_up);
    let names = rows.iter().map(|(server, ..)| server.chars().count()).max().unwrap_or(0).min(SERVER_WIDTH_MAX);
    let most = rows[0].2;
    for (server, row, count) in rows.iter().take(GAVE_UP_ROWS_MAX) {
        let server = if names > 0 { format!("{server:<names$} ") } else { String::new() };
        let GaveUpRow { party, phase, code, .. } = row;
        let bar = bar(*count, most, width.saturating_sub(server.chars().count()));
        writeln!(out, "  {server}{party:<9} {phase:<10} {code:>4} {count:>9}  {bar}")?;
    }
    match rows.len().saturating_sub(GAVE_UP_ROWS_MAX) {
        0 => Ok(()),
        more => writeln!(out, "  … {more} more rows: --format json has them"),
    }
}

/// A row for each server, the most frequent first. The names are empty where there is only one.
fn by_server(rows: &[GaveUpRow]) -> Vec<(&str, &GaveUpRow, u64)> {
    let mut rows: Vec<(&str, &GaveUpRow, u64)> = match rows.iter().all(|row| row.servers.is_empty()) {
        true => rows.iter().map(|row| ("", row, row.count)).collect(),
        false => {
            rows.iter().flat_map(|row| row.servers.iter().map(move |(name, count)| (&**name, row, *count))).collect()
        }
    };
    rows.sort_by_key(|(server, _, count)| (Reverse(*count), *server));
    rows
}

fn times(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    if summary.request_seconds.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nRequest time in seconds    count       p50       p95       p99")?;
    for (outcome, seconds) in &summary.request_seconds {
        writeln!(
            out,
            "  {outcome:<22} {:>7} {:>9} {:>9} {:>9}",
            seconds.count,
            number(seconds.p50),
            number(seconds.p95),
            number(seconds.p99)
        )?;
    }
    Ok(())
}

fn routes(routes: &[Route], width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    let left: Vec<_> = routes.iter().filter(|route| route.abandoned > 0).collect();
    if left.is_empty() {
        return Ok(());
    }
    let several = routes.iter().any(|route| route.server != routes[0].server);
    let longest = left.iter().map(|route| route.server.chars().count()).max().unwrap_or(0).min(SERVER_WIDTH_MAX);
    let server_width = if several { longest + 1 } else { 0 };
    let name_width = width.saturating_sub(BESIDE_ROUTE).max(server_width + ROUTE_WIDTH_MIN);
    let title = format!("{:<1$}", "Routes that were left", name_width + 2);
    writeln!(out, "\n{title} requests  abandoned           p95 left  p95 answered")?;
    for route in left {
        let server = if several { format!("{:<1$} ", route.server, server_width - 1) } else { String::new() };
        let mut name = format!("{server}{}", route.route);
        if name.chars().count() > name_width {
            writeln!(out, "  {name}")?;
            name = String::new();
        }
        writeln!(
            out,
            "  {name:<name_width$} {:>8} {:>10} {:>8} {:>8} s {:>11} s",
            route.requests,
            route.abandoned,
            percent(route.abandoned, route.requests),
            number(route.abandoned_p95_seconds),
            number(route.completed_p95_seconds)
        )?;
    }
    Ok(())
}

fn upstreams(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    if let Some(upstream) = summary.upstream.as_ref().filter(|upstream| upstream.tries > 0) {
        let response = &upstream.response_seconds;
        writeln!(
            out,
            "\nUpstreams: {} tries, {} of them retries; response p50 {} s, p95 {} s, p99 {} s",
            upstream.tries,
            upstream.retries,
            number(response.p50),
            number(response.p95),
            number(response.p99)
        )?;
    } else if !(summary.upstream_timeouts.is_empty() && summary.upstream_failures.is_empty()) {
        writeln!(out, "\nUpstreams, by the error log")?;
    }
    for row in &summary.upstream_timeouts {
        writeln!(out, "  {:<28} timed out: {:<10} {:>9}", row.upstream, row.phase, row.count)?;
    }
    for row in &summary.upstream_failures {
        writeln!(out, "  {:<28} failed: {:<13} {:>9}", row.upstream, row.kind, row.count)?;
    }
    Ok(())
}

fn counts<'a>(
    title: &str,
    rows: impl ExactSizeIterator<Item = (&'a &'static str, &'a u64)>,
    out: &mut Formatter<'_>,
) -> fmt::Result {
    if rows.len() == 0 {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for (name, count) in rows {
        writeln!(out, "  {name:<24} {count:>9}")?;
    }
    Ok(())
}

/// The pattern says how many are alike, the sample what one of them was.
fn unclassified(rows: &[Unclassified], out: &mut Formatter<'_>) -> fmt::Result {
    /// The rest is in the JSON.
    const ROWS_MAX: usize = 10;
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nError-log entries that no rule knows (numbers and names folded to #)")?;
    for row in rows.iter().take(ROWS_MAX) {
        writeln!(out, "  {:>9}  [{}] {}", row.count, row.level, row.pattern)?;
        if row.sample != row.pattern {
            writeln!(out, "             e.g. {}", row.sample)?;
        }
    }
    Ok(())
}

fn patterns(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    for cliff in summary.cliff.iter().filter(|cliff| cliff.ratio > STANDS_OUT) {
        writeln!(
            out,
            "\n{}: {:.0} % of the 499s fall on {:.3} s: that is a timer in front of nginx, not people",
            cliff.server,
            cliff.ratio * 100.0,
            cliff.seconds
        )?;
    }
    for source in summary.sources.iter().filter(|source| source.ratio > STANDS_OUT) {
        let address = &source.address;
        writeln!(
            out,
            "\n{}: {:.0} % of the 499s come from {address} ({})",
            source.server,
            source.ratio * 100.0,
            source.kind
        )?;
    }
    Ok(())
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.2} %", part as f64 * 100.0 / whole as f64) }
}

fn bar(count: u64, most: u64, width: usize) -> String {
    let longest = width.saturating_sub(BESIDE_BAR).clamp(BAR_WIDTH_MIN, BAR_WIDTH_MAX) as u64;
    "█".repeat((count * longest).div_ceil(most.max(1)) as usize)
}

fn number(seconds: Option<f64>) -> String {
    seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.3}"))
}
