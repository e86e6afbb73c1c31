//! Going on from counts that were saved, and adding up tallies counted side by side.
//! Knows: which differences of options keep counts apart. Does not know: where counts are saved.

use std::fmt;

use super::counted::Counted;
use super::interner::LimitPolicy;
use super::{Options, Tally};

/// What of saved counts begins anew under other options: the duration histograms, since their counts cannot be moved
/// from one set of buckets to another without guessing. Everything else goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherBuckets {
    saved: String,
    asked: String,
}

impl fmt::Display for OtherBuckets {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OtherBuckets { saved, asked } = self;
        write!(
            to,
            "the duration histograms begin anew: they were counted with the buckets {saved} (in milliseconds), and the \
             configuration now asks for {asked}; all other counts go on"
        )
    }
}

impl Tally {
    /// What to save.
    pub fn snapshot(&self) -> &Counted {
        &self.counted
    }

    /// A tally with these options that goes on from saved counts. Names are matched as text, so limits, known names and
    /// patterns may have changed; names once admitted stay, also past a lower limit.
    pub fn restore(options: Options, saved: &Counted) -> (Tally, Option<OtherBuckets>) {
        let mut tally = Tally::new(options);
        let (asked, held) = (&tally.counted.bounds, &saved.bounds);
        let changed = (asked != held).then(|| OtherBuckets { saved: held.to_string(), asked: asked.to_string() });
        tally.counted.merge(saved, LimitPolicy::Unlimited);
        tally.recount();
        (tally, changed)
    }

    /// Adds what another tally with the same options has counted. Names past the limit become `other`.
    pub fn merge(&mut self, other: &Tally) {
        debug_assert_eq!(self.counted.bounds, other.counted.bounds, "both come from the same options");
        self.counted.merge(&other.counted, LimitPolicy::Capped);
        self.recount();
    }
}
