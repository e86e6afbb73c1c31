//! What the first lines of a log tell of its labels, so that no single line can tell otherwise.
//! Knows: lines of one log. Does not know: which format the log has.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::combined;
use super::super::field::Field;
use super::super::fields::Fields;
use super::keys::Keys;
use super::{Labelled, Notation, pairs};
use crate::record::Record;

impl Labelled {
    /// The same for the log of these lines.
    pub(in super::super) fn learned(&self, lines: &[&[u8]]) -> Labelled {
        let mut keys = Keys::clone(&self.keys);
        match self.notation {
            Notation::Pairs => {
                let common = common(lines);
                keys.retain(|key| common.contains(&key));
            }
            // A list in one line: what one request took is a single time, so the key is the upstream's in all of them.
            Notation::Json | Notation::Ltsv if lines.iter().any(|line| self.lists_response_times(line)) => {
                keys.replace(Field::ResponseTime, Field::UpstreamResponseTime);
            }
            Notation::Json | Notation::Ltsv => {}
        }
        Labelled { notation: self.notation, keys: Arc::new(keys) }
    }

    fn lists_response_times(&self, line: &[u8]) -> bool {
        let mut record = Record::default();
        let mut fields = Fields::of(&mut record);
        self.read_unsettled(line, &mut fields).is_some() && fields.lists_response_times()
    }
}

/// The keys behind the beginning of most lines. A client can write into its own lines only.
fn common<'a>(lines: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let behind: Vec<&[u8]> = lines.iter().filter_map(|line| combined::behind(line)).collect();
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for line in &behind {
        let mut keys: Vec<&[u8]> = pairs::Pairs::of(line).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
    }
    counts.into_iter().filter(|(_, count)| count * 2 > behind.len()).map(|(key, _)| key).collect()
}
