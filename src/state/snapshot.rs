//! The bytes of a snapshot: a header that proves them whole, then the payload as JSON.
//!
//! JSON, since a person may want to look into it, and since 10 000 series take a few milliseconds (see the test).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::input::tail::Positions;

const MAGIC: [u8; 8] = *b"hangup\r\n";
/// Goes up with every change of the payload that older code, or newer, would misread.
const VERSION: u32 = 3;
/// The oldest version that is still read: what its payload has more or less than this one's are optional fields.
const VERSION_OLDEST: u32 = 2;
/// Magic, version, checksum of version and payload, length of the payload: all little endian.
const HEADER_BYTES: usize = 8 + 4 + 4 + 8;

/// How far the logs were read, and what was counted up to there. Neither means anything without the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot<T> {
    /// What the counts are labelled by. Counts made under other labels cannot be continued.
    pub labels: String,
    pub positions: Positions,
    pub tally: T,
}

/// Why a snapshot cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("it cannot be read ({0})")]
    Unreadable(String),
    #[error("it is no snapshot of hangup")]
    NotASnapshot,
    #[error("it was written in version {0} of the format, and this hangup reads version {VERSION}")]
    OtherVersion(u32),
    #[error("it has {found} bytes where {expected} were written")]
    Length { expected: u64, found: u64 },
    #[error("its checksum does not fit")]
    Checksum,
    #[error("its content does not fit ({0})")]
    Content(String),
    #[error("its counts have other labels than are configured now")]
    OtherLabels,
}

impl<T: Serialize> Snapshot<T> {
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = vec![0; HEADER_BYTES];
        serde_json::to_writer(&mut bytes, self)?;
        let payload = &bytes[HEADER_BYTES..];
        let fields: [&[u8]; 4] = [
            &MAGIC,
            &VERSION.to_le_bytes(),
            &checksum(VERSION, payload).to_le_bytes(),
            &(payload.len() as u64).to_le_bytes(),
        ];
        let header = fields.concat();
        bytes[..HEADER_BYTES].copy_from_slice(&header);
        Ok(bytes)
    }
}

impl<T: DeserializeOwned> Snapshot<T> {
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damage> {
        let (magic, rest) = bytes.split_first_chunk().ok_or(Damage::NotASnapshot)?;
        if *magic != MAGIC {
            return Err(Damage::NotASnapshot);
        }
        let cut_short = Damage::Length { expected: HEADER_BYTES as u64, found: bytes.len() as u64 };
        let (version, rest) = rest.split_first_chunk().ok_or(cut_short.clone())?;
        let (checksum, rest) = rest.split_first_chunk().ok_or(cut_short.clone())?;
        let (length, payload) = rest.split_first_chunk().ok_or(cut_short)?;
        let (version, length) = (u32::from_le_bytes(*version), u64::from_le_bytes(*length));
        if !(VERSION_OLDEST..=VERSION).contains(&version) {
            return Err(Damage::OtherVersion(version));
        }
        if length != payload.len() as u64 {
            return Err(Damage::Length { expected: length, found: payload.len() as u64 });
        }
        if self::checksum(version, payload) != u32::from_le_bytes(*checksum) {
            return Err(Damage::Checksum);
        }
        serde_json::from_slice(payload).map_err(|error| Damage::Content(error.to_string()))
    }
}

/// Version 2 left itself out.
fn checksum(version: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    if version > 2 {
        hasher.update(&version.to_le_bytes());
    }
    hasher.update(payload);
    hasher.finalize()
}
