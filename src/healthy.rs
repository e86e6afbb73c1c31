//! Asks a running hangup whether it answers, as a container's health check does. Knows: addresses, one path.
//! Does not know: whether everything is seen (`hangup check` tells that).

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::config::ListenAddress;

/// A hangup that takes longer is in trouble; container engines wait for 30 s.
const TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST: &[u8] = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Asks at the first of the addresses that hangup listens on. `Err`: a sentence that says what is wrong.
pub fn ask(addresses: &[ListenAddress]) -> Result<(), String> {
    let address = addresses.first().ok_or("hangup listens nowhere")?;
    if address.port == 0 {
        return Err("with port 0 nobody knows where hangup listens: name a port by --web.listen-address".to_owned());
    }
    let hosts = if address.host.is_empty() { vec!["127.0.0.1", "::1"] } else { vec![within_reach(&address.host)] };
    let answers = hosts.iter().map(|host| status(host, address.port));
    let answer = answers.reduce(|first, next| first.or(next)).unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
    match answer {
        Ok(200) => Ok(()),
        Ok(code) => Err(format!("{address} answers with status {code}")),
        Err(error) => Err(format!("{address} does not answer: {error}")),
    }
}

/// Who listens on every address listens on loopback, too.
fn within_reach(host: &str) -> &str {
    match host {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        own => own,
    }
}

/// The status of the answer.
fn status(host: &str, port: u16) -> io::Result<u16> {
    let mut refused = io::Error::from(io::ErrorKind::NotFound);
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => return status_of(stream),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn status_of(mut stream: TcpStream) -> io::Result<u16> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(REQUEST)?;
    let mut head = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut head)?;
    let code = head.strip_prefix(b"HTTP/1.1 ").and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    code.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "that is no HTTP"))
}
