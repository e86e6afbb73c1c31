//! Lines that name their own values: JSON objects, LTSV, and `key=value` pairs, in any order of keys.
//! Knows: the three notations. Does not know: the `log_format` they came from, what people call a value.

use std::sync::Arc;

use memchr::memchr;

use super::field::Field;
use super::fields::Fields;
use crate::record::Record;
use keys::Keys;

mod json;
mod keys;
mod learned;
mod names;
mod nested;
mod pairs;

/// How the labels are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    Json,
    Ltsv,
    /// `key=value` and `key="value"` between blanks, and anything else passed over.
    Pairs,
}

/// A reader of labelled lines.
#[derive(Debug, Clone)]
pub(super) struct Labelled {
    notation: Notation,
    keys: Arc<Keys>,
}

/// How many keys of a line are remembered, to see those that come twice.
const KEYS_MAX: usize = 24;

impl Labelled {
    pub(super) fn new(notation: Notation) -> Labelled {
        Labelled { notation, keys: Arc::new(names::keys(notation)) }
    }

    /// `None`: not of this notation, or cut off.
    pub(super) fn read<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        self.read_unsettled(line, fields)?;
        fields.settle();
        Some(())
    }

    #[inline]
    fn read_unsettled<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        match self.notation {
            Notation::Json => self.read_json(line, fields),
            Notation::Ltsv => self.read_ltsv(line, fields),
            Notation::Pairs => {
                self.read_pairs(line, fields);
                Some(())
            }
        }
    }

    /// Why a line that cannot be read cannot.
    pub(super) fn departure(&self, line: &[u8]) -> &'static str {
        let reads = self.read(line, &mut Fields::of(&mut Record::default())).is_some();
        match self.notation {
            _ if reads => "it names no status",
            Notation::Json => "it is no JSON object on one line",
            Notation::Ltsv => "it is no LTSV",
            Notation::Pairs => "it has no `key=value`",
        }
    }

    fn read_ltsv<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        for labelled in line.split(|&byte| byte == b'\t') {
            let colon = memchr(b':', labelled)?;
            let (meaning, value) = (self.keys.field(&labelled[..colon]), &labelled[colon + 1..]);
            let is_host = matches!(meaning.0, Field::Host | Field::ServerName | Field::HttpHost);
            fields.set_named(meaning, if is_host { host(value) } else { value });
        }
        Some(())
    }

    /// A key that comes twice with different values was written by a client at least once, and nobody knows which: then
    /// the value is unknown.
    fn read_pairs<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) {
        let mut seen = [(b"".as_slice(), b"".as_slice()); KEYS_MAX];
        let mut count = 0;
        for (key, value) in pairs::Pairs::of(line) {
            let meaning = self.keys.field(key);
            match seen[..count].iter().find(|(other, _)| *other == key) {
                _ if meaning.0 == Field::Skipped => {}
                Some((_, other)) if *other != value => fields.forget(meaning),
                Some(_) => {}
                None if count == KEYS_MAX => {}
                None => {
                    seen[count] = (key, value);
                    count += 1;
                    fields.set_named(meaning, value);
                }
            }
        }
    }

    fn read_json<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        let mut pairs = json::Pairs::of(line)?;
        while !pairs.is_over() {
            let (key, value) = pairs.next()?;
            fields.set_named(self.keys.field(key), value);
        }
        match pairs.object {
            Some(_) => {
                fields.restart();
                nested::read(&self.keys, line, fields)
            }
            None => Some(()),
        }
    }
}

/// A host has no blank in it: what stands behind one was added by somebody who took it for the separator.
fn host(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == b' ').next().unwrap_or_default()
}
