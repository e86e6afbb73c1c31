//! What a variable is for. Knows: which columns of a record it can fill. Does not know: the variables' names.

use crate::record::{Column, Sight};

/// What a variable is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Field {
    /// Not needed.
    Skipped,
    Status,
    /// What may be the status, where no other key is. The same for others that begin so.
    AnyStatus,
    Request,
    /// The same, in a GELF message.
    GelfMessage,
    Method,
    RequestUri,
    Uri,
    /// `$uri$is_args$args` as one.
    UriAndArgs,
    ServerName,
    Host,
    HttpHost,
    /// A virtual host, or else the client.
    HostOrClient,
    RemoteAddr,
    AnyClient,
    UserAgent,
    RequestTime,
    AnyDuration,
    /// The upstream's time beside the request's, or else the request's.
    ResponseTime,
    /// The request's time in whole milliseconds.
    RequestMillis,
    /// The same in microseconds.
    RequestMicros,
    BodyBytes,
    AnyBytes,
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

impl Field {
    pub(super) const fn is_target(self) -> bool {
        matches!(self, Field::RequestUri | Field::Uri | Field::UriAndArgs)
    }

    /// Whether a verdict leans on it: a format whose lines cannot show it is better refused than read without.
    pub(super) const fn decides(self) -> bool {
        match self {
            Field::Status | Field::RequestTime | Field::RequestMillis | Field::RequestMicros | Field::Completion => {
                true
            }
            _ => self.sight().has_any(Sight::ATTEMPTS),
        }
    }

    /// The columns that it shows.
    pub(super) const fn sight(self) -> Sight {
        match self {
            Field::Skipped | Field::HostOrClient | Field::ResponseTime => Sight::NOTHING,
            Field::Status | Field::AnyStatus => Sight::of(&[Column::Status]),
            Field::Request | Field::GelfMessage => Sight::of(&[Column::Method, Column::Path]),
            Field::Method => Sight::of(&[Column::Method]),
            Field::RequestUri | Field::Uri | Field::UriAndArgs => Sight::of(&[Column::Path]),
            Field::ServerName | Field::Host | Field::HttpHost => Sight::of(&[Column::Server]),
            Field::RemoteAddr | Field::AnyClient => Sight::of(&[Column::Client]),
            Field::UserAgent => Sight::of(&[Column::UserAgent]),
            Field::RequestTime | Field::AnyDuration | Field::RequestMillis | Field::RequestMicros => {
                Sight::of(&[Column::Duration])
            }
            Field::BodyBytes | Field::AnyBytes => Sight::of(&[Column::BodyBytes]),
            Field::ContentLength => Sight::of(&[Column::ContentLength]),
            Field::Completion => Sight::of(&[Column::Complete]),
            Field::RequestId => Sight::of(&[Column::RequestId]),
            Field::TraceId | Field::Traceparent => Sight::of(&[Column::TraceId]),
            Field::TimeLocal | Field::TimeIso | Field::Msec => Sight::of(&[Column::Time]),
            Field::UpstreamAddr => Sight::of(&[Column::AttemptAddress]),
            Field::UpstreamStatus => Sight::of(&[Column::AttemptStatus]),
            Field::UpstreamConnectTime => Sight::of(&[Column::AttemptConnect]),
            Field::UpstreamHeaderTime => Sight::of(&[Column::AttemptHeader]),
            Field::UpstreamResponseTime => Sight::of(&[Column::AttemptResponse]),
        }
    }
}
