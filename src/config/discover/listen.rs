//! `listen` lines: the addresses a client connects to, and the backlog (sources: ngx_http_core_listen, ngx_parse_url,
//! ngx_http_init_listening).

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::scope::Server;
use super::{Origin, origin};
use crate::dialect::nginx::conf::Directive;

/// One address a server listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    pub address: Address,
    pub ssl: bool,
    /// The PROXY protocol is expected, so plain HTTP is not understood there.
    pub proxy_protocol: bool,
    /// Datagrams (`quic`, `udp`): there is no accept queue.
    pub datagrams: bool,
    pub default_server: bool,
    /// `backlog=`; nginx asks for 511 where it is not given (NGX_LISTEN_BACKLOG).
    pub backlog: Option<u32>,
    /// It gets a socket of its own even where a wildcard has the port, too.
    pub bind: bool,
    pub origin: Origin,
}

/// Where it listens, in one spelling for each place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    Tcp(IpAddr, u16),
    /// A name that nginx resolves when it starts, and hangup does not.
    Named(String, u16),
    Unix(String),
}

impl Address {
    /// Whether a client on this machine comes from a loopback address, which `allow` lines expect.
    pub fn is_local(&self) -> bool {
        match self {
            Address::Unix(_) => true,
            Address::Tcp(ip, _) => ip.is_unspecified() || ip.is_loopback(),
            Address::Named(..) => false,
        }
    }

    /// `None` for a unix socket.
    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Tcp(_, port) | Address::Named(_, port) => Some(*port),
            Address::Unix(_) => None,
        }
    }
}

/// Options that set up a socket, and so make nginx open one for this very address.
const SOCKET_OPTIONS: &[&str] = &[
    "bind",
    "backlog=",
    "rcvbuf=",
    "sndbuf=",
    "setfib=",
    "fastopen=",
    "accept_filter=",
    "deferred",
    "ipv6only=",
    "reuseport",
    "so_keepalive=",
];

/// A server's addresses; one of `http` without any `listen` has port 80.
pub fn of(server: &Server<'_>) -> Vec<Listen> {
    let listens = written(server);
    if !listens.is_empty() {
        return listens;
    }
    let address = Address::Tcp(Ipv4Addr::UNSPECIFIED.into(), 80);
    let flag = false;
    vec![Listen {
        address,
        ssl: flag,
        proxy_protocol: flag,
        datagrams: flag,
        default_server: flag,
        backlog: None,
        bind: flag,
        origin: Origin::Default,
    }]
}

/// The addresses that are written.
pub fn written(server: &Server<'_>) -> Vec<Listen> {
    server.own().own("listen").flat_map(listen).collect()
}

/// The sockets that nginx opens: a specific address whose port a wildcard has, too, is served by the wildcard's.
pub fn sockets<'a>(listens: impl Iterator<Item = &'a Listen> + Clone) -> Vec<&'a Listen> {
    let wildcard = |listen: &Listen| match listen.address {
        Address::Tcp(ip, port) if ip.is_unspecified() => Some((ip.is_ipv4(), port, listen.datagrams)),
        _ => None,
    };
    let wildcards: HashSet<(bool, u16, bool)> = listens.clone().filter_map(wildcard).collect();
    let has_socket = |listen: &&Listen| match listen.address {
        Address::Tcp(ip, port) => {
            ip.is_unspecified() || listen.bind || !wildcards.contains(&(ip.is_ipv4(), port, listen.datagrams))
        }
        Address::Named(..) | Address::Unix(_) => true,
    };
    listens.filter(has_socket).collect()
}

fn listen(line: &Directive) -> Vec<Listen> {
    let Some((address, options)) = line.args.split_first() else { return Vec::new() };
    let has = |words: &[&str]| options.iter().any(|option| words.contains(&option.as_str()));
    let backlog = options.iter().find_map(|option| option.strip_prefix("backlog="));
    let is_socket_option = |option: &String| {
        SOCKET_OPTIONS.iter().any(|name| if name.ends_with('=') { option.starts_with(name) } else { option == name })
    };
    let one = |address: Address| Listen {
        ssl: has(&["ssl"]) || old_ssl(address.port()),
        address,
        proxy_protocol: has(&["proxy_protocol"]),
        datagrams: has(&["quic", "udp"]),
        default_server: has(&["default_server", "default"]),
        backlog: backlog.and_then(|n| n.parse().ok()),
        bind: options.iter().any(is_socket_option),
        origin: origin(line),
    };
    parse(address).into_iter().map(one).collect()
}

/// `ssl` cannot be told from the line alone where the old `ssl on;` is used; its port gives it away.
fn old_ssl(port: Option<u16>) -> bool {
    port == Some(443)
}

/// `80`, `host`, `host:80`, `[::]:80`, `*:80`, `host:8080-8090` (every port of it), `unix:/path`.
fn parse(text: &str) -> Vec<Address> {
    /// nginx opens a socket for each; a longer range is a mistake, and each has to be looked for in the kernel.
    const PORTS_MAX: usize = 1024;
    if let Some(path) = text.strip_prefix("unix:") {
        return vec![Address::Unix(path.to_owned())];
    }
    let (host, ports) = match ports(text) {
        Some(ports) => ("*", ports),
        None => {
            let split = text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
            match split {
                Some((host, written)) => match ports(written) {
                    Some(ports) => (host, ports),
                    None => return Vec::new(),
                },
                None => (text, 80..=80),
            }
        }
    };
    ports.take(PORTS_MAX).map(|port| address(host, port)).collect()
}

fn ports(text: &str) -> Option<std::ops::RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

fn address(host: &str, port: u16) -> Address {
    if host == "*" {
        return Address::Tcp(Ipv4Addr::UNSPECIFIED.into(), port);
    }
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let ip: Option<IpAddr> = match inside {
        Some(ip) => ip.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None if host == "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    };
    ip.map_or_else(|| Address::Named(host.to_owned(), port), |ip| Address::Tcp(ip, port))
}
