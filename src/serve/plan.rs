//! From a configuration to what each room is told. Knows both sides' words. Does not know: how anything runs.

use std::collections::BTreeMap;

use crate::config::discover::listen::{Address, Listen};
use crate::config::discover::workers::Workers;
use crate::config::{Config, LogKind as Kind, State};
use crate::ingest::LogKind;
use crate::input::Settings;
use crate::input::tail::{self, Source};
use crate::metrics::{Backlog, NginxConf, Timeout};
use crate::poll;
use crate::tally::{self, Tally};

/// Everything that is built from one configuration, as data.
#[derive(Debug, Clone)]
pub struct Plan {
    pub inputs: Settings,
    /// By source.
    kinds: Vec<Kind>,
    pub tally: tally::Options,
    pub poll: poll::Options,
    pub nginx: NginxConf,
    pub state: Option<State>,
}

impl Plan {
    pub fn of(config: &Config) -> Plan {
        Plan {
            inputs: inputs(config),
            kinds: config.logs.iter().map(|log| log.kind.clone()).collect(),
            tally: config.tally.clone(),
            poll: config.poll.clone(),
            nginx: nginx_conf(config),
            state: config.state.clone(),
        }
    }

    /// What each log holds, its server known to this tally.
    pub fn kinds(&self, tally: &mut Tally) -> Vec<LogKind> {
        let kinds = self.kinds.iter().map(|kind| match kind {
            Kind::Access { format, server, .. } => {
                LogKind::Access { format: format.clone(), server: tally.server(server.as_bytes()) }
            }
            Kind::Error { .. } => LogKind::Error,
        });
        kinds.collect()
    }
}

fn inputs(config: &Config) -> Settings {
    let logs = config.logs.iter().map(|log| Source { pattern: log.path.clone(), from: config.from });
    let tail = tail::Options { line_bytes_max: config.line_bytes_max, ..tail::Options::default() };
    Settings { logs: logs.collect(), tail }
}

fn nginx_conf(config: &Config) -> NginxConf {
    let timeouts = config.nginx.timeouts.iter().map(|timeout| Timeout {
        directive: timeout.directive.to_owned(),
        server: timeout.server.clone(),
        seconds: timeout.value.as_secs_f64(),
    });
    let workers = config.nginx.workers.as_ref();
    NginxConf {
        connections_limit: workers.map(|workers| workers.slots()),
        limits: workers.map(limits).unwrap_or_default(),
        backlogs: backlogs(&config.nginx.listens),
        timeouts: timeouts.collect(),
    }
}

fn limits(workers: &Workers) -> Vec<(&'static str, u64)> {
    let Workers { processes, connections, rlimit_nofile } = workers;
    let always = [("worker_processes", processes.value), ("worker_connections", connections.value)];
    let nofile = rlimit_nofile.as_ref().map(|limit| ("worker_rlimit_nofile", limit.value));
    always.into_iter().chain(nofile).collect()
}

/// One for each address: several servers may listen on the same, and one of them sets the backlog.
fn backlogs(listens: &[Listen]) -> Vec<Backlog> {
    let mut backlogs: BTreeMap<(String, String), Option<u32>> = BTreeMap::new();
    for listen in listens.iter().filter(|listen| !listen.quic) {
        let place = match &listen.address {
            Address::Tcp { host, port } => (host.clone(), port.to_string()),
            Address::Unix(path) => (path.clone(), String::new()),
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
