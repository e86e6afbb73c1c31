//! One plain HTTP GET, with nothing between the test and the bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Response {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// GETs `path` from `addr` (`127.0.0.1:1234`); `headers` are whole lines, each ended by CRLF.
pub fn get_with(addr: &str, path: &str, headers: &str) -> std::io::Result<Response> {
    ask(addr, &format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n{headers}"))
}

/// A POST without a body.
pub fn post(addr: &str, path: &str) -> std::io::Result<Response> {
    ask(addr, &format!("POST {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Length: 0\r\n"))
}

fn ask(addr: &str, head: &str) -> std::io::Result<Response> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(stream, "{head}Connection: close\r\n\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").ok_or(std::io::ErrorKind::InvalidData)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    let body = &bytes[end + 4..];
    let is_chunked = head.to_ascii_lowercase().contains("\r\ntransfer-encoding: chunked");
    Ok(Response { status, body: if is_chunked { joined(body) } else { body.to_vec() }, head })
}

/// The chunks of RFC 9112, section 7.1, as one; what is cut off ends it.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&chunks[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(data) = size.filter(|size| *size > 0).and_then(|size| chunks.get(end + 2..end + 2 + size)) else {
            break;
        };
        body.extend_from_slice(data);
        chunks = chunks.get(end + 2 + data.len() + 2..).unwrap_or_default();
    }
    body
}

pub fn get(addr: &str, path: &str) -> std::io::Result<Response> {
    get_with(addr, path, "")
}
