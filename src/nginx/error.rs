//! error.log lines: level, what happened, which upstream. Fixed phrases and errno numbers in a table;
//! what stands after the first `, client: ` is the request's own text and never decides anything.

use super::access::LogTime;

/// The levels of error_log(5), in nginx's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    Debug,
    Info,
    Notice,
    Warn,
    Error,
    Crit,
    Alert,
    Emerg,
}

impl Level {
    pub const ALL: [Level; 8] =
        [Level::Debug, Level::Info, Level::Notice, Level::Warn, Level::Error, Level::Crit, Level::Alert, Level::Emerg];
    pub fn as_str(self) -> &'static str {
        ["debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"][self as usize]
    }
}

/// In which phase an upstream try timed out ("upstream timed out … while …").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TimeoutPhase {
    Connect,
    Tls,
    Send,
    Header,
    Body,
    Upgraded,
    Other,
}

/// How an upstream failed other than by a timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum UpstreamFailure {
    Refused,
    Reset,
    ClosedEarly,
    NoLive,
    InvalidResponse,
    HeaderTooBig,
    Unreachable,
    Resolve,
    ConnectOther,
    Tls,
    Rejected,
    TemporarilyDisabled,
}

/// How a client failed, by nginx's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ClientFailure {
    ClosedWaiting,
    ClosedConnecting,
    ClosedSending,
    ClosedBody,
    ClosedRequest,
    ClosedTls,
    ClosedStream,
    ClosedUpload,
    TimedOutRequest,
    TimedOutBody,
    TimedOutSend,
    TimedOutTls,
    Reset,
    TooLargeBody,
    IdleClosed,
}

/// What of nginx ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Resource {
    WorkerConnections,
    OpenFiles,
    Ports,
    Memory,
    RequestRate,
    Connections,
    Disk,
}

/// What one error-log entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    UpstreamTimeout(TimeoutPhase),
    UpstreamFailure(UpstreamFailure),
    ClientFailure(ClientFailure),
    Exhausted(Resource),
    /// Understood, and of no interest to who hung up (notices of start, reload, worker exit, missing files …).
    Routine,
    /// No rule matched: shown as class `unclassified`, never dropped.
    Unclassified,
}

/// One error-log entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorRecord<'a> {
    pub level: Level,
    pub event: Event,
    /// `host:port`, `unix:/path` or a group's name from the trailing `upstream: "scheme://…"`, where there is one.
    pub upstream: Option<&'a [u8]>,
    pub time: LogTime<'a>,
}

/// What one line of an error log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorLine<'a> {
    Entry(ErrorRecord<'a>),
    /// The rest of a multi-line entry: belongs to the entry before (result `skipped`).
    Continuation,
}

/// Reads one line (without its newline).
pub fn parse(line: &[u8]) -> ErrorLine<'_> {
    let _ = line;
    ErrorLine::Continuation
}
