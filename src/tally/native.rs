//! Exponential buckets as in Prometheus' native histograms, schema 3: bucket `i` holds seconds in
//! `(2^((i-1)/8), 2^(i/8)]`. Knows: integer milliseconds. Does not know: counts, exposition.

pub(super) const SCHEMA: i32 = 3;

/// Bucket of 1 ms, the smallest time above zero that is counted.
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

/// The largest whole number of milliseconds in each bucket, ascending; a bucket without any repeats the one before.
pub(super) fn uppers_ms() -> impl Iterator<Item = u32> {
    UPPER_MS.into_iter()
}

/// The bucket of a time; `None` for zero, which is in none.
pub(super) fn bucket(ms: u32) -> Option<i32> {
    let at = i32::try_from(UPPER_MS.partition_point(|&upper| upper < ms)).ok()?;
    (ms > 0).then_some(INDEX_MIN + at)
}

/// The `q` quantile in seconds of so many zeros and the buckets above them, ascending. Walks up to the rank, and
/// inside its bucket grows exponentially as the bucket's own bounds do.
pub(super) fn quantile(q: f64, zeros: u64, buckets: impl Iterator<Item = (i32, u64)> + Clone) -> Option<f64> {
    let total = buckets.clone().fold(zeros, |sum, (_, count)| sum.saturating_add(count));
    let rank = q.clamp(0.0, 1.0) * total as f64;
    let mut below = zeros as f64;
    if total == 0 || rank <= below {
        return (total > 0).then_some(0.0);
    }
    let mut last = None;
    for (index, count) in buckets {
        let share = ((rank - below) / count as f64).min(1.0);
        below += count as f64;
        last = Some((f64::from(index - 1) + share) / 8.0);
        if below >= rank {
            break;
        }
    }
    last.map(f64::exp2)
}

const fn upper_ms() -> [u32; BUCKETS] {
    let mut table = [0; BUCKETS];
    let mut index = INDEX_MIN;
    while index <= INDEX_MAX {
        let scaled = 1000 * EIGHTHS[index.rem_euclid(8) as usize] as u128;
        let octave = index.div_euclid(8);
        let (left, right) = if octave < 0 { (0, octave.unsigned_abs()) } else { (octave.unsigned_abs(), 0) };
        let ms = (scaled << left) >> (40 + right);
        #[expect(clippy::cast_possible_truncation, reason = "compared with the largest before")]
        let upper = if ms > u32::MAX as u128 { u32::MAX } else { ms as u32 };
        table[index.abs_diff(INDEX_MIN) as usize] = upper;
        index += 1;
    }
    table
}
