//! From a configuration to what each room is told. Knows both sides' words. Does not know: how anything runs.

use crate::config::{Config, LogKind as Kind, State};
use crate::ingest::LogKind;
use crate::metrics::{NginxConf, Timeout};
use crate::poll::{self, Dropped};
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
    pub fn of(config: &Config) -> Plan {
        Plan {
            sources: config.logs.iter().map(|log| Source { pattern: log.path.clone(), from: config.from }).collect(),
            tail: tail::Options { line_bytes_max: config.line_bytes_max, ..tail::Options::default() },
            kinds: config.logs.iter().map(|log| log.kind.clone()).collect(),
            tally: config.tally.clone(),
            poll: config.poll.clone(),
            nginx: nginx_conf(config),
            state: config.state.clone(),
        }
    }

    /// The counters of dropped connections go on where they were, for every page that is still asked.
    pub fn take_over(&mut self, dropped: &[(String, Dropped)]) {
        for (address, start) in &mut self.poll.stub_status {
            if let Some((_, kept)) = dropped.iter().find(|(kept, _)| *kept == address.to_string()) {
                *start = *kept;
            }
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
