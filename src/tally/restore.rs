//! Going on from counts that were kept, and adding up tallies counted side by side.
//! Knows: which differences of options keep counts apart. Does not know: where counts are kept.

use super::counted::Counted;
use super::interner::Room;
use super::{Options, Tally};

/// Why counts cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    #[error(
        "the kept counts have the buckets {kept} (in milliseconds) and the configuration now asks for {asked}; \
         counts cannot be moved from one to the other: restore the old buckets, or move the state away to begin anew"
    )]
    Buckets { kept: String, asked: String },
    #[error("the counts were kept by a version of hangup with other label values; move the state away to begin anew")]
    Labels,
}

impl Tally {
    /// What to keep.
    pub fn snapshot(&self) -> &Counted {
        &self.counted
    }

    /// A tally with these options that goes on from kept counts. Names are matched as text, so limits, known names and
    /// patterns may have changed; names once admitted stay, also past a lower limit.
    pub fn restore(options: Options, kept: &Counted) -> Result<Tally, RestoreError> {
        let mut tally = Tally::new(options);
        if tally.counted.labels != kept.labels {
            return Err(RestoreError::Labels);
        }
        if tally.counted.bounds != kept.bounds {
            let (kept, asked) = (kept.bounds.to_string(), tally.counted.bounds.to_string());
            return Err(RestoreError::Buckets { kept, asked });
        }
        tally.counted.merge(kept, Room::ForAll);
        Ok(tally)
    }

    /// Adds what another tally with the same options has counted. Names past the limit become `other`.
    pub fn merge(&mut self, other: &Tally) {
        debug_assert_eq!(self.counted.bounds, other.counted.bounds, "both come from the same options");
        self.counted.merge(&other.counted, Room::Limited);
    }
}
