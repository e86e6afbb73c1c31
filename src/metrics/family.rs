//! What a metric family is: one row of a table, with its name, its help, its labels and where its samples come from.
//! Knows: how names are formed. Does not know: any text or binary format, or any single family.

use super::Scrape;
use crate::kernel::{Count, Counter};
use crate::poll::Readings;
use crate::tally::{Exemplar, Histogram};

/// One metric family. The tables of these are the only place where names, labels and help texts stand.
pub struct Family {
    /// The name as classic text and every query spells it (a counter's ends in `_total`).
    pub name: &'static str,
    pub kind: Kind,
    /// Label names, in the order in which the samples hand over their values.
    pub labels: &'static [&'static str],
    /// One full sentence.
    pub help: &'static str,
    samples: Samples,
}

enum Samples {
    /// Hands every sample of the family to the sink; nothing where nothing is known, never a false 0.
    Of(HandOver),
    /// The kernel's count of that name, where this kernel has it.
    Count(&'static str, Counts),
}

type HandOver = fn(&Scrape<'_>, &mut dyn Sink);
/// The counts of one of the kernel's tables.
pub(super) type Counts = fn(&Readings) -> &[Count];

/// The types of the exposition formats that hangup uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
    /// Estimated quantiles beside a sum and a count.
    Summary,
    /// A counter whose published name has no `_total`: OpenMetrics forbids the type, and promtool warns about it
    /// in classic text, so it goes without one everywhere rather than under a name that no dashboard knows.
    Unknown,
}

/// What one sample holds.
pub enum Value<'a> {
    Integer(u64),
    Float(f64),
    Histogram(&'a Histogram),
    Summary(&'a Summary),
}

/// Quantiles that are known, each with its value; the sum and the count of what they are of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    pub quantiles: Vec<(f64, f64)>,
    pub sum: f64,
    pub count: u64,
}

/// Where a family's samples go. Fewer label values than label names leave the last labels out.
pub trait Sink {
    fn sample(&mut self, labels: &[&str], value: Value<'_>);

    fn integer(&mut self, labels: &[&str], value: u64) {
        self.sample(labels, Value::Integer(value));
    }
    fn float(&mut self, labels: &[&str], value: f64) {
        self.sample(labels, Value::Float(value));
    }
    fn histogram(&mut self, labels: &[&str], value: &Histogram) {
        self.sample(labels, Value::Histogram(value));
    }
    fn summary(&mut self, labels: &[&str], value: &Summary) {
        self.sample(labels, Value::Summary(value));
    }
}

type Names = &'static [&'static str];

pub(super) const fn counter(name: &'static str, labels: Names, help: &'static str, samples: HandOver) -> Family {
    Family { name, kind: Kind::Counter, labels, help, samples: Samples::Of(samples) }
}

pub(super) const fn gauge(name: &'static str, labels: Names, help: &'static str, samples: HandOver) -> Family {
    Family { name, kind: Kind::Gauge, labels, help, samples: Samples::Of(samples) }
}

pub(super) const fn histogram(name: &'static str, labels: Names, help: &'static str, samples: HandOver) -> Family {
    Family { name, kind: Kind::Histogram, labels, help, samples: Samples::Of(samples) }
}

pub(super) const fn summary(name: &'static str, labels: Names, help: &'static str, samples: HandOver) -> Family {
    Family { name, kind: Kind::Summary, labels, help, samples: Samples::Of(samples) }
}

pub(super) const fn unknown(name: &'static str, labels: Names, help: &'static str, samples: HandOver) -> Family {
    Family { name, kind: Kind::Unknown, labels, help, samples: Samples::Of(samples) }
}

pub(super) const fn kernel_counter<Column>(row: &Counter<Column>, counts: Counts) -> Family {
    let samples = Samples::Count(row.name, counts);
    Family { name: row.family, kind: Kind::Counter, labels: &[], help: row.help, samples }
}

/// The base units that hangup's names end in.
const UNITS: &[&str] = &["seconds", "bytes", "ratio"];

impl Family {
    /// Hands every sample to the sink.
    pub(super) fn write(&self, scrape: &Scrape<'_>, out: &mut dyn Sink) {
        match self.samples {
            Samples::Of(hand_over) => hand_over(scrape, out),
            Samples::Count(name, counts) => {
                for count in counts(&scrape.readings).iter().filter(|count| count.name == name) {
                    out.integer(&[], count.value);
                }
            }
        }
    }

    /// The name without a counter's `_total`, as OpenMetrics titles the family.
    pub fn base_name(&self) -> &'static str {
        match self.kind {
            Kind::Counter => self.name.strip_suffix("_total").unwrap_or(self.name),
            Kind::Gauge | Kind::Histogram | Kind::Summary | Kind::Unknown => self.name,
        }
    }

    /// The unit, which is always the end of the base name.
    pub fn unit(&self) -> Option<&'static str> {
        let ends_in = |unit: &&str| self.base_name().strip_suffix(*unit).is_some_and(|rest| rest.ends_with('_'));
        UNITS.iter().copied().find(ends_in)
    }
}

/// What the id of an exemplar is called: tracing systems are asked for a `trace_id`, and know no other.
pub(super) fn exemplar_label(exemplar: &Exemplar) -> &'static str {
    if exemplar.is_trace() { "trace_id" } else { "request_id" }
}
