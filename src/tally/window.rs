//! The last minutes in a ring of slots. Knows: which slot a time belongs to.
//! Does not know: what is held in a slot, or what time it is (it is handed in).

use serde::{Deserialize, Serialize};

/// Slots of a window. The oldest is dropped as a whole, so a window reaches back four to five fifths of its length.
const SLOTS: u8 = 5;

/// The time of a slot that was never used.
const NEVER: i64 = i64::MIN;

/// What a slot can do.
pub(super) trait Slot: Default {
    fn clear(&mut self);
    fn merge(&mut self, other: &Self);
}

/// A ring of slots, made when the first value comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Window<T> {
    slot_ms: i64,
    slots: Vec<(i64, T)>,
}

impl<T: Slot> Window<T> {
    pub(super) fn new(length_ms: i64) -> Window<T> {
        Window { slot_ms: (length_ms / i64::from(SLOTS)).max(1), slots: Vec::new() }
    }

    /// The slot for something that happened at `unix_ms`; `None` where its slot has already gone to a later time.
    pub(super) fn at(&mut self, unix_ms: i64, now_ms: i64) -> Option<&mut T> {
        let number = unix_ms.div_euclid(self.slot_ms);
        if self.slots.is_empty() {
            self.slots.resize_with(usize::from(SLOTS), || (NEVER, T::default()));
        }
        let at = usize::try_from(number.rem_euclid(i64::from(SLOTS))).ok()?;
        let (held, slot) = &mut self.slots[at];
        // A slot from the future is left from before the clock was set back, and no reason to wait for it.
        let from_future = *held > now_ms.div_euclid(self.slot_ms).max(number);
        if *held > number && !from_future {
            return None;
        }
        if *held != number {
            slot.clear();
            *held = number;
        }
        Some(slot)
    }

    /// The slots that belong to the window ending now.
    pub(super) fn recent(&self, now_ms: i64) -> impl Iterator<Item = &T> {
        let now = now_ms.div_euclid(self.slot_ms);
        self.slots.iter().filter(move |(held, _)| *held <= now && *held > now - i64::from(SLOTS)).map(|(_, slot)| slot)
    }

    /// Adds another window slot by slot; where two have different times, the later one stays.
    pub(super) fn merge(&mut self, other: &Window<T>) {
        for (held, slot) in other.slots.iter().filter(|(held, _)| *held != NEVER) {
            if let Some(mine) = self.at(held.saturating_mul(other.slot_ms), i64::MAX) {
                mine.merge(slot);
            }
        }
    }
}
