//! The web configuration file, as exporter-toolkit defines it: TLS, users, headers, a limit of requests.
//! Knows: its keys and their words. Does not know: what any of it does, or when the file is read anew.
//!
//! Source of the format: prometheus/exporter-toolkit, docs/web-configuration.md. What rustls does not speak is refused
//! by name. Paths in the file are relative to the file.

mod fields;
mod tls;

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};

use self::fields::{Fields, Reader};
use super::origin::Problem;
use super::yaml::document::{self, Wrong};
use crate::dialect::nginx::conf::Files;
pub use crate::web::Front;
use crate::web::{FrontSettings, RateLimit};

const SECTIONS: &[&str] = &["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"];

/// The headers that may be set, and the values that those with few may have.
const HEADERS: &[(&str, &[&str])] = &[
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
    ("Content-Security-Policy", &[]),
];

/// Reads the file and those that it names. `Err`: all that is wrong.
pub fn read(path: &Path, files: &dyn Files) -> Result<Front, Vec<Problem>> {
    let mut reader = Reader::new(path, files);
    let settings = match reader.text() {
        Some(text) => settings(&mut reader, &text),
        None => FrontSettings::default(),
    };
    if reader.problems.is_empty() {
        return Front::new(settings).map_err(|what| vec![reader.problem(1, what)]);
    }
    Err(reader.problems)
}

/// What the file and those that it names say, so that a change of any is noticed. Nothing of a file that cannot be read.
pub fn contents(path: &Path, files: &dyn Files) -> Vec<Option<Vec<u8>>> {
    let text = files.read(path).ok();
    let lines = text.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    let mut reader = Reader::new(path, files);
    let named = match document::read(&lines) {
        Ok(root) => tls::files(&reader.fields(&root, "", SECTIONS)),
        Err(_) => Vec::new(),
    };
    let named = named.into_iter().map(|named| files.read(&reader.beside(&named)).ok());
    std::iter::once(text).chain(named).collect()
}

fn settings(reader: &mut Reader<'_>, text: &str) -> FrontSettings {
    let root = match document::read(text) {
        Ok(root) => root,
        Err(Wrong { line, what }) => {
            reader.wrong(line, format!("invalid YAML: {what}"));
            return FrontSettings::default();
        }
    };
    let mut sections = reader.fields(&root, "", SECTIONS);
    FrontSettings {
        tls: sections.take("tls_server_config").and_then(|node| tls::settings(reader, &node)),
        headers: sections.take("http_server_config").map(|node| headers(reader, &node)).unwrap_or_default(),
        users: sections.take("basic_auth_users").map(|node| users(reader, &node)).unwrap_or_default(),
        rate_limit: sections.take("rate_limit").and_then(|node| rate_limit(reader, &node)),
    }
}

fn headers(reader: &mut Reader<'_>, node: &document::Node) -> Vec<(HeaderName, HeaderValue)> {
    let mut http = reader.fields(node, "http_server_config", &["http2", "headers"]);
    // HTTP/2 is not spoken; whoever could speak it speaks HTTP/1.1 then.
    http.take("http2").and_then(|node| reader.switch(&node, "http2"));
    let Some(node) = http.take("headers") else { return Vec::new() };
    let names: Vec<&str> = HEADERS.iter().map(|(name, _)| *name).collect();
    let fields: Fields = reader.fields(&node, "headers", &names);
    fields.0.into_iter().filter_map(|(name, node)| header(reader, &name, &node)).collect()
}

/// An empty value leaves the header as it is.
fn header(reader: &mut Reader<'_>, name: &str, node: &document::Node) -> Option<(HeaderName, HeaderValue)> {
    let text = reader.scalar(node, name).filter(|text| !text.is_empty())?;
    let (_, allowed) = HEADERS.iter().find(|(known, _)| *known == name)?;
    let value = HeaderValue::from_str(&text).ok().filter(|_| allowed.is_empty() || allowed.contains(&text.as_str()));
    if value.is_none() {
        let choice = if allowed.is_empty() { "printable characters".to_owned() } else { allowed.join(" or ") };
        reader.wrong(node.line, format!("invalid value `{text}` for {name}; write {choice}"));
    }
    Some((HeaderName::from_str(name).ok()?, value?))
}

fn users(reader: &mut Reader<'_>, node: &document::Node) -> BTreeMap<String, String> {
    let entries = reader.entries(node, "basic_auth_users");
    let user = |(name, node): (String, document::Node)| {
        let hash = reader.scalar(&node, &name)?;
        // What is wrong with it is said without it.
        if bcrypt::HashParts::from_str(&hash).is_err_and(|_| true) {
            let how = "hash it by `htpasswd -nBC 10 \"\"`";
            reader.wrong(node.line, format!("the password of `{name}` is no bcrypt hash; {how}"));
            return None;
        }
        Some((name, hash))
    };
    entries.into_iter().filter_map(user).collect()
}

fn rate_limit(reader: &mut Reader<'_>, node: &document::Node) -> Option<RateLimit> {
    let mut fields = reader.fields(node, "rate_limit", &["interval", "burst"]);
    let (interval, burst) = (fields.take("interval"), fields.take("burst"));
    let interval = interval.and_then(|node| reader.parsed(&node, "interval", go_duration)).unwrap_or_default();
    let burst: Option<u32> = burst.as_ref().and_then(|node| {
        let count = |text: &str| text.parse().map_err(|_| format!("invalid count `{text}`; write a whole number"));
        reader.parsed(node, "burst", count)
    });
    if interval.is_zero() {
        return None;
    }
    match burst.unwrap_or(0) {
        0 => {
            reader.wrong(
                node.line,
                "with a `burst` under 1 nothing would ever be answered; write how many may come at once",
            );
            None
        }
        burst => Some(RateLimit { interval, burst }),
    }
}

/// A duration as Go reads it: `1s`, `1m30s`, `1.5s`, `0`.
fn go_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let wrong = || format!("invalid duration `{text}`; write a number and its unit, as in 500ms, 2s or 1m30s");
    let (mut rest, mut seconds) = (text.trim(), 0.0);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    while !rest.is_empty() || text.trim().is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        seconds += number.parse::<f64>().map_err(|_| wrong())? * factor;
        rest = next;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests;
