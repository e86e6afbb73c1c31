//! What the metrics tell of nginx.conf. Knows: both rooms' words. Does not know: how nginx.conf is read.

use std::collections::BTreeMap;

use crate::config::discover::Facts;
use crate::config::discover::listen::{self, Address, Listen};
use crate::config::discover::workers::Workers;
use crate::metrics::{Backlog, NginxConf, Timeout};

pub(super) fn nginx_conf(facts: &Facts) -> NginxConf {
    let timeouts = facts.timeouts.iter().map(|timeout| Timeout {
        directive: timeout.directive.to_owned(),
        server: timeout.server.clone(),
        location: timeout.location.clone(),
        seconds: timeout.value.as_secs_f64(),
    });
    let workers = facts.workers.as_ref();
    NginxConf {
        connections_limit: workers.map(|workers| workers.slots()),
        limits: workers.map(limits).unwrap_or_default(),
        backlogs: backlogs(&facts.listens),
        timeouts: timeouts.collect(),
        keepalives: facts.keepalives.iter().map(|kept| (kept.upstream.clone(), kept.timeout.as_secs_f64())).collect(),
    }
}

fn limits(workers: &Workers) -> Vec<(&'static str, u64)> {
    let Workers { processes, connections, rlimit_nofile } = workers;
    let always = [("worker_processes", processes.value), ("worker_connections", connections.value)];
    let nofile = rlimit_nofile.as_ref().map(|limit| ("worker_rlimit_nofile", limit.value));
    always.into_iter().chain(nofile).collect()
}

/// One for each socket, under the address that the kernel has for it: several servers may listen on the same, and one of
/// them sets the backlog. A host name has none until nginx resolves it.
fn backlogs(listens: &[Listen]) -> Vec<Backlog> {
    let mut backlogs: BTreeMap<(String, String), Option<u32>> = BTreeMap::new();
    for listen in listen::sockets(listens.iter().filter(|listen| !listen.datagrams)) {
        let place = match &listen.address {
            Address::Tcp(ip, port) => (ip.to_string(), port.to_string()),
            Address::Unix(path) => (format!("unix:{path}"), String::new()),
            Address::Named(..) => continue,
        };
        let backlog = backlogs.entry(place).or_default();
        *backlog = backlog.or(listen.backlog);
    }
    let rows = backlogs.into_iter().map(|((address, port), backlog)| Backlog {
        address,
        port,
        backlog: u64::from(backlog.unwrap_or(LISTEN_BACKLOG)),
    });
    rows.collect()
}

/// What nginx asks for on Linux where nothing is said (NGX_LISTEN_BACKLOG in ngx_connection.h).
const LISTEN_BACKLOG: u32 = 511;
