//! The `upstream: "…"` field of an error-log entry, found where an outsider cannot put one.
//!
//! nginx writes the fields in a fixed order and copies the request's own text unescaped (ngx_http_log_error_handler):
//! `, client: A, server: S, request: "R", subrequest: "Q", upstream: "U", host: "H", referrer: "F"`.
//! H and F come after U, so only R can fake one before it. A request that reaches an upstream has ` HTTP/1.` in its
//! line exactly once, at the end: nginx answers 400 to a target with ` H` in it (ngx_http_parse_request_line; since
//! 1.21.1 to any blank). So U is what directly follows the first ` HTTP/d.d"`, or else there is none.
//! An HTTP/0.9 request has no such end, and no headers either: nothing follows U, and the last field is the real one.
//! What remains possible: a subrequest path made from the request (SSI) is decoded and may hold anything, and before
//! 1.21.1 so may an HTTP/2 target. The worst that comes of it is a wrong name, which the labels' bounds hold.

use super::split_once;
use crate::record::{ClientFailure, Event, UpstreamFailure};
use memchr::memmem;

/// nginx cuts a line here, its newline included (NGX_MAX_ERROR_STR).
const LINE_BYTES_MAX: usize = 2048;
const UPSTREAM: &[u8] = b", upstream: \"";
const MAIL: &[u8] = b", upstream: ";

/// The server tried, as `$upstream_addr` would name it. `fields` is what stands after `, client: `.
pub(super) fn field(event: Event, fields: &[u8], line_bytes: usize) -> Option<&[u8]> {
    // A refused request never reached an upstream, and it alone may hold a second ` HTTP/1.1"`.
    if event == Event::ClientFailure(ClientFailure::InvalidRequest) {
        return None;
    }
    let Some((_, request)) = split_once(fields, b", request: \"") else {
        // stream {}: no request, nothing foreign. mail {} has the client's login before it, and no quotes.
        let quoted = split_once(fields, UPSTREAM).and_then(|(_, value)| address(value));
        return quoted.or_else(|| memmem::rfind(fields, MAIL).map(|at| &fields[at + MAIL.len()..]));
    };
    let value = match request_end(request) {
        Some(end) => behind_request(&request[end..])?,
        None if line_bytes + 1 >= LINE_BYTES_MAX => return None,
        None => &request[memmem::rfind(request, UPSTREAM)? + UPSTREAM.len()..],
    };
    address(value)
}

fn behind_request(rest: &[u8]) -> Option<&[u8]> {
    let rest = match rest.strip_prefix(b", subrequest: \"") {
        Some(subrequest) => &subrequest[memmem::find(subrequest, UPSTREAM)?..],
        None => rest,
    };
    rest.strip_prefix(UPSTREAM)
}

/// Where the request field ends: behind the first ` HTTP/d.d"`.
fn request_end(request: &[u8]) -> Option<usize> {
    const VERSION: &[u8] = b" HTTP/";
    memmem::find_iter(request, VERSION).map(|at| at + VERSION.len()).find_map(|at| match request.get(at..at + 4)? {
        [major, b'.', minor, b'"'] if major.is_ascii_digit() && minor.is_ascii_digit() => Some(at + 4),
        _ => None,
    })
}

/// The server that the text itself names, where the entry has no field for it: a cosocket's, a health check's.
pub(super) fn named_in(event: Event, text: &[u8]) -> Option<&[u8]> {
    match event {
        // What could not be resolved has no address; the one that is named is a name server's.
        Event::UpstreamFailure(UpstreamFailure::Resolve) => return None,
        Event::UpstreamTimeout(_) | Event::UpstreamFailure(_) => {}
        _ => return None,
    }
    let behind = |words: &&[u8]| memmem::find(text, words).map(|at| &text[at + words.len()..]);
    let rest = NAMING.iter().find_map(behind)?;
    let bytes = rest.iter().position(|byte| matches!(byte, b' ' | b',' | b')')).unwrap_or(rest.len());
    Some(&rest[..bytes]).filter(|name| !name.is_empty())
}

/// The words before a server's address, none of which an outsider can write before the first `, client: `.
const NAMING: &[&[u8]] = &[
    b"connect() to ",
    b"when connecting to ",
    b"when trying to connect to ",
    b"check peer: ",
    b" with peer: ",
    b"(peer:",
    b", peer: ",
    b" of peer ",
];

/// `http://127.0.0.1:9001/path"…`, `fastcgi://unix:/run/php.sock:"…`, `127.0.0.1:9001"…` (stream),
/// `passenger:unix:/tmp/agent:"…` and `passenger:/tmp/agent:"…`. `None` where the line was cut inside it.
fn address(value: &[u8]) -> Option<&[u8]> {
    let scheme_bytes = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let passenger = value.strip_prefix(b"passenger:").filter(|rest| !rest.starts_with(b"//"));
    let value = passenger.or_else(|| value[scheme_bytes..].strip_prefix(b"://")).unwrap_or(value);
    let unix = b"unix:";
    let from = if value.starts_with(unix) { unix.len() } else { 0 };
    let is_path = from > 0 || passenger.is_some();
    let ends = |byte: &u8| *byte == b'"' || *byte == if is_path { b':' } else { b'/' };
    let bytes = from + value[from..].iter().position(ends)?;
    (bytes > from).then(|| &value[..bytes])
}
