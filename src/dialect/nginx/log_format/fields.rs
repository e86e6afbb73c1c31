//! The values of one line by what they are for, and the record made of them.
//! Knows: which variable is preferred where several say the same. Does not know: how a line is walked.

use super::super::access::value::{self, present};
use super::super::access::{LogTime, Record};
use super::Unparsed;
use super::combined::Combined;
use super::request;

/// What a variable is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Field {
    /// Not needed.
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

/// The record in the making: each value goes to its place when its end is known, and where several variables can say
/// the same, they wait until all are known.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    record: Record<'a>,
    method: Text<'a>,
    /// The best first, in this and all below.
    targets: [Text<'a>; 3],
    servers: [Text<'a>; 3],
    ids: [Text<'a>; 3],
    times: [Text<'a>; 3],
}

/// A value as logged, `None` where it is absent or not logged.
type Text<'a> = Option<&'a [u8]>;

impl<'a> Fields<'a> {
    /// A later value takes the place of an earlier one.
    #[inline(never)]
    pub fn set(&mut self, field: Field, text: &'a [u8]) {
        let record = &mut self.record;
        match field {
            Field::Skipped => {}
            Field::Status => record.status = value::status(text),
            Field::Request => self.set_request(text),
            Field::Method => self.method = present(text),
            Field::RequestUri => self.targets[0] = present(text),
            Field::UriAndArgs => self.targets[1] = present(text).map(without_absent_args),
            Field::Uri => self.targets[2] = present(text),
            Field::ServerName => self.servers[0] = present(text),
            Field::Host => self.servers[1] = present(text),
            Field::HttpHost => self.servers[2] = present(text),
            Field::RemoteAddr => record.remote_addr = present(text),
            Field::UserAgent => record.user_agent = present(text),
            Field::RequestTime => record.request_time = value::millis(text),
            Field::BodyBytes => record.body_bytes = value::integer(text),
            Field::ContentLength => record.content_length = value::integer(text),
            Field::Completion => record.completion = Some(text == b"OK"),
            // A trace id leads further than a request id.
            Field::TraceId => self.ids[0] = present(text),
            Field::Traceparent => self.ids[1] = value::trace_id(text),
            Field::RequestId => self.ids[2] = present(text),
            // The finest notation there is.
            Field::Msec => self.times[0] = present(text),
            Field::TimeIso => self.times[1] = present(text),
            Field::TimeLocal => self.times[2] = present(text),
            Field::UpstreamAddr => record.upstream.addr = Some(text),
            Field::UpstreamStatus => record.upstream.status = Some(text),
            Field::UpstreamConnectTime => record.upstream.connect_time = Some(text),
            Field::UpstreamHeaderTime => record.upstream.header_time = Some(text),
            Field::UpstreamResponseTime => record.upstream.response_time = Some(text),
        }
    }

    /// Sets what begins nearly every log in one go.
    #[inline]
    pub fn set_combined(&mut self, combined: &Combined<'a>) {
        self.record.remote_addr = present(combined.remote_addr);
        self.record.status = Some(combined.status);
        self.record.body_bytes = Some(combined.body_bytes);
        self.record.user_agent = present(combined.user_agent);
        self.times[2] = Some(combined.time_local);
        self.set_request(combined.request);
    }

    #[inline]
    fn set_request(&mut self, text: &'a [u8]) {
        (self.record.method, self.record.path) = request::split(text);
    }

    /// The record, when all values are set.
    #[inline]
    pub fn record(&mut self) -> Result<&Record<'a>, Unparsed> {
        let record = &mut self.record;
        if record.status.is_none() {
            return Err(Unparsed::Status);
        }
        if record.method.is_empty() {
            record.method = self.method.unwrap_or_default();
        }
        // `$request` is what the client sent; `$uri` may have been rewritten since, so it comes last.
        if record.path.is_empty() {
            record.path = best(self.targets).map(request::path).unwrap_or_default();
        }
        record.server = best(self.servers);
        record.trace_id = best(self.ids);
        record.time = best(self.times).map(LogTime::of).unwrap_or_default();
        Ok(record)
    }
}

fn best(texts: [Text<'_>; 3]) -> Text<'_> {
    let [first, second, third] = texts;
    first.or(second).or(third)
}

/// Without a query string nginx writes nothing for `$is_args`, but `-` for `$args`: `/a` becomes `/a-`.
fn without_absent_args(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"-").filter(|rest| !rest.contains(&b'?')).unwrap_or(text)
}
