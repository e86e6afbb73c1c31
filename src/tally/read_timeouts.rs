//! How long a proxy waits for an upstream between two reads, by server and path, and which waits came near it.
//! Knows: how nginx chooses a location. Does not know: where the timeouts were written.

use regex::bytes::Regex;

use crate::record::Millis;

/// The read timeouts of one server.
#[derive(Debug, Clone)]
pub struct ReadTimeouts {
    pub server: String,
    /// Where no location says otherwise.
    pub general: Millis,
    /// In their order.
    pub locations: Vec<LocationTimeout>,
}

/// One location, with its timeout if it passes requests on itself.
#[derive(Debug, Clone)]
pub struct LocationTimeout {
    pub location: Location,
    pub timeout: Option<Millis>,
}

/// Which paths a location is for.
#[derive(Debug, Clone)]
pub enum Location {
    /// `= /path`.
    Exact(String),
    /// `/path`, and as `^~ /path` before any pattern.
    Prefix { path: String, before_patterns: bool },
    /// `~ regex`, in a location or in none.
    Pattern { regex: Regex, within: String },
}

impl ReadTimeouts {
    /// The shortest: what is not near this one is near none.
    fn shortest(&self) -> Millis {
        let own = self.locations.iter().filter_map(|location| location.timeout);
        own.fold(self.general, Millis::min)
    }

    fn of(&self, path: &[u8]) -> Millis {
        self.location_of(path).and_then(|location| location.timeout).unwrap_or(self.general)
    }

    /// The exact one, else the longest prefix where that comes before patterns, else the first pattern, else that prefix.
    fn location_of(&self, path: &[u8]) -> Option<&LocationTimeout> {
        let exact = |one: &&LocationTimeout| matches!(&one.location, Location::Exact(of) if of.as_bytes() == path);
        let length = |one: &LocationTimeout| match &one.location {
            Location::Prefix { path: prefix, .. } => path.starts_with(prefix.as_bytes()).then_some(prefix.len()),
            Location::Exact(_) | Location::Pattern { .. } => None,
        };
        if let Some(exact) = self.locations.iter().find(exact) {
            return Some(exact);
        }
        let longest = self.locations.iter().filter(|one| length(one).is_some()).max_by_key(|one| length(one));
        let final_one = longest.filter(|one| matches!(one.location, Location::Prefix { before_patterns: true, .. }));
        final_one.or_else(|| self.pattern_of(path)).or(longest)
    }

    fn pattern_of(&self, path: &[u8]) -> Option<&LocationTimeout> {
        self.locations.iter().find(|one| match &one.location {
            Location::Pattern { regex, within } => path.starts_with(within.as_bytes()) && regex.is_match(path),
            Location::Exact(_) | Location::Prefix { .. } => false,
        })
    }
}

/// The read timeouts of all servers, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct ByServer(Vec<Option<(Millis, ReadTimeouts)>>);

impl ByServer {
    pub(super) fn set(&mut self, server: u16, timeouts: ReadTimeouts) {
        let at = usize::from(server);
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        self.0[at] = Some((timeouts.shortest(), timeouts));
    }

    /// Whether a wait took two thirds of its timeout. `None`: nobody knows the timeout.
    #[inline]
    pub(super) fn is_near(&self, server: u16, path: &[u8], wait: Millis) -> Option<bool> {
        let (shortest, timeouts) = self.0.get(usize::from(server))?.as_ref()?;
        Some(near(wait, *shortest) && near(wait, timeouts.of(path)))
    }
}

fn near(wait: Millis, timeout: Millis) -> bool {
    u64::from(wait) * 3 >= u64::from(timeout) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str, timeout: Option<Millis>) -> LocationTimeout {
        let (sign, path) = text.split_once(' ').unwrap_or(("", text));
        let path = path.to_owned();
        let location = match sign {
            "=" => Location::Exact(path),
            "~" => Location::Pattern { regex: Regex::new(&path).expect("a regex"), within: String::new() },
            sign => Location::Prefix { path, before_patterns: sign == "^~" },
        };
        LocationTimeout { location, timeout }
    }

    #[test]
    fn a_path_has_the_timeout_of_its_location() {
        let locations = vec![
            one("/", Some(60_000)),
            one("/api/", Some(5_000)),
            one("= /api/", Some(1_000)),
            one("^~ /api/reports/", Some(300_000)),
            one("/static/", None),
            one(r"~ \.php$", Some(30_000)),
        ];
        let timeouts = ReadTimeouts { server: "a".to_owned(), general: 60_000, locations };
        for (path, expected) in [
            ("/x", 60_000),
            ("/api/a", 5_000),
            ("/api/", 1_000),
            ("/api/reports/a.php", 300_000),
            ("/api/a.php", 30_000),
            ("/static/a", 60_000),
            ("*", 60_000),
        ] {
            assert_eq!(timeouts.of(path.as_bytes()), expected, "{path}");
        }
        let mut all = ByServer::default();
        all.set(3, timeouts);
        for (server, path, wait, expected) in [
            (3, "/api/a", 3_333, Some(false)),
            (3, "/api/a", 3_334, Some(true)),
            (3, "/x", 39_999, Some(false)),
            (3, "/x", 40_000, Some(true)),
            (3, "/api/reports/a", 100_000, Some(false)),
            (2, "/x", 60_000, None),
            (4, "/x", 60_000, None),
        ] {
            assert_eq!(all.is_near(server, path.as_bytes(), wait), expected, "{server} {path} {wait}");
        }
    }
}
