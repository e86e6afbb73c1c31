//! Durations in exponential buckets, few of them in use: bucket `i` reaches up to `2^(i/8)` seconds, as in Prometheus'
//! native histograms of schema 3. Knows: quantiles and piles. Does not know: what took so long.

use crate::tally::Histogram;

/// Buckets to a doubling.
const STEPS: f64 = 8.0;
/// The bucket of 0 ms.
pub(super) const ZERO: i16 = i16::MIN;

/// Counts by bucket, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Buckets(Vec<(i16, u32)>);

/// Where durations pile up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pile {
    pub(super) seconds: f64,
    /// Of the durations that were looked at, 0 to 1.
    pub(super) ratio: f64,
    pub(super) of: u64,
}

impl Buckets {
    pub(super) fn add(&mut self, bucket: i16, count: u32) {
        if count == 0 {
            return;
        }
        match self.0.binary_search_by_key(&bucket, |(held, _)| *held) {
            Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(count),
            Err(at) => self.0.insert(at, (bucket, count)),
        }
    }

    pub(super) fn merge(&mut self, other: &Buckets) {
        other.0.iter().for_each(|(bucket, count)| self.add(*bucket, *count));
    }

    /// The buckets of a histogram, which may have been counted for so long that only the last 32 bits are kept: what
    /// came since a look before is right all the same.
    pub(super) fn add_all(&mut self, histogram: &Histogram) {
        self.add_wrapping(ZERO, histogram.zero_count());
        for (bucket, count) in histogram.native() {
            self.add_wrapping(i16::try_from(bucket).unwrap_or(i16::MAX), count);
        }
    }

    fn add_wrapping(&mut self, bucket: i16, count: u64) {
        #[expect(clippy::cast_possible_truncation, reason = "the last 32 bits, as the differences want them")]
        let count = count as u32;
        match self.0.binary_search_by_key(&bucket, |(held, _)| *held) {
            Ok(at) => self.0[at].1 = self.0[at].1.wrapping_add(count),
            Err(at) => self.0.insert(at, (bucket, count)),
        }
    }

    /// What came since `before`, which this has grown from.
    pub(super) fn since(&self, before: &Buckets) -> Buckets {
        let held = |bucket| before.0.iter().find(|(other, _)| *other == bucket).map_or(0, |(_, count)| *count);
        let grown = self.0.iter().map(|&(bucket, count)| (bucket, count.wrapping_sub(held(bucket))));
        Buckets(grown.filter(|(_, count)| *count > 0).collect())
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// Durations longer than this, in whole buckets.
    pub(super) fn above(&self, seconds: f64) -> u64 {
        let from = bucket_of(seconds);
        self.0.iter().filter(|(bucket, _)| *bucket > from).map(|(_, count)| u64::from(*count)).sum()
    }

    /// The `q` quantile in seconds; `None` while there is nothing.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let rank = q * self.total() as f64;
        let mut below = 0.0;
        for &(bucket, count) in &self.0 {
            let count = f64::from(count);
            if below + count >= rank {
                return Some(seconds_of(bucket, (rank - below) / count));
            }
            below += count;
        }
        None
    }

    /// The two neighbouring buckets that hold most of the durations above `from` seconds.
    pub(super) fn pile(&self, from: f64) -> Option<Pile> {
        let from = bucket_of(from);
        let long: Vec<(i16, u32)> = self.0.iter().copied().filter(|(bucket, _)| *bucket >= from).collect();
        let of: u64 = long.iter().map(|(_, count)| u64::from(*count)).sum();
        let at = |bucket: i16| long.iter().find(|(held, _)| *held == bucket).map_or(0, |(_, count)| *count);
        let (most, low, high) = long
            .iter()
            .map(|&(bucket, count)| (u64::from(count) + u64::from(at(bucket + 1)), bucket, at(bucket + 1)))
            .max_by_key(|(both, bucket, _)| (*both, std::cmp::Reverse(*bucket)))?;
        let upper = f64::from(high) / most as f64;
        Some(Pile { seconds: seconds_of(low, 0.5 + upper), ratio: most as f64 / of as f64, of })
    }

    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// For the bound on memory.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<(i16, u32)>()
    }
}

fn bucket_of(seconds: f64) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm of seconds")]
    let bucket = (seconds.max(0.001).log2() * STEPS).ceil() as i16;
    bucket
}

/// A place inside a bucket, 0 its lower end.
fn seconds_of(bucket: i16, share: f64) -> f64 {
    if bucket == ZERO { 0.0 } else { ((f64::from(bucket) - 1.0 + share) / STEPS).exp2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: &[(f64, u32)]) -> Buckets {
        let mut buckets = Buckets::default();
        seconds.iter().for_each(|(seconds, count)| buckets.add(bucket_of(*seconds), *count));
        buckets
    }

    #[test]
    fn a_quantile_is_as_exact_as_a_bucket() {
        let buckets = of(&[(0.04, 90), (3.2, 10)]);
        assert!((buckets.quantile(0.5).unwrap() / 0.04 - 1.0).abs() < 0.09);
        assert!((buckets.quantile(0.95).unwrap() / 3.2 - 1.0).abs() < 0.09);
        assert_eq!(Buckets::default().quantile(0.5), None);
    }

    #[test]
    fn one_timer_is_a_pile_and_people_are_none() {
        let timer = of(&[(0.2, 50), (5.0, 40), (5.1, 10), (2.0, 5)]).pile(1.0).unwrap();
        assert!((timer.seconds - 5.0).abs() < 0.4 && timer.ratio > 0.9 && timer.of == 55, "{timer:?}");
        let people: Vec<(f64, u32)> = (10..100).map(|tenths| (f64::from(tenths) / 10.0, 2)).collect();
        assert!(of(&people).pile(1.0).unwrap().ratio < 0.25);
    }

    #[test]
    fn what_came_since() {
        assert_eq!(of(&[(1.0, 7), (2.0, 3)]).since(&of(&[(1.0, 5)])), of(&[(1.0, 2), (2.0, 3)]));
        assert_eq!(of(&[(1.0, 3)]).since(&of(&[(1.0, u32::MAX)])), of(&[(1.0, 4)]), "beyond 32 bits");
        assert_eq!(of(&[(3.0, 3), (0.5, 2)]).above(1.0), 3);
    }
}
