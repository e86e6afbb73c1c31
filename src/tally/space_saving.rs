//! The most frequent keys of a stream in bounded memory (Metwally, Agrawal, El Abbadi: "Space-Saving", 2005).
//! Knows: counts and by how much each may be too high. Does not know: what the keys are.

/// A key with its count. The true count lies between `count - error` and `count`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Counted<K> {
    pub(super) key: K,
    pub(super) count: u64,
    pub(super) error: u64,
}

impl<K> Counted<K> {
    /// Seen at least this often.
    pub(super) fn guaranteed(&self) -> u64 {
        self.count - self.error
    }
}

/// At most `slots` keys; a new one takes the place of the rarest and inherits its count as possible error.
#[derive(Debug, Clone)]
pub(super) struct SpaceSaving<K> {
    slots: usize,
    counted: Vec<Counted<K>>,
}

impl<K: PartialEq> SpaceSaving<K> {
    pub(super) fn new(slots: usize) -> SpaceSaving<K> {
        SpaceSaving { slots, counted: Vec::new() }
    }

    /// Adds to a key, letting the rarest go where there is no room.
    pub(super) fn add(&mut self, key: K, count: u64) -> &Counted<K> {
        let at = match self.counted.iter().position(|held| held.key == key) {
            Some(at) => {
                self.counted[at].count += count;
                at
            }
            None => self.place(key, count),
        };
        &self.counted[at]
    }

    pub(super) fn is_full(&self) -> bool {
        self.counted.len() >= self.slots
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.counted.retain(|held| held.key != *key);
    }

    pub(super) fn clear(&mut self) {
        self.counted.clear();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Counted<K>> {
        self.counted.iter()
    }

    fn place(&mut self, key: K, count: u64) -> usize {
        if !self.is_full() {
            self.counted.push(Counted { key, count, error: 0 });
            return self.counted.len() - 1;
        }
        let rarest = (0..self.counted.len()).min_by_key(|&at| self.counted[at].count).expect("slots is at least one");
        let error = self.counted[rarest].count;
        self.counted[rarest] = Counted { key, count: error + count, error };
        rarest
    }
}
