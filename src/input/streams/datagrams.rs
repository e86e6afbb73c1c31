//! Receives datagrams, each a line, on a UDP or a unix socket, and the kernel's count of those it had no room for.

use std::fs;
use std::io::{self, IoSliceMut};
use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeVal;

use super::OnPressure;
use super::address::Address;
use super::buffer::{Buffer, PATIENCE};

/// More than the largest datagram: 64 KiB over UDP, by default 208 KiB over a unix socket.
const DATAGRAM_BYTES_MAX: usize = 256 * 1024;
/// What is asked of the kernel to hold while this thread has no CPU. It grants net.core.rmem_max.
const KERNEL_BYTES: usize = 8 << 20;
/// After a failure the next attempt waits so long.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// For as long as somebody reads.
pub(super) fn receive(address: &Address, buffer: &Buffer, on_pressure: &OnPressure) {
    while buffer.is_wanted() {
        let received = bind(address).and_then(|socket| {
            buffer.set_trouble(None);
            receive_from(&socket, buffer, on_pressure)
        });
        if let Err(error) = received {
            buffer.set_trouble(Some(sentence(address, &error)));
            std::thread::sleep(RETRY_AFTER);
        }
    }
}

fn bind(address: &Address) -> io::Result<OwnedFd> {
    let socket: OwnedFd = match address {
        Address::Udp(host) => UdpSocket::bind(host)?.into(),
        Address::UnixDatagrams(path) => bind_unix(path)?.into(),
        Address::StandardInput | Address::Fifo(_) => return Err(io::ErrorKind::Unsupported.into()),
    };
    // Only root may ask for more than rmem_max, and either may be refused: what there is has to do.
    let _ = setsockopt(&socket, sockopt::RcvBuf, &KERNEL_BYTES);
    let _ = setsockopt(&socket, sockopt::RcvBufForce, &KERNEL_BYTES);
    setsockopt(&socket, sockopt::RxqOvfl, &1)?;
    let patience = TimeVal::new(0, i64::from(PATIENCE.subsec_micros()));
    setsockopt(&socket, sockopt::ReceiveTimeout, &patience)?;
    Ok(socket)
}

/// nginx's workers, whatever user they run as, must be able to write to it.
fn bind_unix(path: &Path) -> io::Result<UnixDatagram> {
    const FOR_ALL: u32 = 0o666;
    let bound = UnixDatagram::bind(path).or_else(|error| {
        if error.kind() != io::ErrorKind::AddrInUse || !is_left_behind(path) {
            return Err(error);
        }
        fs::remove_file(path)?;
        UnixDatagram::bind(path)
    })?;
    fs::set_permissions(path, fs::Permissions::from_mode(FOR_ALL))?;
    Ok(bound)
}

/// A socket that nobody listens on, as a process that was killed leaves it.
fn is_left_behind(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    is_socket && UnixDatagram::unbound().and_then(|socket| socket.connect(path)).is_err_and(refused)
}

fn receive_from(socket: &OwnedFd, buffer: &Buffer, on_pressure: &OnPressure) -> io::Result<()> {
    let mut bytes = vec![0; DATAGRAM_BYTES_MAX];
    let mut control = cmsg_space!(u32);
    let mut lost_before = 0;
    while buffer.is_wanted() {
        let (count, lost) = match one(socket, &mut bytes, &mut control) {
            Ok(received) => received,
            Err(Errno::EAGAIN | Errno::EINTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if let Some(lost) = lost {
            buffer.add_lost(u64::from(lost.wrapping_sub(lost_before)));
            lost_before = lost;
        }
        // Some end their datagrams like lines, some like strings.
        let ends = bytes[..count].iter().rev().take_while(|byte| matches!(byte, b'\n' | 0)).count();
        let line = &bytes[..count - ends];
        if !line.is_empty() && buffer.push([line, b"\n"]) {
            on_pressure();
        }
    }
    Ok(())
}

/// The length of a datagram, and how many the kernel has dropped at this socket so far, where it says so.
fn one(socket: &OwnedFd, bytes: &mut [u8], control: &mut [u8]) -> nix::Result<(usize, Option<u32>)> {
    let mut into = [IoSliceMut::new(bytes)];
    let message = recvmsg::<()>(socket.as_fd().as_raw_fd(), &mut into, Some(control), MsgFlags::empty())?;
    let lost = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::RxqOvfl(lost) => Some(lost),
        _ => None,
    });
    Ok((message.bytes, lost))
}

fn sentence(address: &Address, error: &io::Error) -> String {
    let (what, remedy) = match address {
        Address::UnixDatagrams(path) => (path.display().to_string(), "make its directory one that hangup may write to"),
        Address::Udp(host) => (host.clone(), "name another address or port; below 1024 it takes CAP_NET_BIND_SERVICE"),
        Address::StandardInput | Address::Fifo(_) => (String::new(), ""),
    };
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("another program listens on {what}: name another address, there and in nginx.conf")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound | io::ErrorKind::AddrNotAvailable => {
            format!("cannot listen on {what} ({error}): {remedy}")
        }
        _ => format!("cannot listen on {what}: {error}"),
    }
}
