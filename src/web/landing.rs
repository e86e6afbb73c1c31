//! The page for people, readable at 3 a.m.: what is wrong stands first, in sentences; no script, no picture, no font.
//! Knows: HTML. Does not know: how its content was found out.

use std::net::IpAddr;

use ipnet::IpNet;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::tally::{Overview, Route};

/// Everything the page shows.
#[derive(Debug, Default, Clone)]
pub struct Landing {
    pub version: String,
    /// Pollers: stub_status pages, /proc files.
    pub sources: Vec<Source>,
    pub logs: Vec<Source>,
    pub worst: Overview,
}

/// A thing hangup reads, and how that goes.
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    pub state: State,
    /// What it is doing, or what is wrong and what to do, as a sentence; may be empty.
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    Up,
    Down,
}

/// What readers who are not on this machine see of clients' addresses; readers on it see them whole, but for `Nobody`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientAddresses {
    /// Nobody sees any.
    Nobody,
    /// Others see none.
    #[default]
    Loopback,
    /// Others see the network: a /24, for IPv6 a /48.
    Prefix,
}

/// How one reader sees addresses of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addresses {
    Whole,
    Prefix,
    Hidden,
}

impl ClientAddresses {
    /// For a reader on this machine (`near`), or for any other.
    pub(super) fn shown(self, near: bool) -> Addresses {
        match self {
            ClientAddresses::Nobody => Addresses::Hidden,
            _ if near => Addresses::Whole,
            ClientAddresses::Loopback => Addresses::Hidden,
            ClientAddresses::Prefix => Addresses::Prefix,
        }
    }
}

pub(super) fn render(landing: &Landing, telemetry_path: &str, addresses: Addresses) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "hangup" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "hangup " small { (landing.version) } }
                p { "Who hung up on nginx, in which phase, and why." }
                nav {
                    a href=(telemetry_path) { "metrics" } " "
                    a href="/-/healthy" { "healthy" } " "
                    a href="/-/ready" { "ready" }
                }
                (summary(landing))
                (abandonment(landing, addresses))
                (sources("Logs", "No log is followed.", &landing.logs))
                (sources("Sources", "Nothing is polled.", &landing.sources))
            }
        }
    }
    .into_string()
}

/// Dark or light as the browser wishes; states differ by word and not by colour alone.
const STYLE: &str = "
:root { color-scheme: light dark; --bad: light-dark(#b00020, #ff7a85); --dim: light-dark(#666, #999) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
nav a { margin-right: 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--dim); overflow-wrap: anywhere }
td.number, th.number { text-align: right; white-space: nowrap }
.down { color: var(--bad); font-weight: bold }
.waiting, small, .none { color: var(--dim) }
";

fn summary(landing: &Landing) -> Markup {
    let all = || landing.logs.iter().chain(&landing.sources);
    let count = |state| all().filter(|source| source.state == state).count();
    let (down, waiting) = (count(State::Down), count(State::Waiting));
    html! {
        @if down > 0 {
            p.down { (down) " of " (all().count()) " logs and sources cannot be read; the tables below say why." }
        } @else if waiting > 0 {
            p.waiting { "The first round is still awaited of " (waiting) " of " (all().count()) " logs and sources." }
        } @else {
            p { "All logs and sources are being read." }
        }
    }
}

fn abandonment(landing: &Landing, addresses: Addresses) -> Markup {
    html! {
        h2 { "Who gave up" }
        @if landing.worst.sources.is_empty() && landing.worst.cliffs.is_empty() && landing.worst.routes.is_empty() {
            p.none { "No abandoned request (499) has been seen." }
        }
        @for busiest in &landing.worst.sources {
            p {
                "The busiest source of recent 499s on " (server(&busiest.server)) " is " b { (address(&busiest.address, addresses)) }
                ": " (percent(busiest.ratio)) " of them come from there."
            }
        }
        @for cliff in &landing.worst.cliffs {
            p {
                "On " (server(&cliff.server)) ", " (percent(cliff.ratio)) " of recent 499s were given up after about "
                b { (format!("{:.1} s", cliff.seconds)) } "."
            }
        }
        @if !landing.worst.routes.is_empty() { (routes(&landing.worst.routes)) }
    }
}

fn address(text: &str, shown: Addresses) -> String {
    match (shown, text.parse::<IpAddr>()) {
        (Addresses::Whole, _) | (_, Err(_)) => text.to_owned(),
        (Addresses::Hidden, Ok(_)) => "one address (shown only to readers on this machine)".to_owned(),
        (Addresses::Prefix, Ok(address)) => network(address),
    }
}

/// The /24 or /48 of an address.
fn network(address: IpAddr) -> String {
    let bits = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, bits).map_or_else(|_| String::new(), |network| network.trunc().to_string())
}

fn routes(routes: &[Route]) -> Markup {
    html! {
        table {
            tr { th { "Server" } th { "Route" } th.number { "Abandoned" } th.number { "Requests" } th.number { "Share" } }
            @for route in routes {
                tr {
                    td { (server(&route.server)) }
                    td { (route.route) }
                    td.number { (route.abandoned) }
                    td.number { (route.requests) }
                    td.number { (percent(share(route))) }
                }
            }
        }
    }
}

fn sources(title: &str, nothing: &str, sources: &[Source]) -> Markup {
    html! {
        h2 { (title) }
        @if sources.is_empty() { p.none { (nothing) } } @else {
            table {
                @for source in sources {
                    @let (class, word) = state(source.state);
                    tr { td { (source.name) } td class=(class) { (word) } td { (source.sentence) } }
                }
            }
        }
    }
}

fn state(state: State) -> (&'static str, &'static str) {
    match state {
        State::Waiting => ("waiting", "waiting"),
        State::Up => ("up", "up"),
        State::Down => ("down", "DOWN"),
    }
}

/// nginx's default server has an empty name.
fn server(name: &str) -> &str {
    if name.is_empty() { "the unnamed server" } else { name }
}

fn share(route: &Route) -> f64 {
    if route.requests == 0 { 0.0 } else { route.abandoned as f64 / route.requests as f64 }
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}
