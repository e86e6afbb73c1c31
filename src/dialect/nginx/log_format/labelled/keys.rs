//! From a key to what it is for and the columns it shows. Knows: keys told beforehand.
//! Does not know: which ones, or in what order they come.

use hashbrown::HashTable;

use super::super::field::Field;
use crate::record::Sight;

/// The known keys. They are ours, so nobody can choose some that collide, and a hash of four bytes tells them apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(HashTable<(&'static [u8], (Field, Sight))>);

impl Keys {
    /// A key told again means what it was told last.
    pub(super) fn insert(&mut self, key: &'static [u8], field: Field) {
        match self.0.find_mut(hash(key), |(known, _)| *known == key) {
            Some((_, held)) => *held = (field, field.sight()),
            None => {
                self.0.insert_unique(hash(key), (key, (field, field.sight())), |(known, _)| hash(known));
            }
        }
    }

    /// `Skipped` for a key that nobody needs.
    #[inline]
    pub(super) fn field(&self, key: &[u8]) -> (Field, Sight) {
        self.0.find(hash(key), |(known, _)| *known == key).map_or((Field::Skipped, Sight::NOTHING), |(_, field)| *field)
    }
}

/// Of the first, the middle and the last byte, and of the length. A general hash takes 7 % more of a JSON line's
/// instructions.
#[inline]
fn hash(key: &[u8]) -> u64 {
    let ([first, ..], [.., last]) = (key, key) else { return 0 };
    let bytes = [*first, *last, key[key.len() / 2], key.len() as u8];
    // Spreads the bits over the whole word, its ends above all (the constant is 2^64 divided by the golden ratio).
    u64::from(u32::from_le_bytes(bytes)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
}
