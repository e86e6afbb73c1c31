//! `$request` in its parts. Knows: the request line. Does not know: which methods or paths exist.

use memchr::memrchr;

use super::super::find;

/// What stands before the version of the protocol.
pub(super) const PROTOCOL: &[u8; 6] = b" HTTP/";

/// Method and path of a request line. Both are empty where it was cut before the first blank, or is no HTTP.
#[inline(always)]
pub(super) fn split(request: &[u8]) -> (&[u8], &[u8]) {
    let Some(blank) = find::near(b' ', request) else { return (b"", b"") };
    let (method, rest) = (&request[..blank], &request[blank + 1..]);
    if method.is_empty() || !(matches!(method, b"GET" | b"POST") || is_method(method)) {
        return (b"", b"");
    }
    let target = without_protocol(rest);
    // The protocol is searched too: a text of whole lanes is searched faster.
    let end = find::either(b'?', b'#', rest).unwrap_or(rest.len()).min(target.len());
    (method, path_of(&target[..end]))
}

/// The path of a request target: `/a` of `/a?b#c` and of `http://host/a?b`; `*` stays.
/// Empty for what has no path (`CONNECT host:443`, `PROXY TCP4 …`).
pub(super) fn path(target: &[u8]) -> &[u8] {
    path_of(&target[..find::either(b'?', b'#', target).unwrap_or(target.len())])
}

#[inline]
fn path_of(target: &[u8]) -> &[u8] {
    match target {
        [b'/', ..] | b"*" => target,
        _ => absolute(target).unwrap_or_default(),
    }
}

/// nginx takes capitals, `_` and `-` (source: ngx_http_parse.c); small letters come with a 400 and are still a method.
fn is_method(text: &[u8]) -> bool {
    // A lone dash is nginx's word for none.
    text != b"-" && text.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

/// A target may hold blanks, so the protocol is looked for from the end. HTTP/0.9 sends none.
#[inline]
fn without_protocol(text: &[u8]) -> &[u8] {
    if let [target @ .., n0, n1, n2, n3, n4, n5, b'0'..=b'9', b'.', b'0'..=b'9'] = text
        && [*n0, *n1, *n2, *n3, *n4, *n5] == *PROTOCOL
    {
        return target;
    }
    match memrchr(b' ', text) {
        Some(blank) if text[blank..].starts_with(PROTOCOL) => &text[..blank],
        _ => text,
    }
}

fn absolute(target: &[u8]) -> Option<&[u8]> {
    let rest = target.strip_prefix(b"http://").or_else(|| target.strip_prefix(b"https://"))?;
    Some(find::near(b'/', rest).map_or(b"/", |slash| &rest[slash..]))
}
