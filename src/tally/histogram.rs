//! Durations: classic buckets, native (exponential) buckets, and one exemplar.
//! Knows: that one count per cell of the axis is both. Does not know: labels, exposition formats.

use serde::{Deserialize, Serialize};

use super::bucket_index::Bounds;
use super::exemplar::Exemplar;
use super::native;

/// Counts of durations by cell, from the lowest to the highest cell in use: some hundred at most. Both kinds of buckets
/// are added up from them when somebody looks, so they always hold the same observations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Histogram {
    /// A snapshot holds them once, for all.
    #[serde(skip)]
    bounds: Bounds,
    /// The cell of the first count.
    first: usize,
    counts: Vec<u64>,
    sum_ms: u64,
    /// Not worth keeping over a restart: the next failure brings another.
    #[serde(skip)]
    exemplar: Option<Box<Exemplar>>,
    /// The time of the batch that brought it.
    #[serde(skip)]
    exemplar_taken_ms: i64,
}

impl Histogram {
    /// The exponential buckets' resolution: eight to a doubling, each 9 % wide.
    pub const NATIVE_SCHEMA: i32 = native::SCHEMA;
    /// Below the resolution of one millisecond everything is zero.
    pub const NATIVE_ZERO_THRESHOLD: f64 = 0.0005;

    pub(super) fn new(bounds: &Bounds) -> Histogram {
        Histogram {
            bounds: bounds.clone(),
            first: 0,
            counts: Vec::new(),
            sum_ms: 0,
            exemplar: None,
            exemplar_taken_ms: 0,
        }
    }

    /// Adds one duration.
    #[inline]
    pub(super) fn observe(&mut self, ms: u32) {
        let cell = self.bounds.cell(ms);
        *self.count_at(cell) += 1;
        self.sum_ms += u64::from(ms);
    }

    /// The classic bucket of a duration.
    pub(super) fn bucket(&self, ms: u32) -> usize {
        self.bounds.classic(self.bounds.cell(ms))
    }

    /// The shortest duration of a classic bucket; of one past the last, what no duration is longer than.
    pub(super) fn begin_ms(&self, bucket: usize) -> u32 {
        let bounds = self.bounds.as_millis();
        let before = bucket.checked_sub(1).map(|before| bounds.get(before).copied().unwrap_or(u32::MAX));
        before.map_or(0, |bound| bound.saturating_add(1))
    }

    /// The finite upper bounds in seconds; `+Inf` comes after them.
    pub fn bounds_seconds(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.bounds.as_millis().iter().map(|&ms| f64::from(ms) / 1000.0)
    }
    /// Observations per bucket, not cumulative; the last is the one up to `+Inf`.
    pub fn counts(&self) -> Vec<u64> {
        let mut buckets = vec![0_u64; self.bounds.as_millis().len() + 1];
        for (cell, count) in self.cells() {
            let bucket = &mut buckets[self.bounds.classic(cell)];
            *bucket = bucket.saturating_add(count);
        }
        buckets
    }
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
    pub fn sum_seconds(&self) -> f64 {
        self.sum_ms as f64 / 1000.0
    }
    /// The native buckets that hold something, ascending: bucket `i` reaches up to `2^(i/8)` seconds.
    pub fn native(&self) -> Vec<(i32, u64)> {
        let mut buckets: Vec<(i32, u64)> = Vec::new();
        for (cell, count) in self.cells() {
            match (self.bounds.native(cell), buckets.last_mut()) {
                (Some(index), Some((last, held))) if *last == index => *held = held.saturating_add(count),
                (Some(index), _) => buckets.push((index, count)),
                (None, _) => {}
            }
        }
        buckets
    }
    /// Observations of 0 ms, which no exponential bucket can hold.
    pub fn zero_count(&self) -> u64 {
        self.cells().find(|&(cell, _)| self.bounds.native(cell).is_none()).map_or(0, |(_, count)| count)
    }
    pub(super) fn exemplar_taken_ms(&self) -> i64 {
        self.exemplar_taken_ms
    }
    pub fn exemplar(&self) -> Option<&Exemplar> {
        self.exemplar.as_deref()
    }
    /// The `q` quantile in seconds (0 ≤ q ≤ 1), from the native buckets; `None` while nothing was observed.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        native::quantile(q, self.zero_count(), self.native().into_iter())
    }

    /// Puts an exemplar in place of the one there is.
    pub(super) fn set_exemplar(&mut self, exemplar: Exemplar, now_ms: i64) {
        self.exemplar_taken_ms = now_ms;
        match &mut self.exemplar {
            Some(place) => **place = exemplar,
            None => self.exemplar = Some(Box::new(exemplar)),
        }
    }

    /// Adds another histogram with the same bounds; the younger exemplar stays.
    pub fn merge(&mut self, other: &Histogram) {
        for (cell, count) in other.cells() {
            // Only a damaged snapshot has a cell beyond the last.
            let held = self.count_at(cell.min(self.bounds.cells().saturating_sub(1)));
            *held = held.saturating_add(count);
        }
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
        if let Some(theirs) = other.exemplar()
            && self.exemplar().is_none_or(|mine| mine.unix_ms() < theirs.unix_ms())
        {
            self.set_exemplar(theirs.clone(), other.exemplar_taken_ms);
        }
    }

    /// The same observations in fewer buckets, whose bounds are among those it has.
    pub(super) fn in_buckets(&self, bounds: &Bounds) -> Histogram {
        let mut fewer = Histogram::new(bounds);
        for (cell, count) in self.cells() {
            *fewer.count_at(bounds.cell(self.bounds.upper_ms(cell))) += count;
        }
        fewer.sum_ms = self.sum_ms;
        if let Some(exemplar) = self.exemplar() {
            let bucket = fewer.bucket(exemplar.value_ms());
            fewer.set_exemplar(exemplar.clone().in_bucket(bucket), self.exemplar_taken_ms);
        }
        fewer
    }

    pub(super) fn sum_ms(&self) -> u64 {
        self.sum_ms
    }

    /// How many durations were longer; those in the cell that the limit lies in are spread over it evenly.
    pub(super) fn longer_than(&self, ms: u32) -> f64 {
        self.past(ms).map(|(_, count)| count).sum()
    }

    /// By how much the durations were longer, all together.
    pub(super) fn seconds_past(&self, ms: u32) -> f64 {
        self.past(ms).map(|(longer_ms, count)| longer_ms * count).sum::<f64>() / 1000.0
    }

    /// By how much the durations of each cell were longer on average, and how many.
    fn past(&self, ms: u32) -> impl Iterator<Item = (f64, f64)> + '_ {
        let limit = f64::from(ms);
        self.cells().filter_map(move |(cell, count)| {
            let to = f64::from(self.bounds.upper_ms(cell));
            let from = cell.checked_sub(1).map_or(0.0, |before| f64::from(self.bounds.upper_ms(before)));
            let (begin, width) = (from.max(limit), (to - from).max(f64::MIN_POSITIVE));
            (to > limit).then(|| (f64::midpoint(begin, to) - limit, count as f64 * (to - begin) / width))
        })
    }

    /// The cells that hold something.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let counts = self.counts.iter().copied().enumerate().filter(|&(_, count)| count > 0);
        counts.map(|(at, count)| (self.first.saturating_add(at), count))
    }

    /// The count of a cell, with room made for it below or above as needed.
    #[inline]
    fn count_at(&mut self, cell: usize) -> &mut u64 {
        if cell.wrapping_sub(self.first) >= self.counts.len() {
            self.make_room(cell);
        }
        &mut self.counts[cell - self.first]
    }

    #[cold]
    fn make_room(&mut self, cell: usize) {
        if self.counts.is_empty() {
            self.first = cell;
        }
        let below = self.first.saturating_sub(cell);
        self.counts.splice(0..0, std::iter::repeat_n(0, below));
        self.first -= below;
        let needed = cell - self.first + 1;
        self.counts.resize(needed.max(self.counts.len()), 0);
    }
}
