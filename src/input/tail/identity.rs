//! What makes a file itself: the device and inode it lives in, and the bytes it begins with.
//!
//! The inode alone is not enough, since its number comes back after `rm`, and truncation keeps it while the content goes.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use serde::{Deserialize, Serialize};

/// A nginx line begins with an address and a time, so two of them suffice to tell any two logs apart.
pub(super) const FINGERPRINT_BYTES: usize = 256;

/// Where a file lives while it exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Inode {
    pub device: u64,
    pub number: u64,
}

impl Inode {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), number: metadata.ino() }
    }
}

/// The time of the last write, as nanoseconds since 1970.
pub(super) fn written_nanos(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

/// When the file was made, as nanoseconds since 1970: what tells it from another that got its number later, and a copy from
/// what it was made of. `None`: the file system does not keep it.
pub(super) fn born_nanos(metadata: &Metadata) -> Option<i64> {
    let since = metadata.created().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

/// The first bytes of a file, as many as have been seen of it, up to [`FINGERPRINT_BYTES`]. Saved as hexadecimal text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Fingerprint {
    bytes: [u8; FINGERPRINT_BYTES],
    len: usize,
}

impl Fingerprint {
    pub(super) const EMPTY: Self = Self { bytes: [0; FINGERPRINT_BYTES], len: 0 };

    /// What the file begins with now.
    pub(super) fn read(file: &File) -> io::Result<Self> {
        let mut head = Self::EMPTY;
        head.len = file.read_at(&mut head.bytes, 0)?;
        Ok(head)
    }

    pub(super) fn from_head(head: &[u8]) -> Self {
        let mut fingerprint = Self::EMPTY;
        fingerprint.extend(0, head);
        fingerprint
    }

    /// Grows by those of `bytes`, read at `offset`, that continue it.
    pub(super) fn extend(&mut self, offset: u64, bytes: &[u8]) {
        let Ok(offset) = usize::try_from(offset) else { return };
        let Some(known) = self.len.checked_sub(offset) else { return };
        let new = bytes.get(known..).unwrap_or_default();
        let take = new.len().min(FINGERPRINT_BYTES - self.len);
        self.bytes[self.len..self.len + take].copy_from_slice(&new[..take]);
        self.len += take;
    }

    /// A file that begins with `self` may be the one `earlier` was taken of.
    pub(super) fn continues(&self, earlier: &Self) -> bool {
        self.as_bytes().starts_with(earlier.as_bytes())
    }

    /// The two were taken of equal content, as far as both know it.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        (self.continues(other) || other.continues(self)) && self.has_entropy() && other.has_entropy()
    }

    /// It holds a whole line, or is as long as it gets. Less than that, `1` say, is what many files begin with, and so
    /// is a hole.
    pub(super) fn has_entropy(&self) -> bool {
        (self.len == FINGERPRINT_BYTES || self.as_bytes().contains(&b'\n')) && self.as_bytes().iter().any(|it| *it != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
        fingerprint.as_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "a fingerprint is at most 256 bytes in hexadecimal";
        let digits = text.as_bytes();
        if digits.len() > 2 * FINGERPRINT_BYTES || !digits.len().is_multiple_of(2) {
            return Err(WRONG);
        }
        let byte = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = digits.chunks_exact(2).map(byte).collect();
        Ok(Self::from_head(&bytes.ok_or(WRONG)?))
    }
}
