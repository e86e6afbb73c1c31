//! nginx's timeouts by server, written or default.
//! Knows: the directives, their defaults and inheritance. Does not know: whether a value is wise.

use std::collections::BTreeMap;
use std::time::Duration;

use super::scope::{Scope, Server, Tree};
use super::{Origin, origin};
use crate::config::values::nginx_time;

/// One timeout of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeout {
    pub directive: &'static str,
    pub server: String,
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
const UPSTREAM: &[(&str, [&str; 3])] = &[
    ("proxy_pass", ["proxy_connect_timeout", "proxy_send_timeout", "proxy_read_timeout"]),
    ("fastcgi_pass", ["fastcgi_connect_timeout", "fastcgi_send_timeout", "fastcgi_read_timeout"]),
    ("uwsgi_pass", ["uwsgi_connect_timeout", "uwsgi_send_timeout", "uwsgi_read_timeout"]),
    ("scgi_pass", ["scgi_connect_timeout", "scgi_send_timeout", "scgi_read_timeout"]),
    ("grpc_pass", ["grpc_connect_timeout", "grpc_send_timeout", "grpc_read_timeout"]),
];

/// Of all of those (ngx_http_proxy_module.c and its siblings).
const UPSTREAM_DEFAULT_SECONDS: u64 = 60;

/// Each timeout once per server label. Where servers of one name (a plain and a TLS one) or locations of one server
/// differ, the value most of them have is told, and of equally many the longest.
pub fn find(tree: &Tree<'_>) -> Vec<Timeout> {
    let mut votes: BTreeMap<(String, &'static str), Vec<(Duration, Origin)>> = BTreeMap::new();
    for server in &tree.servers {
        for (directive, value) in of(server) {
            votes.entry((server.label(), directive)).or_default().push(value);
        }
    }
    let won = votes.into_iter().filter_map(|((server, directive), votes)| {
        let (value, origin) = most_common(votes)?;
        Some(Timeout { directive, server, value, origin })
    });
    won.collect()
}

fn of(server: &Server<'_>) -> Vec<(&'static str, (Duration, Origin))> {
    let client = CLIENT.iter().map(|(directive, default)| (*directive, value(server.own(), directive, *default)));
    let mut found: Vec<_> = client.collect();
    for (pass, directives) in UPSTREAM {
        let passing = server.scopes.iter().filter(|scope| scope.own(pass).next().is_some());
        for scope in passing {
            found.extend(directives.iter().map(|d| (*d, value(scope, d, UPSTREAM_DEFAULT_SECONDS))));
        }
    }
    found
}

fn value(scope: &Scope<'_>, directive: &str, default_seconds: u64) -> (Duration, Origin) {
    let line = scope.effective(directive).into_iter().next_back();
    let written = line.and_then(|line| Some((nginx_time(line.args.first()?)?, origin(line))));
    written.unwrap_or((Duration::from_secs(default_seconds), Origin::Default))
}

fn most_common(votes: Vec<(Duration, Origin)>) -> Option<(Duration, Origin)> {
    let count = |value: Duration| votes.iter().filter(|(other, _)| *other == value).count();
    let winner = votes.iter().map(|(value, _)| *value).max_by_key(|value| (count(*value), *value))?;
    votes.into_iter().find(|(value, _)| *value == winner)
}
