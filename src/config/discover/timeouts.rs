//! nginx's timeouts by server, written or default.
//! Knows: the directives, their defaults and inheritance. Does not know: whether a value is wise.

use std::collections::BTreeMap;
use std::time::Duration;

use super::scope::{Scope, Server, Tree};
use super::{Origin, origin};
use crate::config::values::nginx_time;

/// One timeout of one server, or of a location in it that has another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeout {
    pub directive: &'static str,
    pub server: String,
    /// The location as nginx.conf has it. `None`: what holds for the server but for such locations.
    pub location: Option<String>,
    pub value: Duration,
    pub origin: Origin,
}

/// The directives every server has, and nginx's defaults in seconds (ngx_http_core_module.c).
const CLIENT: &[(&str, u64)] = &[
    ("client_header_timeout", 60),
    ("client_body_timeout", 60),
    ("send_timeout", 60),
    ("keepalive_timeout", 75),
    ("resolver_timeout", 30),
];

/// The directives of each way to an upstream. They count only where requests are passed that way.
pub(super) const UPSTREAM: &[(&str, [&str; 3])] = &[
    ("proxy_pass", ["proxy_connect_timeout", "proxy_send_timeout", "proxy_read_timeout"]),
    ("fastcgi_pass", ["fastcgi_connect_timeout", "fastcgi_send_timeout", "fastcgi_read_timeout"]),
    ("uwsgi_pass", ["uwsgi_connect_timeout", "uwsgi_send_timeout", "uwsgi_read_timeout"]),
    ("scgi_pass", ["scgi_connect_timeout", "scgi_send_timeout", "scgi_read_timeout"]),
    ("grpc_pass", ["grpc_connect_timeout", "grpc_send_timeout", "grpc_read_timeout"]),
];

/// Of all of those (ngx_http_proxy_module.c and its siblings).
const UPSTREAM_DEFAULT_SECONDS: u64 = 60;

/// One timeout somewhere in a server.
struct Vote {
    location: String,
    value: Duration,
    origin: Origin,
}

/// Each timeout once per server label, and once for each value that some of its locations have instead.
pub fn find(tree: &Tree<'_>) -> Vec<Timeout> {
    let mut votes: BTreeMap<(&str, &'static str), Vec<Vote>> = BTreeMap::new();
    for server in &tree.servers {
        for (directive, vote) in of(server) {
            votes.entry((&server.label, directive)).or_default().push(vote);
        }
    }
    votes.into_iter().flat_map(|((server, directive), votes)| told(server, directive, votes)).collect()
}

fn told(server: &str, directive: &'static str, votes: Vec<Vote>) -> Vec<Timeout> {
    let general = general(&votes);
    let mut told: BTreeMap<Duration, Timeout> = BTreeMap::new();
    for vote in votes {
        let location = (vote.value != general).then_some(vote.location);
        if location.as_ref().is_some_and(String::is_empty) {
            // Two servers of one name, a plain and a TLS one, that differ: there is one label for both.
            continue;
        }
        let timeout =
            Timeout { directive, server: server.to_owned(), location, value: vote.value, origin: vote.origin };
        told.entry(vote.value).or_insert(timeout);
    }
    told.into_values().collect()
}

/// The value of most requests: that of the location `/`, else the one that most places have. Of equally many the
/// shortest: a long one is an exception made for downloads and streams.
fn general(votes: &[Vote]) -> Duration {
    let root = votes.iter().find(|vote| vote.location == "/").map(|vote| vote.value);
    root.or_else(|| most(votes)).unwrap_or_default()
}

fn most(votes: &[Vote]) -> Option<Duration> {
    let mut counts: BTreeMap<Duration, usize> = BTreeMap::new();
    votes.iter().for_each(|vote| *counts.entry(vote.value).or_default() += 1);
    // Of equal counts the last, so from the longest to the shortest.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

fn of(server: &Server<'_>) -> Vec<(&'static str, Vote)> {
    let vote = |scope: &Scope<'_>, directive: &'static str, default: u64| {
        let (value, origin) = value(scope, directive, default);
        (directive, Vote { location: scope.location(), value, origin })
    };
    let mut found: Vec<_> = CLIENT.iter().map(|(directive, default)| vote(server.own(), directive, *default)).collect();
    for (pass, directives) in UPSTREAM {
        let passing = server.scopes.iter().filter(|scope| scope.own(pass).next().is_some());
        for scope in passing {
            found.extend(directives.iter().map(|directive| vote(scope, directive, UPSTREAM_DEFAULT_SECONDS)));
        }
    }
    found
}

/// In effect in this scope, written or nginx's default.
pub(super) fn upstream_value(scope: &Scope<'_>, directive: &str) -> Duration {
    value(scope, directive, UPSTREAM_DEFAULT_SECONDS).0
}

fn value(scope: &Scope<'_>, directive: &str, default_seconds: u64) -> (Duration, Origin) {
    let line = scope.effective(directive).into_iter().next_back();
    let written = line.and_then(|line| Some((nginx_time(line.args.first()?)?, origin(line))));
    written.unwrap_or((Duration::from_secs(default_seconds), Origin::Default))
}
