//! TCP connections by state, for the ports that are nginx's. Knows: states and both ends of a connection.
//! Does not know: which ports those are, they are handed in.

use std::collections::BTreeMap;

use super::sock_diag::TcpSocket;

/// Which end of the connection has the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// nginx listens on it: the other end is a client.
    Client,
    /// nginx connects to it: the other end is an upstream.
    Upstream,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Upstream => "upstream",
        }
    }
}

/// The number and the name of each state a connection can be in (include/net/tcp_states.h; LISTEN, 10, is none of them).
pub const STATES: [(u8, &str); 10] = [
    (1, "established"),
    (2, "syn_sent"),
    (3, "syn_recv"),
    (4, "fin_wait1"),
    (5, "fin_wait2"),
    (6, "time_wait"),
    (7, "close"),
    (8, "close_wait"),
    (9, "last_ack"),
    (11, "closing"),
];

/// More ports than this are not watched: each costs a series for every state. An nginx has a handful.
pub const PORTS_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionCount {
    pub side: Side,
    pub port: u16,
    pub state: &'static str,
    pub count: u64,
}

/// The counts of one look. Every state of every port is there from the start, at 0.
#[derive(Debug, Clone, Default)]
pub struct Connections(BTreeMap<(Side, u16), [u64; STATES.len()]>);

impl Connections {
    pub fn of_ports(ports: impl IntoIterator<Item = (Side, u16)>) -> Self {
        Self(ports.into_iter().take(PORTS_MAX).map(|port| (port, [0; STATES.len()])).collect())
    }

    /// A connection between nginx and an upstream on the same host is two sockets. Each is counted where it belongs:
    /// nginx's own as [`Side::Upstream`], the upstream's under no port of nginx's.
    pub fn add(&mut self, socket: &TcpSocket) {
        let Some(state) = STATES.iter().position(|&(number, _)| number == socket.state) else { return };
        for end in [(Side::Client, socket.local.port()), (Side::Upstream, socket.remote.port())] {
            if let Some(counts) = self.0.get_mut(&end) {
                counts[state] += 1;
            }
        }
    }

    pub fn counts(&self) -> impl Iterator<Item = ConnectionCount> {
        self.0.iter().flat_map(|(&(side, port), counts)| {
            STATES.iter().zip(counts).map(move |(&(_, state), &count)| ConnectionCount { side, port, state, count })
        })
    }
}
