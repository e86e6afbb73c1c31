//! The values of one line by what they are for, and the record made of them.
//! Knows: which variable is preferred where several say the same. Does not know: how a line is walked.

use super::super::access::{LogTime, Record, value};
use super::super::find;
use super::super::upstream::Upstream;
use super::Unparsed;
use super::request;

/// What a variable is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Field {
    /// Not needed; all such values fall into one slot nobody reads.
    Skipped,
    Status,
    Request,
    Method,
    RequestUri,
    Uri,
    /// `$uri$is_args$args` as one.
    UriAndArgs,
    ServerName,
    Host,
    HttpHost,
    RemoteAddr,
    UserAgent,
    RequestTime,
    BodyBytes,
    ContentLength,
    Completion,
    RequestId,
    TraceId,
    Traceparent,
    TimeLocal,
    TimeIso,
    Msec,
    UpstreamAddr,
    UpstreamStatus,
    UpstreamConnectTime,
    UpstreamHeaderTime,
    UpstreamResponseTime,
}

const FIELDS: usize = Field::UpstreamResponseTime as usize + 1;

/// One slot per [`Field`].
#[derive(Debug, Default)]
pub struct Fields<'a> {
    texts: [&'a [u8]; FIELDS],
    pub logged: Logged,
}

/// Which fields a line has, one bit each: most formats have a third of them, and those that are not there must cost
/// nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Logged(u32);

impl Logged {
    pub fn of(fields: impl IntoIterator<Item = Field>) -> Logged {
        fields.into_iter().fold(Logged::default(), |logged, field| logged.with(field))
    }

    #[inline]
    const fn with(self, field: Field) -> Logged {
        Logged(self.0 | 1 << field as u32)
    }

    #[inline]
    const fn any(self, other: Logged) -> bool {
        self.0 & other.0 != 0
    }

    #[inline]
    pub fn and(self, other: Logged) -> Logged {
        Logged(self.0 | other.0)
    }
}

impl<'a> Fields<'a> {
    /// Puts a text in its slot; whoever sets all of them says in the end which are logged.
    #[inline(always)]
    pub fn put(&mut self, field: Field, text: &'a [u8]) {
        self.texts[field as usize] = text;
    }

    #[inline]
    pub fn set(&mut self, field: Field, text: &'a [u8]) {
        self.put(field, text);
        self.logged = self.logged.with(field);
    }

    #[inline]
    pub fn get(&self, field: Field) -> Option<&'a [u8]> {
        self.logged.any(Logged::default().with(field)).then(|| self.texts[field as usize])
    }

    /// The first of these that is logged and not absent.
    #[inline]
    fn first<const N: usize>(&self, fields: [Field; N]) -> Option<&'a [u8]> {
        if !self.logged.any(fields.iter().fold(Logged::default(), |all, &field| all.with(field))) {
            return None;
        }
        fields.into_iter().find_map(|field| self.get(field).and_then(value::present))
    }

    pub fn record(&self) -> Result<Record<'a>, Unparsed> {
        let status = self.get(Field::Status).and_then(value::status).ok_or(Unparsed::Status)?;
        let (method, path) = self.method_and_path();
        Ok(Record {
            status: Some(status),
            method,
            path,
            server: self.first([Field::ServerName, Field::Host, Field::HttpHost]),
            remote_addr: self.first([Field::RemoteAddr]),
            user_agent: self.first([Field::UserAgent]),
            request_time: self.get(Field::RequestTime).and_then(value::millis),
            body_bytes: self.get(Field::BodyBytes).and_then(value::integer),
            content_length: self.get(Field::ContentLength).and_then(value::integer),
            completion: self.get(Field::Completion).map(|text| text == b"OK"),
            trace_id: self.trace_id(),
            time: self.time(),
            upstream: Upstream {
                addr: self.get(Field::UpstreamAddr),
                status: self.get(Field::UpstreamStatus),
                connect_time: self.get(Field::UpstreamConnectTime),
                header_time: self.get(Field::UpstreamHeaderTime),
                response_time: self.get(Field::UpstreamResponseTime),
            },
        })
    }

    /// `$request` is what the client sent; `$uri` may have been rewritten since, so it comes last.
    fn method_and_path(&self) -> (&'a [u8], &'a [u8]) {
        let (method, path) = self.get(Field::Request).map(request::split).unwrap_or_default();
        let method = if method.is_empty() { self.first([Field::Method]).unwrap_or_default() } else { method };
        if !path.is_empty() {
            return (method, path);
        }
        let target =
            self.first([Field::RequestUri]).or_else(|| self.uri_and_args()).or_else(|| self.first([Field::Uri]));
        (method, target.map(request::path).unwrap_or_default())
    }

    /// Without a query string nginx writes nothing for `$is_args`, but `-` for `$args`: `/a` becomes `/a-`.
    fn uri_and_args(&self) -> Option<&'a [u8]> {
        let text = self.first([Field::UriAndArgs])?;
        let dash = find::near(b'?', text).is_none() && text.ends_with(b"-");
        Some(if dash { &text[..text.len() - 1] } else { text })
    }

    /// A trace id leads further than a request id, so it comes first.
    fn trace_id(&self) -> Option<&'a [u8]> {
        self.first([Field::TraceId])
            .or_else(|| self.get(Field::Traceparent).and_then(value::trace_id))
            .or_else(|| self.first([Field::RequestId]))
    }

    /// The finest notation there is.
    fn time(&self) -> LogTime<'a> {
        self.first([Field::Msec, Field::TimeIso, Field::TimeLocal]).map(LogTime::of).unwrap_or_default()
    }
}
