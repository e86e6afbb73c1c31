//! The netlink socket for questions about sockets. Knows: requests and their bounds. Does not know: what answers mean.
//!
//! Asking needs no privilege. The socket belongs to the network namespace of the thread that opens it.

use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage};
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
use netlink_packet_sock_diag::unix::{ShowFlags, StateFlags as UnixStates, UnixRequest};
use netlink_packet_sock_diag::{AF_INET, AF_INET6, IPPROTO_TCP, SockDiagMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_SOCK_DIAG};

use super::miss::{Miss, Reason};
use crate::kernel::sock_diag::{Message, TcpSocket, UnixListener, messages};

pub(super) struct SockDiag {
    socket: Socket,
    buffer: Vec<u8>,
}

/// The kernel fills dump datagrams of at most this size (net/netlink/af_netlink.c, `netlink_dump`).
const DATAGRAM_BYTES_MAX: usize = 32 << 10;

/// A dump is answered at once or never; the kernel does not wait for anybody.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

impl SockDiag {
    pub(super) fn open() -> Result<Self, Miss> {
        let connect = || {
            let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            set_receive_timeout(&socket)?;
            Ok(socket)
        };
        let socket = connect().map_err(|error| failed(&error))?;
        Ok(Self { socket, buffer: vec![0; DATAGRAM_BYTES_MAX] })
    }

    pub(super) fn tcp_listeners(&mut self, on_socket: impl FnMut(&TcpSocket)) -> Result<(), Miss> {
        self.tcp(StateFlags::LISTEN, on_socket)
    }

    pub(super) fn tcp_connections(&mut self, on_socket: impl FnMut(&TcpSocket)) -> Result<(), Miss> {
        self.tcp(StateFlags::all() - StateFlags::LISTEN, on_socket)
    }

    pub(super) fn unix_listeners(&mut self, mut on_listener: impl FnMut(UnixListener)) -> Result<(), Miss> {
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

    fn tcp(&mut self, states: StateFlags, mut on_socket: impl FnMut(&TcpSocket)) -> Result<(), Miss> {
        for (family, socket_id) in [(AF_INET, SocketId::new_v4()), (AF_INET6, SocketId::new_v6())] {
            let (protocol, extensions, states) = (IPPROTO_TCP, ExtensionFlags::empty(), states.clone());
            let request = InetRequest { family, protocol, extensions, states, socket_id };
            self.dump(SockDiagMessage::InetRequest(request), |message| {
                if let Message::Tcp(socket) = message {
                    on_socket(&socket);
                }
            })?;
        }
        Ok(())
    }

    fn dump(&mut self, request: SockDiagMessage, mut on_message: impl FnMut(Message)) -> Result<(), Miss> {
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

fn set_receive_timeout(socket: &Socket) -> io::Result<()> {
    let timeout = libc::timeval { tv_sec: ANSWER_WITHIN.as_secs().cast_signed(), tv_usec: 0 };
    let size = size_of::<libc::timeval>() as libc::socklen_t;
    // SAFETY: netlink-sys offers no receive timeout. The descriptor is open for as long as `socket` is borrowed, and the
    // kernel reads `size` bytes of a `timeval` that lives until the call is over.
    let result = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVTIMEO, (&raw const timeout).cast(), size)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

const GRANT: &str = "allow AF_NETLINK to hangup (systemd: RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK)";

fn failed(error: &io::Error) -> Miss {
    let (reason, advice) = match (error.kind(), error.raw_os_error()) {
        (_, Some(libc::EAFNOSUPPORT | libc::EPERM | libc::EACCES)) => (Reason::Denied, GRANT),
        (_, Some(libc::EPROTONOSUPPORT)) => (Reason::Absent, "this kernel has no INET_DIAG"),
        (io::ErrorKind::WouldBlock, _) => (Reason::TimedOut, "the kernel did not answer"),
        _ => (Reason::Other, "please report it"),
    };
    Miss::new(reason, format!("the kernel was not asked about its sockets: {error}: {advice}"))
}
