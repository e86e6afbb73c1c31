//! The stub_status page: the address at which this machine reaches it.
//! Does not know: whether it answers.

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
            let Some(line) = scope.own("stub_status").find(|line| line.args != ["off"]) else { continue };
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

/// The path of the location, which must be fixed text.
fn uri_path(scope: &Scope<'_>) -> Result<String, String> {
    let mut locations = scope.path.iter().filter(|block| block.name == "location");
    let Some(location) = locations.next_back() else { return Ok("/".to_owned()) };
    // nginx matches the decoded path: these characters would have to be sent encoded.
    let plain = |path: &str| path.starts_with('/') && !path.contains([' ', '?', '#', '%']);
    match location.args.as_slice() {
        [modifier, path] if (modifier == "=" || modifier == "^~") && plain(path) => Ok(path.clone()),
        [path] if plain(path) => Ok(path.clone()),
        [modifier, regex] if modifier.starts_with('~') => Err(format!("its location is the regex {regex}")),
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
    let listens = listen::of(server);
    let plain = listens.iter().filter(|listen| !listen.proxy_protocol && !listen.quic);
    let Some(best) = plain.min_by_key(|listen| (listen.ssl, !listen.address.is_local())) else {
        let text = "all listen lines of the stub_status page's server expect the PROXY protocol or QUIC; \
                    add one on 127.0.0.1 without and name it with --nginx.scrape-uri";
        findings.push(Finding::new(Weight::Problem, Some(origin(line)), text));
        return None;
    };
    let host = if is_default(tree, server, best) { None } else { Some(plain_name(server)) };
    let unaddressable = host == Some(None);
    if unaddressable {
        let text = "another server answers on this address, and the stub_status page's server has no plain server_name \
                    to ask for; give it one, or a listen address of its own";
        findings.push(Finding::new(Weight::Problem, Some(origin(line)), text));
    }
    let page = StatusPage { uri: uri(best, path), host: host.flatten(), origin: origin(line) };
    Some(Candidate { page, rank: (unaddressable, best.ssl, !best.address.is_local()) })
}

fn uri(listen: &Listen, path: &str) -> String {
    match (&listen.address, listen.address.reachable()) {
        (Address::Unix(socket), _) => format!("unix:{socket}:{path}"),
        (_, Some((host, port))) if listen.ssl => format!("https://{host}{}{path}", after_host(port, 443)),
        (_, Some((host, port))) => format!("http://{host}{}{path}", after_host(port, 80)),
        (Address::Tcp { host, .. }, None) => format!("http://{host}{path}"),
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
