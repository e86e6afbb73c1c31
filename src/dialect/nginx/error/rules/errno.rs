//! Error numbers by name, as each system numbers them, and where a message holds one.
//! Between Linux, the BSDs with macOS, System V with Linux on MIPS, and Windows no number of one means another's
//! on a socket; on a file some do, and those sets are apart.

/// The number of the last ` (110: Connection timed out)`: nginx appends it, so a path quoted before it cannot.
pub(super) fn last(text: &[u8]) -> Option<u16> {
    memchr::memrchr_iter(b'(', text).find_map(|at| {
        let digits = text[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = text[at + 1..].get(..digits).filter(|_| text.get(at + 1 + digits) == Some(&b':'))?;
        std::str::from_utf8(number).ok()?.parse().ok()
    })
}

/// Nobody listens.
pub(super) const REFUSED: &[u16] = &[111, 61, 146, 10061];
/// Nobody listens on a unix socket, or it is not there.
pub(super) const REFUSED_OR_ABSENT: &[u16] = &[111, 61, 146, 10061, ENOENT];
pub(super) const TIMED_OUT: &[u16] = &[110, 60, 145, 10060];
/// ECONNRESET, EPIPE, ENOTCONN, ECONNABORTED, ESHUTDOWN.
pub(super) const BROKEN: &[u16] = &[
    104, EPIPE, 107, 103, 108, // Linux
    54, 57, 53, 58, // BSD
    131, 134, 130, 143, // System V
    10054, 10057, 10053, 10058, 1236, // Windows
];
/// EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EAFNOSUPPORT, EADDRNOTAVAIL where it is no matter of ports.
pub(super) const UNREACHABLE: &[u16] = &[
    113, 101, 112, 100, 97, 99, // Linux
    65, 51, 64, 50, 47, 49, // BSD
    148, 128, 147, 127, 124, 126, // System V
    10065, 10051, 10064, 10050, 10047, 10049, // Windows
];
/// The other side, or the way to it, was silent in mid-connection.
pub(super) const SILENT: &[u16] = &[
    110, 113, 101, 112, 100, // Linux
    60, 65, 51, 64, 50, // BSD
    145, 148, 128, 147, 127, // System V
    10060, 10065, 10051, 10064, 10050, 121, // Windows
];
/// The connection ended while it lay in the accept queue.
pub(super) const ABORTED: &[u16] = &[103, 53, 130, 10053, 10054, 64];
/// EAGAIN: a unix socket's accept queue is full.
pub(super) const AGAIN: &[u16] = &[11, 35];
/// EADDRNOTAVAIL: no local port is left for connect(). Windows says EADDRINUSE.
pub(super) const NO_PORT: &[u16] = &[99, 49, 126, 10048];
pub(super) const ADDRESS_IN_USE: &[u16] = &[98, 48, 125, 10048];
/// EMFILE, ENFILE.
pub(super) const FILES: &[u16] = &[24, 23, 10024];
/// ENOMEM, ENOBUFS.
pub(super) const NO_MEMORY: &[u16] = &[12, 105, 55, 132, 10055, 1450, 1455];
/// ENOSPC, EDQUOT; only for the calls of Unix.
pub(super) const DISK_FULL: &[u16] = &[28, 122, 69, 1133];
/// ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL; only for the calls of Windows.
pub(super) const WINDOWS_DISK_FULL: &[u16] = &[112, 39];

const ENOENT: u16 = 2;
const EPIPE: u16 = 32;
