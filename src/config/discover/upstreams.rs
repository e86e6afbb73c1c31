//! The upstreams whose log names are known beforehand, so that their series can start at 0.
//! Host names are left out: the log has the addresses they resolve to.

use std::net::IpAddr;

use super::scope::{Tree, unique};
use crate::dialect::nginx::conf::Directive;

/// The directives that pass requests on, with the port their URLs mean where none is written.
const PASSES: &[&str] = &["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass"];

/// Schemes of those, with their ports; an upstream group's `server` has 80 (ngx_http_upstream_server).
const SCHEMES: &[(&str, u16)] =
    &[("http://", 80), ("https://", 443), ("grpc://", 80), ("grpcs://", 443), ("suwsgi://", 80)];

/// Addresses and names of groups as `$upstream_addr` has them, each once, in the order of the file.
pub fn find(tree: &Tree<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for group in tree.http().chain(tree.stream()).flat_map(|context| &context.block).filter(|d| d.name == "upstream") {
        // nginx names the whole group where none of its servers was alive.
        found.extend(group.args.first().cloned());
        let servers = group.block.iter().filter(|d| d.name == "server");
        found.extend(servers.filter_map(|server| address(server.args.first()?, 80)));
    }
    for scope in tree.servers.iter().chain(&tree.others).flat_map(|server| &server.scopes) {
        found.extend(PASSES.iter().flat_map(|pass| scope.own(pass)).filter_map(passed_to));
    }
    unique(found.into_iter())
}

/// The servers of each group, as `$upstream_addr` has them.
pub fn groups(tree: &Tree<'_>) -> Vec<(String, Vec<String>)> {
    let groups = tree.http().flat_map(|context| &context.block).filter(|d| d.name == "upstream");
    let named = groups.filter_map(|group| {
        let servers = group.block.iter().filter(|d| d.name == "server");
        Some((group.args.first()?.clone(), servers.filter_map(|server| address(server.args.first()?, 80)).collect()))
    });
    named.collect()
}

fn passed_to(line: &Directive) -> Option<String> {
    let url = line.args.first()?;
    let scheme = SCHEMES.iter().find_map(|(scheme, port)| Some((url.strip_prefix(scheme)?, *port)));
    let (rest, port) = scheme.unwrap_or((url, 80));
    if let Some(socket) = rest.strip_prefix("unix:") {
        // `http://unix:/run/app.sock:/uri`: the address ends where the URI begins.
        let path = socket.split(':').next()?;
        return address(&format!("unix:{path}"), port);
    }
    address(rest.split('/').next()?, port)
}

/// `None` for names and variables, which are not what the log will show.
pub(super) fn address(text: &str, port: u16) -> Option<String> {
    if text.contains('$') {
        return None;
    }
    if text.starts_with("unix:") {
        return Some(text.to_owned());
    }
    if text.parse::<std::net::SocketAddr>().is_ok() {
        return Some(text.to_owned());
    }
    let host = text.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(text);
    host.parse::<IpAddr>().ok().map(|_| format!("{text}:{port}"))
}
