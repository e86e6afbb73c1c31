//! What the pollers are told: the status pages, where /proc is, and which ports are nginx's.
//! Does not know: how anything is polled.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::StatusPage;
use super::discover::Facts;
use super::discover::listen::Address as Listening;
use super::origin::Problem;
use super::resolved::Settings;
use super::settings::{NGINX_PID, PATH_PROCFS, POLL_INTERVAL, POLL_TIMEOUT};
use crate::poll::Options;
use crate::poll::stub_status::Address;

pub(super) fn options(
    settings: &Settings,
    pages: &[StatusPage],
    facts: &Facts,
    problems: &mut Vec<Problem>,
) -> Options {
    let interval = settings.get(&POLL_INTERVAL);
    Options {
        proc_root: settings.get(&PATH_PROCFS),
        network_of: settings.get(&NGINX_PID),
        stub_status: addresses(pages, problems),
        stub_status_interval: interval,
        stub_status_timeout: settings.get(&POLL_TIMEOUT),
        host_interval: interval,
        listen_ports: listen_ports(facts),
        upstream_ports: upstream_ports(facts),
        upstreams: facts.upstreams.iter().filter_map(|upstream| upstream.parse().ok()).collect(),
        unix_sockets: unix_sockets(facts),
        ..Options::default()
    }
}

fn addresses(pages: &[StatusPage], problems: &mut Vec<Problem>) -> Vec<Address> {
    let mut addresses = Vec::new();
    for page in pages {
        match Address::parse(&page.uri) {
            Ok(address) => addresses.push(address.with_host(page.host.as_deref())),
            Err(what) => problems.push(Problem::new(page.origin.clone(), what)),
        }
    }
    addresses
}

fn listen_ports(facts: &Facts) -> Vec<u16> {
    let ports = facts.listens.iter().filter(|listen| !listen.datagrams).filter_map(|listen| listen.address.port());
    ports.collect::<BTreeSet<u16>>().into_iter().collect()
}

/// `host:port` and `[host]:port` have one; names of groups and unix sockets do not.
fn upstream_ports(facts: &Facts) -> Vec<u16> {
    let ports = facts.upstreams.iter().filter_map(|upstream| upstream.rsplit_once(':')?.1.parse().ok());
    ports.collect::<BTreeSet<u16>>().into_iter().collect()
}

fn unix_sockets(facts: &Facts) -> Vec<PathBuf> {
    let listening = facts.listens.iter().filter_map(|listen| match &listen.address {
        Listening::Unix(path) => Some(path.as_str()),
        Listening::Tcp(..) | Listening::Named(..) => None,
    });
    let upstreams = facts.upstreams.iter().filter_map(|upstream| upstream.strip_prefix("unix:"));
    listening.chain(upstreams).map(PathBuf::from).collect::<BTreeSet<_>>().into_iter().collect()
}
