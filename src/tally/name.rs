//! A name that waits for admission, held without a heap allocation.
//! Knows: which bytes may stand in a label. Does not know: how often the name was seen.

/// Longer names are nobody's server or route; they become `other`.
pub(super) const NAME_BYTES_MAX: usize = 128;

/// A name in waiting. The hash comes first, so comparing two different names looks at eight bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    hash: u64,
    bytes_used: u8,
    bytes: [u8; NAME_BYTES_MAX],
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
