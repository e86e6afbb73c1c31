//! The protobuf exposition decoded again and held against the classic text, sample by sample.

use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as proto;
use prost::Message;

use super::*;
use crate::metrics::lexical::{Bound, Number};

fn decode(mut bytes: &[u8]) -> Vec<proto::MetricFamily> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        families.push(proto::MetricFamily::decode_length_delimited(&mut bytes).unwrap());
    }
    families
}

fn fixture_families() -> Vec<proto::MetricFamily> {
    decode(&encode(&fixture::scrape(&fixture::tally()), Format::Protobuf))
}

/// The family as the classic text has it, without the help.
fn lines(family: &proto::MetricFamily) -> Vec<String> {
    let mut lines = vec![format!("# TYPE {} {}", family.name, family.r#type().as_str_name().to_lowercase())];
    for metric in &family.metric {
        let number = metric.counter.as_ref().map(|counter| counter.value);
        let number = number.or(metric.gauge.as_ref().map(|gauge| gauge.value));
        let number = number.or(metric.untyped.as_ref().map(|untyped| untyped.value));
        if let Some(summary) = &metric.summary {
            lines.extend(summary_lines(&family.name, metric, summary));
            continue;
        }
        match (number, &metric.histogram) {
            (Some(value), None) => lines.push(line(&family.name, "", metric, None, Number(value))),
            (None, Some(histogram)) => lines.extend(histogram_lines(&family.name, metric, histogram)),
            _ => panic!("{} has {metric:?}", family.name),
        }
    }
    lines
}

fn histogram_lines(name: &str, metric: &proto::Metric, histogram: &proto::Histogram) -> Vec<String> {
    let bucket = |bucket: &proto::Bucket| {
        line(name, "_bucket", metric, Some(Bound(bucket.upper_bound)), Number(bucket.cumulative_count as f64))
    };
    let mut lines: Vec<String> = histogram.bucket.iter().map(bucket).collect();
    lines.push(line(name, "_sum", metric, None, Number(histogram.sample_sum)));
    lines.push(line(name, "_count", metric, None, Number(histogram.sample_count as f64)));
    lines
}

fn summary_lines(name: &str, metric: &proto::Metric, summary: &proto::Summary) -> Vec<String> {
    let quantile = |quantile: &proto::Quantile| {
        let label = proto::LabelPair { name: "quantile".to_owned(), value: format!("{:?}", quantile.quantile) };
        let label = metric.label.iter().cloned().chain([label]).collect();
        line(name, "", &proto::Metric { label, ..metric.clone() }, None, Number(quantile.value))
    };
    let mut lines: Vec<String> = summary.quantile.iter().map(quantile).collect();
    lines.push(line(name, "_sum", metric, None, Number(summary.sample_sum)));
    lines.push(line(name, "_count", metric, None, Number(summary.sample_count as f64)));
    lines
}

fn line(name: &str, suffix: &str, metric: &proto::Metric, bound: Option<Bound>, value: Number) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels = metric.label.iter().map(|pair| format!("{}=\"{}\"", pair.name, escaped(&pair.value)));
    let labels: Vec<String> = labels.chain(bound.map(|bound| format!("le=\"{bound}\""))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    format!("{name}{suffix}{labels} {value}")
}

#[test]
fn it_says_the_same_as_the_classic_text() {
    let decoded: Vec<String> = fixture_families().iter().flat_map(lines).collect();
    let classic = fixture_text(Format::Classic);
    let expected: Vec<&str> = classic.lines().filter(|line| !line.starts_with("# HELP")).collect();
    assert_eq!(decoded, expected);
}

#[test]
fn help_and_unit_come_along() {
    for (decoded, family) in fixture_families().iter().zip(families()) {
        assert_eq!((decoded.help.as_str(), decoded.unit.as_str()), (family.help, family.unit().unwrap_or_default()));
    }
}

#[test]
fn native_buckets_hold_what_the_classic_ones_hold() {
    let families = fixture_families();
    let histograms =
        || families.iter().flat_map(|family| &family.metric).filter_map(|metric| metric.histogram.as_ref());
    for histogram in histograms() {
        let mut count = 0;
        let counts = histogram.positive_delta.iter().map(|delta| {
            count += delta;
            count as u64
        });
        assert_eq!(histogram.zero_count + counts.sum::<u64>(), histogram.sample_count);
        let spanned: u32 = histogram.positive_span.iter().map(|span| span.length).sum();
        assert_eq!(spanned as usize, histogram.positive_delta.len());
        assert!(histogram.schema == 3 && histogram.zero_threshold > 0.0);
    }
    assert!(histograms().any(|histogram| histogram.zero_count > 0), "the fixture has a request of 0 ms");
    assert!(histograms().any(|histogram| histogram.positive_span.len() > 1), "the fixture has times far apart");
}

#[test]
fn exemplars_sit_in_the_bucket_of_their_value() {
    let families = fixture_families();
    let buckets = families.iter().flat_map(|family| &family.metric).filter_map(|metric| metric.histogram.as_ref());
    let mut seen = 0;
    for bucket in buckets.flat_map(|histogram| &histogram.bucket) {
        let Some(exemplar) = &bucket.exemplar else { continue };
        assert!(exemplar.value <= bucket.upper_bound, "{exemplar:?} in {}", bucket.upper_bound);
        assert_eq!(exemplar.label[0].name, "request_id");
        assert_eq!(exemplar.timestamp.as_ref().unwrap().seconds / 100, 17_952_706);
        seen += 1;
    }
    assert!(seen > 0);
}
