//! How a stream is named in the place of a file: `-`, `syslog:udp://127.0.0.1:1514`, `syslog:unix:/run/hangup.sock`, and
//! the path of a FIFO.

use std::fmt;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use crate::permission;

/// Where a stream comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    StandardInput,
    Fifo(PathBuf),
    /// Host and port.
    Udp(String),
    UnixDatagrams(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::StandardInput => out.write_str(STANDARD_INPUT[0]),
            Address::Fifo(path) => path.display().fmt(out),
            Address::Udp(host) => write!(out, "{UDP}{host}"),
            Address::UnixDatagrams(path) => write!(out, "{UNIX}{}", path.display()),
        }
    }
}

const UDP: &str = "syslog:udp://";
const UNIX: &str = "syslog:unix:";
const STANDARD_INPUT: [&str; 4] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
/// What syslog listens on where no port is named.
const SYSLOG_PORT: u16 = 514;

impl Address {
    /// `None`: it names files. `Err`: a sentence that says how it is written.
    pub fn parse(text: &str) -> Result<Option<Address>, String> {
        if STANDARD_INPUT.contains(&text) {
            return Ok(Some(Address::StandardInput));
        }
        if !text.starts_with("syslog:") {
            return Ok(None);
        }
        let udp = text.strip_prefix(UDP).filter(|host| !host.is_empty()).map(with_port).map(Address::Udp);
        let unix = text.strip_prefix(UNIX).filter(|path| path.starts_with('/'));
        let unix = unix.map(|path| Address::UnixDatagrams(path.into()));
        udp.or(unix).map(Some).ok_or_else(|| {
            format!("invalid syslog address `{text}`; write {UDP}127.0.0.1:1514 or {UNIX}/run/hangup/nginx.sock")
        })
    }

    /// The same for what stands there now: a path may lead to a FIFO, though not by way of the output of whoever looks.
    pub fn of(text: &str) -> Option<Address> {
        let is_fifo = |path: &Path| {
            permission::output(path).is_none() && fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo())
        };
        let named = Address::parse(text).ok().flatten();
        named.or_else(|| is_fifo(Path::new(text)).then(|| Address::Fifo(text.into())))
    }

    /// Whether the kernel may lose some of it, and says how many.
    pub(in crate::input) fn counts_losses(&self) -> bool {
        matches!(self, Address::Udp(_))
    }
}

fn with_port(host: &str) -> String {
    let is_host = |name: &str| !name.contains(':') || name.ends_with(']');
    let has_port = host.rsplit_once(':').is_some_and(|(name, port)| port.parse::<u16>().is_ok() && is_host(name));
    if has_port { host.to_owned() } else { format!("{host}:{SYSLOG_PORT}") }
}
