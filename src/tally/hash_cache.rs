//! A direct-mapped cache from the hash of a text to a number. Does not know: the texts, or what the numbers mean.

use foldhash::fast::RandomState;
use std::hash::{BuildHasher, Hasher};

use super::place::place;

/// Direct-mapped by hash: a new text takes the place of the one that was there.
///
/// The text itself is not kept: its place and 48 more bits of a hash seeded at random stand for it.
#[derive(Debug, Default)]
pub(super) struct HashCache<const PLACES: usize> {
    hasher: RandomState,
    /// The hash above, the number plus one in the lowest bits: one word, since an entry is seldom in the nearest cache.
    entries: Vec<u64>,
}

/// The bits of an entry that hold the number.
const NUMBER_BITS: u64 = u16::MAX as u64;

impl<const PLACES: usize> HashCache<PLACES> {
    #[inline]
    pub(super) fn hash(&self, text: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text);
        hasher.finish()
    }

    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<u16> {
        let entry = *self.entries.get(place(hash, PLACES))?;
        let number = ((entry & NUMBER_BITS) as u16).checked_sub(1)?;
        ((entry ^ hash) <= NUMBER_BITS).then_some(number)
    }

    /// A number that has no room is not remembered.
    pub(super) fn set(&mut self, hash: u64, number: u16) {
        let Some(low) = number.checked_add(1) else { return };
        if self.entries.is_empty() {
            self.entries.resize(PLACES, 0);
        }
        self.entries[place(hash, PLACES)] = hash & !NUMBER_BITS | u64::from(low);
    }
}

/// A copy of a tally is made to be read; it starts with nothing remembered.
impl<const PLACES: usize> Clone for HashCache<PLACES> {
    fn clone(&self) -> Self {
        HashCache::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_told_is_remembered() {
        let mut remembered = HashCache::<8>::default();
        let hash = |remembered: &HashCache<8>, at: u16| remembered.hash(format!("/path/{at}").as_bytes());
        assert_eq!(remembered.get(hash(&remembered, 0)), None);
        for at in 0..1000 {
            let hash = hash(&remembered, at);
            remembered.set(hash, at);
            assert_eq!(remembered.get(hash), Some(at));
        }
        let held: Vec<u16> = (0..1000)
            .filter_map(|at| remembered.get(hash(&remembered, at)).inspect(|it| assert_eq!(*it, at)))
            .collect();
        assert!((1..=8).contains(&held.len()), "{held:?}");
        remembered.set(7, u16::MAX);
        assert_eq!(remembered.get(7), None);
        assert_eq!(remembered.clone().get(hash(&remembered, held[0])), None);
    }
}
