//! The stub_status page: the address at which this machine reaches it.
//! Does not know: whether it answers.

mod regex;

use std::net::{IpAddr, Ipv4Addr};

use super::listen::{self, Address, Listen};
use super::scope::{Scope, Server, Tree};
use super::{Finding, Origin, Weight, origin};
use crate::dialect::nginx::conf::Directive;

/// A status page to poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPage {
    /// `http://…`, `https://…` or `unix:/socket:/path`.
    pub uri: String,
    /// The `Host` to ask for, where another server would answer without it.
    pub host: Option<String>,
    pub origin: Origin,
}

/// A place in the configuration that could serve it, the better the smaller its rank.
struct Candidate {
    page: StatusPage,
    rank: (bool, bool, bool),
}

/// The best page. All pages of one nginx show the same numbers, so one is enough and two would count twice.
pub fn find(tree: &Tree<'_>, findings: &mut Vec<Finding>) -> Option<StatusPage> {
    let mut candidates = Vec::new();
    for server in &tree.servers {
        for scope in &server.scopes {
            let Some(line) = own_line(scope) else { continue };
            match uri_path(scope) {
                Ok(path) => candidates.extend(candidate(tree, server, line, &path, findings)),
                Err(why) => {
                    let text =
                        format!("the stub_status page cannot be found out: {why}; name it with --nginx.scrape-uri");
                    findings.push(Finding::new(Weight::Problem, Some(origin(line)), text));
                }
            }
        }
    }
    // The first of equals: min_by_key keeps the order of the file.
    candidates.into_iter().min_by_key(|candidate| candidate.rank).map(|candidate| candidate.page)
}

/// Whether there is such a page at all.
pub fn is_anywhere(tree: &Tree<'_>) -> bool {
    tree.servers.iter().flat_map(|server| &server.scopes).any(|scope| own_line(scope).is_some())
}

fn own_line<'a>(scope: &Scope<'a>) -> Option<&'a Directive> {
    scope.own("stub_status").find(|line| line.args != ["off"])
}

/// A path that leads to the location.
fn uri_path(scope: &Scope<'_>) -> Result<String, String> {
    let mut locations = scope.path.iter().filter(|block| block.name == "location");
    let Some(location) = locations.next_back() else { return Ok("/".to_owned()) };
    // nginx matches the decoded path: these characters would have to be sent encoded.
    let plain = |path: &str| path.starts_with('/') && !path.contains([' ', '?', '#', '%']);
    match location.args.as_slice() {
        [modifier, path] if (modifier == "=" || modifier == "^~") && plain(path) => Ok(path.clone()),
        [path] if plain(path) => Ok(path.clone()),
        [modifier, regex] if modifier.starts_with('~') => {
            regex::path(modifier, regex).ok_or_else(|| format!("its location is the regex {regex}"))
        }
        other => Err(format!("its location {} has no plain path", other.join(" "))),
    }
}

fn candidate(
    tree: &Tree<'_>,
    server: &Server<'_>,
    line: &Directive,
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<Candidate> {
    let mut problem = |text: String| findings.push(Finding::new(Weight::Problem, Some(origin(line)), text));
    let listens = listen::of(server);
    let mut plain: Vec<&Listen> = listens.iter().filter(|on| !on.proxy_protocol && !on.datagrams).collect();
    plain.sort_by_key(|on| (on.ssl, !on.address.is_local()));
    if plain.is_empty() {
        problem(
            "all listen lines of the stub_status page's server expect the PROXY protocol or QUIC; \
             add one on 127.0.0.1 without and name it with --nginx.scrape-uri"
                .to_owned(),
        );
        return None;
    }
    let Some((best, authority)) = plain.iter().find_map(|on| Some((*on, authority(tree, server, on)?))) else {
        let port = plain[0].address.port().unwrap_or_default();
        problem(format!(
            "127.0.0.1:{port} is another server, which nginx prefers there, so the stub_status page cannot be reached from \
             this machine; give its server a listen address of its own and name it with --nginx.scrape-uri"
        ));
        return None;
    };
    let host = if is_default(tree, server, best) { None } else { Some(plain_name(server)) };
    let unaddressable = host == Some(None);
    if unaddressable {
        problem(
            "another server answers on this address, and the stub_status page's server has no plain server_name \
             to ask for; give it one, or a listen address of its own"
                .to_owned(),
        );
    }
    let page = StatusPage { uri: uri(best, &authority, path), host: host.flatten(), origin: origin(line) };
    Some(Candidate { page, rank: (unaddressable, best.ssl, !best.address.is_local()) })
}

/// The host to connect to from the same machine, or the socket. `None`: another server has every such address.
fn authority(tree: &Tree<'_>, server: &Server<'_>, on: &Listen) -> Option<String> {
    let (ip, port) = match &on.address {
        Address::Unix(socket) => return Some(socket.clone()),
        Address::Named(host, _) => return Some(host.clone()),
        Address::Tcp(ip, port) => (*ip, *port),
    };
    // nginx takes the server of the most specific address: 127.0.0.1 may be another's than 0.0.0.0. All of 127/8 is local.
    let candidates: Vec<IpAddr> = match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => (1..10).map(|n| Ipv4Addr::new(127, 0, 0, n).into()).collect(),
        IpAddr::V6(ip) if ip.is_unspecified() => vec![std::net::Ipv6Addr::LOCALHOST.into()],
        ip => vec![ip],
    };
    let is_others = |other: IpAddr| other != ip && tree.servers.iter().any(|server| has(server, other, port));
    let free = candidates.into_iter().find(|ip| has(server, *ip, port) || !is_others(*ip))?;
    Some(if free.is_ipv6() { format!("[{free}]") } else { free.to_string() })
}

fn has(server: &Server<'_>, ip: IpAddr, port: u16) -> bool {
    listen::written(server).iter().any(|listen| listen.address == Address::Tcp(ip, port))
}

fn uri(listen: &Listen, authority: &str, path: &str) -> String {
    match listen.address.port() {
        None => format!("unix:{authority}:{path}"),
        Some(port) if listen.ssl => format!("https://{authority}{}{path}", after_host(port, 443)),
        Some(port) => format!("http://{authority}{}{path}", after_host(port, 80)),
    }
}

/// `:port`, unless it is the scheme's own.
fn after_host(port: u16, usual: u16) -> String {
    if port == usual { String::new() } else { format!(":{port}") }
}

/// Whether this server answers on the address whatever `Host` says: it is marked as the default one there,
/// or none is and it comes first.
fn is_default(tree: &Tree<'_>, server: &Server<'_>, on: &Listen) -> bool {
    let on_address = |other: &&Server<'_>| listen::of(other).iter().any(|listen| listen.address == on.address);
    let marked = |other: &&Server<'_>| {
        listen::of(other).iter().any(|listen| listen.address == on.address && listen.default_server)
    };
    let first = tree.servers.iter().find(marked).or_else(|| tree.servers.iter().find(on_address));
    first.is_some_and(|first| std::ptr::eq(first.block, server.block))
}

/// A name that can be sent as it is.
fn plain_name(server: &Server<'_>) -> Option<String> {
    let names = server.names().into_iter().map(|name| name.strip_prefix('.').unwrap_or(name));
    let mut plain = names.filter(|name| !name.is_empty() && !name.contains(['*', '~', '$', '"']));
    plain.next().map(str::to_owned)
}
