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

/// A POST of JSON.
pub fn post_json(addr: &str, path: &str, body: &str) -> std::io::Result<Response> {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Type: application/json\r\n");
    send(addr, &format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
}

fn ask(addr: &str, head: &str) -> std::io::Result<Response> {
    send(addr, &format!("{head}Connection: close\r\n\r\n"))
}

/// A whole request, as it stands.
pub fn send(addr: &str, request: &str) -> std::io::Result<Response> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    // In one piece: who answers the first part may hang up before the second.
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").ok_or(std::io::ErrorKind::InvalidData)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = &bytes[end + 4..];
    Ok(Response { status, head, body: if chunked { joined(body)? } else { body.to_vec() } })
}

/// A chunked body (RFC 9112, 7.1) put together; Go's servers send one where it is long.
fn joined(mut rest: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n").ok_or(std::io::ErrorKind::InvalidData)?;
        let digits = String::from_utf8_lossy(&rest[..line]).into_owned();
        let length = usize::from_str_radix(&digits, 16).map_err(|_| std::io::ErrorKind::InvalidData)?;
        let chunk = rest.get(line + 2..line + 2 + length).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(chunk);
        rest = rest.get(line + 2 + length + 2..).ok_or(std::io::ErrorKind::UnexpectedEof)?;
    }
}

pub fn get(addr: &str, path: &str) -> std::io::Result<Response> {
    get_with(addr, path, "")
}
