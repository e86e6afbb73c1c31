//! Reads HTTP/1 messages off a connection, for the demo's clients and its backend.
//! Knows: heads (parsed by httparse), lengths, chunks. Does not know: what is asked or answered.

use std::io;

use httparse::Status;
use tokio::io::{AsyncRead, AsyncReadExt};

/// nginx sends a backend at most 32 KB (`large_client_header_buffers`); the backend's own oversized head is larger.
const HEAD_BYTES_MAX: usize = 256 * 1024;
const HEADERS_MAX: usize = 100;
const READ_BYTES: usize = 16 * 1024;
/// The bodies sent here never contain it, so it is the end of a chunked one.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Bytes that came with a head but belong to what follows.
pub(super) type Rest = Vec<u8>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub method: String,
    pub target: String,
    pub keep_alive: bool,
    pub body: Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Response {
    pub status: u16,
    pub keep_alive: bool,
    pub body: Body,
}

/// How to find the end of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunked,
    UntilClose,
}

/// How reading a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyEnd {
    Complete,
    /// As many bytes as wanted were there.
    Enough,
    /// The other side closed too early.
    Short,
}

/// The next request's head, `None` where the connection ends before one is complete.
pub(super) async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
    rest: &mut Rest,
) -> io::Result<Option<Request>> {
    read_head(stream, rest, |bytes| {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut head = httparse::Request::new(&mut headers);
        let Status::Complete(length) = head.parse(bytes)? else { return Ok(Status::Partial) };
        let (keep_alive, body) = framing(head.version, head.headers, Body::Length(0))?;
        let (method, target) = (head.method.unwrap_or_default().to_owned(), head.path.unwrap_or_default().to_owned());
        Ok(Status::Complete((length, Request { method, target, keep_alive, body })))
    })
    .await
}

/// The head of the answer, `None` where the server closes before it is complete. `100 Continue` is no answer yet.
pub(super) async fn read_response(
    stream: &mut (impl AsyncRead + Unpin),
    rest: &mut Rest,
    head_only: bool,
) -> io::Result<Option<Response>> {
    loop {
        let head = read_head(stream, rest, |bytes| parse_response(bytes, head_only)).await?;
        if head.is_none_or(|head| head.status != 100) {
            return Ok(head);
        }
    }
}

/// Reads until the end of the body or until `enough` bytes of it (chunk sizes included) were seen.
pub(super) async fn read_body(
    stream: &mut (impl AsyncRead + Unpin),
    rest: &mut Rest,
    body: Body,
    enough: Option<u64>,
) -> io::Result<BodyEnd> {
    let mut seen = 0;
    loop {
        let complete = body == Body::Chunked && rest.ends_with(LAST_CHUNK);
        let taken = match body {
            Body::Length(length) => rest.len().min(usize::try_from(length - seen).unwrap_or(usize::MAX)),
            Body::Chunked if !complete => rest.len().saturating_sub(LAST_CHUNK.len()),
            Body::Chunked | Body::UntilClose => rest.len(),
        };
        rest.drain(..taken);
        seen += taken as u64;
        if complete || body == Body::Length(seen) {
            return Ok(BodyEnd::Complete);
        }
        if enough.is_some_and(|enough| seen >= enough) {
            return Ok(BodyEnd::Enough);
        }
        if read_more(stream, rest).await? == 0 {
            return Ok(if body == Body::UntilClose { BodyEnd::Complete } else { BodyEnd::Short });
        }
    }
}

async fn read_head<T>(
    stream: &mut (impl AsyncRead + Unpin),
    rest: &mut Rest,
    parse: impl Fn(&[u8]) -> httparse::Result<(usize, T)>,
) -> io::Result<Option<T>> {
    loop {
        match parse(rest) {
            Ok(Status::Complete((length, head))) => {
                rest.drain(..length);
                return Ok(Some(head));
            }
            Ok(Status::Partial) if rest.len() <= HEAD_BYTES_MAX => {}
            Ok(Status::Partial) | Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
        if read_more(stream, rest).await? == 0 {
            return Ok(None);
        }
    }
}

fn parse_response(bytes: &[u8], head_only: bool) -> httparse::Result<(usize, Response)> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut headers);
    let Status::Complete(length) = head.parse(bytes)? else { return Ok(Status::Partial) };
    let status = head.code.unwrap_or_default();
    let (keep_alive, body) = framing(head.version, head.headers, Body::UntilClose)?;
    let bodyless = head_only || matches!(status, 100..=199 | 204 | 304);
    let body = if bodyless { Body::Length(0) } else { body };
    Ok(Status::Complete((length, Response { status, keep_alive, body })))
}

/// Whether the connection may be used again, and how long the body is; `body` where the headers do not say.
fn framing(version: Option<u8>, headers: &[httparse::Header], mut body: Body) -> Result<(bool, Body), httparse::Error> {
    let mut keep_alive = version == Some(1);
    for header in headers {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim().to_ascii_lowercase();
        match header.name.to_ascii_lowercase().as_str() {
            "content-length" => body = Body::Length(value.parse().map_err(|_| httparse::Error::HeaderValue)?),
            "transfer-encoding" if value == "chunked" => body = Body::Chunked,
            "connection" => keep_alive = value == "keep-alive" || (keep_alive && value != "close"),
            _ => {}
        }
    }
    Ok((keep_alive, body))
}

async fn read_more(stream: &mut (impl AsyncRead + Unpin), rest: &mut Rest) -> io::Result<usize> {
    let old = rest.len();
    rest.resize(old + READ_BYTES, 0);
    let read = stream.read(&mut rest[old..]).await;
    rest.truncate(old + read.as_ref().copied().unwrap_or(0));
    read
}
