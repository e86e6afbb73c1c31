//! The three notations: combined, kv (combined and times) and JSON with everything a verdict can use.

use std::io::{Error, Write};

use super::request::{Request, Try};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Combined,
    Kv,
    Json,
}

impl Format {
    pub fn named(name: &str) -> Option<Format> {
        let known = [("combined", Format::Combined), ("kv", Format::Kv), ("json", Format::Json)];
        known.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    pub fn write(self, request: &Request<'_>, out: &mut impl Write) -> Result<(), Error> {
        match self {
            Format::Combined => {
                combined(request, out)?;
                writeln!(out)
            }
            Format::Kv => {
                combined(request, out)?;
                kv_times(request, out)
            }
            Format::Json => json(request, out),
        }
    }
}

fn request_line(request: &Request<'_>) -> String {
    match request.method {
        "" => r"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03".to_owned(),
        method => format!("{method} {}{} HTTP/1.1", request.uri, request.query),
    }
}

fn clock(second: u64) -> (u64, u64, u64) {
    (second / 3600 % 24, second / 60 % 60, second % 60)
}

fn combined(request: &Request<'_>, out: &mut impl Write) -> Result<(), Error> {
    let [a, b, c, d] = request.client;
    let (hour, minute, second) = clock(request.second);
    let Request { status, body_bytes, referer, agent, .. } = request;
    let line = request_line(request);
    write!(
        out,
        r#"{a}.{b}.{c}.{d} - - [21/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] "{line}" {status} {body_bytes} "{referer}" "{agent}""#
    )
}

fn kv_times(request: &Request<'_>, out: &mut impl Write) -> Result<(), Error> {
    let rt = seconds(request.request_ms);
    let uct = list(request, |one| one.connect_ms.map(seconds));
    let uht = list(request, |one| one.header_ms.map(seconds));
    let urt = list(request, |one| Some(seconds(one.response_ms)));
    writeln!(out, r#" rt={rt} uct="{uct}" uht="{uht}" urt="{urt}""#)
}

fn json(request: &Request<'_>, out: &mut impl Write) -> Result<(), Error> {
    let [a, b, c, d] = request.client;
    let (hour, minute, second) = clock(request.second);
    let Request { status, body_bytes, agent, .. } = request;
    // What JSON escapes, nginx escapes: of the lines here only the handshake's backslashes.
    let line = request_line(request).replace('\\', "\\\\");
    let completion = if request.complete { "OK" } else { "" };
    // Where the client left, the head with its length was never sent.
    let length = if request.complete { body_bytes.to_string() } else { String::new() };
    let addr = list(request, |one| Some(one.address.to_owned()));
    let ustatus = list(request, |one| one.status.map(|status| status.to_string()));
    let uct = list(request, |one| one.connect_ms.map(seconds));
    let uht = list(request, |one| one.header_ms.map(seconds));
    let urt = list(request, |one| Some(seconds(one.response_ms)));
    let rt = seconds(request.request_ms);
    writeln!(
        out,
        r#"{{"time":"2026-11-21T{hour:02}:{minute:02}:{second:02}+00:00","remote_addr":"{a}.{b}.{c}.{d}","request":"{line}","status":"{status}","body_bytes_sent":"{body_bytes}","request_time":"{rt}","request_completion":"{completion}","sent_http_content_length":"{length}","http_user_agent":"{agent}","server_name":"shop.example","request_id":"{:032x}","upstream_addr":"{addr}","upstream_status":"{ustatus}","upstream_connect_time":"{uct}","upstream_header_time":"{uht}","upstream_response_time":"{urt}"}}"#,
        request.id
    )
}

/// nginx's way to write a list: `-` for what never came, and for no upstream at all.
fn list(request: &Request<'_>, value: impl Fn(&Try) -> Option<String>) -> String {
    let values: Vec<String> = request.tries.iter().map(|one| value(one).unwrap_or_else(|| "-".to_owned())).collect();
    if values.is_empty() { "-".to_owned() } else { values.join(", ") }
}

fn seconds(ms: u32) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
