//! Lines that name their own values: flat JSON objects, LTSV, and `key=value` pairs, in any order of keys.
//! Knows: nginx's variable names and what people call them. Does not know: the `log_format` they came from.

use memchr::memchr;

use super::field::Field;
use super::fields::Fields;
use super::variable;
use crate::record::Record;
use json::Pairs;
use keys::Keys;

mod json;
mod keys;

/// The names people give, beside the variables' own.
const ALIASES: &[(&[u8], Field)] = &[
    (b"@timestamp", Field::TimeIso),
    (b"agent", Field::UserAgent),
    (b"apptime", Field::UpstreamResponseTime),
    (b"body_bytes", Field::BodyBytes),
    (b"bytes", Field::BodyBytes),
    (b"client", Field::RemoteAddr),
    (b"client_ip", Field::RemoteAddr),
    (b"completion", Field::Completion),
    (b"domain", Field::Host),
    (b"duration", Field::RequestTime),
    (b"http_method", Field::Method),
    (b"ip", Field::RemoteAddr),
    (b"method", Field::Method),
    (b"path", Field::Uri),
    (b"remote_ip", Field::RemoteAddr),
    (b"req", Field::Request),
    (b"req_id", Field::RequestId),
    (b"reqtime", Field::RequestTime),
    (b"response_time", Field::RequestTime),
    (b"rt", Field::RequestTime),
    (b"server", Field::ServerName),
    (b"size", Field::BodyBytes),
    (b"status_code", Field::Status),
    (b"time", Field::TimeLocal),
    (b"timestamp", Field::TimeLocal),
    (b"trace_id", Field::TraceId),
    (b"traceparent", Field::Traceparent),
    (b"ts", Field::TimeLocal),
    (b"ua", Field::UserAgent),
    (b"uaddr", Field::UpstreamAddr),
    (b"uct", Field::UpstreamConnectTime),
    (b"uht", Field::UpstreamHeaderTime),
    (b"upstream", Field::UpstreamAddr),
    (b"upstream_time", Field::UpstreamResponseTime),
    (b"url", Field::RequestUri),
    (b"urt", Field::UpstreamResponseTime),
    (b"user_agent", Field::UserAgent),
    (b"ust", Field::UpstreamStatus),
    (b"ustatus", Field::UpstreamStatus),
    (b"vhost", Field::Host),
];

/// The same behind a combined beginning, where client and user agent are told already.
const ALIASES_BEHIND_COMBINED: &[(&[u8], Field)] = &[
    (b"cl", Field::ContentLength),
    (b"done", Field::Completion),
    (b"id", Field::RequestId),
    (b"length", Field::ContentLength),
    (b"ua", Field::UpstreamAddr),
    (b"us", Field::UpstreamStatus),
];

/// How the labels are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    Json,
    Ltsv,
    /// `key=value` and `key="value"` between blanks, and anything else passed over.
    Pairs,
}

/// A reader of labelled lines.
#[derive(Debug, Clone)]
pub(super) struct Labelled {
    notation: Notation,
    keys: Keys,
}

impl Labelled {
    pub(super) fn new(notation: Notation) -> Labelled {
        let mut keys = Keys::default();
        variable::needed().for_each(|name| keys.insert(name.as_bytes(), variable::lookup(name).0));
        ALIASES.iter().for_each(|&(alias, field)| keys.insert(alias, field));
        if notation == Notation::Ltsv {
            // The LTSV convention calls the client `host` and the virtual host `vhost`.
            keys.insert(b"host", Field::RemoteAddr);
        }
        if notation == Notation::Pairs {
            ALIASES_BEHIND_COMBINED.iter().for_each(|&(alias, field)| keys.insert(alias, field));
        }
        Labelled { notation, keys }
    }

    /// `None`: not of this notation, or cut off.
    pub(super) fn read<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        match self.notation {
            Notation::Json => self.read_json(line, fields),
            Notation::Ltsv => self.read_ltsv(line, fields),
            Notation::Pairs => self.read_pairs(line, fields),
        }
    }

    /// Why a line that cannot be read cannot.
    pub(super) fn departure(&self, line: &[u8]) -> &'static str {
        let reads = self.read(line, &mut Fields::of(&mut Record::default())).is_some();
        match self.notation {
            _ if reads => "it names no status",
            Notation::Json => "it is no JSON object on one line",
            Notation::Ltsv => "it is no LTSV",
            Notation::Pairs => "it has no `key=value`",
        }
    }

    fn read_ltsv<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        for labelled in line.split(|&byte| byte == b'\t') {
            let colon = memchr(b':', labelled)?;
            fields.set_named(self.keys.field(&labelled[..colon]), &labelled[colon + 1..]);
        }
        Some(())
    }

    fn read_pairs<'a>(&self, mut rest: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        while let Some(equals) = memchr(b'=', rest) {
            let key = rest[..equals].rsplit(|&byte| byte == b' ').next().unwrap_or_default();
            let value = &rest[equals + 1..];
            // Quotes inside values are `\x22` here, so the next one ends it.
            let quoted = value.strip_prefix(b"\"").and_then(|rest| Some(rest.split_at(memchr(b'"', rest)?)));
            let (value, after) = quoted.unwrap_or_else(|| value.split_at(memchr(b' ', value).unwrap_or(value.len())));
            fields.set_named(self.keys.field(key), value);
            rest = after;
        }
        Some(())
    }

    fn read_json<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        let mut pairs = Pairs::of(line)?;
        while !pairs.is_over() {
            let (key, value) = pairs.next()?;
            fields.set_named(self.keys.field(key), value);
        }
        Some(())
    }
}
