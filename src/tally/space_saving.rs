//! The most frequent keys of a stream in bounded memory (Metwally, Agrawal, El Abbadi: "Space-Saving", 2005).
//! Knows: counts and by how much each may be too high. Does not know: what the keys are.

use serde::{Deserialize, Serialize};

/// A key with its count. The true count lies between `count - error` and `count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held<K> {
    pub(super) key: K,
    pub(super) count: u64,
    pub(super) error: u64,
}

impl<K> Held<K> {
    /// Seen at least this often.
    pub(super) fn guaranteed(&self) -> u64 {
        self.count.saturating_sub(self.error)
    }
}

/// At most `slots` keys; a new one takes the place of the rarest and inherits its count as possible error.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SpaceSaving<K> {
    slots: usize,
    counted: Vec<Held<K>>,
}

impl<K: PartialEq> SpaceSaving<K> {
    pub(super) fn new(slots: usize) -> SpaceSaving<K> {
        SpaceSaving { slots, counted: Vec::new() }
    }

    /// Adds to a key, letting the rarest go where there is no room.
    pub(super) fn add(&mut self, key: K) {
        self.merge_one(Held { key, count: 1, error: 0 });
    }

    /// Adds to the key that `is_it` knows; only where none is held is one made.
    pub(super) fn add_if(&mut self, is_it: impl Fn(&K) -> bool, make: impl FnOnce() -> K) {
        match self.counted.iter_mut().find(|held| is_it(&held.key)) {
            Some(held) => held.count = held.count.saturating_add(1),
            None => _ = self.place(Held { key: make(), count: 1, error: 0 }),
        }
    }

    /// Adds what another sketch holds of a key.
    pub(super) fn merge_one(&mut self, other: Held<K>) -> &Held<K> {
        let at = match self.counted.iter().position(|held| held.key == other.key) {
            Some(at) => {
                let held = &mut self.counted[at];
                held.count = held.count.saturating_add(other.count);
                held.error = held.error.saturating_add(other.error);
                at
            }
            None => self.place(other),
        };
        &self.counted[at]
    }

    pub(super) fn is_full(&self) -> bool {
        self.counted.len() >= self.slots
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.counted.retain(|held| held.key != *key);
    }

    /// All counts weigh half; what was seen once or never is forgotten.
    pub(super) fn halve(&mut self) {
        for held in &mut self.counted {
            (held.count, held.error) = (held.count / 2, held.error / 2);
        }
        self.counted.retain(|held| held.count > 0);
    }

    pub(super) fn clear(&mut self) {
        self.counted.clear();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Held<K>> {
        self.counted.iter()
    }

    fn place(&mut self, new: Held<K>) -> usize {
        if !self.is_full() {
            self.counted.push(new);
            return self.counted.len() - 1;
        }
        let rarest = (0..self.counted.len()).min_by_key(|&at| self.counted[at].count).expect("slots is at least one");
        let inherited = self.counted[rarest].count;
        let Held { key, count, error } = new;
        self.counted[rarest] =
            Held { key, count: count.saturating_add(inherited), error: error.saturating_add(inherited) };
        rarest
    }
}
