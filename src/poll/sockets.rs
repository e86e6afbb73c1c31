//! Asks the kernel about listeners and connections. Knows: what nginx's ports and sockets are. Does not know: netlink.

use std::path::PathBuf;
use std::time::Instant;

use super::miss::{Miss, Reason};
use super::netlink::SockDiag;
use super::options::Options;
use super::peak::Peaks;
use crate::kernel::connections::{ConnectionCount, Connections, Side};
use crate::kernel::listen_queue::{Place, Queue, Queues, add_tcp, add_unix};

/// A listener as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub place: Place,
    pub length: u64,
    pub limit: u64,
    /// The longest that [`super::peak::WINDOW`] has seen.
    pub length_peak: u64,
}

/// Looks at all TCP listeners of this network namespace, and at the unix sockets that are named.
#[derive(Default)]
pub(super) struct Listeners {
    unix_sockets: Vec<PathBuf>,
    foreign: bool,
    sock_diag: Option<SockDiag>,
    peaks: Peaks,
}

impl Listeners {
    pub(super) fn of(options: &Options) -> Self {
        Self { unix_sockets: options.unix_sockets.clone(), foreign: options.network_of.is_some(), ..Self::default() }
    }

    pub(super) fn ask(&mut self) -> Result<Vec<Listener>, Miss> {
        let Self { unix_sockets, foreign, sock_diag, peaks } = self;
        let queues = with_socket(sock_diag, *foreign, |sock_diag| look(sock_diag, unix_sockets))?;
        let peaks = peaks.add(Instant::now(), &queues);
        let with_peak = |(place, Queue { length, limit }): (Place, Queue)| {
            let length_peak = peaks.get(&place).copied().unwrap_or(length);
            Listener { place, length, limit, length_peak }
        };
        Ok(queues.into_iter().map(with_peak).collect())
    }
}

/// All unix listeners have to be looked through for the few that matter, so without one that matters nobody looks.
fn look(sock_diag: &mut SockDiag, unix_sockets: &[PathBuf]) -> Result<Queues, Miss> {
    let mut queues = Queues::new();
    sock_diag.tcp_listeners(|socket| add_tcp(&mut queues, socket))?;
    if !unix_sockets.is_empty() {
        sock_diag.unix_listeners(|listener| {
            if unix_sockets.contains(&listener.path) {
                add_unix(&mut queues, listener);
            }
        })?;
    }
    Ok(queues)
}

/// Counts the connections of nginx's ports by state.
pub(super) struct ConnectionCounter {
    foreign: bool,
    sock_diag: Option<SockDiag>,
    none_yet: Connections,
}

impl ConnectionCounter {
    pub(super) fn of(options: &Options) -> Self {
        let listen = options.listen_ports.iter().map(|&port| (Side::Client, port));
        let upstream = options.upstream_ports.iter().map(|&port| (Side::Upstream, port));
        let none_yet = Connections::of_ports(listen.chain(upstream));
        Self { foreign: options.network_of.is_some(), sock_diag: None, none_yet }
    }

    pub(super) fn ask(&mut self) -> Result<Vec<ConnectionCount>, Miss> {
        let mut connections = self.none_yet.clone();
        with_socket(&mut self.sock_diag, self.foreign, |sock_diag| {
            sock_diag.tcp_connections(|socket| connections.add(socket))
        })?;
        Ok(connections.counts().collect())
    }
}

/// Opens the socket when there is none, and closes it after a failure: the rest of an old answer must not be taken for a
/// new one. The kernel answers for the namespace of the asker, and entering another takes root, so there it is not asked.
fn with_socket<T>(
    socket: &mut Option<SockDiag>,
    foreign: bool,
    ask: impl FnOnce(&mut SockDiag) -> Result<T, Miss>,
) -> Result<T, Miss> {
    if foreign {
        return Err(Miss::new(Reason::Absent, FOREIGN));
    }
    let mut open = match socket.take() {
        Some(open) => open,
        None => SockDiag::open()?,
    };
    let answer = ask(&mut open)?;
    *socket = Some(open);
    Ok(answer)
}

const FOREIGN: &str = "the sockets of another network namespace cannot be asked for from outside it: \
                       run hangup inside (docker run --network=container:NAME, or in the same pod)";
