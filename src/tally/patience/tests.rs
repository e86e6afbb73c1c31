//! Patience against simulations whose truth is known: clients with a patience, answers with a time, whichever is first.

use super::*;
use crate::tally::options::BOUNDS_MS;

/// The time in seconds by which a share of the clients would have left.
type Quantile = fn(f64) -> f64;

const PATIENCES: [(&str, Quantile); 5] = [
    ("exponential, 8 s on average", |share| -8.0 * (1.0 - share).ln()),
    ("Weibull, shape 3, scale 6 s", |share| 6.0 * (-(1.0 - share).ln()).powf(1.0 / 3.0)),
    ("Weibull, shape 0.7, scale 4 s", |share| 4.0 * (-(1.0 - share).ln()).powf(1.0 / 0.7)),
    ("everybody 5 s", |_| 5.0),
    ("everybody 7.2 s", |_| 7.2),
];
const ANSWERED: [f64; 4] = [0.1, 0.5, 0.9, 0.99];

/// Clients: so many that a hundred thousand leave, but no more than a test may take.
const LEAVE: f64 = 120_000.0;
const CLIENTS_MAX: f64 = 2_000_000.0;
/// So many still waiting at a time make its estimate sure.
const STILL_THERE: f64 = 1_500.0;

/// SplitMix64: uniform between 0 and 1, the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The mean of exponential answer times with which this share is answered in time.
fn answer_mean(patience: Quantile, answered: f64) -> f64 {
    let share = |mean: f64| -> f64 {
        let clients = (0..2_000).map(|at| patience((f64::from(at) + 0.5) / 2_000.0));
        clients.map(|patience| 1.0 - (-patience / mean).exp()).sum::<f64>() / 2_000.0
    };
    let (mut short, mut long) = (1e-4_f64, 1e4_f64);
    for _ in 0..60 {
        let mean = (short * long).sqrt();
        if share(mean) > answered { short = mean } else { long = mean }
    }
    (short * long).sqrt()
}

fn simulate(patience: Quantile, mean: f64, clients: u64, bounds: &Bounds) -> HttpCell {
    let (mut random, mut cell) = (Random(7), HttpCell::default());
    for _ in 0..clients {
        let (leaves, answered) = (patience(random.next()), -mean * (1.0 - random.next()).ln());
        let outcome = if leaves < answered { Outcome::Abandoned } else { Outcome::Ok };
        // Clocks and networks take some milliseconds, too.
        let late = if leaves < answered { random.next() * 0.003 } else { 0.0 };
        let ms = ((leaves.min(answered) + late) * 1000.0).round() as u32;
        cell.durations.mark_used(outcome, bounds).observe(ms);
    }
    cell
}

#[test]
fn it_is_within_5_percent_of_the_truth() {
    let bounds = Bounds::from(BOUNDS_MS.to_vec());
    let (mut told, mut wrong) = (0, Vec::new());
    for (name, patience) in PATIENCES {
        for answered in ANSWERED {
            let mean = answer_mean(patience, answered);
            let clients = (LEAVE / (1.0 - answered)).min(CLIENTS_MAX);
            let cell = simulate(patience, mean, clients as u64, &bounds);
            let mut observed = Observed::new(&bounds);
            observed.add(&cell);
            for share in PATIENCE_QUANTILES {
                let truth = patience(share);
                let there = clients * (1.0 - share) * (-truth / mean).exp();
                let seconds = observed.left_by(share);
                if there < STILL_THERE {
                    continue;
                }
                told += 1;
                let error = seconds.map_or(f64::NAN, |seconds| (seconds / truth - 1.0).abs());
                if error.is_nan() || error > 0.05 {
                    wrong.push(format!("{name}, {answered} answered, {share}: {seconds:?} and not {truth:.3}"));
                }
            }
        }
    }
    assert!(wrong.is_empty() && told >= 50, "{told} told, wrong:\n{}", wrong.join("\n"));
}

fn left_by(left: &[(u32, u32)], stayed: &[(u32, u32)]) -> [Option<f64>; 3] {
    let (bounds, mut cell) = (Bounds::from(BOUNDS_MS.to_vec()), HttpCell::default());
    for (outcome, rows) in [(Outcome::Abandoned, left), (Outcome::Ok, stayed)] {
        for &(ms, times) in rows {
            (0..times).for_each(|_| cell.durations.mark_used(outcome, &bounds).observe(ms));
        }
    }
    let mut observed = Observed::new(&bounds);
    observed.add(&cell);
    PATIENCE_QUANTILES.map(|share| observed.left_by(share))
}

#[test]
fn what_nobody_waited_for_is_not_told() {
    assert_eq!(left_by(&[], &[(100, 1_000)]), [None; 3]);
    assert_eq!(left_by(&[], &[]), [None; 3]);
    // 40 of 1,000 leave, everybody else is answered at once: half of those who had to wait left, and that is known.
    let [early, _, half] = left_by(&[(5_000, 40)], &[(20, 960), (9_000, 40)]);
    assert!(early.is_some_and(|seconds| (4.9..5.2).contains(&seconds)), "{early:?}");
    assert!(half.is_some_and(|seconds| (4.9..5.2).contains(&seconds)), "{half:?}");
    // 40 of 1,000 leave at once, who else was answered later: no more than 4 % would ever have left.
    assert_eq!(left_by(&[(20, 40)], &[(9_000, 960)]), [None; 3]);
    // The last one to wait proves nothing.
    assert_eq!(left_by(&[(60_000, 1)], &[(20, 1_000)])[0], None);
}
