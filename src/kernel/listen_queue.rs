//! How many connections wait for accept(), and how many may. Knows: listeners and their addresses. Does not know: time.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use super::sock_diag::{TcpSocket, UnixListener};

/// Where somebody listens, in the order in which listeners are shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Tcp(IpAddr, u16),
    Unix(PathBuf),
}

impl Place {
    pub fn address(&self) -> String {
        match self {
            Self::Tcp(ip, _) => ip.to_string(),
            Self::Unix(path) => format!("unix:{}", path.display()),
        }
    }

    /// Empty for a unix socket.
    pub fn port(&self) -> String {
        match self {
            Self::Tcp(_, port) => port.to_string(),
            Self::Unix(_) => String::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queue {
    pub length: u64,
    pub limit: u64,
}

/// The listeners of one look.
pub type Queues = BTreeMap<Place, Queue>;

/// More listeners than this are not shown; a host has tens. Keeps a host of containers from flooding the metrics.
pub const LISTENERS_MAX: usize = 1024;

/// Several sockets on one address and port (`listen … reuseport`, one for each worker; or one for each device) are summed:
/// the labels cannot tell them apart. A single full one among them shows in the counter of overflows.
pub fn add_tcp(queues: &mut Queues, socket: &TcpSocket) {
    add(queues, Place::Tcp(socket.local.ip(), socket.local.port()), socket.recv_queue, socket.send_queue);
}

pub fn add_unix(queues: &mut Queues, listener: UnixListener) {
    add(queues, Place::Unix(listener.path), listener.queue, listener.limit);
}

fn add(queues: &mut Queues, place: Place, length: u32, limit: u32) {
    if queues.len() >= LISTENERS_MAX && !queues.contains_key(&place) {
        return;
    }
    let queue = queues.entry(place).or_default();
    queue.length += u64::from(length);
    queue.limit += u64::from(limit);
}
