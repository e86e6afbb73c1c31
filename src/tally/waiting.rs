//! Names that wait for admission: how often each was seen lately, in bounded memory.
//! Knows: hashes of names. Does not know: the names; whoever asks has the name in hand.

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

use super::place::place;
use super::space_saving::{Held, SpaceSaving};

/// Sets by hash, so that a sighting looks at a few places only.
const SETS: usize = 256;
/// Places per set. 4096 in all: a name with more than that fraction of the sightings gets its chance, however many
/// others pass by.
const PLACES: usize = 16;

/// Sketches of the names that are not in yet. A name stands there as its hash: two that share one would share their
/// count, and come in a little early.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Held<u64>>", into = "Vec<Held<u64>>")]
pub(super) struct Waiting {
    /// None, or `SETS`.
    sets: Vec<SpaceSaving<u64>>,
}

/// What is known of a name after a sighting.
pub(super) struct Sighting {
    /// Seen at least this often.
    pub(super) times: u64,
    /// Another name's place had to be taken.
    pub(super) crowded: bool,
}

impl Waiting {
    /// Counts one sighting.
    pub(super) fn add_sighting(&mut self, name: &[u8]) -> Sighting {
        let held = self.add(Held { key: hash(name), count: 1, error: 0 });
        Sighting { times: held.guaranteed(), crowded: held.error > 0 }
    }

    /// What was seen until now weighs half from now on.
    pub(super) fn halve(&mut self) {
        self.sets.iter_mut().for_each(SpaceSaving::halve);
    }

    /// The name came in.
    pub(super) fn remove(&mut self, name: &[u8]) {
        let key = hash(name);
        self.set(key).remove(&key);
    }

    pub(super) fn merge(&mut self, other: &Waiting) {
        for held in other.iter() {
            self.add(held.clone());
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Held<u64>> {
        self.sets.iter().flat_map(SpaceSaving::iter)
    }

    fn add(&mut self, held: Held<u64>) -> &Held<u64> {
        self.set(held.key).merge_one(held)
    }

    fn set(&mut self, key: u64) -> &mut SpaceSaving<u64> {
        if self.sets.is_empty() {
            self.sets.resize_with(SETS, || SpaceSaving::new(PLACES));
        }
        &mut self.sets[place(key, SETS)]
    }
}

/// Always the same for a name, so that sketches can be kept and merged. Who forges a collision wins nothing that
/// sending the same path a few times would not give.
fn hash(name: &[u8]) -> u64 {
    FixedState::default().hash_one(name)
}

/// A snapshot holds them as one list.
impl From<Waiting> for Vec<Held<u64>> {
    fn from(waiting: Waiting) -> Self {
        waiting.iter().cloned().collect()
    }
}

impl From<Vec<Held<u64>>> for Waiting {
    fn from(list: Vec<Held<u64>>) -> Waiting {
        let mut waiting = Waiting::default();
        for held in list {
            waiting.add(held);
        }
        waiting
    }
}
