//! From a raw path to a route: configured patterns first, else the folded path if it is frequent.
//! Knows: which requests tell of a real route. Does not know: what is counted by route.

use foldhash::fast::RandomState;
use regex::bytes::Regex;
use std::hash::BuildHasher;

use super::fold::fold;
use super::interner::{Interner, OTHER};

/// A configured route: what the path must match, and what the route is called then.
#[derive(Debug, Clone)]
pub struct RoutePattern {
    pub regex: Regex,
    pub name: String,
}

impl RoutePattern {
    pub fn new(regex: &str, name: &str) -> Result<RoutePattern, regex::Error> {
        Ok(RoutePattern { regex: Regex::new(regex)?, name: name.to_owned() })
    }
}

/// Statuses that say "there is no such route here": scanners and floods earn no series by them.
const NO_SUCH_ROUTE: [u16; 12] = [400, 403, 404, 405, 410, 414, 421, 444, 494, 495, 496, 497];

/// Raw paths remembered with their route: enough for the hot set of a site, small enough for the cache of a core.
const REMEMBERED_PATHS: usize = 4096;

/// How paths become routes; the names stand with the counts.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    patterns: Vec<(Regex, u16)>,
    remembered: Remembered,
}

impl Routes {
    /// Their names are made known to `names`, which is handed in again with every path.
    pub(super) fn new(patterns: Vec<RoutePattern>, names: &mut Interner) -> Routes {
        let patterns = patterns.into_iter().map(|pattern| (pattern.regex, names.know(&pattern.name))).collect();
        Routes { patterns, remembered: Remembered::default() }
    }

    /// `other` and the configured routes: those whose series can be known in advance.
    pub(super) fn known(&self) -> impl Iterator<Item = u16> + use<> {
        let mut ids: Vec<u16> = self.patterns.iter().map(|(_, id)| *id).collect();
        ids.push(OTHER);
        ids.into_iter()
    }

    /// The route of a request.
    pub(super) fn resolve(&mut self, names: &mut Interner, path: &[u8], status: Option<u16>) -> u16 {
        let hash = self.remembered.hash(path);
        if let Some(id) = self.remembered.get(hash) {
            return id;
        }
        let id = self.find(names, path, status);
        if id != OTHER {
            self.remembered.set(hash, id);
        }
        id
    }

    fn find(&self, names: &mut Interner, path: &[u8], status: Option<u16>) -> u16 {
        if let Some((_, id)) = self.patterns.iter().find(|(regex, _)| regex.is_match(path)) {
            return *id;
        }
        let Some(folded) = fold(path) else { return OTHER };
        match names.find(folded.as_bytes()) {
            Some(id) => id,
            None if status.is_none_or(|code| NO_SUCH_ROUTE.contains(&code)) => OTHER,
            None => names.see(folded.as_bytes()),
        }
    }
}

/// Which route a raw path went to, direct-mapped by hash. A route never changes, so an entry never goes stale.
///
/// The path itself is not kept: its place and 48 more bits of a hash seeded at random stand for it.
#[derive(Debug, Default)]
struct Remembered {
    hasher: RandomState,
    /// The hash above, the route's id in the lowest bits: one word, since an entry is seldom in the nearest cache.
    /// `OTHER` marks a free entry: that route is never remembered.
    entries: Vec<u64>,
}

/// The bits of an entry that hold the id.
const ID_BITS: u64 = u16::MAX as u64;

impl Remembered {
    fn hash(&self, path: &[u8]) -> u64 {
        self.hasher.hash_one(path)
    }
    fn get(&self, hash: u64) -> Option<u16> {
        let entry = *self.entries.get(hash as usize % REMEMBERED_PATHS)?;
        let id = (entry & ID_BITS) as u16;
        (entry | ID_BITS == hash | ID_BITS && id != OTHER).then_some(id)
    }
    fn set(&mut self, hash: u64, id: u16) {
        if self.entries.is_empty() {
            self.entries.resize(REMEMBERED_PATHS, u64::from(OTHER));
        }
        self.entries[hash as usize % REMEMBERED_PATHS] = hash & !ID_BITS | u64::from(id);
    }
}

/// A copy of a tally is made to be read; it starts with nothing remembered.
impl Clone for Remembered {
    fn clone(&self) -> Self {
        Remembered::default()
    }
}
