//! Lines that name their own values: flat JSON objects, LTSV, and `key=value` pairs, in any order of keys.
//! Knows: nginx's variable names and what people call them. Does not know: the `log_format` they came from.
//!
//! The JSON is what nginx writes, which is not always JSON: unquoted variables give `"upstream_status":-`,
//! `"urt":0.001, 0.002` and `"status":009`, and just those lines tell about abandonments.

use memchr::{memchr, memchr_iter};

use super::fields::{Field, Fields};
use super::span::find_unescaped;
use super::variable;

/// What stands for absent in real JSON.
const NULL: &[u8] = b"null";

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
pub enum Notation {
    Json,
    Ltsv,
    /// `key=value` and `key="value"` between blanks, and anything else passed over.
    Pairs,
}

/// A reader of labelled lines.
#[derive(Debug, Clone)]
pub struct Labelled {
    notation: Notation,
    /// Sorted by length, then text.
    keys: Box<[(&'static [u8], Field)]>,
}

impl Labelled {
    pub fn new(notation: Notation) -> Labelled {
        let variables = variable::needed().map(|name| (name.as_bytes(), variable::lookup(name).0));
        let mut keys: Vec<_> = variables.chain(ALIASES.iter().copied()).collect();
        if notation == Notation::Ltsv {
            // The LTSV convention calls the client `host` and the virtual host `vhost`.
            keys.retain(|(key, _)| *key != b"host");
            keys.push((b"host", Field::RemoteAddr));
        }
        if notation == Notation::Pairs {
            keys.retain(|(key, _)| ALIASES_BEHIND_COMBINED.iter().all(|(own, _)| own != key));
            keys.extend(ALIASES_BEHIND_COMBINED);
        }
        keys.sort_unstable_by_key(|&(key, _)| (key.len(), key));
        Labelled { notation, keys: keys.into() }
    }

    /// `None`: not of this notation, or cut off.
    pub fn read<'a>(&self, line: &'a [u8], fields: &mut Fields<'a>) -> Option<()> {
        match self.notation {
            Notation::Json => self.read_json(line.trim_ascii(), fields),
            Notation::Ltsv => self.read_ltsv(line, fields),
            Notation::Pairs => self.read_pairs(line, fields),
        }
    }

    fn field(&self, key: &[u8]) -> Field {
        let found = self.keys.binary_search_by_key(&(key.len(), key), |&(known, _)| (known.len(), known));
        found.map_or(Field::Skipped, |index| self.keys[index].1)
    }

    fn read_ltsv<'a>(&self, line: &'a [u8], fields: &mut Fields<'a>) -> Option<()> {
        for labelled in line.split(|&byte| byte == b'\t') {
            let colon = memchr(b':', labelled)?;
            fields.set(self.field(&labelled[..colon]), &labelled[colon + 1..]);
        }
        Some(())
    }

    fn read_pairs<'a>(&self, mut rest: &'a [u8], fields: &mut Fields<'a>) -> Option<()> {
        while let Some(equals) = memchr(b'=', rest) {
            let key = rest[..equals].rsplit(|&byte| byte == b' ').next().unwrap_or_default();
            let value = &rest[equals + 1..];
            let (value, after) = match string(value) {
                Some(quoted) => quoted,
                None => value.split_at(memchr(b' ', value).unwrap_or(value.len())),
            };
            fields.set(self.field(key), value);
            rest = after;
        }
        Some(())
    }

    fn read_json<'a>(&self, line: &'a [u8], fields: &mut Fields<'a>) -> Option<()> {
        let mut rest = line.strip_prefix(b"{")?.strip_suffix(b"}")?.trim_ascii();
        while !rest.is_empty() {
            let (key, after) = string(rest)?;
            let after = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
            let (value, after) = json_value(after)?;
            fields.set(self.field(key), value);
            rest = match after.trim_ascii_start() {
                b"" => b"",
                more => more.strip_prefix(b",")?.trim_ascii_start(),
            };
        }
        Some(())
    }
}

/// A quoted string without its quotes, and what follows it.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let end = find_unescaped(b'"', text)?;
    Some((&text[..end], &text[end + 1..]))
}

/// A value and what follows it. An object counts as absent, and so does an array but a plain one.
fn json_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text.first() {
        Some(b'"') => string(text),
        Some(b'{' | b'[') => {
            let after = nested(text)?;
            Some((list(&text[..text.len() - after.len()]), after))
        }
        _ => {
            let (value, after) = text.split_at(bare_end(text));
            let value = value.trim_ascii_end();
            Some((if value == NULL { b"-" } else { value }, after))
        }
    }
}

/// What stands in a plain array: people write `[$upstream_response_time]` to get JSON also of several tries.
fn list(nested: &[u8]) -> &[u8] {
    let inside = nested.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(b"-");
    if inside.iter().any(|byte| b"\"[{".contains(byte)) { b"-" } else { inside }
}

/// The end of an unquoted value. nginx writes lists so, too: only a comma before the next key ends it.
fn bare_end(text: &[u8]) -> usize {
    let mut commas = memchr_iter(b',', text);
    commas.find(|&comma| text[comma + 1..].trim_ascii_start().starts_with(b"\"")).unwrap_or(text.len())
}

/// What follows an object or an array. `None`: it is not closed.
fn nested(text: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => at += find_unescaped(b'"', &text[at..])? + 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[at..]);
        }
    }
    None
}
