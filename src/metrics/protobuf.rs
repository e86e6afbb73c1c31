//! Renders the families as length-delimited `io.prometheus.client.MetricFamily` messages, the one format that carries
//! native histograms; the classic buckets stand beside them. Knows: the message types, which prometheus-client generates
//! from Prometheus' own metrics.proto. Does not know: any single family.

use std::time::{Duration, UNIX_EPOCH};

use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as proto;
use prost::Message;
use prost::encoding::{encode_varint, message};

use super::family::{Family, Kind, Sink, Summary, Value, exemplar_label};
use super::pairs::pairs;
use super::{Scrape, families, summed};
use crate::tally::{Exemplar, Histogram};

/// The field of MetricFamily that holds its metrics.
const METRIC_FIELD: u32 = 4;

pub(super) fn render(scrape: &Scrape<'_>) -> Vec<u8> {
    let (mut out, mut metrics) = (Vec::new(), Vec::new());
    for family in families() {
        metrics.clear();
        summed::write(family, scrape, &mut Metrics { family, encoded: &mut metrics });
        if !metrics.is_empty() {
            push_family(&mut out, family, &metrics);
        }
    }
    out
}

/// A message is the sequence of its fields, so the metrics are encoded one by one, as they come: a family is never held
/// as a tree of messages, which takes ten times the memory of its bytes.
fn push_family(out: &mut Vec<u8>, family: &Family, metrics: &[u8]) {
    let head = proto::MetricFamily {
        name: family.name.to_owned(),
        help: family.help.to_owned(),
        r#type: metric_type(family.kind).into(),
        unit: family.unit().unwrap_or_default().to_owned(),
        metric: Vec::new(),
    };
    encode_varint((head.encoded_len() + metrics.len()) as u64, out);
    head.encode(out).expect("a Vec takes every write");
    out.extend_from_slice(metrics);
}

fn metric_type(kind: Kind) -> proto::MetricType {
    match kind {
        Kind::Counter => proto::MetricType::Counter,
        Kind::Gauge => proto::MetricType::Gauge,
        Kind::Histogram => proto::MetricType::Histogram,
        Kind::Summary => proto::MetricType::Summary,
        Kind::Unknown => proto::MetricType::Untyped,
    }
}

struct Metrics<'a> {
    family: &'a Family,
    encoded: &'a mut Vec<u8>,
}

impl Sink for Metrics<'_> {
    fn sample(&mut self, labels: &[&str], value: Value<'_>) {
        let label = pairs(self.family.labels, labels).map(|(name, value)| pair(name, value)).collect();
        let metric = match value {
            Value::Integer(value) => self.number(value as f64),
            Value::Float(value) => self.number(value),
            Value::Histogram(histogram) => {
                proto::Metric { histogram: Some(histogram_message(histogram)), ..Default::default() }
            }
            Value::Summary(summary) => proto::Metric { summary: Some(summary_message(summary)), ..Default::default() },
        };
        message::encode(METRIC_FIELD, &proto::Metric { label, ..metric }, self.encoded);
    }
}

impl Metrics<'_> {
    fn number(&self, value: f64) -> proto::Metric {
        let none = proto::Metric::default();
        match self.family.kind {
            Kind::Counter => proto::Metric { counter: Some(proto::Counter { value, ..Default::default() }), ..none },
            Kind::Gauge => proto::Metric { gauge: Some(proto::Gauge { value }), ..none },
            Kind::Histogram | Kind::Summary | Kind::Unknown => {
                proto::Metric { untyped: Some(proto::Untyped { value }), ..none }
            }
        }
    }
}

fn pair(name: &str, value: &str) -> proto::LabelPair {
    proto::LabelPair { name: name.to_owned(), value: value.to_owned() }
}

fn summary_message(summary: &Summary) -> proto::Summary {
    let quantile = |&(quantile, value): &(f64, f64)| proto::Quantile { quantile, value };
    proto::Summary {
        sample_count: summary.count,
        sample_sum: summary.sum,
        quantile: summary.quantiles.iter().map(quantile).collect(),
        ..Default::default()
    }
}

fn histogram_message(histogram: &Histogram) -> proto::Histogram {
    let (positive_span, positive_delta) = spans(histogram.native().into_iter());
    proto::Histogram {
        sample_count: histogram.count(),
        sample_sum: histogram.sum_seconds(),
        bucket: buckets(histogram),
        schema: Histogram::NATIVE_SCHEMA,
        zero_threshold: Histogram::NATIVE_ZERO_THRESHOLD,
        zero_count: histogram.zero_count(),
        positive_span,
        positive_delta,
        ..Default::default()
    }
}

fn buckets(histogram: &Histogram) -> Vec<proto::Bucket> {
    let mut cumulative_count = 0;
    let bounds = histogram.bounds_seconds().chain([f64::INFINITY]);
    let bucket = |(upper_bound, count): (f64, u64)| {
        cumulative_count += count;
        proto::Bucket { cumulative_count, upper_bound, ..Default::default() }
    };
    let mut buckets: Vec<_> = bounds.zip(histogram.counts()).map(bucket).collect();
    if let Some(exemplar) = histogram.exemplar()
        && let Some(bucket) = buckets.get_mut(exemplar.bucket())
    {
        bucket.exemplar = Some(exemplar_message(exemplar));
    }
    buckets
}

fn exemplar_message(exemplar: &Exemplar) -> proto::Exemplar {
    let since_1970 = Duration::from_millis(exemplar.unix_ms().max(0).unsigned_abs());
    proto::Exemplar {
        label: vec![pair(exemplar_label(exemplar), exemplar.id())],
        value: exemplar.value_seconds(),
        timestamp: Some((UNIX_EPOCH + since_1970).into()),
    }
}

/// Sparse buckets as the protocol packs them: runs of consecutive indexes, each with its distance from the run before,
/// and each count as its difference from the count before.
fn spans(buckets: impl Iterator<Item = (i32, u64)>) -> (Vec<proto::BucketSpan>, Vec<i64>) {
    let (mut spans, mut deltas) = (Vec::<proto::BucketSpan>::new(), Vec::new());
    let (mut next_index, mut previous) = (0, 0);
    for (index, count) in buckets {
        match spans.last_mut() {
            Some(span) if index == next_index => span.length += 1,
            _ => spans.push(proto::BucketSpan { offset: index - next_index, length: 1 }),
        }
        next_index = index + 1;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        deltas.push(count - previous);
        previous = count;
    }
    (spans, deltas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(buckets: &[(i32, u64)], expected_spans: &[(i32, u32)], expected_deltas: &[i64]) {
        let (spans, deltas) = spans(buckets.iter().copied());
        let spans: Vec<_> = spans.iter().map(|span| (span.offset, span.length)).collect();
        assert_eq!(spans, expected_spans);
        assert_eq!(deltas, expected_deltas);
    }

    #[test]
    fn sparse_buckets_are_packed_as_runs_and_differences() {
        check(&[], &[], &[]);
        check(&[(0, 3)], &[(0, 1)], &[3]);
        check(&[(-79, 1), (-78, 4), (-77, 2)], &[(-79, 3)], &[1, 3, -2]);
        check(&[(-5, 1), (-3, 1), (10, 7)], &[(-5, 1), (1, 1), (12, 1)], &[1, 0, 6]);
    }
}
