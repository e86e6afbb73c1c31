//! Counts the connections of nginx's ports by state. Knows: which ports are nginx's. Does not know: netlink.

use crate::kernel::connections::{ConnectionCount, Connections, STATES, Side};
use crate::poll::error::PollError;
use crate::poll::netlink::Sockets;
use crate::poll::options::Options;
use crate::poll::readings::Readings;
use crate::poll::source::Source;

pub(super) struct ConnectionCounter {
    sockets: Sockets,
    none_yet: Connections,
}

impl Source for ConnectionCounter {
    const NAME: &'static str = "connections";
    type Sample = Vec<ConnectionCount>;

    fn new(options: &Options) -> Self {
        let listen = options.listen_ports.iter().map(|&port| (Side::Client, port));
        let upstream = options.upstream_ports.iter().map(|&port| (Side::Upstream, port));
        Self { sockets: Sockets::of(options), none_yet: Connections::of_ports(listen.chain(upstream)) }
    }

    fn differs(old: &Options, new: &Options) -> bool {
        let of = |options: &Options| (options.network_of, options.listen_ports.clone(), options.upstream_ports.clone());
        of(old) != of(new)
    }

    fn ask(&mut self) -> Result<Vec<ConnectionCount>, PollError> {
        let mut connections = self.none_yet.clone();
        self.sockets.ask(|sock_diag| sock_diag.tcp_connections(|socket| connections.add(socket)))?;
        Ok(connections.counts().collect())
    }

    fn store(readings: &mut Readings, sample: Option<Vec<ConnectionCount>>) {
        readings.connections = sample;
    }

    fn describe(&self, sample: &Vec<ConnectionCount>) -> String {
        format!("{} ports of nginx and its upstreams", sample.len() / STATES.len())
    }
}
