//! Exponential buckets as in Prometheus' native histograms, schema 3: bucket `i` holds seconds in
//! `(2^((i-1)/8), 2^(i/8)]`. Knows: integer milliseconds. Does not know: exposition.

use serde::{Deserialize, Serialize};

/// Bucket of 1 ms, the smallest time above zero that nginx writes.
const INDEX_MIN: i32 = -79;
/// Bucket of `u32::MAX` ms (49 days).
const INDEX_MAX: i32 = 177;
const BUCKETS: usize = (INDEX_MAX - INDEX_MIN + 1) as usize;

/// The largest whole number of milliseconds in each bucket, so that finding a bucket needs no logarithm.
const UPPER_MS: [u32; BUCKETS] = upper_ms();

/// `2^(k/8)` for k = 0..8, as fractions of `2^40`.
const EIGHTHS: [u64; 8] = [
    0x100_0000_0000,
    0x117_2b83_c7d5,
    0x130_6fe0_a31b,
    0x14b_fdad_5362,
    0x16a_09e6_67f3,
    0x18a_ce54_22aa,
    0x1ae_89f9_95ad,
    0x1d5_818d_cfba,
];

/// Exponential counts, held from the lowest to the highest bucket in use: at most `BUCKETS`, seldom a hundred.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Native {
    zero: u64,
    /// Place of the first count in `UPPER_MS`.
    first: u16,
    counts: Vec<u64>,
}

impl Native {
    pub(super) const SCHEMA: i32 = 3;

    #[inline]
    pub(super) fn observe(&mut self, place: Option<usize>) {
        match place {
            None => self.zero += 1,
            Some(at) => *self.count_at(at) += 1,
        }
    }

    pub(super) fn zero_count(&self) -> u64 {
        self.zero
    }

    pub(super) fn buckets(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        let first = i32::from(self.first) + INDEX_MIN;
        (first..).zip(self.counts.iter().copied()).filter(|&(_, count)| count > 0)
    }

    pub(super) fn merge(&mut self, other: &Native) {
        self.zero = self.zero.saturating_add(other.zero);
        for (index, count) in other.buckets() {
            // Only a damaged snapshot has an index beyond the range.
            let held = self.count_at((index.clamp(INDEX_MIN, INDEX_MAX) - INDEX_MIN) as usize);
            *held = held.saturating_add(count);
        }
    }

    /// Walks up to the rank, and inside its bucket grows exponentially as the bucket's own bounds do.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.counts.iter().fold(self.zero, |sum, count| sum.saturating_add(*count));
        let rank = q.clamp(0.0, 1.0) * total as f64;
        let mut below = self.zero as f64;
        if total == 0 || rank <= below {
            return (total > 0).then_some(0.0);
        }
        let mut last = None;
        for (index, count) in self.buckets() {
            let share = ((rank - below) / count as f64).min(1.0);
            below += count as f64;
            last = Some((f64::from(index - 1) + share) / 8.0);
            if below >= rank {
                break;
            }
        }
        last.map(f64::exp2)
    }

    /// The count of a bucket, making room below or above as needed.
    fn count_at(&mut self, at: usize) -> &mut u64 {
        if self.counts.is_empty() {
            self.first = at as u16;
        }
        let first = usize::from(self.first);
        if at < first {
            self.counts.splice(0..0, std::iter::repeat_n(0, first - at));
            self.first = at as u16;
        }
        let offset = at.saturating_sub(first);
        if offset >= self.counts.len() {
            self.counts.resize(offset + 1, 0);
        }
        &mut self.counts[offset]
    }
}

/// The smallest whole number of milliseconds in each bucket, or above the bucket before it where that is empty.
pub(super) fn lowest_ms() -> impl Iterator<Item = u32> {
    [1].into_iter().chain(UPPER_MS.iter().map(|upper| upper.saturating_add(1))).take(BUCKETS)
}

/// The place of a time among the buckets; `None` for zero.
#[inline]
pub(super) fn place(ms: u32) -> Option<usize> {
    if ms == 0 {
        return None;
    }
    // No search: where a time lies among the bounds cannot be foreseen, so each of its branches would be missed.
    let from = usize::from(PLACE_OF_STEP[step(ms)]);
    Some(from + usize::from(UPPER_MS[from] < ms))
}

/// Each octave of milliseconds in this many equal steps. The widest is 1/16 of its start, narrower than a bucket
/// (9 %), so a step holds one bound at most.
const STEPS_BITS: u32 = 4;
const STEPS: usize = u32::BITS as usize * (1 << STEPS_BITS);

/// The octave and the first bits below its highest one.
const fn step(ms: u32) -> usize {
    let bits = (ms << ms.leading_zeros()) >> (u32::BITS - 1 - STEPS_BITS);
    ((ms.ilog2() << STEPS_BITS) + bits - (1 << STEPS_BITS)) as usize
}

/// The place of the first millisecond of each step.
const PLACE_OF_STEP: [u16; STEPS] = {
    let mut table = [0; STEPS];
    let mut at = 0;
    while at < STEPS {
        let (octave, part) = (at >> STEPS_BITS, (at % (1 << STEPS_BITS)) as u64);
        // Rounded up: in the octaves below 16 ms most steps begin between two milliseconds.
        let ms = ((((1 << STEPS_BITS) + part) << octave) + (1 << STEPS_BITS) - 1) >> STEPS_BITS;
        let mut place = 0;
        while place + 1 < BUCKETS && (UPPER_MS[place] as u64) < ms {
            place += 1;
        }
        table[at] = place as u16;
        at += 1;
    }
    table
};

const fn upper_ms() -> [u32; BUCKETS] {
    let mut table = [0; BUCKETS];
    let mut at = 0;
    while at < BUCKETS {
        let index = at as i32 + INDEX_MIN;
        let scaled = 1000 * EIGHTHS[index.rem_euclid(8) as usize] as u128;
        let octave = index.div_euclid(8);
        let ms = if octave < 0 { scaled >> (40 - octave) as u32 } else { (scaled << octave as u32) >> 40 };
        table[at] = if ms > u32::MAX as u128 { u32::MAX } else { ms as u32 };
        at += 1;
    }
    table
}
