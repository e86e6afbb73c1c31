//! The nginx variables. Knows: which of them a record needs, and what bytes each may hold.
//! Does not know: formats or lines.

use super::field::Field;

/// What a variable's text looks like, so that its end can be seen where the literal after it is no sure sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Anything the escaping lets through, its own delimiter included.
    Free,
    /// Digits, `.` and `-`.
    Number,
    /// Letters, `_` and `-`.
    Name,
    /// An address of a client: `192.0.2.7`, `2001:db8::7`, `unix:`.
    Ip,
    /// One token: a path, an address with port, a protocol, an id.
    Word,
    /// A host as a client sends it: no blank (nginx answers 400 to that) and no slash.
    Host,
    /// Seconds with exactly three decimals, or `-`: it ends where they end.
    Seconds,
    /// `p` for a pipelined request, else `.`.
    Pipe,
    /// `21/Nov/2026:14:17:26 +0000`.
    TimeLocal,
    /// `2026-11-21T14:17:26+00:00`.
    TimeIso,
    /// [`Class::Number`]s, one per upstream try.
    Numbers,
    /// [`Class::Word`]s, one per upstream try.
    Words,
    /// The same without a slash.
    Addresses,
    /// [`Class::Seconds`], one per upstream try.
    SecondsList,
}

use Class::{
    Addresses, Free, Host, Ip, Name, Number, Numbers, Pipe, Seconds, SecondsList, TimeIso, TimeLocal, Word, Words,
};

/// Every variable with a shape of its own. Those not listed are free text nobody needs.
const VARIABLES: &[(&str, Field, Class)] = &[
    ("body_bytes_sent", Field::BodyBytes, Number),
    ("document_uri", Field::Uri, Free),
    ("host", Field::Host, Host),
    ("http_host", Field::HttpHost, Free),
    ("http_traceparent", Field::Traceparent, Free),
    ("http_user_agent", Field::UserAgent, Free),
    ("msec", Field::Msec, Number),
    ("opentelemetry_trace_id", Field::TraceId, Word),
    ("otel_trace_id", Field::TraceId, Word),
    ("remote_addr", Field::RemoteAddr, Ip),
    ("request", Field::Request, Free),
    ("request_completion", Field::Completion, Name),
    ("request_id", Field::RequestId, Word),
    // APISIX's.
    ("request_line", Field::Request, Free),
    ("request_method", Field::Method, Name),
    ("request_time", Field::RequestTime, Number),
    // Tengine's.
    ("request_time_msec", Field::RequestMillis, Number),
    ("request_time_usec", Field::RequestMicros, Number),
    ("request_uri", Field::RequestUri, Free),
    ("sent_http_content_length", Field::ContentLength, Number),
    ("server_name", Field::ServerName, Host),
    ("status", Field::Status, Number),
    ("time_iso8601", Field::TimeIso, TimeIso),
    ("time_local", Field::TimeLocal, TimeLocal),
    ("upstream_addr", Field::UpstreamAddr, Words),
    ("upstream_connect_time", Field::UpstreamConnectTime, Numbers),
    ("upstream_header_time", Field::UpstreamHeaderTime, Numbers),
    ("upstream_response_time", Field::UpstreamResponseTime, Numbers),
    ("upstream_status", Field::UpstreamStatus, Numbers),
    ("uri", Field::Uri, Free),
    // Not needed, but walked over better with a known shape.
    ("bytes_sent", Field::Skipped, Number),
    ("connection", Field::Skipped, Number),
    ("connection_requests", Field::Skipped, Number),
    ("connection_time", Field::Skipped, Number),
    ("gzip_ratio", Field::Skipped, Number),
    ("hostname", Field::Skipped, Word),
    ("limit_conn_status", Field::Skipped, Name),
    ("limit_req_status", Field::Skipped, Name),
    ("nginx_version", Field::Skipped, Word),
    ("pid", Field::Skipped, Number),
    ("pipe", Field::Skipped, Pipe),
    ("proxy_protocol_addr", Field::Skipped, Ip),
    ("proxy_protocol_port", Field::Skipped, Number),
    ("realip_remote_addr", Field::Skipped, Ip),
    ("realip_remote_port", Field::Skipped, Number),
    ("remote_port", Field::Skipped, Number),
    ("request_length", Field::Skipped, Number),
    ("scheme", Field::Skipped, Name),
    ("server_addr", Field::Skipped, Ip),
    ("server_port", Field::Skipped, Number),
    ("server_protocol", Field::Skipped, Word),
    ("ssl_cipher", Field::Skipped, Word),
    ("ssl_protocol", Field::Skipped, Word),
    ("ssl_session_reused", Field::Skipped, Word),
    ("tcpinfo_rcv_space", Field::Skipped, Number),
    ("tcpinfo_rtt", Field::Skipped, Number),
    ("tcpinfo_rttvar", Field::Skipped, Number),
    ("tcpinfo_snd_cwnd", Field::Skipped, Number),
    ("upstream_bytes_received", Field::Skipped, Numbers),
    ("upstream_bytes_sent", Field::Skipped, Numbers),
    ("upstream_cache_status", Field::Skipped, Name),
    ("upstream_queue_time", Field::Skipped, Numbers),
    ("upstream_response_length", Field::Skipped, Numbers),
];

/// The place and the shape of a variable, its name without `$`.
pub(super) fn lookup(name: &str) -> (Field, Class) {
    let found = VARIABLES.iter().find(|(known, ..)| *known == name);
    found.map_or((Field::Skipped, Free), |&(_, field, class)| (field, class))
}

/// Every variable a record can use.
pub(super) fn needed() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().filter(|(_, field, _)| *field != Field::Skipped).map(|(name, ..)| *name)
}

/// What a client sends as it likes, by name or by the beginning of its name.
const TEXT_OF_CLIENTS: &[&str] = &[
    "request",
    "request_line",
    "request_uri",
    "request_body",
    "args",
    "query_string",
    "uri",
    "document_uri",
    "remote_user",
];
const BEGINNINGS_OF_TEXT_OF_CLIENTS: &[&str] = &["http_", "arg_", "cookie_"];
/// Of these, what is decoded, or sent outside of the head: lines and headers end at a line break.
const MAY_BREAK_LINES: &[&str] = &["request_body", "uri", "document_uri", "remote_user"];

pub(super) fn is_text_of_client(name: &str) -> bool {
    TEXT_OF_CLIENTS.contains(&name) || BEGINNINGS_OF_TEXT_OF_CLIENTS.iter().any(|beginning| name.starts_with(beginning))
}

pub(super) fn may_break_lines(name: &str) -> bool {
    MAY_BREAK_LINES.contains(&name)
}

impl Class {
    const ALL: [Class; 14] =
        [Free, Number, Name, Ip, Word, Host, Seconds, Pipe, TimeLocal, TimeIso, Numbers, Words, Addresses, SecondsList];

    /// Whether a value (an element, for lists) may hold the byte.
    pub(super) fn holds(self, byte: u8) -> bool {
        CLASSES_OF_BYTE[byte as usize] & (1 << self as u16) != 0
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self, Numbers | Words | Addresses | SecondsList)
    }

    /// Whether a value ends where its shape is complete, whatever comes behind it.
    pub(super) fn ends_itself(self) -> bool {
        self.width().is_some() || matches!(self, Seconds | SecondsList)
    }

    /// The same text by a narrower shape, whose end can be seen without a literal.
    pub(super) fn ending_itself(self, field: Field) -> Class {
        match (field, self) {
            (Field::RequestTime | Field::Msec, Number) => Seconds,
            (Field::UpstreamConnectTime | Field::UpstreamHeaderTime | Field::UpstreamResponseTime, Numbers) => {
                SecondsList
            }
            _ => self,
        }
    }

    /// How long a value is, where that is always the same.
    pub(super) fn width(self) -> Option<usize> {
        match self {
            TimeLocal => Some("21/Nov/2026:14:17:26 +0000".len()),
            TimeIso => Some("2026-11-21T14:17:26+00:00".len()),
            Pipe => Some(1),
            _ => None,
        }
    }

    /// Whether a text of the right width is a value: looks at the marks between the digits only.
    pub(super) fn is_whole(self, text: &[u8]) -> bool {
        match (self, text) {
            (TimeLocal, [_, _, day, _, _, _, month, _, _, _, _, year, _, _, hour, _, _, minute, _, _, second, ..]) => {
                [*day, *month, *year, *hour, *minute, *second] == *b"//::: "
            }
            (TimeIso, [_, _, _, _, year, _, _, month, _, _, day, _, _, hour, _, _, minute, ..]) => {
                [*year, *month, *day, *hour, *minute] == *b"--T::"
            }
            _ => text.iter().all(|&byte| self.holds(byte)),
        }
    }

    const fn admits(self, byte: u8) -> bool {
        match self {
            Free => true,
            Number | Numbers | Seconds | SecondsList => byte.is_ascii_digit() || matches!(byte, b'.' | b'-'),
            Name => byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'),
            Ip => byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'%'),
            Word | Words => !matches!(byte, 0..=b' ' | b'"' | b'\'' | b',' | b';' | b'|' | b'\\' | 0x7f..),
            Addresses => byte != b'/' && Words.admits(byte),
            Host => !matches!(byte, b' ' | b'/'),
            Pipe => matches!(byte, b'p' | b'.'),
            TimeLocal => byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b':' | b' ' | b'+' | b'-'),
            TimeIso => byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'+' | b'-'),
        }
    }
}

/// One bit per class: values are scanned byte by byte, so the question must cost one load.
const CLASSES_OF_BYTE: [u16; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < classes.len() {
        let mut index = 0;
        while index < Class::ALL.len() {
            let class = Class::ALL[index];
            classes[byte] |= (class.admits(byte as u8) as u16) << class as u16;
            index += 1;
        }
        byte += 1;
    }
    classes
};
