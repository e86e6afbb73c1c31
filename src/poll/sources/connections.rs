//! Counts the connections of nginx's ports by state, and looks closely at those to upstreams.
//! Knows: which ports and upstreams are nginx's. Does not know: netlink.

use crate::kernel::connections::{ConnectionCount, Connections, STATES, Side};
use crate::kernel::upstream_paths::{UpstreamPath, UpstreamPaths};
use crate::poll::error::PollError;
use crate::poll::netlink::Sockets;
use crate::poll::options::Options;
use crate::poll::readings::Readings;
use crate::poll::source::Source;

pub(in crate::poll) struct ConnectionCounter {
    sockets: Sockets,
    none_yet: (Connections, UpstreamPaths),
}

/// One look.
pub(in crate::poll) struct Look {
    by_state: Vec<ConnectionCount>,
    paths: Vec<UpstreamPath>,
}

impl Source for ConnectionCounter {
    const NAME: &'static str = "connections";
    type Sample = Look;

    fn new(options: &Options) -> Self {
        let listen = options.listen_ports.iter().map(|&port| (Side::Client, port));
        let upstream = options.upstream_ports.iter().map(|&port| (Side::Upstream, port));
        let paths = UpstreamPaths::of(options.upstreams.iter().copied());
        Self { sockets: Sockets::of(options), none_yet: (Connections::of_ports(listen.chain(upstream)), paths) }
    }

    fn differs(old: &Options, new: &Options) -> bool {
        let of = |options: &Options| {
            let Options { network_of, listen_ports, upstream_ports, upstreams, .. } = options;
            (*network_of, listen_ports.clone(), upstream_ports.clone(), upstreams.clone())
        };
        of(old) != of(new)
    }

    fn ask(&mut self) -> Result<Look, PollError> {
        let (mut connections, mut paths) = self.none_yet.clone();
        let measured = !paths.is_empty();
        self.sockets.ask(|sock_diag| {
            sock_diag.tcp_connections(measured, |socket| {
                connections.add(socket);
                paths.add(socket);
            })
        })?;
        Ok(Look { by_state: connections.counts().collect(), paths: paths.rows().collect() })
    }

    fn store(readings: &mut Readings, sample: Option<Look>) {
        let (by_state, paths) = sample.map(|look| (look.by_state, look.paths)).unzip();
        (readings.connections, readings.upstream_paths) = (by_state, paths);
    }

    fn describe(&self, Look { by_state, paths }: &Look) -> String {
        let measured = paths.iter().filter_map(|path| {
            let round_trip_ms = path.round_trip_seconds? * 1000.0;
            Some(format!(", {round_trip_ms:.3} ms to {}", path.upstream))
        });
        let ports = format!("{} ports of nginx and its upstreams", by_state.len() / STATES.len());
        std::iter::once(ports).chain(measured).collect()
    }
}
