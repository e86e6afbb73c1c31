//! nginx's read timeouts by server and location: how long it waits between two reads of an upstream.
//! Knows: the ways to an upstream and their directives. Does not know: which path a request has.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::bytes::Regex;

use super::scope::{Scope, Server, Tree};
use super::timeouts::{self, UPSTREAM};
use crate::dialect::nginx::conf::Directive;
use crate::tally::{Location, LocationTimeout, ReadTimeouts};

/// One for each server label that passes requests on. Servers of one name, a plain and a TLS one, count as one.
pub(super) fn find(tree: &Tree<'_>) -> Vec<ReadTimeouts> {
    let mut labels: BTreeMap<&str, Vec<&Server<'_>>> = BTreeMap::new();
    tree.servers.iter().for_each(|server| labels.entry(&server.label).or_default().push(server));
    labels.into_iter().filter_map(|(label, servers)| of_label(label, &servers)).collect()
}

fn of_label(label: &str, servers: &[&Server<'_>]) -> Option<ReadTimeouts> {
    let scopes = servers.iter().flat_map(|server| &server.scopes);
    let of_all: Vec<(&Scope<'_>, u32)> = scopes.filter_map(|scope| Some((scope, read_timeout(scope)?))).collect();
    let general = general(&of_all)?;
    let locations = servers.iter().flat_map(|server| locations(server)).collect();
    Some(ReadTimeouts { locations, general, server: label.to_owned() })
}

/// That of the location `/`, else the shortest: a long one is an exception made for downloads and streams.
fn general(all: &[(&Scope<'_>, u32)]) -> Option<u32> {
    let root = all.iter().find(|(scope, _)| scope.location() == "/");
    root.or_else(|| all.iter().min_by_key(|(_, ms)| ms)).map(|(_, ms)| *ms)
}

/// Of a scope that passes requests on itself.
fn read_timeout(scope: &Scope<'_>) -> Option<u32> {
    let passing = UPSTREAM.iter().filter(|(pass, _)| scope.own(pass).next().is_some());
    let shortest = passing.map(|(_, [.., read])| timeouts::upstream_value(scope, read)).min()?;
    u32::try_from(Duration::as_millis(&shortest)).ok()
}

fn locations(server: &Server<'_>) -> Vec<LocationTimeout> {
    let blocks = server.scopes.iter().filter(|scope| scope.path.last().is_some_and(|block| block.name == "location"));
    blocks
        .filter_map(|scope| Some(LocationTimeout { location: location(scope)?, timeout: inside(server, scope) }))
        .collect()
}

/// Of the location itself or of an `if` in it.
fn inside(server: &Server<'_>, location: &Scope<'_>) -> Option<u32> {
    let depth = location.path.len();
    let same = |scope: &&Scope<'_>| {
        scope.path.len() >= depth
            && std::ptr::eq(scope.path[depth - 1], location.path[depth - 1])
            && scope.path[depth..].iter().all(|block| block.name != "location")
    };
    server.scopes.iter().filter(same).filter_map(read_timeout).min()
}

/// `None` for a named location, which no path leads to, and for a pattern that cannot be read here.
fn location(scope: &Scope<'_>) -> Option<Location> {
    let block = scope.path.last()?;
    let (sign, path) = sign_and_path(block)?;
    Some(match sign {
        "=" => Location::Exact(path.to_owned()),
        "~" | "~*" => {
            let any_case = if sign == "~*" { "(?i)" } else { "" };
            Location::Pattern { regex: Regex::new(&format!("{any_case}{path}")).ok()?, within: within(scope) }
        }
        "" if path.starts_with('@') => return None,
        sign => Location::Prefix { path: path.to_owned(), before_patterns: sign == "^~" },
    })
}

/// `location ~ \.php$` and `location ~\.php$` are the same to nginx.
fn sign_and_path(block: &Directive) -> Option<(&str, &str)> {
    let (first, second) = (block.args.first()?.as_str(), block.args.get(1).map(String::as_str));
    if let Some(path) = second {
        return Some((first, path));
    }
    let glued = ["^~", "~*", "~", "="].into_iter().find_map(|sign| Some((sign, first.strip_prefix(sign)?)));
    Some(glued.unwrap_or(("", first)))
}

/// The prefix of the location around this one.
fn within(scope: &Scope<'_>) -> String {
    let around = scope.path.iter().rev().skip(1).filter(|block| block.name == "location");
    let prefix = around.filter_map(|block| sign_and_path(block)).find(|(sign, _)| !sign.contains('~') || *sign == "^~");
    prefix.map(|(_, path)| path.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    #[test]
    fn each_location_has_its_own() {
        let conf = "http { server { server_name a; location / { proxy_pass http://x; } \
                    location /api { proxy_pass http://x; proxy_read_timeout 5s; location ~ \\.php$ { fastcgi_pass x; fastcgi_read_timeout 7s; } } \
                    location = /poll { if ($arg_a) { proxy_pass http://x; } proxy_read_timeout 300s; } \
                    location ^~ /s { root /x; } location @f { proxy_pass http://x; proxy_read_timeout 1s; } \
                    location ~*(?!a) { proxy_pass http://x; } } server { server_name b; } }";
        let facts = found(conf).facts;
        let shown: Vec<String> = facts.read_timeouts[0].locations.iter().map(|one| format!("{:?}", one)).collect();
        assert_eq!(facts.read_timeouts.len(), 1, "b passes nothing on");
        assert_eq!((facts.read_timeouts[0].server.as_str(), facts.read_timeouts[0].general), ("a", 60_000));
        #[rustfmt::skip]
        assert_eq!(shown, [
            r#"LocationTimeout { location: Prefix { path: "/", before_patterns: false }, timeout: Some(60000) }"#,
            r#"LocationTimeout { location: Prefix { path: "/api", before_patterns: false }, timeout: Some(5000) }"#,
            r#"LocationTimeout { location: Pattern { regex: Regex("\\.php$"), within: "/api" }, timeout: Some(7000) }"#,
            r#"LocationTimeout { location: Exact("/poll"), timeout: Some(300000) }"#,
            r#"LocationTimeout { location: Prefix { path: "/s", before_patterns: true }, timeout: None }"#,
        ]);
    }
}
