//! From a raw path to a route: configured patterns first, else the folded path if it is frequent.
//! Knows: which requests tell of a real route. Does not know: what is counted by route.

use regex::bytes::Regex;

use super::fold::Folder;
use super::hash_cache::HashCache;
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

/// Statuses that say "there is no such route here", or "not for you": scanners and floods earn no series by them.
const NO_SUCH_ROUTE: [u16; 13] = [400, 401, 403, 404, 405, 410, 414, 421, 444, 494, 495, 496, 497];

/// Whether a request that ended so tells of a route: neither a redirect nor a refusal does.
fn tells_of_a_route(status: Option<u16>) -> bool {
    status.is_some_and(|code| !(300..400).contains(&code) && !NO_SUCH_ROUTE.contains(&code))
}

/// Whether a request that ended so shows that a route known from another server is one here, too: no failure does.
pub(super) fn shows_a_route(status: Option<u16>) -> bool {
    status.is_some_and(|code| code < 300)
}

/// Raw paths remembered with their route: enough for the hot set of a site, small enough (128 KiB) for the cache of a
/// core.
const REMEMBERED_PATHS: usize = 16 * 1024;

/// How paths become routes; the names stand with the counts.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    patterns: Vec<(Regex, u16)>,
    /// Routes whose requests end as their clients please: streams, long polls.
    ignored: Vec<u16>,
    /// Which route a raw path went to: that changes only when routes are let go.
    remembered: HashCache<REMEMBERED_PATHS>,
    folder: Folder,
    /// The route that the last request made known.
    came_in: Option<u16>,
}

impl Routes {
    /// Their names are made known to `names`, which is handed in again with every path.
    pub(super) fn new(ignored: Vec<RoutePattern>, patterns: Vec<RoutePattern>, names: &mut Interner) -> Routes {
        let mut known = |pattern: RoutePattern| (pattern.regex, names.register(&pattern.name));
        let mut all: Vec<(Regex, u16)> = ignored.into_iter().map(&mut known).collect();
        let ignored = all.iter().map(|(_, id)| *id).collect();
        all.extend(patterns.into_iter().map(known));
        Routes { patterns: all, ignored, remembered: HashCache::default(), folder: Folder::default(), came_in: None }
    }

    /// Whether the last request made this route known.
    pub(super) fn take_came_in(&mut self, route: u16) -> bool {
        self.came_in.take() == Some(route)
    }

    pub(super) fn is_configured(&self, route: u16) -> bool {
        self.patterns.iter().any(|(_, id)| *id == route)
    }

    /// Some ids mean other routes from now on.
    pub(super) fn forget_paths(&mut self) {
        self.remembered = HashCache::default();
    }

    /// Whether an end of the route's requests is no abandonment, and their length no latency.
    #[inline]
    pub(super) fn is_ignored(&self, route: u16) -> bool {
        !self.ignored.is_empty() && self.ignored.contains(&route)
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
        // What is `other` today may be frequent tomorrow.
        if id != OTHER {
            self.remembered.set(hash, id);
        }
        id
    }

    fn find(&mut self, names: &mut Interner, path: &[u8], status: Option<u16>) -> u16 {
        if let Some((_, id)) = self.patterns.iter().find(|(regex, _)| regex.is_match(path)) {
            return *id;
        }
        let Some(folded) = self.folder.fold(path) else { return OTHER };
        match names.find(folded.as_bytes()) {
            Some(id) => id,
            None if !tells_of_a_route(status) => OTHER,
            None => {
                let id = names.intern(folded.as_bytes());
                self.came_in = (id != OTHER).then_some(id);
                id
            }
        }
    }
}
