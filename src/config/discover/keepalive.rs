//! For how long nginx keeps idle connections to upstream servers open.
//! Knows: `keepalive` and `keepalive_timeout` of upstream groups. Does not know: how long the servers keep them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::scope::Tree;
use super::upstreams;
use crate::config::values::nginx_time;
use crate::dialect::nginx::conf::Directive;

/// What nginx waits where nothing is said (ngx_http_upstream_keepalive_module.c).
const DEFAULT: Duration = Duration::from_secs(60);

/// One upstream server to which connections are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keepalive {
    /// As the logs name it; the group's name for a server with a host name.
    pub upstream: String,
    pub timeout: Duration,
}

/// Each upstream once, with the longest time of its groups.
pub fn find(tree: &Tree<'_>) -> Vec<Keepalive> {
    let mut found: BTreeMap<String, Duration> = BTreeMap::new();
    for group in tree.http().flat_map(|context| &context.block).filter(|d| d.name == "upstream") {
        for (upstream, timeout) in kept(group) {
            let held = found.entry(upstream).or_default();
            *held = timeout.max(*held);
        }
    }
    found.into_iter().map(|(upstream, timeout)| Keepalive { upstream, timeout }).collect()
}

/// Nothing where the group keeps none.
fn kept(group: &Directive) -> Vec<(String, Duration)> {
    let first = |name: &str| group.block.iter().filter(|d| d.name == name).find_map(|d| d.args.first());
    if first("keepalive").is_none_or(|connections| connections == "0") {
        return Vec::new();
    }
    let timeout = first("keepalive_timeout").and_then(|text| nginx_time(text)).unwrap_or(DEFAULT);
    let names = group.block.iter().filter(|d| d.name == "server").filter_map(|server| {
        let address = upstreams::address(server.args.first()?, 80);
        address.or_else(|| group.args.first().cloned())
    });
    names.map(|name| (name, timeout)).collect()
}
