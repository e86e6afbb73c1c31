//! Families of the bound on series. Knows: how to count an exposition. Does not know: how the bound is kept.

use super::family::{Family, Sink, Value, counter, gauge};
use super::{Scrape, summed};

pub(super) const FAMILIES: &[Family] = &[
    gauge(
        "hangup_series",
        &[],
        "All series of this exposition, each bucket of a classic histogram being one.",
        |scrape, out| {
            out.integer(&[], count(scrape));
        },
    ),
    gauge("hangup_series_limit", &[], "How many series there may be (limits.series).", |scrape, out| {
        // Without a bound there is nothing to compare with.
        if let Ok(limit) = u32::try_from(scrape.tally.series_limit()) {
            out.integer(&[], limit.into());
        }
    }),
    counter(
        "hangup_series_ended_requests_total",
        &[],
        "Requests in series that ended, since others wanted their place: so many are missing in the sum of hangup_http_requests_total.",
        |scrape, out| out.integer(&[], scrape.tally.ended_requests()),
    ),
];

/// Counts without rendering. The families of this table are left out of the walk, and have one series each.
fn count(scrape: &Scrape<'_>) -> u64 {
    let mut counted = Counted(FAMILIES.len() as u64);
    let others = super::families().filter(|family| !FAMILIES.iter().any(|own| own.name == family.name));
    others.for_each(|family| summed::write(family, scrape, &mut counted));
    counted.0
}

struct Counted(u64);

impl Sink for Counted {
    fn sample(&mut self, _: &[&str], value: Value<'_>) {
        self.0 += match value {
            Value::Integer(_) | Value::Float(_) => 1,
            // The bounds, +Inf, sum and count.
            Value::Summary(summary) => summary.quantiles.len() as u64 + 2,
            Value::Histogram(histogram) => histogram.bounds_seconds().len() as u64 + 3,
        };
    }
}
