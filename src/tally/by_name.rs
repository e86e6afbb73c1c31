//! How arrays of counters by label are saved: each value under its label's name, so that label values can come, go and
//! change places between two versions. Names that are not known any more are dropped, missing ones are 0.
//! Knows: names and values. Does not know: what is counted.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use super::labels::{LineResult, UpstreamTime};
use crate::record::{ClientFailure, Event, Level, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};
use crate::verdict::Outcome;

/// An enum whose values name the places of an array.
pub(super) trait Label {
    const NAMES: &'static [&'static str];
}

macro_rules! label {
    ($($name:ty),*) => {
        $(impl Label for $name {
            const NAMES: &'static [&'static str] = &{
                let mut names = [""; <$name>::ALL.len()];
                let mut at = 0;
                while at < names.len() {
                    names[at] = <$name>::ALL[at].as_str();
                    at += 1;
                }
                names
            };
        })*
    };
}

label!(Outcome, UpstreamTime, LineResult, Level, TimeoutPhase, UpstreamFailure, ClientFailure, Resource, ServerFailure);

/// An event's class is what its counters are by.
impl Label for Event {
    const NAMES: &'static [&'static str] = &Event::CLASSES;
}

/// What need not be written, since reading it back gives the same when it is missing.
pub(super) trait Blank: Default {
    fn is_blank(&self) -> bool;
}

impl Blank for u64 {
    fn is_blank(&self) -> bool {
        *self == 0
    }
}

impl<T> Blank for Option<T> {
    fn is_blank(&self) -> bool {
        self.is_none()
    }
}

/// For serde's `with`: an array by the values of the label `L`.
pub(super) struct By<L>(PhantomData<L>);

impl<L: Label> By<L> {
    pub(super) fn serialize<T: Serialize + Blank, S: Serializer, const N: usize>(
        values: &[T; N],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(L::NAMES.iter().zip(values).filter(|(_, value)| !value.is_blank()))
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de> + Blank, D: Deserializer<'de>, const N: usize>(
        from: D,
    ) -> Result<[T; N], D::Error> {
        from.deserialize_map(Reader::<T, N> { names: L::NAMES, values: PhantomData })
    }
}

struct Reader<T, const N: usize> {
    names: &'static [&'static str],
    values: PhantomData<T>,
}

impl<'de, T: Deserialize<'de> + Blank, const N: usize> Visitor<'de> for Reader<T, N> {
    type Value = [T; N];

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("values by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<[T; N], A::Error> {
        let mut values = std::array::from_fn(|_| T::default());
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            match self.names.iter().position(|known| *known == name) {
                Some(at) => values[at] = map.next_value()?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(values)
    }
}
