//! Sums a family over labels that a user does without.
//! Knows: labels by their names. Does not know: any single family.
//!
//! A label that is left out is empty, which Prometheus takes for a label that is not there.

use std::collections::HashMap;

use super::Scrape;
use super::family::{Family, Sink, Summary, Value};
use crate::tally::Histogram;

/// A label that a family goes without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Without {
    pub family: String,
    pub label: String,
}

impl Without {
    /// Whether there is such a family with such a label.
    pub fn is_known(&self) -> bool {
        let named = super::families().find(|family| family.name == self.family);
        named.is_some_and(|family| family.labels.contains(&self.label.as_str()))
    }
}

/// Hands every sample of a family to the sink, summed over the labels that it goes without.
pub(super) fn write(family: &Family, scrape: &Scrape<'_>, out: &mut dyn Sink) {
    match Summed::of(family, &scrape.without) {
        Some(mut summed) => {
            family.write(scrape, &mut summed);
            summed.hand_over(out);
        }
        None => family.write(scrape, out),
    }
}

/// Collects samples, sums those that differ in the left out labels only, and hands them on.
struct Summed {
    /// By place in the family's labels: whether it is left out.
    left_out: Vec<bool>,
    places: HashMap<Vec<String>, usize>,
    samples: Vec<(Vec<String>, Sum)>,
}

enum Sum {
    Integer(u64),
    Float(f64),
    Histogram(Box<Histogram>),
    /// Without its quantiles, which cannot be added up.
    Summary(Summary),
}

impl Summed {
    /// `None` where the family keeps all its labels.
    fn of(family: &Family, without: &[Without]) -> Option<Summed> {
        let is_left_out = |label: &&str| without.iter().any(|it| it.family == family.name && it.label == **label);
        let left_out: Vec<bool> = family.labels.iter().map(is_left_out).collect();
        left_out.contains(&true).then(|| Summed { left_out, places: HashMap::new(), samples: Vec::new() })
    }

    fn hand_over(&self, out: &mut dyn Sink) {
        for (labels, sum) in &self.samples {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            match sum {
                Sum::Integer(value) => out.integer(&labels, *value),
                Sum::Float(value) => out.float(&labels, *value),
                Sum::Histogram(value) => out.histogram(&labels, value),
                Sum::Summary(value) => out.summary(&labels, value),
            }
        }
    }
}

impl Sink for Summed {
    fn sample(&mut self, labels: &[&str], value: Value<'_>) {
        let kept = labels.iter().zip(&self.left_out).map(|(label, left_out)| if *left_out { "" } else { label });
        let kept: Vec<String> = kept.map(str::to_owned).collect();
        match self.places.get(&kept) {
            Some(&at) => self.samples[at].1.add(value),
            None => {
                self.places.insert(kept.clone(), self.samples.len());
                self.samples.push((kept, Sum::from(value)));
            }
        }
    }
}

impl Sum {
    fn add(&mut self, value: Value<'_>) {
        match (self, value) {
            (Sum::Integer(sum), Value::Integer(value)) => *sum = sum.saturating_add(value),
            (Sum::Float(sum), Value::Float(value)) => *sum += value,
            (Sum::Histogram(sum), Value::Histogram(value)) => sum.merge(value),
            (Sum::Summary(sum), Value::Summary(value)) => {
                sum.sum += value.sum;
                sum.count = sum.count.saturating_add(value.count);
            }
            // A family has values of one kind.
            _ => {}
        }
    }
}

impl From<Value<'_>> for Sum {
    fn from(value: Value<'_>) -> Sum {
        match value {
            Value::Integer(value) => Sum::Integer(value),
            Value::Float(value) => Sum::Float(value),
            Value::Histogram(value) => Sum::Histogram(Box::new(value.clone())),
            Value::Summary(value) => Sum::Summary(Summary { quantiles: Vec::new(), ..value.clone() }),
        }
    }
}
