//! A path as it is saved: as text where it is text, and else as its bytes. To be used with `#[serde(with = …)]`.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Saved<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

pub(super) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    let bytes = || Saved::Bytes(path.as_os_str().as_bytes().into());
    path.to_str().map_or_else(bytes, |text| Saved::Text(text.into())).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    Ok(match Saved::deserialize(from)? {
        Saved::Text(text) => text.into_owned().into(),
        Saved::Bytes(bytes) => OsString::from_vec(bytes.into_owned()).into(),
    })
}
