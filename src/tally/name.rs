//! A name that waits for admission, held without a heap allocation.
//! Knows: which bytes may stand in a label. Does not know: how often the name was seen.

use serde::{Deserialize, Serialize};

/// Longer names are nobody's server or route; they become `other`.
pub(super) const NAME_BYTES_MAX: usize = 128;

/// A name in waiting. The hash comes first, so comparing two different names looks at eight bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) struct Name {
    hash: u64,
    bytes_used: u8,
    bytes: [u8; NAME_BYTES_MAX],
}

/// In a snapshot a name is its text; the hash belongs to the interner that made it.
impl From<Name> for String {
    fn from(name: Name) -> String {
        name.text().to_owned()
    }
}

impl From<String> for Name {
    fn from(text: String) -> Name {
        Name::new(0, text.as_bytes())
            .map_or(Name { hash: 0, bytes_used: 0, bytes: [0; NAME_BYTES_MAX] }, |(_, name)| name)
    }
}

impl Name {
    /// `None` where the bytes should not stand in a label: empty, too long, no UTF-8, blanks or control characters.
    pub(super) fn new(hash: u64, name: &[u8]) -> Option<(&str, Name)> {
        let text = std::str::from_utf8(name).ok()?;
        let unfit = |char: char| char.is_control() || char.is_whitespace();
        if name.is_empty() || name.len() > NAME_BYTES_MAX || text.contains(unfit) {
            return None;
        }
        let mut bytes = [0; NAME_BYTES_MAX];
        bytes[..name.len()].copy_from_slice(name);
        Some((text, Name { hash, bytes_used: name.len() as u8, bytes }))
    }
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.bytes_used)]).unwrap_or_default()
    }
}
