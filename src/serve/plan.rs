//! From a configuration to what each room is told. Knows both sides' words. Does not know: how anything runs.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};

use crate::config::discover::listen::Address as ListenAt;
use crate::config::{Config, LogKind as Kind, State};
use crate::ingest::LogKind;
use crate::metrics::{NginxConf, Timeout};
use crate::poll::{self, Dropped, stub_status};
use crate::tail::{self, Source};
use crate::tally::{self, Tally};

/// Everything that is built from one configuration, as data.
#[derive(Debug, Clone)]
pub struct Plan {
    pub sources: Vec<Source>,
    pub tail: tail::Options,
    /// By source.
    kinds: Vec<Kind>,
    pub tally: tally::Options,
    pub poll: poll::Options,
    pub nginx: NginxConf,
    pub state: Option<State>,
}

impl Plan {
    pub fn of(config: &Config) -> Result<Plan> {
        Ok(Plan {
            sources: config.logs.iter().map(|log| Source { pattern: log.path.clone(), from: config.from }).collect(),
            tail: tail::Options { line_bytes_max: config.line_bytes_max, ..tail::Options::default() },
            kinds: config.logs.iter().map(|log| log.kind.clone()).collect(),
            tally: config.tally.clone(),
            poll: poll_options(config)?,
            nginx: nginx_conf(config),
            state: config.state.clone(),
        })
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

fn poll_options(config: &Config) -> Result<poll::Options> {
    let pages = config.status_pages.iter().map(|page| {
        let address = stub_status::Address::parse(&page.uri).map_err(|what| anyhow!("{what}"))?;
        Ok((address.with_host(page.host.as_deref()), Dropped::default()))
    });
    let ports = |upstream: &String| upstream.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let upstream_ports: BTreeSet<u16> = config.nginx.upstreams.iter().filter_map(ports).collect();
    Ok(poll::Options {
        proc_root: config.procfs.clone(),
        stub_status: pages.collect::<Result<_>>()?,
        stub_status_interval: config.poll.interval,
        stub_status_timeout: config.poll.timeout,
        host_interval: config.poll.interval,
        listen_ports: listen_ports(config),
        upstream_ports: upstream_ports.into_iter().collect(),
        ..poll::Options::default()
    })
}

fn listen_ports(config: &Config) -> Vec<u16> {
    let tcp = config.nginx.listens.iter().filter_map(|listen| match listen.address {
        ListenAt::Tcp { port, .. } => Some(port),
        ListenAt::Unix(_) => None,
    });
    tcp.collect::<BTreeSet<u16>>().into_iter().collect()
}

fn nginx_conf(config: &Config) -> NginxConf {
    let timeouts = config.nginx.timeouts.iter().map(|timeout| Timeout {
        directive: timeout.directive.to_owned(),
        server: timeout.server.clone(),
        seconds: timeout.value.as_secs_f64(),
    });
    NginxConf {
        connections_limit: config.nginx.workers.as_ref().map(|workers| workers.slots()),
        timeouts: timeouts.collect(),
    }
}
