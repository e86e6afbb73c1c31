//! One access-log line as values. Knows: what each variable's text looks like.
//! Does not know: which line it is, or what the values mean together.

use super::upstream::Upstream;

mod time;
pub(super) mod value;

/// Milliseconds, as nginx writes them (`$request_time` is always `S.mmm`).
pub type Millis = u32;

/// One access-log line, borrowed from the tail's buffer. `None`: the format has no such variable,
/// or the value was absent (`-`, or empty under `escape=json|none`).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// `$status`, 0..=999 (`009` is HTTP/0.9, `000` is `return 000`). Always there in what `LogFormat::parse` returns:
    /// a line without one is unparsed.
    pub status: Option<u16>,
    /// The method as sent, empty where the request was cut or is no HTTP (`"" 408`, `"\x16\x03" 400`).
    pub method: &'a [u8],
    /// The request target without query string and fragment; empty where there was none. Still in log escape.
    pub path: &'a [u8],
    /// `$server_name`, else `$host`/`$http_host`, where the format has one.
    pub server: Option<&'a [u8]>,
    /// `$remote_addr`.
    pub remote_addr: Option<&'a [u8]>,
    /// `$http_user_agent`, still in log escape.
    pub user_agent: Option<&'a [u8]>,
    /// `$request_time`.
    pub request_time: Option<Millis>,
    /// `$body_bytes_sent`; never `$bytes_sent`, which counts the head too.
    pub body_bytes: Option<u64>,
    /// `$sent_http_content_length`.
    pub content_length: Option<u64>,
    /// `$request_completion`: `Some(true)` for `OK`, `Some(false)` for empty or `-`, `None` where not logged.
    pub completion: Option<bool>,
    /// `$opentelemetry_trace_id` (or `$otel_trace_id`), else the trace id inside `$http_traceparent`, else `$request_id`.
    pub trace_id: Option<&'a [u8]>,
    /// `$msec`, else `$time_iso8601`, else `$time_local`, unparsed (see [`LogTime::unix_millis`]).
    pub time: LogTime<'a>,
    /// The `$upstream_*` lists.
    pub upstream: Upstream<'a>,
}

/// A line's own time, parsed only when somebody asks: few lines need it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum LogTime<'a> {
    /// The format has no time.
    #[default]
    Absent,
    /// `$time_local`: `21/Nov/2026:14:17:26 +0000`.
    Local(&'a [u8]),
    /// `$time_iso8601`: `2026-11-21T14:17:26+00:00`.
    Iso(&'a [u8]),
    /// `$msec`: `1795270646.123`.
    Msec(&'a [u8]),
    /// The error log's `2026/11/21 14:17:26`: local time without a zone, so no instant can be told from it.
    ErrorLog(&'a [u8]),
}

impl<'a> LogTime<'a> {
    /// Tells the notation by its look; labelled logs do not say it.
    pub fn of(text: &'a [u8]) -> LogTime<'a> {
        match (text.get(2), text.get(4)) {
            (Some(b'/'), _) => LogTime::Local(text),
            (_, Some(b'-')) => LogTime::Iso(text),
            _ => LogTime::Msec(text),
        }
    }

    /// Milliseconds since 1970, `None` where the text is no time.
    pub fn unix_millis(&self) -> Option<i64> {
        match self {
            LogTime::Absent | LogTime::ErrorLog(_) => None,
            LogTime::Local(text) => time::local(text),
            LogTime::Iso(text) => time::iso(text),
            LogTime::Msec(text) => time::msec(text),
        }
    }
}
