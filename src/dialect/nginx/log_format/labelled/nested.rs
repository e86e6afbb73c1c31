//! Objects inside a JSON line: `"response":{"status":499}` is a `response_status`, and what stands in a mere wrapper
//! (`"@fields"`) is what it would be outside. Knows: paths of keys. Does not know: how objects are written.

use super::super::field::Field;
use super::super::fields::{Fields, Meaning};
use super::json::Pairs;
use super::keys::Keys;

/// Deeper ones are passed over: real ones go three deep.
const DEPTH_MAX: usize = 6;

/// Keys of objects that say nothing of what is inside.
const WRAPPERS: &[&[u8]] = &[
    b"@fields",
    b"access",
    b"attributes",
    b"data",
    b"fields",
    b"http",
    b"httpRequest",
    b"http_request",
    b"json",
    b"log",
    b"message",
    b"nginx",
    b"nginx_access",
    b"req",
    b"request",
    b"res",
    b"resp",
    b"response",
];

/// The keys that lead to a pair.
#[derive(Default)]
struct Path<'a> {
    keys: [&'a [u8]; DEPTH_MAX],
    depth: usize,
}

/// Reads a line with objects in it: first what is inside of them, then what is outside, which stands above it.
pub(super) fn read<'a>(keys: &Keys, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
    object(keys, line, &mut Path::default(), fields)?;
    let mut pairs = Pairs::of(line)?;
    while !pairs.is_over() {
        let (key, value) = pairs.next()?;
        if pairs.object.take().is_none() {
            fields.set_named(keys.field(key), value);
        }
    }
    Some(())
}

fn object<'a>(keys: &Keys, text: &'a [u8], path: &mut Path<'a>, fields: &mut Fields<'_, 'a>) -> Option<()> {
    let mut pairs = Pairs::of(text)?;
    while !pairs.is_over() {
        let (key, value) = pairs.next()?;
        match pairs.object.take() {
            Some(inside) if path.depth < DEPTH_MAX => {
                path.keys[path.depth] = key;
                path.depth += 1;
                object(keys, inside, path, fields)?;
                path.depth -= 1;
            }
            Some(_) => {}
            None if path.depth > 0 => fields.set_unless_named(path.meaning(keys, key), value),
            None => {}
        }
    }
    Some(())
}

impl Path<'_> {
    /// Of the whole path, else of its last two keys, else of the last one if all others are wrappers.
    fn meaning(&self, keys: &Keys, key: &[u8]) -> Meaning {
        let parents = &self.keys[..self.depth];
        let mut whole = [b"".as_slice(); DEPTH_MAX + 1];
        whole[..self.depth].copy_from_slice(parents);
        whole[self.depth] = key;
        let is_known = |meaning: &Meaning| meaning.0 != Field::Skipped;
        let found = [0, self.depth - 1].map(|from| keys.joined(&whole[from..=self.depth])).into_iter().find(is_known);
        let wrapped = parents.iter().all(|parent| WRAPPERS.contains(parent));
        found.unwrap_or_else(|| if wrapped { keys.field(key) } else { keys.field(b"") })
    }
}
