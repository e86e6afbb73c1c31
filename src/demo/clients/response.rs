//! Reads an answer off a connection, as far as its client wants to.
//! Knows: heads, lengths, chunks. Does not know: when to leave, or what an ending means.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

const HEAD_BYTES_MAX: usize = 256 * 1024;
const READ_BYTES: usize = 16 * 1024;
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The head of an answer, and how to find the end of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    pub keep_alive: bool,
    pub body: Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Length(u64),
    Chunked,
    UntilClose,
}

/// How reading a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    Complete,
    /// As many bytes as wanted were there.
    Enough,
    /// The server closed too early.
    Short,
}

/// The head, `None` where the server closes before it is complete. What follows it stays in `rest`.
pub async fn read_head(
    stream: &mut (impl AsyncRead + Unpin),
    rest: &mut Vec<u8>,
    head_only: bool,
) -> io::Result<Option<Head>> {
    loop {
        if let Some(end) = rest.windows(4).position(|w| w == b"\r\n\r\n") {
            let text: Vec<u8> = rest.drain(..end + 4).collect();
            let head = parse(&String::from_utf8_lossy(&text), head_only).ok_or(io::ErrorKind::InvalidData)?;
            // 100 Continue is no answer yet.
            if head.status != 100 {
                return Ok(Some(head));
            }
            continue;
        }
        if rest.len() > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let old = rest.len();
        rest.resize(old + READ_BYTES, 0);
        let read = stream.read(&mut rest[old..]).await;
        rest.truncate(old + read.as_ref().copied().unwrap_or(0));
        if read? == 0 {
            return Ok(None);
        }
    }
}

/// Reads until the end of the body or until `enough` bytes of it were seen.
pub async fn read_body(
    stream: &mut (impl AsyncRead + Unpin),
    rest: Vec<u8>,
    body: Body,
    enough: Option<u64>,
) -> io::Result<BodyEnd> {
    let mut seen = rest.len() as u64;
    let mut tail = rest;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let complete = match body {
            Body::Length(length) => seen >= length,
            Body::Chunked => tail.ends_with(LAST_CHUNK),
            Body::UntilClose => false,
        };
        if complete {
            return Ok(BodyEnd::Complete);
        }
        if enough.is_some_and(|enough| seen >= enough) {
            return Ok(BodyEnd::Enough);
        }
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(if body == Body::UntilClose { BodyEnd::Complete } else { BodyEnd::Short });
        }
        seen += read as u64;
        let keep_from = tail.len().saturating_sub(LAST_CHUNK.len());
        tail.drain(..keep_from);
        tail.extend_from_slice(&buffer[..read]);
    }
}

fn parse(text: &str, head_only: bool) -> Option<Head> {
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let version = words.next()?;
    let status: u16 = words.next()?.parse().ok()?;
    let mut head = Head { status, keep_alive: version == "HTTP/1.1", body: Body::UntilClose };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => head.body = Body::Length(value.parse().ok()?),
            "transfer-encoding" => head.body = Body::Chunked,
            "connection" => head.keep_alive = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    if head_only || matches!(status, 100..=199 | 204 | 304) {
        head.body = Body::Length(0);
    }
    Some(head)
}
