//! Histograms by outcome, each made when its outcome is first met.
//! Knows: which request makes the better example. Does not know: labels.

use serde::{Deserialize, Serialize};

use super::bucket_index::Bounds;
use super::by_name::{Blank, By};
use super::exemplar::{ExampleId, Exemplar};
use super::histogram::Histogram;
use crate::record::Record;
use crate::verdict::Outcome;

/// One histogram per outcome.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Durations(#[serde(with = "By::<Outcome>")] [Option<Histogram>; Outcome::ALL.len()]);

impl Blank for Durations {
    fn is_blank(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

impl Durations {
    /// Makes a histogram exist, empty or not.
    #[inline]
    pub(super) fn mark_used(&mut self, outcome: Outcome, bounds: &Bounds) -> &mut Histogram {
        self.0[outcome as usize].get_or_insert_with(|| begin(bounds))
    }

    /// Adds one request, and takes it as example if it is a better one.
    pub(super) fn observe(&mut self, outcome: Outcome, ms: u32, bounds: &Bounds, record: &Record<'_>, now_ms: i64) {
        let histogram = self.mark_used(outcome, bounds);
        histogram.observe(ms);
        if record.trace_id.is_some() || record.request_id.is_some() {
            take_example(histogram, outcome, ms, record, now_ms);
        }
    }

    pub(super) fn has(&self, outcome: Outcome) -> bool {
        self.0[outcome as usize].is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().flatten().count()
    }

    pub(super) fn merge(&mut self, other: &Durations, bounds: &Bounds) {
        for (outcome, histogram) in other.iter() {
            self.mark_used(outcome, bounds).merge(histogram);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Outcome, &Histogram)> {
        Outcome::ALL.into_iter().zip(&self.0).filter_map(|(outcome, held)| Some((outcome, held.as_ref()?)))
    }
}

/// Takes the request as example if it is a better one than the one there is.
fn take_example(histogram: &mut Histogram, outcome: Outcome, ms: u32, record: &Record<'_>, now_ms: i64) {
    let trace = record.trace_id.map(ExampleId::Trace);
    let Some(id) = trace.or(record.request_id.map(ExampleId::Request)) else { return };
    if is_better(outcome, ms, histogram, now_ms) {
        let unix_ms = record.time.unix_millis().unwrap_or(now_ms);
        let exemplar = Exemplar::new(id, ms, unix_ms, histogram.bucket(ms));
        exemplar.into_iter().for_each(|exemplar| histogram.set_exemplar(exemplar, now_ms));
    }
}

/// Rare, and kept out of the way of those that are there.
#[cold]
#[inline(never)]
fn begin(bounds: &Bounds) -> Histogram {
    Histogram::new(bounds)
}

/// The latest is the best example of a failure; of what went well, one of the slowest, and one is enough for a batch.
fn is_better(outcome: Outcome, ms: u32, histogram: &Histogram, now_ms: i64) -> bool {
    let Some(held) = histogram.exemplar() else { return true };
    let is_later = histogram.exemplar_taken_ms() != now_ms;
    outcome != Outcome::Ok || ms >= histogram.begin_ms(held.bucket() + usize::from(!is_later))
}
