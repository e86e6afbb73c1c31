//! The closed label sets of the access log: methods, statuses, patience, agents, kinds of sources.
//! Knows: the words. Does not know: any count.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use crate::record::{self, Millis, labels};

labels! {
    /// What a line turned out to be. Every line ends in exactly one.
    LineResult {
        Parsed = "parsed",
        Unparsed = "unparsed",
        TooLong = "too_long",
        Skipped = "skipped",
    }
}

labels! {
    /// How long the client of a 499 had waited, against `abandonment.long_after`.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Patience {
        Long = "long",
        Short = "short",
        /// The log has no durations.
        Unknown = "unknown",
    }
}

impl Patience {
    pub(super) fn of(waited: Option<Millis>, long_after_ms: Millis) -> Patience {
        match waited {
            None => Patience::Unknown,
            Some(ms) if ms >= long_after_ms => Patience::Long,
            Some(_) => Patience::Short,
        }
    }
}

labels! {
    /// Whether a person's program or a health check asked.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Agent {
        User = "user",
        Probe = "probe",
        /// Whoever asks for a route that the configuration leaves out.
        Ignored = "ignored",
    }
}

labels! {
    /// Where the busiest source of 499s sits.
    SourceKind {
        Loopback = "loopback",
        Private = "private",
        Public = "public",
    }
}

labels! {
    /// Which of the times of an attempt.
    UpstreamTime {
        Connect = "connect",
        Header = "header",
        Response = "response",
    }
}

labels! {
    /// Whether a request only asked (RFC 9110, safe methods), or may have had effects that nobody was told of.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    MethodClass {
        Safe = "safe",
        Unsafe = "unsafe",
    }
}

impl MethodClass {
    pub fn of(method: Method) -> MethodClass {
        let safe = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
        if safe { MethodClass::Safe } else { MethodClass::Unsafe }
    }
}

/// A request method: the nine of RFC 9110 and RFC 5789, or `other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Cow<'_, str>", into = "&'static str")]
pub struct Method(u8);

const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "other"];

impl Method {
    pub const GET: Method = Method(0);
    pub(super) const OTHER: Method = Method(9);

    pub fn of(text: &[u8]) -> Method {
        let found = (0..).zip(METHODS).find(|(_, known)| known.as_bytes() == text);
        found.map_or(Method::OTHER, |(at, _)| Method(at))
    }
    pub fn as_str(self) -> &'static str {
        METHODS[usize::from(self.0)]
    }
}

/// A status code in use somewhere, `other`, or `none` (an upstream that sent no status line).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Cow<'_, str>", into = "&'static str")]
pub struct Status(u8);

/// nginx's 000 for a request it cut, IANA's registry, then those of web servers (444, 494–499), Cloudflare's (520–527, 530) and the proxies' 598 and 599.
/// Codes that an application invents beyond these become `other`, so a hostile upstream cannot make 999 series.
#[rustfmt::skip]
const STATUSES: [&str; 89] = [
    "other", "none", "000",
    "100", "101", "102", "103",
    "200", "201", "202", "203", "204", "205", "206", "207", "208", "226",
    "300", "301", "302", "303", "304", "305", "307", "308",
    "400", "401", "402", "403", "404", "405", "406", "407", "408", "409", "410", "411", "412", "413", "414", "415",
    "416", "417", "418", "421", "422", "423", "424", "425", "426", "428", "429", "431", "440", "444", "449", "451",
    "460", "463", "464",
    "494", "495", "496", "497", "498", "499",
    "500", "501", "502", "503", "504", "505", "506", "507", "508", "509", "510", "511",
    "520", "521", "522", "523", "524", "525", "526", "527",
    "530", "598", "599",
];

/// From code to its place in `STATUSES`; 0, `other`, for the rest.
const STATUS_OF_CODE: [u8; 1000] = {
    let mut table = [0; 1000];
    let mut at: u8 = 2;
    while (at as usize) < STATUSES.len() {
        let digits = STATUSES[at as usize].as_bytes();
        let code = (digits[0] - b'0') as usize * 100 + (digits[1] - b'0') as usize * 10 + (digits[2] - b'0') as usize;
        table[code] = at;
        at += 1;
    }
    table
};

impl Status {
    pub const OTHER: Status = Status(0);
    pub const NONE: Status = Status(1);

    pub const fn of(code: u16) -> Status {
        if (code as usize) < STATUS_OF_CODE.len() { Status(STATUS_OF_CODE[code as usize]) } else { Status::OTHER }
    }
    /// The label of what was sent.
    pub fn sent(status: record::Status) -> Status {
        status.code().map_or(Status::NONE, Status::of)
    }
    pub fn as_str(self) -> &'static str {
        STATUSES[usize::from(self.0)]
    }
    /// A client that left, or a server that failed.
    pub(super) fn is_failure(self) -> bool {
        self.as_str() == "499" || self.as_str().starts_with('5')
    }
}

/// Snapshots hold the words, not their places, so that a new code in the table moves nothing.
impl From<Cow<'_, str>> for Method {
    fn from(label: Cow<'_, str>) -> Method {
        Method::of(label.as_bytes())
    }
}

impl From<Method> for &'static str {
    fn from(method: Method) -> &'static str {
        method.as_str()
    }
}

impl From<Cow<'_, str>> for Status {
    fn from(label: Cow<'_, str>) -> Status {
        (0..).zip(STATUSES).find(|(_, known)| *known == label).map_or(Status::OTHER, |(at, _)| Status(at))
    }
}

impl From<Status> for &'static str {
    fn from(status: Status) -> &'static str {
        status.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_its_own_name() {
        assert!(METHODS.iter().all(|name| Method::of(name.as_bytes()).as_str() == *name));
        assert_eq!(Method::of(b"").as_str(), "other");
    }
}
