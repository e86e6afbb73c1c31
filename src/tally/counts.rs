//! A few counters by a small key. Knows: that a cell meets only a handful of keys, again and again.
//! Does not know: what the keys mean.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// Counters in the order in which their keys were first met, looked up by walking: that allocates only for a new key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Saved<K>>")]
pub(super) struct Counts<K>(Vec<(K, u64)>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Counts(Vec::new())
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
        Counts(known.collect())
    }
}

impl<K: Copy + PartialEq> Counts<K> {
    /// Adds `count`; true where the key is new.
    #[inline]
    pub(super) fn add(&mut self, key: K, count: u64) -> bool {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, held)) => {
                *held = held.saturating_add(count);
                false
            }
            None => {
                self.0.push((key, count));
                true
            }
        }
    }

    /// Adds to a counter that exists; false where there is none.
    #[inline]
    pub(super) fn add_known(&mut self, key: K, count: u64) -> bool {
        let found = self.0.iter_mut().find(|(known, _)| *known == key);
        found.map(|(_, held)| *held = held.saturating_add(count)).is_some()
    }

    pub(super) fn has(&self, key: K) -> bool {
        self.0.iter().any(|(known, _)| *known == key)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Makes a counter exist at 0.
    pub(super) fn mark_used(&mut self, key: K) {
        self.add(key, 0);
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        self.0.iter().copied()
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
