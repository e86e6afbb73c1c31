//! One error-log entry: how severe, what happened, to whom. Knows: the closed sets of what is told apart.
//! Does not know: by which words a product says it.

use super::labels;
use super::time::Time;

/// One error-log entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorRecord<'a> {
    pub level: Level,
    pub event: Event,
    /// The upstream server, a socket's path, or a group's name. `None`: the entry names none.
    pub upstream: Option<&'a [u8]>,
    /// The message, as far as it is the program's own: nothing of what a client sent as a field of its own.
    pub text: &'a [u8],
    pub time: Time<'a>,
}

/// What one line of an error log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorLine<'a> {
    Entry(ErrorRecord<'a>),
    /// The rest of a multi-line entry: belongs to the entry before (result `skipped`).
    Continuation,
}

labels! {
    /// How severe, from the least to the most.
    Level {
        Debug = "debug",
        Info = "info",
        Notice = "notice",
        Warn = "warn",
        Error = "error",
        Crit = "crit",
        Alert = "alert",
        Emerg = "emerg",
    }
}

labels! {
    /// In which phase an attempt at an upstream timed out.
    TimeoutPhase {
        Connect = "connect",
        Tls = "tls",
        Send = "send",
        Header = "header",
        Body = "body",
        /// An upgraded (WebSocket) or stream session in which both sides were silent.
        Upgraded = "upgraded",
        /// The line names no phase or one unknown here.
        Other = "other",
    }
}

labels! {
    /// How an upstream failed other than by a timeout.
    UpstreamFailure {
        /// Nobody listens: ECONNREFUSED, or a unix socket that is not there.
        Refused = "refused",
        Reset = "reset",
        /// It closed in mid-answer or before it.
        ClosedEarly = "closed_early",
        NoLive = "no_live",
        InvalidResponse = "invalid_response",
        HeaderTooBig = "header_too_big",
        Unreachable = "unreachable",
        Resolve = "resolve",
        /// connect() to a unix socket gave EAGAIN: the application's accept queue is full.
        QueueFull = "queue_full",
        ConnectOther = "connect_other",
        Tls = "tls",
        /// A gRPC upstream answered with RST_STREAM or GOAWAY and an error code.
        Rejected = "rejected",
        /// It failed too often, and is left out for a while.
        TemporarilyDisabled = "temporarily_disabled",
    }
}

labels! {
    /// How a client failed.
    ClientFailure {
        /// While the response was waited for.
        ClosedWaiting = "closed_waiting",
        /// While the upstream was still being connected to.
        ClosedConnecting = "closed_connecting",
        /// While the response was on its way: the access log shows 200.
        ClosedBody = "closed_body",
        /// Inside its own request line or headers.
        ClosedRequest = "closed_request",
        ClosedTls = "closed_tls",
        /// HTTP/2: one stream cancelled, or the connection dropped under its streams.
        ClosedStream = "closed_stream",
        /// While it sent a body that is passed on or counted as it comes (unbuffered, HTTP/2).
        ClosedUpload = "closed_upload",
        /// No phase is named: in a buffered upload, or held back by a limit, a cache lock or the resolver.
        ClosedOther = "closed_other",
        TimedOutRequest = "timed_out_request",
        TimedOutBody = "timed_out_body",
        TimedOutSend = "timed_out_send",
        TimedOutTls = "timed_out_tls",
        /// The connection broke: reset, broken pipe, or no answer to retransmissions.
        Reset = "reset",
        TlsFailed = "tls_failed",
        TooLargeBody = "too_large_body",
        InvalidRequest = "invalid_request",
        /// A connection without a request ended, by the client or by a timeout: browsers' spare ones, health checks.
        IdleClosed = "idle_closed",
    }
}

labels! {
    /// What ran out.
    Resource {
        /// Also when idle connections could still be closed to make room:
        /// the slots were used up, which is the warning one wants before clients are refused.
        WorkerConnections = "worker_connections",
        OpenFiles = "open_files",
        /// Local ports towards upstreams.
        Ports = "ports",
        Memory = "memory",
        /// A limit on the rate of requests refused (a mere delay is routine).
        RequestRate = "request_rate",
        /// A limit on connections refused.
        Connections = "connections",
        Disk = "disk",
        /// Processes, threads, or the queue of a thread pool.
        Processes = "processes",
    }
}

labels! {
    /// How the server itself failed.
    ServerFailure {
        /// Killed or crashed: what it worked on ended without a line in any access log.
        WorkerDied = "worker_died",
        /// It would not start, or kept the configuration it had.
        Configuration = "configuration",
        /// A system call that should work did not: permissions, a broken disk, a limit.
        System = "system",
        /// Its own checks failed: a bug in it or in a module.
        Internal = "internal",
    }
}

/// What one error-log entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    UpstreamTimeout(TimeoutPhase),
    UpstreamFailure(UpstreamFailure),
    ClientFailure(ClientFailure),
    Exhausted(Resource),
    ServerFailure(ServerFailure),
    /// Understood, and of no interest to who hung up (notices of start, reload, missing files …).
    Routine,
    /// No rule matched: shown as class `unclassified`, never dropped.
    Unclassified,
}

impl Event {
    /// Every value of [`Event::class`].
    pub const CLASSES: [&'static str; 7] = [
        "upstream_timeout",
        "upstream_failure",
        "client_failure",
        "exhausted",
        "server_failure",
        "routine",
        "unclassified",
    ];

    pub const fn class(self) -> &'static str {
        Event::CLASSES[match self {
            Event::UpstreamTimeout(_) => 0,
            Event::UpstreamFailure(_) => 1,
            Event::ClientFailure(_) => 2,
            Event::Exhausted(_) => 3,
            Event::ServerFailure(_) => 4,
            Event::Routine => 5,
            Event::Unclassified => 6,
        }]
    }
}
