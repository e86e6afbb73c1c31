//! Histograms by outcome, each made when its outcome is first met.
//! Knows: which request makes the better example. Does not know: labels.

use std::sync::Arc;

use super::exemplar::Exemplar;
use super::histogram::Histogram;
use crate::nginx::access::Record;
use crate::verdict::Outcome;

/// One histogram per outcome.
#[derive(Debug, Clone, Default)]
pub(super) struct Durations([Option<Box<Histogram>>; Outcome::ALL.len()]);

impl Durations {
    /// Makes a histogram exist, empty or not.
    pub(super) fn touch(&mut self, outcome: Outcome, bounds_ms: &Arc<[u32]>) -> &mut Histogram {
        self.0[outcome as usize].get_or_insert_with(|| Box::new(Histogram::new(Arc::clone(bounds_ms))))
    }

    /// Adds one request, and takes it as example if it is a better one.
    pub(super) fn observe(
        &mut self,
        outcome: Outcome,
        ms: u32,
        bounds_ms: &Arc<[u32]>,
        record: &Record<'_>,
        now_ms: i64,
    ) {
        let histogram = self.touch(outcome, bounds_ms);
        let bucket = histogram.observe(ms);
        if let Some(trace_id) = record.trace_id
            && is_better(outcome, bucket, histogram.exemplar())
            && let Some(exemplar) = Exemplar::new(trace_id, ms, record.time.unix_millis().unwrap_or(now_ms), bucket)
        {
            histogram.set_exemplar(exemplar);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Outcome, &Histogram)> {
        Outcome::ALL.into_iter().zip(&self.0).filter_map(|(outcome, held)| Some((outcome, held.as_deref()?)))
    }
}

/// The latest is the best example of a failure; of what went well, one of the slowest.
fn is_better(outcome: Outcome, bucket: usize, held: Option<&Exemplar>) -> bool {
    outcome != Outcome::Ok || held.is_none_or(|held| bucket >= held.bucket())
}
