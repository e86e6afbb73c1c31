//! Patience, work thrown away, shorter timeouts, cuts by the clock and keep-alive races, as a person reads them.
//! Knows: wording. Does not know: where the numbers come from.

use std::fmt::{self, Formatter};

use super::number;
use crate::tally::figures::{Figures, Patience, ShorterTimeout, Wasted};

/// Rows of a table; the rest is in the JSON.
const ROWS_MAX: usize = 10;
/// The columns of a table beside its names.
const BESIDE_NAME: usize = 44;
const NAME_WIDTH_MIN: usize = 16;

pub(super) fn write(figures: &Figures, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    let name_width = width.saturating_sub(BESIDE_NAME).max(NAME_WIDTH_MIN);
    patience(&figures.patience, name_width, out)?;
    wasted(&figures.wasted, name_width, out)?;
    shorter_timeouts(&figures.shorter_timeouts, name_width, out)?;
    for cuts in &figures.periodic_cuts {
        writeln!(
            out,
            "\n{}: {:.0} % of the last half hour's 499s fall on one beat of {} s: something in front of nginx \
             restarts or cuts every {} s, not people",
            cuts.server,
            cuts.ratio * 100.0,
            cuts.seconds,
            cuts.seconds
        )?;
    }
    for races in figures.keepalive_races.iter().take(ROWS_MAX) {
        writeln!(
            out,
            "\n{}: {} tries failed within 10 ms on a connection that was open already: the upstream closes idle \
             connections before nginx does (keepalive_timeout)",
            races.upstream, races.count
        )?;
    }
    Ok(())
}

/// A name in its column; on a line of its own where it is too long.
fn name(text: &str, width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    if text.chars().count() > width {
        writeln!(out, "  {text}")?;
        return write!(out, "  {:<width$}", "");
    }
    write!(out, "  {text:<width$}")
}

fn patience(rows: &[Patience], width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nPatience: when so many users would have left had nobody been answered, in seconds")?;
    writeln!(out, "  {:<width$} {:>9} {:>9} {:>9} {:>9}", "", "left", "5 %", "25 %", "50 %")?;
    for row in rows.iter().take(ROWS_MAX) {
        name(&format!("{} {}", row.server, row.route.as_deref().unwrap_or_default()), width, out)?;
        let [early, middle, half] =
            [row.by_5_percent_seconds, row.by_25_percent_seconds, row.by_50_percent_seconds].map(number);
        writeln!(out, " {:>9} {early:>9} {middle:>9} {half:>9}", row.departures)?;
    }
    Ok(())
}

fn wasted(rows: &[Wasted], width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nSeconds that upstreams worked for clients that had left (may have had effects: POST, PUT, …)")?;
    writeln!(out, "  {:<width$} {:>12}  may have had effects", "", "no effects")?;
    for row in rows.iter().take(ROWS_MAX) {
        name(&format!("{} {} {}", row.server, row.route, row.upstream), width, out)?;
        writeln!(out, " {:>12.3} {:>21.3}", row.safe_seconds, row.unsafe_seconds)?;
    }
    Ok(())
}

fn shorter_timeouts(rows: &[ShorterTimeout], width: usize, out: &mut Formatter<'_>) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nWhat a shorter timeout would have done: answers that had been 504s, 499s that had got one, time freed"
    )?;
    writeln!(out, "  {:<width$} {:>8} {:>9} {:>9} {:>11}", "", "timeout", "504s", "499s", "freed")?;
    for row in rows {
        name(&row.server, width, out)?;
        let turned = format!("{:.2} %", row.turned_into_504 * 100.0);
        let left = row.left_later.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0));
        writeln!(out, " {:>6} s {turned:>9} {left:>9} {:>9.0} s", row.timeout_seconds, row.freed_seconds)?;
    }
    Ok(())
}
