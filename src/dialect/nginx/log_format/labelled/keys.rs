//! From a key to what it is for and the columns it shows. Knows: keys told beforehand.
//! Does not know: which ones, or in what order they come.

use hashbrown::HashTable;
use memchr::memchr_iter;

use super::super::field::Field;
use super::super::fields::Meaning;
use crate::record::Sight;

/// The known keys. They are ours, so nobody can choose some that collide, and a hash of four bytes tells them apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(HashTable<(Box<[u8]>, Meaning)>);

const UNKNOWN: Meaning = (Field::Skipped, Sight::NOTHING);

/// Longer keys have no meaning.
const KEY_BYTES_MAX: usize = 64;
/// Nor have those of more words with dots between.
const WORDS_MAX: usize = 6;

impl Keys {
    /// A key told again keeps the meaning it was told first.
    pub(super) fn insert(&mut self, key: &str, field: Field) {
        let key = key.as_bytes();
        if self.get(key).is_none() {
            self.0.insert_unique(hash(key), (key.into(), (field, field.sight())), |(known, _)| hash(known));
        }
    }

    /// `Skipped` for a key that nobody needs. A call for each key takes 8 % more of a JSON line's instructions.
    #[inline(always)]
    pub(super) fn field(&self, key: &[u8]) -> Meaning {
        match self.get(key) {
            Some(meaning) => meaning,
            None => self.dotted(key),
        }
    }

    /// Of the whole key, or of what stands behind its first words: `http.response.status_code`.
    #[inline(never)]
    fn dotted(&self, key: &[u8]) -> Meaning {
        let begins = memchr_iter(b'.', key).map(|dot| dot + 1);
        let parts = std::iter::once(0)
            .chain(begins)
            .map(|begin| &key[begin..])
            .filter(|part| part.iter().any(|byte| is_mark(*byte)));
        parts
            .take(WORDS_MAX)
            .map(|part| self.joined(&[part]))
            .find(|meaning| meaning.0 != Field::Skipped)
            .unwrap_or(UNKNOWN)
    }

    /// The meaning of a path of keys: what stands between their words makes no difference (`request.time`).
    #[inline(never)]
    pub(super) fn joined(&self, path: &[&[u8]]) -> Meaning {
        let mut whole = [0; KEY_BYTES_MAX];
        let mut length = 0;
        let bytes = path.iter().flat_map(|key| key.iter().copied().chain([b'_']));
        for byte in bytes {
            let Some(place) = whole.get_mut(length) else { return UNKNOWN };
            *place = if is_mark(byte) { b'_' } else { byte };
            length += 1;
        }
        // Behind the last there is none.
        let end = length.saturating_sub(1);
        self.get(&whole[..end]).unwrap_or(UNKNOWN)
    }

    /// Forgets all other keys.
    pub(super) fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) {
        self.0.retain(|(key, _)| keep(key));
    }

    /// Whatever is for the one field is for the other from here on.
    pub(super) fn replace(&mut self, field: Field, by: Field) {
        self.0
            .iter_mut()
            .filter(|(_, meaning)| meaning.0 == field)
            .for_each(|(_, meaning)| *meaning = (by, by.sight()));
    }

    #[inline(always)]
    fn get(&self, key: &[u8]) -> Option<Meaning> {
        self.0.find(hash(key), |(known, _)| **known == *key).map(|(_, meaning)| *meaning)
    }
}

/// What people write instead of an underscore. A key with another mark would have the hash of the usual one, and every
/// look for that would be longer.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'.' | b'-')
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
