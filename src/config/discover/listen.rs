//! `listen` lines: the address a client connects to, and the backlog (source: ngx_http_core_listen).

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
    pub quic: bool,
    pub default_server: bool,
    /// `backlog=`; nginx asks for 511 where it is not given (NGX_LISTEN_BACKLOG).
    pub backlog: Option<u32>,
    pub origin: Origin,
}

/// Where it listens, in one spelling for each place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Host as written; `*` for every IPv4 address, `[::]` for every IPv6 one.
    Tcp {
        host: String,
        port: u16,
    },
    Unix(String),
}

impl Address {
    /// The `host:port` to connect to from the same machine.
    pub fn reachable(&self) -> Option<(String, u16)> {
        let Address::Tcp { host, port } = self else { return None };
        let host = match host.as_str() {
            "*" => "127.0.0.1",
            "[::]" => "[::1]",
            host => host,
        };
        Some((host.to_owned(), *port))
    }

    /// Whether a client on this machine comes from a loopback address, which `allow` lines expect.
    pub fn is_local(&self) -> bool {
        match self {
            Address::Unix(_) => true,
            Address::Tcp { host, .. } => {
                ["*", "[::]", "[::1]", "localhost"].contains(&host.as_str()) || host.starts_with("127.")
            }
        }
    }
}

/// A server's addresses; one without any `listen` has port 80.
pub fn of(server: &Server<'_>) -> Vec<Listen> {
    let listens: Vec<Listen> = server.own().own("listen").filter_map(listen).collect();
    if !listens.is_empty() {
        return listens;
    }
    let address = Address::Tcp { host: "*".to_owned(), port: 80 };
    let origin = Origin::Default;
    let flag = false;
    vec![Listen { address, ssl: flag, proxy_protocol: flag, quic: flag, default_server: flag, backlog: None, origin }]
}

fn listen(line: &Directive) -> Option<Listen> {
    let (address, options) = line.args.split_first()?;
    let has = |words: &[&str]| options.iter().any(|option| words.contains(&option.as_str()));
    let backlog = options.iter().find_map(|option| option.strip_prefix("backlog="));
    Some(Listen {
        address: parse(address)?,
        ssl: has(&["ssl"]) || old_ssl(line),
        proxy_protocol: has(&["proxy_protocol"]),
        quic: has(&["quic"]),
        default_server: has(&["default_server", "default"]),
        backlog: backlog.and_then(|n| n.parse().ok()),
        origin: origin(line),
    })
}

/// `ssl` cannot be told from the line alone where the old `ssl on;` is used; its port gives it away.
fn old_ssl(line: &Directive) -> bool {
    line.args.first().is_some_and(|address| address == "443" || address.ends_with(":443"))
}

/// `80`, `host`, `host:80`, `[::]:80`, `*:80`, `host:8080-8090` (the first port counts), `unix:/path`.
fn parse(text: &str) -> Option<Address> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Some(Address::Unix(path.to_owned()));
    }
    let port_of = |text: &str| text.split('-').next().and_then(|port| port.parse::<u16>().ok());
    if let Some(port) = port_of(text) {
        return Some(Address::Tcp { host: "*".to_owned(), port });
    }
    let split = text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
    let (host, port) = match split {
        Some((host, port)) => (host, port_of(port)?),
        None => (text, 80),
    };
    let host = if host == "0.0.0.0" { "*" } else { host };
    Some(Address::Tcp { host: host.to_owned(), port })
}
