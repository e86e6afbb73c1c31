//! Renders the families as text: the classic format 0.0.4 and OpenMetrics 1.0, which differ only in their comments,
//! in exemplars, and in the end mark. Knows: both texts' rules of escaping and numbers. Does not know: any single family.

use std::fmt::{Arguments, Write};

use super::family::{Family, Kind, Sink, Summary, Value, exemplar_label};
use super::lexical::{Bound, Number, Quotes, escape};
use super::pairs::pairs;
use super::{Scrape, families, summed};
use crate::tally::{Exemplar, Histogram};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Classic,
    OpenMetrics,
}

/// Where the text of a small nginx ends up; a larger one grows it a few times.
const START_BYTES: usize = 64 * 1024;

pub(super) fn render(scrape: &Scrape<'_>, dialect: Dialect) -> String {
    let mut lines = Lines { text: String::with_capacity(START_BYTES), labels: String::new(), name: "", dialect };
    for family in families() {
        lines.family(family, scrape);
    }
    if dialect == Dialect::OpenMetrics {
        lines.text.push_str("# EOF\n");
    }
    lines.text
}

struct Lines {
    text: String,
    /// The current sample's labels between the braces; kept, so that its memory serves every sample.
    labels: String,
    /// The current family's name.
    name: &'static str,
    dialect: Dialect,
}

/// A family's samples with their label names, for the time of one family.
struct Samples<'a> {
    lines: &'a mut Lines,
    family: &'a Family,
}

impl Sink for Samples<'_> {
    fn sample(&mut self, labels: &[&str], value: Value<'_>) {
        self.lines.set_labels(self.family.labels, labels);
        match value {
            Value::Integer(value) => self.lines.line("", format_args!("{value}")),
            Value::Float(value) => self.lines.line("", format_args!("{}", Number(value))),
            Value::Histogram(histogram) => self.lines.histogram(histogram),
            Value::Summary(summary) => self.lines.summary(summary),
        }
    }
}

impl Lines {
    /// A family without samples leaves nothing behind, in no format.
    fn family(&mut self, family: &'static Family, scrape: &Scrape<'_>) {
        let start = self.text.len();
        self.name = family.name;
        self.comments(family);
        let samples_start = self.text.len();
        summed::write(family, scrape, &mut Samples { lines: self, family });
        if self.text.len() == samples_start {
            self.text.truncate(start);
        }
    }

    fn comments(&mut self, family: &Family) {
        let (name, quotes) = match self.dialect {
            Dialect::Classic => (family.name, Quotes::Plain),
            Dialect::OpenMetrics => (family.base_name(), Quotes::Escaped),
        };
        self.push(format_args!("# HELP {name} "));
        escape(&mut self.text, family.help, quotes);
        self.push(format_args!("\n# TYPE {name} {}\n", type_name(family.kind, self.dialect)));
        if let (Dialect::OpenMetrics, Some(unit)) = (self.dialect, family.unit()) {
            self.push(format_args!("# UNIT {name} {unit}\n"));
        }
    }

    fn set_labels(&mut self, names: &[&str], values: &[&str]) {
        debug_assert!(values.len() <= names.len(), "{} has too many label values", self.name);
        self.labels.clear();
        for (name, value) in pairs(names, values) {
            if !self.labels.is_empty() {
                self.labels.push(',');
            }
            self.labels.push_str(name);
            self.labels.push_str("=\"");
            escape(&mut self.labels, value, Quotes::Escaped);
            self.labels.push('"');
        }
    }

    /// One sample line with the current labels.
    fn line(&mut self, suffix: &str, value: Arguments<'_>) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        if !self.labels.is_empty() {
            self.text.push('{');
            self.text.push_str(&self.labels);
            self.text.push('}');
        }
        self.push(format_args!(" {value}\n"));
    }

    fn histogram(&mut self, histogram: &Histogram) {
        let exemplar = histogram.exemplar().filter(|_| self.dialect == Dialect::OpenMetrics);
        let bounds = histogram.bounds_seconds().chain([f64::INFINITY]);
        let mut cumulative = 0;
        for (index, (bound, count)) in bounds.zip(histogram.counts()).enumerate() {
            cumulative += count;
            self.bucket(bound, cumulative, exemplar.filter(|exemplar| exemplar.bucket() == index));
        }
        self.line("_sum", format_args!("{}", Number(histogram.sum_seconds())));
        self.line("_count", format_args!("{}", histogram.count()));
    }

    fn summary(&mut self, summary: &Summary) {
        let separator = if self.labels.is_empty() { "" } else { "," };
        for (quantile, value) in &summary.quantiles {
            self.text.push_str(self.name);
            self.text.push('{');
            self.text.push_str(&self.labels);
            self.push(format_args!("{separator}quantile=\"{quantile:?}\"}} {}\n", Number(*value)));
        }
        self.line("_sum", format_args!("{}", Number(summary.sum)));
        self.line("_count", format_args!("{}", summary.count));
    }

    fn bucket(&mut self, bound: f64, cumulative: u64, exemplar: Option<&Exemplar>) {
        let separator = if self.labels.is_empty() { "" } else { "," };
        self.text.push_str(self.name);
        self.text.push_str("_bucket{");
        self.text.push_str(&self.labels);
        self.push(format_args!("{separator}le=\"{}\"}} {cumulative}", Bound(bound)));
        if let Some(exemplar) = exemplar {
            let (value, seconds) = (Number(exemplar.value_seconds()), exemplar.unix_ms() as f64 / 1000.0);
            self.push(format_args!(" # {{{}=\"", exemplar_label(exemplar)));
            escape(&mut self.text, exemplar.id(), Quotes::Escaped);
            self.push(format_args!("\"}} {value} {seconds:.3}"));
        }
        self.text.push('\n');
    }

    fn push(&mut self, text: Arguments<'_>) {
        self.text.write_fmt(text).expect("a String takes every write");
    }
}

fn type_name(kind: Kind, dialect: Dialect) -> &'static str {
    match (kind, dialect) {
        (Kind::Counter, _) => "counter",
        (Kind::Gauge, _) => "gauge",
        (Kind::Histogram, _) => "histogram",
        (Kind::Summary, _) => "summary",
        (Kind::Unknown, Dialect::Classic) => "untyped",
        (Kind::Unknown, Dialect::OpenMetrics) => "unknown",
    }
}
