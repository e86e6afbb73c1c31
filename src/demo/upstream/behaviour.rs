//! Which treatment a request asks for, as a table over the first path segment.
//! Knows: paths and queries. Does not know: how a treatment is carried out.
//!
//! `/delay/1500` and `/any/route/42?do=delay/1500` ask for the same: the second form keeps real-looking routes.

use std::time::Duration;

/// Bodies larger than this would make a test of seconds a test of minutes.
const BODY_BYTES_MAX: u64 = 1 << 30;
/// Longer than any timeout anybody sets in nginx.
const DELAY_MILLIS_MAX: u64 = 3_600_000;

/// What is done with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// No behaviour named: as the mood is.
    Plain,
    /// Answers 200 after the delay.
    Delay {
        delay: Duration,
        bytes: u64,
    },
    /// Never answers.
    Hang,
    /// The head at once, then the body in pieces.
    Drip {
        bytes: u64,
        piece: u64,
        every: Duration,
    },
    /// Answers at once with that many bytes.
    Bytes {
        bytes: u64,
    },
    /// Answers at once with that status.
    Status {
        status: u16,
    },
    /// RST instead of an answer.
    Reset,
    /// FIN instead of an answer.
    Close,
    /// Head and half of the body, then FIN, RST, or nothing more.
    MidbodyClose,
    MidbodyReset,
    MidbodyHang,
    /// Bytes that are no HTTP. nginx 1.22 takes them for HTTP/0.9 and passes them on.
    Garbage,
    /// A status line, then a header that is none: 502.
    BadHeader,
    /// A head larger than nginx's `proxy_buffer_size`.
    BigHeader,
    /// Every `nth` request fails with 503, the others are answered.
    Flaky {
        nth: u64,
    },
}

/// Every name, as `/_count` shows it. `plain` stands for all other paths; `upload` is `delay` by another name.
pub const NAMES: [&str; 16] = [
    "plain",
    "delay",
    "hang",
    "drip",
    "bytes",
    "status",
    "reset",
    "close",
    "midbody-close",
    "midbody-reset",
    "midbody-hang",
    "garbage",
    "badheader",
    "bigheader",
    "flaky",
    "upload",
];

/// Reads the request target. A path that names no behaviour is plain; a parameter that is no number takes its default.
pub fn parse(target: &str) -> (Behaviour, &'static str) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = parameter(query, "do").unwrap_or(path.trim_start_matches('/'));
    let (name, first) = asked.split_once('/').unwrap_or((asked, ""));
    let number = |key: &str, default: u64| parameter(query, key).and_then(|v| v.parse().ok()).unwrap_or(default);
    let leading = |default: u64| first.parse().unwrap_or(default);
    let millis = |n: u64| Duration::from_millis(n.min(DELAY_MILLIS_MAX));
    let bytes = |default: u64| number("bytes", default).min(BODY_BYTES_MAX);
    let behaviour = match name {
        "delay" => Behaviour::Delay { delay: millis(leading(1000)), bytes: bytes(512) },
        "upload" => Behaviour::Delay { delay: millis(number("delay", 0)), bytes: bytes(64) },
        "hang" => Behaviour::Hang,
        "drip" => drip(bytes(10_000), number("piece", 1_000), millis(number("every_ms", 100))),
        "bytes" => Behaviour::Bytes { bytes: leading(1_000).min(BODY_BYTES_MAX) },
        "status" => Behaviour::Status { status: leading(200).clamp(100, 999) as u16 },
        "reset" => Behaviour::Reset,
        "close" => Behaviour::Close,
        "midbody-close" => Behaviour::MidbodyClose,
        "midbody-reset" => Behaviour::MidbodyReset,
        "midbody-hang" => Behaviour::MidbodyHang,
        "garbage" => Behaviour::Garbage,
        "badheader" => Behaviour::BadHeader,
        "bigheader" => Behaviour::BigHeader,
        "flaky" => Behaviour::Flaky { nth: leading(3).max(1) },
        _ => Behaviour::Plain,
    };
    (behaviour, NAMES.iter().find(|n| **n == name).unwrap_or(&NAMES[0]))
}

fn drip(bytes: u64, piece: u64, every: Duration) -> Behaviour {
    Behaviour::Drip { bytes, piece: piece.clamp(1, bytes.max(1)), every }
}

fn parameter<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
}
