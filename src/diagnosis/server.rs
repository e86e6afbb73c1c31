//! One server in a stretch of time: its requests, who left, its attempts at upstreams. Does not know: how they are counted.

use super::buckets::Buckets;
use crate::verdict::{GaveUp, Party, Phase};

/// Routes in trouble that a stretch tells apart for one server.
pub(super) const ROUTES_MAX: usize = 8;

/// One server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Server {
    pub(super) requests: u64,
    /// Of these, requests of probes and of routes that are left out.
    pub(super) apart: u64,
    /// 499s of probes.
    pub(super) probes: u64,
    /// 499s of users by how long they had waited.
    pub(super) left: Left,
    /// Users alone.
    pub(super) gave_up: Vec<(GaveUp, u64)>,
    /// How long the clients of 499s had waited.
    pub(super) waits: Buckets,
    pub(super) attempts: Attempts,
    /// Those with the most trouble.
    pub(super) routes: Vec<Route>,
    /// Boxed, as most stretches have none of it.
    pub(super) latest: Option<Box<Latest>>,
}

/// What is not counted here but looked up: the latest word is as good as all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Latest {
    /// Where 499s pile up: seconds and share.
    pub(super) cliff: Option<(f64, f64)>,
    /// A period at which 499s come: seconds, and the share that does.
    pub(super) period: Option<(f64, f64)>,
    /// What most of the last to leave run.
    pub(super) client: Option<ClientKind>,
    /// The share of the busiest address.
    pub(super) busiest: Option<Busiest>,
}

impl Latest {
    /// Each word stands until there is another one: where nobody leaves, nothing is said of those who do.
    fn merge(&mut self, theirs: &Latest) {
        self.cliff = theirs.cliff.or(self.cliff);
        self.period = theirs.period.or(self.period);
        self.busiest = theirs.busiest.or(self.busiest);
        if theirs.client.is_some() {
            self.client.clone_from(&theirs.client);
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) long: u64,
    pub(super) short: u64,
    /// Their log has no times.
    pub(super) unknown: u64,
}

impl Left {
    pub(super) fn total(self) -> u64 {
        self.long + self.short + self.unknown
    }
}

/// The address that most of the 499s come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Busiest {
    pub(super) ratio: f64,
    pub(super) internal: bool,
}

/// A kind of program, by its name in the user agent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ClientKind {
    pub(super) name: String,
    pub(super) ratio: f64,
}

impl ClientKind {
    pub(super) fn is_browser(&self) -> bool {
        self.name == "Mozilla"
    }
}

/// A server's attempts at its upstreams.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Attempts {
    /// How long answers took: until their head, else as a whole. Without those that were abandoned.
    pub(super) answers: Buckets,
    /// How long connections took to be established; abandoned ones are in, where they were.
    pub(super) connects: Buckets,
    /// Attempts whose client left, and of these, those that had a connection.
    pub(super) left: u64,
    pub(super) left_connected: u64,
    /// Attempts whose client left after it had waited for this upstream for a second or longer.
    pub(super) left_waiting: u64,
}

/// One route of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) route: u16,
    pub(super) requests: u64,
    /// Users who left, and gateway errors.
    pub(super) left: u64,
    pub(super) errors: u64,
}

/// Codes of gateways that ran out of patience, of upstreams that failed, and of an edge before an origin.
const GATEWAY_CODES: [u16; 13] = [502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 598, 599];

impl Server {
    /// Requests of users.
    pub(super) fn users(&self) -> u64 {
        self.requests.saturating_sub(self.apart)
    }

    /// Errors of gateways. What nginx refuses by itself is none of them.
    pub(super) fn errors(&self) -> u64 {
        self.count(is_gateway_error)
    }

    /// Users lost: they left, or an error of a gateway reached them.
    pub(super) fn lost(&self) -> u64 {
        self.left.total() + self.errors()
    }

    pub(super) fn count(&self, is_it: impl Fn(&GaveUp) -> bool) -> u64 {
        self.gave_up.iter().filter(|(gave_up, _)| is_it(gave_up)).map(|(_, count)| count).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests == 0
    }

    pub(super) fn merge(&mut self, other: &Server) {
        self.requests += other.requests;
        self.apart += other.apart;
        self.probes += other.probes;
        self.left.long += other.left.long;
        self.left.short += other.left.short;
        self.left.unknown += other.left.unknown;
        for (gave_up, count) in &other.gave_up {
            add(&mut self.gave_up, *gave_up, *count);
        }
        self.waits.merge(&other.waits);
        self.attempts.merge(&other.attempts);
        other.routes.iter().for_each(|route| self.add_route(*route));
        if let Some(theirs) = &other.latest {
            self.latest_mut().merge(theirs);
        }
    }

    pub(super) fn latest(&self) -> Latest {
        self.latest.as_deref().cloned().unwrap_or_default()
    }

    pub(super) fn latest_mut(&mut self) -> &mut Latest {
        self.latest.get_or_insert_default()
    }

    /// For the bound on memory.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        size_of::<Server>()
            + self.waits.bytes()
            + self.attempts.answers.bytes()
            + self.attempts.connects.bytes()
            + self.gave_up.capacity() * size_of::<(GaveUp, u64)>()
            + self.routes.capacity() * size_of::<Route>()
    }

    /// Gives back room that was taken for growing.
    pub(super) fn shrink(&mut self) {
        self.waits.shrink();
        self.attempts.answers.shrink();
        self.attempts.connects.shrink();
        self.gave_up.shrink_to_fit();
        self.routes.shrink_to_fit();
    }

    /// Adds a route, and keeps to those with the most trouble.
    pub(super) fn add_route(&mut self, theirs: Route) {
        match self.routes.iter_mut().find(|mine| mine.route == theirs.route) {
            Some(mine) => {
                mine.requests += theirs.requests;
                mine.left += theirs.left;
                mine.errors += theirs.errors;
            }
            None => self.routes.push(theirs),
        }
        self.routes.sort_by_key(|route| std::cmp::Reverse(route.left + route.errors));
        self.routes.truncate(ROUTES_MAX);
    }
}

pub(super) fn is_gateway_error(gave_up: &GaveUp) -> bool {
    let refused = (gave_up.party, gave_up.phase) == (Party::Server, Phase::Admission);
    !refused && gave_up.party != Party::Client && gave_up.code.code().is_some_and(|code| GATEWAY_CODES.contains(&code))
}

pub(super) fn add<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K, count: u64) {
    match counts.iter_mut().find(|(held, _)| *held == key) {
        Some((_, held)) => *held += count,
        None => counts.push((key, count)),
    }
}

impl Attempts {
    pub(super) fn merge(&mut self, other: &Attempts) {
        self.answers.merge(&other.answers);
        self.connects.merge(&other.connects);
        self.left += other.left;
        self.left_connected += other.left_connected;
        self.left_waiting += other.left_waiting;
    }
}
