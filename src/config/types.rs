//! The types that settings have. A new one is needed only where a value is written or limited as no other is.
//! Does not know: which setting has which type.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing::level_filters::LevelFilter;

use super::LogEncoding;
use super::value_type::{Choice, ListStyle, Syntax, ValueType, choice};
use super::values::{self, ListenAddress, Named};
use crate::envelope::Envelope;
use crate::input::tail::StartFrom;
use crate::tally::RoutePattern;
use crate::web::ClientAddresses;

pub(super) static TEXT: ValueType<String> = ValueType::new("TEXT", Syntax::Text, values::text, String::clone);
pub(super) static PATH: ValueType<PathBuf> =
    ValueType::new("PATH", Syntax::Text, values::path, |path| path.display().to_string());
pub(super) static LOG: ValueType<String> = ValueType::new("PATH", Syntax::Text, values::log, String::clone);
pub(super) static URL_PATH: ValueType<String> = ValueType::new("TEXT", Syntax::Text, telemetry_path, String::clone);
pub(super) static URI: ValueType<String> = ValueType::new("URI", Syntax::Text, values::scrape_uri, String::clone);
pub(super) static ADDRESS: ValueType<ListenAddress> =
    ValueType::new("HOST:PORT", Syntax::NoComma, values::listen_address, ToString::to_string);
pub(super) static HOSTNAME: ValueType<String> = ValueType::new("NAME", Syntax::NoComma, hostname, String::clone);
pub(super) static NETWORK: ValueType<IpNet> =
    ValueType::new("CIDR", Syntax::NoComma, values::network, ToString::to_string);
pub(super) static SWITCH: ValueType<bool> = ValueType::new("BOOL", Syntax::Switch, values::switch, ToString::to_string);
pub(super) static DURATION: ValueType<Duration> =
    ValueType::new("DURATION", Syntax::Text, values::period, |duration| print_duration(*duration));
/// A duration in milliseconds.
pub(super) static DURATION_MS: ValueType<u32> = ValueType::new(
    "DURATION",
    Syntax::Text,
    |text| values::period(text).and_then(values::millis),
    |ms| print_duration(Duration::from_millis(u64::from(*ms))),
);
/// The bound of a bucket: written in seconds, kept in milliseconds.
pub(super) static SECONDS_MS: ValueType<u32> =
    ValueType::new("SECONDS", Syntax::NoComma, values::bound, |ms| (f64::from(*ms) / 1000.0).to_string())
        .list_style(ListStyle::OneLine);
pub(super) static LINE_BYTES: ValueType<usize> =
    ValueType::new("SIZE", Syntax::Text, line_bytes, |bytes| print_size(*bytes));
pub(super) static PID: ValueType<u32> = ValueType::new("N", Syntax::Text, values::pid, ToString::to_string);
pub(super) static COUNT: ValueType<u64> =
    ValueType::new("N", Syntax::Text, |text| values::count(text).map(|count| count as u64), ToString::to_string);
/// The most values of a label.
pub(super) static LABEL_LIMIT: ValueType<usize> = ValueType::new("N", Syntax::Text, label_limit, ToString::to_string);
/// The most series altogether.
pub(super) static SERIES_LIMIT: ValueType<usize> = ValueType::new("N", Syntax::Text, series_limit, ToString::to_string);
pub(super) static FAMILY_LABEL: ValueType<Named<String>> =
    ValueType::new("NAME=VALUE", Syntax::Pair("label"), family_label, |pair| format!("{}={}", pair.name, pair.value));
/// Regular expressions that are compiled together: each is tried alone first, so that a problem names the wrong one.
pub(super) static REGEX: ValueType<String> =
    ValueType::new("REGEX", Syntax::Text, |text| values::regex(text).map(|_| text.to_owned()), String::clone)
        .list_style(ListStyle::CountedDefault);
pub(super) static ROUTE: ValueType<RoutePattern> =
    ValueType::new("NAME=VALUE", Syntax::Pair("match"), route, |route| format!("{}={}", route.name, route.regex));
pub(super) static TIMEOUT: ValueType<Named<Duration>> =
    ValueType::new("NAME=VALUE", Syntax::Pair("timeout"), timeout, |timeout| {
        format!("{}={}", timeout.name, print_duration(timeout.value))
    });
pub(super) static START_FROM: ValueType<StartFrom> = choice();
pub(super) static LEVEL: ValueType<LevelFilter> = choice();
/// `None`: found out line by line.
pub(super) static ENVELOPE: ValueType<Option<Envelope>> = choice();
pub(super) static LOG_ENCODING: ValueType<LogEncoding> = choice();
pub(super) static CLIENT_ADDRESSES: ValueType<ClientAddresses> = choice();

impl Choice for StartFrom {
    const WORDS: &'static [(&'static str, StartFrom)] = &[("end", StartFrom::End), ("start", StartFrom::Start)];
}

impl Choice for LevelFilter {
    const WORDS: &'static [(&'static str, LevelFilter)] = &[
        ("error", LevelFilter::ERROR),
        ("warn", LevelFilter::WARN),
        ("info", LevelFilter::INFO),
        ("debug", LevelFilter::DEBUG),
    ];
}

impl Choice for Option<Envelope> {
    const WORDS: &'static [(&'static str, Option<Envelope>)] = &[
        ("auto", None),
        (Envelope::None.as_str(), Some(Envelope::None)),
        (Envelope::Syslog.as_str(), Some(Envelope::Syslog)),
        (Envelope::Cri.as_str(), Some(Envelope::Cri)),
        (Envelope::DockerJson.as_str(), Some(Envelope::DockerJson)),
        (Envelope::Compose.as_str(), Some(Envelope::Compose)),
        (Envelope::JournalJson.as_str(), Some(Envelope::JournalJson)),
    ];
}

impl Choice for LogEncoding {
    const WORDS: &'static [(&'static str, LogEncoding)] =
        &[("logfmt", LogEncoding::Logfmt), ("json", LogEncoding::Json)];
}

impl Choice for ClientAddresses {
    const WORDS: &'static [(&'static str, ClientAddresses)] = &[
        ("loopback", ClientAddresses::Loopback),
        ("prefix", ClientAddresses::Prefix),
        ("nobody", ClientAddresses::Nobody),
    ];
}

/// Not one of the paths that the server answers itself.
fn telemetry_path(text: &str) -> Result<String, String> {
    let path = values::url_path(text)?;
    let taken = path.starts_with("/-/") || path.starts_with("/api/");
    if taken {
        Err(format!("invalid path `{path}`: it is one of hangup's own; write another, such as /metrics"))
    } else {
        Ok(path)
    }
}

fn hostname(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let name = !text.is_empty() && text.bytes().all(fits);
    if name {
        Ok(text.to_owned())
    } else {
        Err(format!("invalid host name `{text}`; write it without port, as in metrics.example.com"))
    }
}

/// nginx itself writes lines of 32 KiB, and a status line has to fit.
fn line_bytes(text: &str) -> Result<usize, String> {
    /// Shorter lines than these are ordinary.
    const LINE_BYTES_LEAST: usize = 1 << 10;
    /// Each file being read may hold this much in memory.
    const LINE_BYTES_MOST: usize = 16 << 20;
    let bytes = values::size(text)?;
    let fits = (LINE_BYTES_LEAST..=LINE_BYTES_MOST).contains(&bytes);
    if fits { Ok(bytes) } else { Err(format!("invalid size `{text}`; write one from 1KiB to 16MiB")) }
}

fn label_limit(text: &str) -> Result<usize, String> {
    /// The interners' ids are 16 bits wide, and no Prometheus is glad of so many series.
    const LIMIT_MOST: usize = 10_000;
    let count = values::count(text)?;
    if count <= LIMIT_MOST { Ok(count) } else { Err(format!("invalid count `{text}`; write at most {LIMIT_MOST}")) }
}

fn series_limit(text: &str) -> Result<usize, String> {
    /// Hangup's own series, and those of a server or two, need as many.
    const LEAST: usize = 2_000;
    let count = values::count(text)?;
    if count >= LEAST { Ok(count) } else { Err(format!("`{text}` is under {LEAST}, which hangup's own series need")) }
}

fn family_label(text: &str) -> Result<Named<String>, String> {
    let pair = values::named(text)?;
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if word(&pair.name) && word(&pair.value) { Ok(pair) } else { Err(format!("invalid metric and label `{text}`")) }
}

fn route(text: &str) -> Result<RoutePattern, String> {
    let Named { name, value } = values::named(text)?;
    values::regex(&value)?;
    RoutePattern::new(&value, &name).map_err(|error| error.to_string())
}

fn timeout(text: &str) -> Result<Named<Duration>, String> {
    let Named { name, value } = values::named(text)?;
    Ok(Named { name, value: values::period(&value)? })
}

fn print_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms.is_multiple_of(1000) { format!("{}s", ms / 1000) } else { format!("{ms}ms") }
}

fn print_size(bytes: usize) -> String {
    let units = [(1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    unit.map_or_else(|| bytes.to_string(), |(unit, name)| format!("{}{name}", bytes / unit))
}
