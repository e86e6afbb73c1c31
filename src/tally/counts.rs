//! A few counters by a small key. Knows: that a cell meets only a handful of keys, again and again.
//! Does not know: what the keys mean.

use foldhash::fast::FixedState;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, Hash};

use super::place::place;

/// Keys remembered with their places: more than most cells ever meet.
const HINTS: usize = 32;

/// Counters in the order in which their keys were first met. A key's place is remembered by its hash and otherwise
/// looked up by walking, which allocates only for a new key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Saved<K>>", into = "Vec<(K, u64)>", bound(serialize = "K: Clone + Serialize"))]
pub(super) struct Counts<K> {
    counts: Vec<(K, u64)>,
    hints: [u8; HINTS],
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Counts::from(Vec::<(K, u64)>::new())
    }
}

/// A key and its count, or a key that this version does not know, which is dropped.
#[derive(Deserialize)]
#[serde(untagged)]
enum Saved<K> {
    Known((K, u64)),
    Unknown(IgnoredAny),
}

impl<K> From<Vec<Saved<K>>> for Counts<K> {
    fn from(saved: Vec<Saved<K>>) -> Self {
        let known = saved.into_iter().filter_map(|saved| match saved {
            Saved::Known(count) => Some(count),
            Saved::Unknown(_) => None,
        });
        Counts::from(known.collect::<Vec<(K, u64)>>())
    }
}

impl<K> From<Vec<(K, u64)>> for Counts<K> {
    fn from(counts: Vec<(K, u64)>) -> Self {
        Counts { counts, hints: [0; HINTS] }
    }
}

impl<K> From<Counts<K>> for Vec<(K, u64)> {
    fn from(counts: Counts<K>) -> Self {
        counts.counts
    }
}

impl<K: Copy + PartialEq + Hash> Counts<K> {
    /// Adds `count`; true where the key is new.
    #[inline]
    pub(super) fn add(&mut self, key: K, count: u64) -> bool {
        let hint = place(FixedState::default().hash_one(key), HINTS);
        match self.counts.get_mut(usize::from(self.hints[hint])) {
            Some((known, held)) if *known == key => {
                *held = held.saturating_add(count);
                false
            }
            _ => self.add_unforeseen(key, count, hint),
        }
    }

    /// Adds to a counter that exists; false where there is none.
    #[inline]
    pub(super) fn add_known(&mut self, key: K, count: u64) -> bool {
        let hint = place(FixedState::default().hash_one(key), HINTS);
        match self.counts.get_mut(usize::from(self.hints[hint])) {
            Some((known, held)) if *known == key => {
                *held = held.saturating_add(count);
                true
            }
            _ => self.has(key) && !self.add_unforeseen(key, count, hint),
        }
    }

    pub(super) fn has(&self, key: K) -> bool {
        self.counts.iter().any(|(known, _)| *known == key)
    }

    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    #[inline(never)]
    fn add_unforeseen(&mut self, key: K, count: u64, hint: usize) -> bool {
        let found = self.counts.iter().position(|(known, _)| *known == key);
        let place = found.unwrap_or_else(|| {
            self.counts.push((key, 0));
            self.counts.len() - 1
        });
        let held = &mut self.counts[place].1;
        *held = held.saturating_add(count);
        self.hints[hint] = u8::try_from(place).unwrap_or_default();
        found.is_none()
    }

    /// Makes a counter exist at 0.
    pub(super) fn touch(&mut self, key: K) {
        self.add(key, 0);
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        self.counts.iter().copied()
    }
    pub(super) fn merge(&mut self, other: &Counts<K>) {
        for (key, count) in other.iter() {
            self.add(key, count);
        }
    }
}

/// Adds counters of a closed set one by one.
pub(super) fn add_all(mine: &mut [u64], theirs: &[u64]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine = mine.saturating_add(*theirs);
    }
}
