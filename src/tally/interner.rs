//! Names as small numbers, bounded: what is configured is known at once, the rest must be frequent.
//! Knows: how often a name was seen. Does not know: whether it names a server, a route or an upstream.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

use super::placed::{self, Placed, Whose};
use super::waiting::Waiting;

/// Longer names are nobody's server or route; they become `other`.
pub(super) const NAME_BYTES_MAX: usize = 128;
/// The id of `other`, which every interner has.
pub(super) const OTHER: u16 = 0;
/// By how much the threshold grows with each quarter of the limit that is taken: the last free places are dear,
/// so that what comes in a burst cannot take them from what comes every day.
const DEARER_BY_QUARTER: [u64; 4] = [1, 10, 100, 1000];
/// Seen so many times the threshold, a name that finds no room makes others be asked whether they need theirs.
const WANTED_FACTOR: u64 = 10;

/// How many names, and how often one must be seen to become one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Admission {
    /// Names beside the configured ones and `other`.
    pub limit: usize,
    /// Sightings before a name is admitted while there is plenty of room.
    pub threshold: u64,
}

/// Whether names taken over must keep to the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LimitPolicy {
    Capped,
    Unlimited,
}

/// The ids of another interner's names in this one.
#[derive(Debug)]
pub(super) struct Ids(Vec<u16>);

impl Ids {
    /// An id that has no name, as only a damaged snapshot has, is `other`.
    pub(super) fn of(&self, id: u16) -> u16 {
        self.0.get(usize::from(id)).copied().unwrap_or(OTHER)
    }
}

/// A bounded set of names. A name that is in stays, with its id, until it is let go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Interner {
    #[serde(skip)]
    admission: Admission,
    names: Vec<Box<str>>,
    /// From name to id. A snapshot does without: names are taken over one by one.
    #[serde(skip)]
    ids: HashTable<u16>,
    #[serde(skip)]
    hasher: RandomState,
    waiting: Waiting,
    /// Names admitted by frequency; configured ones do not count against the limit.
    admitted: usize,
    limit_hits: u64,
    /// Ids whose names gave their place up; they go to the next names that come in.
    #[serde(default)]
    free: Vec<u16>,
    /// Configured names, which stay. By id.
    #[serde(skip)]
    stays: Vec<bool>,
    /// A name would have come in had there been room.
    #[serde(skip)]
    wanted: bool,
}

impl Interner {
    pub(super) fn new(admission: Admission) -> Interner {
        let mut interner = Interner {
            admission,
            names: Vec::new(),
            ids: HashTable::new(),
            hasher: RandomState::default(),
            waiting: Waiting::default(),
            admitted: 0,
            limit_hits: 0,
            free: Vec::new(),
            stays: Vec::new(),
            wanted: false,
        };
        interner.register("other");
        interner
    }

    /// The id of a configured name, new or not.
    pub(super) fn register(&mut self, name: &str) -> u16 {
        let id = self.find(name.as_bytes()).unwrap_or_else(|| self.insert(name));
        let at = usize::from(id);
        self.stays.resize(self.stays.len().max(at + 1), false);
        self.stays[at] = true;
        id
    }

    /// The ids that may give their place up.
    pub(super) fn passing(&self) -> Vec<u16> {
        let stays = |id: &u16| self.stays.get(usize::from(*id)) == Some(&true) || self.free.contains(id);
        (0..).take(self.names.len()).filter(|id| !stays(id)).collect()
    }

    /// How often a name must be seen in a while to keep its place when places are wanted.
    pub(super) fn threshold(&self) -> u64 {
        self.admission.threshold
    }

    pub(super) fn wants_room(&self) -> bool {
        self.wanted
    }
    pub(super) fn set_wants_room(&mut self, wanted: bool) {
        self.wanted = wanted;
    }

    /// Lets a name go. Nothing may be counted under its id any more.
    pub(super) fn release(&mut self, id: u16) {
        let name = std::mem::take(&mut self.names[usize::from(id)]);
        let hash = self.hasher.hash_one(name.as_bytes());
        if let Ok(entry) = self.ids.find_entry(hash, |&other| other == id) {
            entry.remove();
        }
        self.free.push(id);
        self.admitted = self.admitted.saturating_sub(1);
    }

    /// The id of a name that is already in.
    pub(super) fn find(&self, name: &[u8]) -> Option<u16> {
        let hash = self.hasher.hash_one(name);
        self.ids.find(hash, |&id| self.names[usize::from(id)].as_bytes() == name).copied()
    }

    /// The id of a name as seen in a log, after counting the sighting if it is not in yet.
    pub(super) fn intern(&mut self, name: &[u8]) -> u16 {
        self.find(name).unwrap_or_else(|| self.queue_candidate(name))
    }

    /// The same for a server, whose name in a log says nothing of where it is.
    pub(super) fn intern_server(&mut self, name: &[u8]) -> u16 {
        let forged = || std::str::from_utf8(name).is_ok_and(|text| Placed::of(text).is_some());
        self.find(name).unwrap_or_else(|| if forged() { OTHER } else { self.queue_candidate(name) })
    }

    /// The id of a server in a container. Nobody outside can make up containers, so each is admitted at once, as long as
    /// there is room.
    pub(super) fn intern_placed(&mut self, named: Option<&[u8]>, whose: Whose<'_>, name: &mut String) -> u16 {
        let server = named.map_or(self.name(whose.server.0), |name| label(name).unwrap_or("other"));
        placed::join(server, whose.place, name);
        self.find(name.as_bytes()).unwrap_or_else(|| self.admit_or_queue(name, 1))
    }

    /// Takes over the names, the waiting and the hits of another interner.
    ///
    /// Past the limit a name becomes `other`, but for those of a snapshot: they were admitted when the limit was
    /// higher, and a series must not end.
    pub(super) fn merge(&mut self, other: &Interner, room: LimitPolicy) -> Ids {
        let mut ids = Vec::new();
        for (id, name) in (0..).zip(&other.names) {
            ids.push(if other.free.contains(&id) { OTHER } else { self.take_over(name, room) });
        }
        self.waiting.merge(&other.waiting);
        self.limit_hits = self.limit_hits.saturating_add(other.limit_hits);
        Ids(ids)
    }

    fn take_over(&mut self, name: &str, room: LimitPolicy) -> u16 {
        match self.find(name.as_bytes()) {
            Some(id) => id,
            None if room == LimitPolicy::Capped && self.is_full() => {
                self.hit_limit();
                OTHER
            }
            None => {
                self.admitted += 1;
                self.insert(name)
            }
        }
    }

    /// No name can come in any more.
    pub(super) fn is_full(&self) -> bool {
        self.admitted >= self.admission.limit || self.free.is_empty() && self.names.len() > usize::from(u16::MAX)
    }

    pub(super) fn hit_limit(&mut self) {
        self.limit_hits += 1;
    }
    pub(super) fn limit_hits(&self) -> u64 {
        self.limit_hits
    }
    /// The name of an id; of one that another interner gave, `other`.
    pub(super) fn name(&self, id: u16) -> &str {
        self.names.get(usize::from(id)).map_or("other", |name| name)
    }
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Counts a sighting of a name that is not in; admits it when it was seen often enough.
    fn queue_candidate(&mut self, name: &[u8]) -> u16 {
        label(name).map_or(OTHER, |text| self.admit_or_queue(text, self.admission.threshold))
    }

    #[cold]
    fn admit_or_queue(&mut self, text: &str, threshold: u64) -> u16 {
        let name = text.as_bytes();
        if self.is_full() {
            self.hit_limit();
            let dear = self.admission.threshold.saturating_mul(WANTED_FACTOR);
            self.wanted |= self.waiting.add_sighting(name).times >= dear;
            return OTHER;
        }
        let factor = self.factor();
        let seen = self.waiting.add_sighting(name);
        if threshold <= 1 || seen.times >= threshold.saturating_mul(factor) {
            self.waiting.remove(name);
            self.admitted += 1;
            return self.insert(text);
        }
        // Merely waiting for the first few sightings is no limit; being made to wait by the crowd is one.
        self.limit_hits += u64::from(seen.crowded || factor > 1);
        OTHER
    }

    fn factor(&self) -> u64 {
        let quarter = self.admitted * DEARER_BY_QUARTER.len() / self.admission.limit.max(1);
        DEARER_BY_QUARTER[quarter.min(DEARER_BY_QUARTER.len() - 1)]
    }

    fn insert(&mut self, name: &str) -> u16 {
        let id = match self.free.pop() {
            Some(id) => {
                self.names[usize::from(id)] = name.into();
                id
            }
            None => {
                let Ok(id) = u16::try_from(self.names.len()) else { return OTHER };
                self.names.push(name.into());
                id
            }
        };
        let Interner { names, ids, hasher, .. } = self;
        let hash = |id: &u16| hasher.hash_one(names[usize::from(*id)].as_bytes());
        ids.insert_unique(hash(&id), id, hash);
        id
    }
}

/// The text of a name that may stand in a label: not empty, not too long, UTF-8 without blanks and control characters.
fn label(name: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(name).ok()?;
    let unfit = |char: char| char.is_control() || char.is_whitespace();
    (!name.is_empty() && name.len() <= NAME_BYTES_MAX && !text.contains(unfit)).then_some(text)
}
