//! What `hangup serve` would need, tried: its addresses, its state directory. Beside a hangup that runs already, that
//! one has them, which is as it should be.
//! Does not know: how anything is served or saved.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketType};

use super::log_files::Said;
use super::page::Mark;
use crate::config::{Config, ListenAddress};
use crate::state::{Available, StateDirectory};

/// How long a program that has the address is listened to. It is on this host.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// What a running hangup says of itself.
const HEALTHY: &str = "hangup is healthy";

/// One sentence for each address, and one for the state directory.
pub(super) fn probe(config: &Config) -> Vec<Said> {
    let addresses: Vec<(Said, bool)> = config.web.listen.iter().map(address).collect();
    let running = addresses.iter().any(|(_, running)| *running);
    let state = config.state.as_ref().map(|state| state_directory(&state.directory, running));
    addresses.into_iter().map(|(said, _)| said).chain(state).collect()
}

/// The second value: a running hangup has it.
fn address(address: &ListenAddress) -> (Said, bool) {
    match bound(address) {
        Ok(()) => ((Mark::Good, format!("{address} is free")), false),
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_hangup(address) => {
            ((Mark::Good, format!("{address} is served by a hangup that runs already")), true)
        }
        Err(error) => {
            let text = format!("{address} cannot be served on: {error}; name another with --web.listen-address");
            ((Mark::Bad, text), false)
        }
    }
}

fn bound(address: &ListenAddress) -> io::Result<()> {
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for host in address.hosts() {
        match (host, address.port).to_socket_addrs().and_then(|mut found| found.try_for_each(bind)) {
            Ok(()) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Takes the address without listening on it: that is refused where somebody listens, and is in nobody's way.
fn bind(address: SocketAddr) -> io::Result<()> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket(family, SocketType::STREAM, None)?;
    net::sockopt::set_socket_reuseaddr(&socket, true)?;
    Ok(net::bind(&socket, &address)?)
}

fn is_hangup(address: &ListenAddress) -> bool {
    let host = if address.host.is_empty() { "127.0.0.1" } else { &address.host };
    healthy(host, address.port).is_ok_and(|answer| answer.contains(HEALTHY))
}

fn healthy(host: &str, port: u16) -> io::Result<String> {
    let address = (host, port).to_socket_addrs()?.next().ok_or(ErrorKind::AddrNotAvailable)?;
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(format!("GET /-/healthy HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn state_directory(path: &Path, running: bool) -> Said {
    let shown = path.display();
    match StateDirectory::available(path) {
        Ok(Available::Free) => (Mark::Good, format!("{shown}: the state can be kept there")),
        Ok(Available::Missing) => (Mark::Good, format!("{shown}: hangup serve creates it")),
        Ok(Available::InUse) if running => {
            (Mark::Good, format!("{shown}: the hangup that runs already keeps its state there"))
        }
        Ok(Available::InUse) => {
            let text = format!(
                "{shown} is in use by another hangup, which serves none of these addresses; give each a --path.state of its own"
            );
            (Mark::Bad, text)
        }
        Err(error) => (Mark::Bad, error.to_string()),
    }
}
