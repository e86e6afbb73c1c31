//! Buckets, native buckets, quantiles.

use crate::tally::bucket_index::Bounds;
use crate::tally::histogram::Histogram;

fn filled(values: impl IntoIterator<Item = u32>) -> Histogram {
    let mut histogram = Histogram::new(&Bounds::from(vec![5, 100, 1_000, 10_000]));
    for ms in values {
        histogram.observe(ms);
    }
    histogram
}

#[test]
fn a_bound_belongs_to_its_bucket() {
    #[rustfmt::skip]
    let table = [(0, 0), (5, 0), (6, 1), (100, 1), (101, 2), (999, 2), (1_000, 2), (1_001, 3), (10_000, 3), (10_001, 4), (u32::MAX, 4)];
    for (ms, bucket) in table {
        let counts = filled([ms]).counts();
        assert_eq!(counts.iter().position(|&count| count == 1), Some(bucket), "{ms} ms in {counts:?}");
    }
}

#[test]
fn native_buckets_hold_what_their_bounds_say() {
    for ms in (1..3_000).chain([4_999, 5_000, 5_001, 60_000, 86_400_000, u32::MAX]) {
        let (index, count) = filled([ms]).native().first().copied().expect("one observation");
        let seconds = f64::from(ms) / 1000.0;
        let upper = (f64::from(index) / 8.0).exp2();
        let lower = (f64::from(index - 1) / 8.0).exp2();
        assert_eq!(count, 1);
        assert!(lower < seconds && seconds <= upper, "{ms} ms in bucket {index}: {lower}..{upper}");
    }
    assert_eq!(filled([0]).native(), []);
    assert_eq!(filled([0]).zero_count(), 1);
}

#[test]
fn classic_and_native_agree() {
    let histogram = filled((0..5_000).map(|at| at * 7 % 12_345));
    let native = histogram.zero_count() + histogram.native().iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!(histogram.count(), 5_000);
    assert_eq!(native, 5_000);
    assert!(
        (histogram.sum_seconds() - (0..5_000).map(|at| f64::from(at * 7 % 12_345)).sum::<f64>() / 1000.0).abs() < 1e-6
    );
}

#[test]
fn quantiles_are_within_a_bucket_of_the_truth() {
    let histogram = filled(1..=10_000);
    for (q, truth) in [(0.01, 0.1), (0.5, 5.0), (0.95, 9.5), (0.99, 9.9), (1.0, 10.0)] {
        let told = histogram.quantile(q).expect("not empty");
        assert!((told / truth - 1.0).abs() < 0.10, "quantile {q}: {told} for {truth}");
    }
    assert_eq!(filled([]).quantile(0.5), None);
    assert_eq!(filled([0, 0, 0]).quantile(0.99), Some(0.0));
}

#[test]
fn merged_is_as_if_counted_at_once() {
    let mut low_first = filled([3, 700]);
    low_first.merge(&filled([90_000, 0]));
    let mut high_first = filled([90_000, 0]);
    high_first.merge(&filled([3, 700]));
    let at_once = filled([3, 700, 90_000, 0]);
    for merged in [low_first, high_first] {
        assert_eq!(super::show(&merged), super::show(&at_once));
    }
}

/// A kept count means something only beside the axis it was counted on: who changes what is written here raises the
/// version of the snapshot.
#[test]
fn a_snapshot_holds_counts_by_cell() {
    let kept = serde_json::to_string(&filled([1, 2, 5, 6, 7, 7])).expect("plain data");
    assert_eq!(kept, r#"{"first":1,"counts":[1,1,0,0,1,1,2],"sum_ms":28}"#);
}
