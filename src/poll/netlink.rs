//! The netlink socket for questions about sockets. Knows: requests and their bounds. Does not know: what answers mean.
//!
//! Asking needs no privilege. The socket belongs to the network namespace of the thread that opens it.

use std::io;
use std::time::Duration;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage};
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
use netlink_packet_sock_diag::unix::{ShowFlags, StateFlags as UnixStates, UnixRequest};
use netlink_packet_sock_diag::{AF_INET, AF_INET6, IPPROTO_TCP, SockDiagMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_SOCK_DIAG};
use rustix::net::sockopt::{self, Timeout};

use super::error::{PollError, Reason};
use super::options::Options;
use crate::kernel::sock_diag::{Message, TcpSocket, UnixListener, messages};

/// The socket of one source.
pub(super) struct Sockets {
    open: Option<SockDiag>,
    /// Whether another network namespace than our own is meant.
    foreign: bool,
}

const FOREIGN: &str = "the sockets of another network namespace cannot be asked for from outside it: \
                       run hangup inside (docker run --network=container:NAME, or in the same pod)";

impl Sockets {
    pub(super) fn of(options: &Options) -> Self {
        Self { open: None, foreign: options.network_of.is_some() }
    }

    /// Opens the socket when there is none, and closes it after a failure: the rest of an old answer must not be taken
    /// for a new one. The kernel answers for the namespace of the asker, and entering another takes root, so there it is
    /// not asked.
    pub(super) fn ask<T>(&mut self, ask: impl FnOnce(&mut SockDiag) -> Result<T, PollError>) -> Result<T, PollError> {
        if self.foreign {
            return Err(PollError::new(Reason::Absent, FOREIGN));
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => SockDiag::open()?,
        };
        let answer = ask(&mut open)?;
        self.open = Some(open);
        Ok(answer)
    }
}

pub(super) struct SockDiag {
    socket: Socket,
    buffer: Vec<u8>,
}

/// The kernel fills dump datagrams of at most this size (net/netlink/af_netlink.c, `netlink_dump`).
const DATAGRAM_BYTES_MAX: usize = 32 << 10;

/// A dump is answered at once or never; the kernel does not wait for anybody.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

impl SockDiag {
    pub(super) fn open() -> Result<Self, PollError> {
        let connect = || {
            let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            sockopt::set_socket_timeout(&socket, Timeout::Recv, Some(ANSWER_WITHIN))?;
            Ok(socket)
        };
        let socket = connect().map_err(|error| failed(&error))?;
        Ok(Self { socket, buffer: vec![0; DATAGRAM_BYTES_MAX] })
    }

    pub(super) fn tcp_listeners(&mut self, on_socket: impl FnMut(&TcpSocket)) -> Result<(), PollError> {
        self.tcp(StateFlags::LISTEN, ExtensionFlags::empty(), on_socket)
    }

    /// All connections; `measured`: with what the kernel measured of each.
    pub(super) fn tcp_connections(
        &mut self,
        measured: bool,
        on_socket: impl FnMut(&TcpSocket),
    ) -> Result<(), PollError> {
        let extensions = if measured { ExtensionFlags::INFO } else { ExtensionFlags::empty() };
        self.tcp(StateFlags::all() - StateFlags::LISTEN, extensions, on_socket)
    }

    pub(super) fn unix_listeners(&mut self, mut on_listener: impl FnMut(UnixListener)) -> Result<(), PollError> {
        let request = UnixRequest {
            state_flags: UnixStates::LISTEN,
            inode: 0,
            show_flags: ShowFlags::NAME | ShowFlags::RQLEN,
            cookie: [0xff; 8],
        };
        self.dump(SockDiagMessage::UnixRequest(request), |message| {
            if let Message::Unix(listener) = message {
                on_listener(listener);
            }
        })
    }

    fn tcp(
        &mut self,
        states: StateFlags,
        extensions: ExtensionFlags,
        mut on_socket: impl FnMut(&TcpSocket),
    ) -> Result<(), PollError> {
        for (family, socket_id) in [(AF_INET, SocketId::new_v4()), (AF_INET6, SocketId::new_v6())] {
            let (protocol, extensions, states) = (IPPROTO_TCP, extensions.clone(), states.clone());
            let request = InetRequest { family, protocol, extensions, states, socket_id };
            self.dump(SockDiagMessage::InetRequest(request), |message| {
                if let Message::Tcp(socket) = message {
                    on_socket(&socket);
                }
            })?;
        }
        Ok(())
    }

    fn dump(&mut self, request: SockDiagMessage, mut on_message: impl FnMut(Message)) -> Result<(), PollError> {
        self.socket.send(&serialized(request), 0).map_err(|error| failed(&error))?;
        loop {
            let length = self.socket.recv(&mut &mut self.buffer[..], 0).map_err(|error| failed(&error))?;
            for message in messages(self.buffer.get(..length).unwrap_or_default()) {
                match message {
                    Message::Done => return Ok(()),
                    // A kernel without IPv6, or with the diagnosis of a family not built in, says so here.
                    Message::Refused(libc::ENOENT) => return Ok(()),
                    Message::Refused(errno) => return Err(failed(&io::Error::from_raw_os_error(errno))),
                    message => on_message(message),
                }
            }
        }
    }
}

fn serialized(request: SockDiagMessage) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut message = NetlinkMessage::new(header, request.into());
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

const GRANT: &str = "allow AF_NETLINK to hangup (systemd: RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK)";

fn failed(error: &io::Error) -> PollError {
    let (reason, advice) = match (error.kind(), error.raw_os_error()) {
        (_, Some(libc::EAFNOSUPPORT | libc::EPERM | libc::EACCES)) => (Reason::Denied, GRANT),
        (_, Some(libc::EPROTONOSUPPORT)) => (Reason::Absent, "this kernel has no INET_DIAG"),
        (io::ErrorKind::WouldBlock, _) => (Reason::TimedOut, "the kernel did not answer"),
        _ => (Reason::Other, "please report it"),
    };
    PollError::new(reason, format!("the kernel was not asked about its sockets: {error}: {advice}"))
}
