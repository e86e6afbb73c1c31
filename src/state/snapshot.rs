//! The bytes of a snapshot: a header that proves them whole, then the payload as JSON.
//! Knows: every version of the form that was ever written, and that positions outlive counts.
//! Does not know: what the counts mean; they say themselves how an older form is read.
//!
//! JSON, since a person may want to look into it, and since 10 000 series take a few milliseconds (see the test).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::input::tail::Positions;

const MAGIC: [u8; 8] = *b"hangup\r\n";
/// Goes up when the payload changes so that names alone do not tell how to read it.
const VERSION: u32 = 3;
/// Magic, version, checksum, length of the payload: all little endian.
const HEADER_BYTES: usize = 8 + 4 + 4 + 8;

/// Counts that can be saved: plain data, and a reader of the forms that earlier versions wrote.
pub trait Counts: Serialize + DeserializeOwned {
    /// The counts of a version 2 snapshot (its `tally`) in today's form.
    fn from_version_2(tally: Value) -> Value;
}

/// How far the logs were read, and what was counted up to there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot<T> {
    /// Goes up with each save, so that of two files the younger one is known whatever the clock says.
    pub sequence: u64,
    pub positions: Positions,
    pub counts: T,
}

/// A snapshot as it was found. Positions are of use without counts: no line is read twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    pub sequence: u64,
    pub positions: Positions,
    /// `Err` holds why they cannot be read.
    pub counts: Result<T, String>,
}

/// Why a snapshot cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("it cannot be read ({0})")]
    Unreadable(String),
    #[error("it is not a plain file")]
    NotAFile,
    #[error("it has {0} bytes, which no snapshot has")]
    TooLarge(u64),
    #[error("it is no snapshot of hangup")]
    NotASnapshot,
    #[error("it was written in version {0} of the format, which this hangup does not read")]
    OtherVersion(u32),
    #[error("it has {found} bytes where {expected} were written")]
    Length { expected: u64, found: u64 },
    #[error("its checksum does not fit")]
    Checksum,
    #[error("its content does not fit ({0})")]
    Content(String),
}

impl<T: Serialize> Snapshot<T> {
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = vec![0; HEADER_BYTES];
        serde_json::to_writer(&mut bytes, self)?;
        let payload = &bytes[HEADER_BYTES..];
        let fields: [&[u8]; 4] = [
            &MAGIC,
            &VERSION.to_le_bytes(),
            &checksum_of(VERSION, payload).to_le_bytes(),
            &(payload.len() as u64).to_le_bytes(),
        ];
        let header = fields.concat();
        bytes[..HEADER_BYTES].copy_from_slice(&header);
        Ok(bytes)
    }
}

impl<T: Counts> Found<T> {
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damage> {
        let (version, payload) = checked(bytes)?;
        let Form { sequence, positions, counts } = Form::read(version, payload)?;
        let positions = serde_json::from_str(positions.get()).map_err(content)?;
        let counts = counts.read().map_err(|error| error.to_string());
        Ok(Found { sequence, positions, counts })
    }
}

fn content(error: serde_json::Error) -> Damage {
    Damage::Content(error.to_string())
}

/// From version 3 on, the checksum holds for the version, too.
fn checksum_of(version: u32, payload: &[u8]) -> u32 {
    let mut checksum = crc32fast::Hasher::new();
    if version > 2 {
        checksum.update(&version.to_le_bytes());
    }
    checksum.update(payload);
    checksum.finalize()
}

/// The payload's version and text, when they are whole.
fn checked(bytes: &[u8]) -> Result<(u32, &[u8]), Damage> {
    let (magic, rest) = bytes.split_first_chunk().ok_or(Damage::NotASnapshot)?;
    if *magic != MAGIC {
        return Err(Damage::NotASnapshot);
    }
    let cut_short = Damage::Length { expected: HEADER_BYTES as u64, found: bytes.len() as u64 };
    let (version, rest) = rest.split_first_chunk().ok_or(cut_short.clone())?;
    let (checksum, rest) = rest.split_first_chunk().ok_or(cut_short.clone())?;
    let (length, payload) = rest.split_first_chunk().ok_or(cut_short)?;
    let (version, length) = (u32::from_le_bytes(*version), u64::from_le_bytes(*length));
    if length != payload.len() as u64 {
        return Err(Damage::Length { expected: length, found: payload.len() as u64 });
    }
    if checksum_of(version, payload) != u32::from_le_bytes(*checksum) {
        return Err(Damage::Checksum);
    }
    Ok((version, payload))
}

/// What every version has, whatever its names for it were.
struct Form<'a> {
    sequence: u64,
    positions: &'a RawValue,
    counts: SavedCounts<'a>,
}

/// The forms of counts that were ever written.
enum SavedCounts<'a> {
    /// Arrays in the order of that version's label values.
    Version2(&'a RawValue),
    /// Every value under its label's name: names not known any more are dropped, missing ones are 0.
    ByName(&'a RawValue),
}

impl<'a> Form<'a> {
    /// A version above ours is read like ours: what it has under names that we know means the same.
    fn read(version: u32, payload: &'a [u8]) -> Result<Form<'a>, Damage> {
        match version {
            0 | 1 => Err(Damage::OtherVersion(version)),
            2 => {
                let Version2 { positions, tally } = serde_json::from_slice(payload).map_err(content)?;
                Ok(Form { sequence: 0, positions, counts: SavedCounts::Version2(tally) })
            }
            _ => {
                let Version3 { sequence, positions, counts } = serde_json::from_slice(payload).map_err(content)?;
                Ok(Form { sequence, positions, counts: SavedCounts::ByName(counts) })
            }
        }
    }
}

impl SavedCounts<'_> {
    fn read<T: Counts>(&self) -> serde_json::Result<T> {
        match self {
            SavedCounts::Version2(tally) => {
                serde_json::from_value(T::from_version_2(serde_json::from_str(tally.get())?))
            }
            SavedCounts::ByName(counts) => serde_json::from_str(counts.get()),
        }
    }
}

#[derive(Deserialize)]
struct Version2<'a> {
    #[serde(borrow)]
    positions: &'a RawValue,
    #[serde(borrow)]
    tally: &'a RawValue,
}

#[derive(Deserialize)]
struct Version3<'a> {
    #[serde(default)]
    sequence: u64,
    #[serde(borrow)]
    positions: &'a RawValue,
    #[serde(borrow)]
    counts: &'a RawValue,
}
