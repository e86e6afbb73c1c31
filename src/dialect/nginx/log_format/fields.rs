//! The values of one line by what they are for, and the record made of them.
//! Knows: which variable is preferred where several say the same. Does not know: how a line is walked.

use super::super::upstream;
use super::super::value::{self, present};
use super::combined::Combined;
use super::field::Field;
use super::unsettled::Unsettled;
use super::{request, upload};
use crate::record::{Columns, Millis, Record, Sight, Status, Time, Unparsed};

/// The record in the making: each value goes to its place when its end is known, and where several variables can say
/// the same, they wait until all are known.
#[derive(Debug)]
pub(super) struct Fields<'r, 'a> {
    record: &'r mut Record<'a>,
    method: Text<'a>,
    /// The best first, in this and all below.
    targets: [Text<'a>; 3],
    servers: [Text<'a>; 3],
    times: [Text<'a>; 3],
    attempts: Columns<'a>,
    unsettled: Unsettled<'a>,
}

/// A value as logged, `None` where it is absent or not logged.
type Text<'a> = Option<&'a [u8]>;

/// What a key is for, and the columns that it shows.
pub(super) type Meaning = (Field, Sight);

impl<'r, 'a> Fields<'r, 'a> {
    /// `record` has to be new.
    #[inline]
    pub(super) fn of(record: &'r mut Record<'a>) -> Fields<'r, 'a> {
        Fields {
            record,
            method: None,
            targets: [None; 3],
            servers: [None; 3],
            times: [None; 3],
            attempts: [None; 5],
            unsettled: Unsettled::default(),
        }
    }

    /// As if nothing had been set yet.
    pub(super) fn restart(&mut self) {
        *self.record = Record::default();
        let Fields { record: _, method, targets, servers, times, attempts, unsettled } = self;
        (*method, *targets, *servers, *times, *attempts) = (None, [None; 3], [None; 3], [None; 3], [None; 5]);
        *unsettled = Unsettled::default();
    }

    /// The same for a line that names its own values: what it names is in sight.
    #[inline]
    pub(super) fn set_named(&mut self, (field, sight): Meaning, text: &'a [u8]) {
        self.record.sight = self.record.sight.and(sight);
        self.set(field, if is_absent_time(text) { b"-" } else { text });
    }

    /// The same, but what was named before stands.
    pub(super) fn set_unless_named(&mut self, (field, sight): Meaning, text: &'a [u8]) {
        if !self.record.sight.has_any(sight) {
            self.set_named((field, sight), text);
        }
    }

    /// What was set is not known after all.
    pub(super) fn forget(&mut self, (field, sight): Meaning) {
        let record = &mut *self.record;
        record.sight = record.sight.without(sight);
        match field {
            Field::ServerName => self.servers[0] = None,
            Field::Host => self.servers[1] = None,
            Field::HttpHost => self.servers[2] = None,
            Field::RequestTime | Field::AnyDuration | Field::RequestMillis | Field::RequestMicros => {
                record.duration = None
            }
            Field::ContentLength => record.content_length = None,
            Field::Completion => record.complete = None,
            Field::RequestId => record.request_id = None,
            Field::TraceId | Field::Traceparent => record.trace_id = None,
            Field::UpstreamAddr => self.attempts[0] = None,
            Field::UpstreamStatus => self.attempts[1] = None,
            Field::UpstreamConnectTime => self.attempts[2] = None,
            Field::UpstreamHeaderTime => self.attempts[3] = None,
            Field::UpstreamResponseTime => self.attempts[4] = None,
            Field::ResponseTime => self.unsettled.response_time = None,
            // No label behind a combined beginning stands for any of the others.
            _ => {}
        }
    }

    /// Gives what waited for the rest of the line its place.
    #[inline]
    pub(super) fn settle(&mut self) {
        let settled = std::mem::take(&mut self.unsettled).settle(self.record.sight);
        for (field, text) in settled.into_iter().flatten() {
            self.set_unless_named((field, field.sight()), text);
        }
    }

    /// Whether what waits is a list of attempts.
    pub(super) fn lists_response_times(&self) -> bool {
        self.unsettled.lists_response_times()
    }

    /// A later value takes the place of an earlier one.
    pub(super) fn set(&mut self, field: Field, text: &'a [u8]) {
        let record = &mut *self.record;
        match field {
            Field::Skipped => {}
            Field::Status => record.status = value::status(text).map(Status::Code),
            Field::AnyStatus => record.status = record.status.or_else(|| value::status(text).map(Status::Code)),
            Field::Request => self.set_request(text),
            Field::GelfMessage => {
                self.unsettled.is_gelf = true;
                self.set_request(text);
            }
            Field::Method => self.method = present(text),
            Field::RequestUri => self.targets[0] = present(text),
            Field::UriAndArgs => self.targets[1] = present(text).map(without_absent_args),
            Field::Uri => self.targets[2] = present(text),
            Field::ServerName => self.servers[0] = present(text),
            Field::Host => self.servers[1] = present(text),
            Field::HttpHost => self.servers[2] = present(text),
            Field::RemoteAddr => record.client = present(text),
            Field::AnyClient => record.client = record.client.or(present(text)),
            Field::HostOrClient => self.unsettled.host = present(text),
            Field::UserAgent => record.user_agent = present(text),
            Field::RequestTime => record.duration = value::millis(text),
            Field::AnyDuration => record.duration = record.duration.or_else(|| value::millis(text)),
            Field::ResponseTime => self.unsettled.response_time = Some(text),
            Field::RequestMillis => record.duration = value::integer(text).map(saturated),
            Field::RequestMicros => record.duration = value::integer(text).map(|micros| saturated(micros / 1000)),
            Field::BodyBytes => record.body_bytes = value::integer(text),
            Field::AnyBytes => record.body_bytes = record.body_bytes.or_else(|| value::integer(text)),
            Field::ContentLength => record.content_length = value::integer(text),
            Field::Completion => record.complete = Some(text == b"OK"),
            Field::TraceId => record.trace_id = present(text).or(record.trace_id),
            Field::Traceparent => record.trace_id = record.trace_id.or(value::trace_id(text)),
            Field::RequestId => record.request_id = present(text),
            // The finest notation there is.
            Field::Msec => self.times[0] = present(text),
            Field::TimeIso => self.times[1] = present(text),
            Field::TimeLocal => self.times[2] = present(text),
            Field::UpstreamAddr => self.attempts[0] = Some(text),
            Field::UpstreamStatus => self.attempts[1] = Some(text),
            Field::UpstreamConnectTime => self.attempts[2] = Some(text),
            Field::UpstreamHeaderTime => self.attempts[3] = Some(text),
            Field::UpstreamResponseTime => self.attempts[4] = Some(text),
        }
    }

    /// Sets what begins nearly every log in one go.
    #[inline]
    pub(super) fn set_combined(&mut self, combined: &Combined<'a>) {
        self.record.client = present(combined.remote_addr);
        self.record.status = Some(Status::Code(combined.status));
        self.record.body_bytes = Some(combined.body_bytes);
        self.record.user_agent = present(combined.user_agent);
        self.times[2] = Some(combined.time_local);
        self.set_request(combined.request);
    }

    #[inline]
    fn set_request(&mut self, text: &'a [u8]) {
        (self.record.method, self.record.path) = request::split(text);
    }

    /// Completes the record, when all values are set.
    #[inline]
    pub(super) fn finish(&mut self) -> Result<(), Unparsed> {
        let record = &mut *self.record;
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
        record.time = best(self.times).map(Time::of).unwrap_or_default();
        record.attempts = upstream::attempts(&self.attempts);
        record.termination = upload::termination(record);
        Ok(())
    }
}

/// `${upstream_response_time}s` where there was no upstream.
#[inline]
fn is_absent_time(text: &[u8]) -> bool {
    matches!(text, b"-s" | b"-ms")
}

fn saturated(millis: u64) -> Millis {
    Millis::try_from(millis).unwrap_or(Millis::MAX)
}

fn best(texts: [Text<'_>; 3]) -> Text<'_> {
    let [first, second, third] = texts;
    first.or(second).or(third)
}

/// Without a query string nginx writes nothing for `$is_args`, but `-` for `$args`: `/a` becomes `/a-`.
fn without_absent_args(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"-").filter(|rest| !rest.contains(&b'?')).unwrap_or(text)
}
