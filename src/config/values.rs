//! One written value to one typed value. Every error says what would have been right.
//! Does not know: which setting it reads, or where the text came from.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use regex::Regex;

use crate::input::Address;
use crate::poll::stub_status::without_secrets;

/// An address to listen on. An empty host means every address of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    pub host: String,
    pub port: u16,
}

impl ListenAddress {
    /// Of these the first that can be bound. Without a host: every address, IPv4 ones included (`::` is dual-stack
    /// unless bindv6only is set), and a kernel without IPv6 has no `::`.
    pub fn hosts(&self) -> Vec<&str> {
        if self.host.is_empty() { vec!["::", "0.0.0.0"] } else { vec![&self.host] }
    }
}

impl ListenAddress {
    /// Where to ask who listens so: on every address is on loopback, too.
    pub fn within_reach(&self) -> Vec<&str> {
        match &*self.host {
            "" => vec!["127.0.0.1", "::1"],
            "0.0.0.0" => vec!["127.0.0.1"],
            "::" => vec!["::1"],
            own => vec![own],
        }
    }
}

/// `:10499`, `127.0.0.1:10499`, `[::1]:10499`.
impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// A name and what it stands for (`NAME=VALUE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<T> {
    pub name: String,
    pub value: T,
}

type Parsed<T> = Result<T, String>;

/// Units of nginx's times (source: ngx_parse_time in ngx_parse.c), longest spelling first.
const TIME_UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
    ("M", 2_592_000_000),
    ("y", 31_536_000_000),
];

/// Sizes in the two families people mix.
const SIZE_UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kb", 1_000),
    ("kib", 1 << 10),
    ("m", 1 << 20),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
];

/// `500ms`, `2s`, `1m30s`. A bare number is refused: 5 what?
pub(super) fn duration(text: &str) -> Parsed<Duration> {
    let bare = text.ends_with(|c: char| c.is_ascii_digit());
    let wrong = || format!("invalid duration `{text}`; write a whole number and its unit, as in 500ms, 2s or 1m30s");
    if bare { Err(wrong()) } else { nginx_time(text).ok_or_else(wrong) }
}

/// A duration that may not be zero, because something is repeated or waited for that long.
pub(super) fn period(text: &str) -> Parsed<Duration> {
    let period = duration(text)?;
    if period.is_zero() { Err(format!("invalid duration `{text}`; it has to be longer than 0")) } else { Ok(period) }
}

/// A time as nginx.conf writes it: parts add up, a bare number is seconds. `None` where it is no time.
pub(super) fn nginx_time(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at(digits(rest));
        let unit = after.split(|c: char| c.is_ascii_digit() || c == ' ').next().unwrap_or_default();
        let factor = match unit {
            "" => 1_000,
            unit => TIME_UNITS.iter().find(|(name, _)| *name == unit)?.1,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(factor)?)?;
        rest = after[unit.len()..].trim_start();
    }
    Some(Duration::from_millis(total))
}

/// `4096`, `64KiB`, `1m`.
pub(super) fn size(text: &str) -> Parsed<usize> {
    let (number, unit) = text.split_at(digits(text));
    let factor = SIZE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim())).map(|(_, factor)| *factor);
    let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
    bytes.ok_or_else(|| format!("invalid size `{text}`; write bytes or a unit, as in 65536, 64KiB or 1MiB"))
}

pub(super) fn pid(text: &str) -> Parsed<u32> {
    text.parse().map_err(|_| format!("invalid process number `{text}`; write one such as 1234"))
}

/// A whole number of at least 1.
pub(super) fn count(text: &str) -> Parsed<usize> {
    let parsed = text.parse().ok().filter(|n| *n > 0);
    parsed.ok_or_else(|| format!("invalid count `{text}`; write a whole number of at least 1"))
}

pub(super) fn switch(text: &str) -> Parsed<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(format!("invalid switch `{text}`; write true or false")),
    }
}

/// `:10499`, `127.0.0.1:10499`, `[::1]:10499`, `localhost:10499`.
pub(super) fn listen_address(text: &str) -> Parsed<ListenAddress> {
    let wrong = || format!("invalid address `{text}`; write :10499, 127.0.0.1:10499 or [::1]:10499");
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().map_err(|_| wrong())?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ambiguous = host.contains(':') && !text.starts_with('[');
    if ambiguous || host.contains(['/', ' ']) {
        Err(wrong())
    } else {
        Ok(ListenAddress { host: host.to_owned(), port })
    }
}

/// A network, or a single address as the network of one.
pub(super) fn network(text: &str) -> Parsed<IpNet> {
    let parsed = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    parsed.ok_or_else(|| format!("invalid network `{text}`; write 10.0.0.0/8, fd00::/8 or a single address"))
}

/// A histogram bound, in seconds, as milliseconds: nginx's times are no finer.
pub(super) fn bound(text: &str) -> Parsed<u32> {
    /// A day: no request is waited for longer.
    const SECONDS_MOST: f64 = 86_400.0;
    let seconds = text.parse::<f64>().ok().filter(|s| (0.001..=SECONDS_MOST).contains(s));
    // Rounded and in range, so the cast keeps the value.
    let millis = seconds.map(|seconds| (seconds * 1_000.0).round() as u32);
    millis.ok_or_else(|| format!("invalid bound `{text}`; write seconds from 0.001 to 86400, as in 0.25"))
}

pub(super) fn millis(duration: Duration) -> Parsed<u32> {
    duration.as_millis().try_into().map_err(|_| "the duration is too long; hours are plenty".to_owned())
}

pub(super) fn regex(text: &str) -> Parsed<Regex> {
    // The crate's message draws the pattern over several lines; its last line is the sentence.
    Regex::new(text).map_err(|error| {
        let message = error.to_string();
        let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("invalid regular expression `{text}`: {reason}")
    })
}

/// A status page: `http://…`, `https://…` or `unix:/path/of.sock:/uri`.
pub(super) fn scrape_uri(text: &str) -> Parsed<String> {
    // Without a path of its own, the page is the socket's `/`.
    let unix = text.strip_prefix("unix:").is_some_and(|path| path.starts_with('/'));
    let http =
        ["http://", "https://"].iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|host| !host.is_empty()));
    if unix || (http && !text.contains(' ')) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "invalid status page `{}`; write http://127.0.0.1/nginx_status or unix:/run/nginx.sock:/nginx_status",
        without_secrets(text)
    ))
}

/// An absolute path of a URL, such as the one the metrics are served on.
pub(super) fn url_path(text: &str) -> Parsed<String> {
    let right = text.starts_with('/') && !text.contains([' ', '?', '#', '{', '}', '*']);
    if right {
        Ok(text.to_owned())
    } else {
        Err(format!("invalid path `{text}`; write it from its slash on, as in /metrics"))
    }
}

pub(super) fn named(text: &str) -> Parsed<Named<String>> {
    let pair = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    match pair.filter(|(name, value)| !name.is_empty() && !value.is_empty()) {
        Some((name, value)) => Ok(Named { name: name.to_owned(), value: value.to_owned() }),
        None => Err(format!("invalid pair `{text}`; write NAME=VALUE")),
    }
}

/// A log: a path, which may be a pattern, or the address of a stream.
pub(super) fn log(text: &str) -> Parsed<String> {
    if Address::parse(text)?.is_some() { Ok(text.to_owned()) } else { pattern(text) }
}

/// A log's path, which may be a pattern.
fn pattern(text: &str) -> Parsed<String> {
    glob::Pattern::new(text).map(|_| text.to_owned()).map_err(|error| {
        format!(
            "invalid path pattern `{text}`: {} at character {}; `[[]` stands for a `[` of the name",
            error.msg,
            error.pos + 1
        )
    })
}

pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    Ok(PathBuf::from(text))
}

pub(super) fn text(text: &str) -> Parsed<String> {
    Ok(text.to_owned())
}

/// How many leading bytes are ASCII digits.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}
