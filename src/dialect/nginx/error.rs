//! error.log lines: level, what happened, which upstream. Fixed phrases and errno numbers in a table;
//! what stands after the first `, client: ` is the request's own text and never decides anything.

mod rules;
mod upstream;

#[cfg(test)]
mod tests;

use crate::record::{ErrorLine, ErrorRecord, Level, Notation, Time};
use memchr::memmem;

/// Reads one line (without its newline).
pub fn parse(line: &[u8]) -> ErrorLine<'_> {
    entry(line).map_or(ErrorLine::Continuation, ErrorLine::Entry)
}

/// `YYYY/MM/DD HH:MM:SS [level] pid#tid: *connection text, client: …` (ngx_log_error_core).
fn entry(line: &[u8]) -> Option<ErrorRecord<'_>> {
    let (time, rest) = line.split_at_checked(TIME_SHAPE.len())?;
    if !time.iter().zip(TIME_SHAPE).all(|(byte, shape)| fits(*byte, *shape)) {
        return None;
    }
    let (level, rest) = split_once(rest.strip_prefix(b" [")?, b"] ")?;
    let level = Level::ALL.into_iter().find(|known| known.as_str().as_bytes() == level)?;
    let (process, rest) = split_once(rest, b": ")?;
    if !process.iter().all(|byte| byte.is_ascii_digit() || *byte == b'#') {
        return None;
    }
    let rest = without_connection(rest);
    let (text, fields) = before_client(rest);
    let event = rules::judge(level, text);
    let upstream = upstream::field(event, fields, line.len()).or_else(|| upstream::named_in(event, text));
    Some(ErrorRecord { level, event, upstream, text, time: Time::Text(time, Notation::Zoneless) })
}

/// Where nginx's own text ends and the request's begins (ngx_http_log_error, ngx_stream_log_error): at the first
/// `, client: `, which stream calls `, udp client: ` for datagrams.
fn before_client(text: &[u8]) -> (&[u8], &[u8]) {
    const CLIENT: &[u8] = b"client: ";
    let begins = memmem::find_iter(text, CLIENT).find_map(|at| {
        let before = text[..at].strip_suffix(b", udp ").or_else(|| text[..at].strip_suffix(b", "))?;
        Some((before, &text[at + CLIENT.len()..]))
    });
    begins.unwrap_or((text, b""))
}

const TIME_SHAPE: &[u8] = b"0000/00/00 00:00:00";

fn fits(byte: u8, shape: u8) -> bool {
    if shape == b'0' { byte.is_ascii_digit() } else { byte == shape }
}

/// Steps over `*123 `, which lines without a connection lack.
fn without_connection(text: &[u8]) -> &[u8] {
    match text.strip_prefix(b"*").and_then(|rest| split_once(rest, b" ")) {
        Some((number, rest)) if number.iter().all(u8::is_ascii_digit) => rest,
        _ => text,
    }
}

fn split_once<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = memmem::find(text, at)?;
    Some((&text[..start], &text[start + at.len()..]))
}
