//! Durations: classic buckets, native (exponential) buckets beside them, and one exemplar.
//! Knows: integer milliseconds. Does not know: labels, exposition formats.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

use super::exemplar::Exemplar;
use super::native::{self, Native};

/// Upper bounds of classic buckets in milliseconds, ascending, each once; shared by all histograms of a tally.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u32>", into = "Vec<u32>")]
pub(super) struct Bounds(Arc<Grades>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Grades {
    bounds_ms: Box<[u32]>,
    /// By place of a native bucket, the classic bucket of the smallest time in it: a native bucket is narrow, so a
    /// look at the next bound or none is all that is left to do.
    first: Box<[u16]>,
}

impl fmt::Display for Bounds {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:?}", self.0.bounds_ms)
    }
}

impl From<Vec<u32>> for Bounds {
    fn from(mut bounds_ms: Vec<u32>) -> Bounds {
        bounds_ms.sort_unstable();
        bounds_ms.dedup();
        let first = native::lowest_ms().map(|lowest| bounds_ms.partition_point(|&bound| bound < lowest) as u16);
        Bounds(Arc::new(Grades { first: first.collect(), bounds_ms: bounds_ms.into() }))
    }
}

impl Bounds {
    /// The classic bucket of a time whose native place is known.
    #[inline]
    fn bucket(&self, ms: u32, place: Option<usize>) -> usize {
        let Grades { bounds_ms, first } = &*self.0;
        let mut bucket = place.map_or(0, |place| usize::from(first[place]));
        while bounds_ms.get(bucket).is_some_and(|&bound| bound < ms) {
            bucket += 1;
        }
        bucket
    }
}

impl From<Bounds> for Vec<u32> {
    fn from(bounds: Bounds) -> Vec<u32> {
        bounds.0.bounds_ms.to_vec()
    }
}

/// Counts of durations. Classic and native buckets always hold the same observations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Histogram {
    /// A snapshot holds them once, for all.
    #[serde(skip)]
    bounds: Bounds,
    /// One per bound and one for what lies above them all.
    counts: Box<[u64]>,
    sum_ms: u64,
    native: Native,
    /// Not worth keeping over a restart: the next failure brings another.
    #[serde(skip)]
    exemplar: Option<Box<Exemplar>>,
}

impl Histogram {
    /// The exponential buckets' resolution: eight to a doubling, each 9 % wide.
    pub const NATIVE_SCHEMA: i32 = Native::SCHEMA;
    /// Below nginx's resolution of one millisecond everything is zero.
    pub const NATIVE_ZERO_THRESHOLD: f64 = 0.0005;

    pub(super) fn new(bounds: &Bounds) -> Histogram {
        let counts = vec![0; bounds.0.bounds_ms.len() + 1].into_boxed_slice();
        Histogram { bounds: bounds.clone(), counts, sum_ms: 0, native: Native::default(), exemplar: None }
    }

    /// Adds one duration and returns the classic bucket it fell into.
    pub(super) fn observe(&mut self, ms: u32) -> usize {
        let place = native::place(ms);
        let bucket = self.bounds.bucket(ms, place);
        self.counts[bucket] += 1;
        self.sum_ms += u64::from(ms);
        self.native.observe(place);
        bucket
    }

    /// The finite upper bounds in seconds; `+Inf` comes after them.
    pub fn bounds_seconds(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.bounds.0.bounds_ms.iter().map(|&ms| f64::from(ms) / 1000.0)
    }
    /// Observations per bucket, not cumulative; the last is the one up to `+Inf`.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
    pub fn sum_seconds(&self) -> f64 {
        self.sum_ms as f64 / 1000.0
    }
    /// The native buckets that hold something, ascending: bucket `i` reaches up to `2^(i/8)` seconds.
    pub fn native(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        self.native.buckets()
    }
    /// Observations of 0 ms, which no exponential bucket can hold.
    pub fn zero_count(&self) -> u64 {
        self.native.zero_count()
    }
    pub fn exemplar(&self) -> Option<&Exemplar> {
        self.exemplar.as_deref()
    }
    /// The `q` quantile in seconds (0 ≤ q ≤ 1), from the native buckets; `None` while nothing was observed.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.native.quantile(q)
    }

    /// Puts an exemplar in place of the one there is.
    pub(super) fn set_exemplar(&mut self, exemplar: Exemplar) {
        match &mut self.exemplar {
            Some(place) => **place = exemplar,
            None => self.exemplar = Some(Box::new(exemplar)),
        }
    }

    /// Adds another histogram with the same bounds; the younger exemplar stays.
    pub fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
        self.native.merge(&other.native);
        if let Some(theirs) = other.exemplar()
            && self.exemplar().is_none_or(|mine| mine.unix_ms() < theirs.unix_ms())
        {
            self.set_exemplar(theirs.clone());
        }
    }
}
