//! The cliff: the one waiting time at which 499s pile up, because somebody between has a timeout there.
//! Knows: how long the clients of one server's 499s of the last minutes had waited. Does not know: whose timeout it is.

use serde::{Deserialize, Serialize};

use super::window::{Slot, Window};

/// Bins grow by 1 %, so that 5 s and 300 s are told apart equally well.
const BIN_RATIO: f64 = 1.01;
/// The first bin begins here; shorter waits go into it.
const BIN_FIRST_MS: f64 = 100.0;
/// Bins reach to 1000 s; longer waits go into the last.
const BINS: usize = 926;
/// A pile is five bins wide, about ± 2.5 %: one and the same timeout is logged with some milliseconds of spread.
const PILE_BINS: usize = 5;
/// Fewer waits than this make no pile.
const WAITS_MIN: u64 = 20;

/// Where the waits pile up, and what share of the long ones sits there.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cliff {
    pub(super) seconds: f64,
    pub(super) ratio: f64,
}

/// The waits of one slot, binned.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, Bin)>", into = "Vec<(u16, Bin)>")]
pub(super) struct Waits {
    /// None, or `BINS`.
    bins: Vec<Bin>,
}

/// How many waits, and their sum, so that a pile's centre is as exact as the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bin {
    count: u64,
    sum_ms: u64,
}

impl Slot for Waits {
    fn clear(&mut self) {
        self.bins.fill(Bin::default());
    }
    fn merge(&mut self, other: &Waits) {
        for (at, bin) in other.filled() {
            self.bin(usize::from(at)).add(bin.count, bin.sum_ms);
        }
    }
}

impl Waits {
    pub(super) fn add(&mut self, ms: u32) {
        let steps = (f64::from(ms) / BIN_FIRST_MS).ln() / BIN_RATIO.ln();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest value of the integer's range, so a short wait is bin 0"
        )]
        self.bin(steps as usize).add(1, u64::from(ms));
    }

    fn bin(&mut self, at: usize) -> &mut Bin {
        if self.bins.is_empty() {
            self.bins.resize(BINS, Bin::default());
        }
        &mut self.bins[at.min(BINS - 1)]
    }

    fn filled(&self) -> impl Iterator<Item = (u16, Bin)> + '_ {
        (0..).zip(self.bins.iter().copied()).filter(|(_, bin)| bin.count > 0)
    }
}

impl Bin {
    fn add(&mut self, count: u64, sum_ms: u64) {
        self.count = self.count.saturating_add(count);
        self.sum_ms = self.sum_ms.saturating_add(sum_ms);
    }
}

/// A snapshot holds only the bins with something in them.
impl From<Waits> for Vec<(u16, Bin)> {
    fn from(waits: Waits) -> Self {
        waits.filled().collect()
    }
}

impl From<Vec<(u16, Bin)>> for Waits {
    fn from(filled: Vec<(u16, Bin)>) -> Waits {
        let mut waits = Waits::default();
        filled.into_iter().for_each(|(at, bin)| waits.bin(usize::from(at)).add(bin.count, bin.sum_ms));
        waits
    }
}

/// The narrow range of waits that holds most of them; `None` while there are too few to say.
pub(super) fn cliff(window: &Window<Waits>, now_ms: i64) -> Option<Cliff> {
    let mut waits = Waits::default();
    window.recent(now_ms).for_each(|slot| waits.merge(slot));
    let total: u64 = waits.bins.iter().map(|bin| bin.count).sum();
    if total < WAITS_MIN {
        return None;
    }
    let pile = waits.bins.windows(PILE_BINS).max_by_key(|pile| pile.iter().map(|bin| bin.count).sum::<u64>())?;
    let (count, sum_ms) = pile.iter().fold((0, 0), |(count, sum), bin| (count + bin.count, sum + bin.sum_ms));
    Some(Cliff { seconds: sum_ms as f64 / count as f64 / 1000.0, ratio: count as f64 / total as f64 })
}
