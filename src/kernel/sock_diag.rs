//! What the kernel answers about sockets. Knows: sock_diag messages (man 7 sock_diag). Does not know: the netlink socket.

use std::net::SocketAddr;
use std::path::PathBuf;

use netlink_packet_core::{NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::inet::{InetResponse, nlas::Nla};
use netlink_packet_sock_diag::unix::{UnixResponse, nlas::UnixDiagName};

use super::tcp_info::TcpInfo;

/// One message of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Tcp(TcpSocket),
    Unix(UnixListener),
    /// The answer is complete.
    Done,
    /// The kernel refuses, with this errno.
    Refused(i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpSocket {
    pub local: SocketAddr,
    pub remote: SocketAddr,
    /// As in include/net/tcp_states.h.
    pub state: u8,
    /// Of a listener: connections waiting for accept(). It can be one above the limit.
    pub recv_queue: u32,
    /// Of a listener: how many may wait.
    pub send_queue: u32,
    pub inode: u32,
    /// What was measured of the connection, where it was asked for.
    pub info: Option<TcpInfo>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnixListener {
    pub path: PathBuf,
    pub queue: u32,
    pub limit: u32,
}

/// The bytes of a netlink message's header; the first four are its length.
const HEADER_BYTES: usize = 16;

/// The messages of one datagram. One that is not understood is passed over; the rest is worth having.
pub fn messages(datagram: &[u8]) -> impl Iterator<Item = Message> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let length = u32::from_ne_bytes(*rest.first_chunk()?) as usize;
        let message = rest.get(..length).filter(|message| message.len() >= HEADER_BYTES)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(NetlinkMessage::<SockDiagMessage>::deserialize(message).ok())
    })
    .filter_map(|message| of_payload(message?.payload))
}

fn of_payload(payload: NetlinkPayload<SockDiagMessage>) -> Option<Message> {
    match payload {
        NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(answer)) => Some(Message::Tcp(tcp(&answer))),
        NetlinkPayload::InnerMessage(SockDiagMessage::UnixResponse(answer)) => unix(&answer).map(Message::Unix),
        NetlinkPayload::Done(_) => Some(Message::Done),
        NetlinkPayload::Error(error) => Some(Message::Refused(error.raw_code().wrapping_neg())),
        _ => None,
    }
}

fn tcp(answer: &InetResponse) -> TcpSocket {
    let (header, id) = (&answer.header, &answer.header.socket_id);
    let info = answer.nlas.iter().find_map(|nla| match nla {
        Nla::TcpInfo(bytes) => TcpInfo::parse(bytes),
        _ => None,
    });
    TcpSocket {
        local: (id.source_address, id.source_port).into(),
        remote: (id.destination_address, id.destination_port).into(),
        state: header.state,
        recv_queue: header.recv_queue,
        send_queue: header.send_queue,
        inode: header.inode,
        info,
    }
}

/// Only those with a name in the file system; nginx uses no others.
fn unix(answer: &UnixResponse) -> Option<UnixListener> {
    let UnixDiagName::Pathname(path) = answer.name()? else { return None };
    let queue = answer.number_of_pending_connection()?;
    Some(UnixListener { path: path.into(), queue, limit: answer.max_number_of_pending_connection()? })
}
