//! The report as a person reads it in a terminal. Knows: wording, tables, bars.
//! Does not know: where the numbers come from.

use super::summary::Summary;
use crate::tally::Route;
use std::fmt::{self, Display, Formatter};

/// From which share on one source, or one request time, is worth a sentence.
const STANDS_OUT: f64 = 0.3;

/// The longest bar, in characters.
const BAR_WIDTH: usize = 30;

/// Displays a summary as text, 80 columns wide.
pub struct Text<'a>(pub &'a Summary);

impl Display for Text<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let summary = self.0;
        head(summary, out)?;
        who_gave_up(summary, out)?;
        times(summary, out)?;
        routes(&summary.routes, out)?;
        upstreams(summary, out)?;
        counts("What the error log says of clients", summary.client_failures.iter(), out)?;
        counts("What ran out", summary.exhausted.iter(), out)?;
        counts("How nginx itself failed", summary.server_failures.iter(), out)?;
        patterns(summary, out)
    }
}

fn head(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    let abandoned = &summary.abandoned;
    writeln!(
        out,
        "{} requests, {} abandoned (499): {}",
        summary.requests,
        abandoned.total,
        percent(abandoned.total, summary.requests)
    )?;
    writeln!(
        out,
        "  {} had waited a second or longer, {} had not; {} were probes; {} more left in mid-body",
        abandoned.long, abandoned.short, abandoned.probe, summary.cut_short
    )?;
    let lines = &summary.lines;
    writeln!(
        out,
        "  lines: {} parsed, {} unparsed, {} too long, {} skipped",
        lines.parsed, lines.unparsed, lines.too_long, lines.skipped
    )?;
    let status: Vec<_> = summary.by_status.iter().map(|(status, count)| format!("{status}: {count}")).collect();
    writeln!(out, "  status: {}", status.join(", "))
}

fn who_gave_up(summary: &Summary, out: &mut Formatter<'_>) -> fmt::Result {
    if summary.gave_up.is_empty() {
        return writeln!(out, "\nNobody gave up.");
    }
    writeln!(out, "\nWho gave up")?;
    let most = summary.gave_up[0].count;
    for row in &summary.gave_up {
        writeln!(
            out,
            "  {:<9} {:<10} {:>4} {:>9}  {}",
            row.party,
            row.phase,
            row.code,
            row.count,
            bar(row.count, most)
        )?;
    }
    Ok(())
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

fn routes(routes: &[Route], out: &mut Formatter<'_>) -> fmt::Result {
    let left: Vec<_> = routes.iter().filter(|route| route.abandoned > 0).collect();
    if left.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nRoutes that were left      requests  abandoned           p95 left  p95 answered")?;
    for route in left {
        writeln!(
            out,
            "  {:<24} {:>8} {:>10} {:>8} {:>8} s {:>11} s",
            route.route,
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
    let upstream = &summary.upstream;
    if upstream.tries > 0 {
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

fn bar(count: u64, most: u64) -> String {
    "█".repeat(((count * BAR_WIDTH as u64).div_ceil(most.max(1))) as usize)
}

fn number(seconds: Option<f64>) -> String {
    seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.3}"))
}
