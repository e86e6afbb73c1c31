//! The logs to follow, each with its format: what was discovered, or what a person named instead.
//! Does not know: whether a file is there.

use super::discover::access_logs::{AccessLine, AccessLog, SHARED};
use super::discover::error_logs::ErrorLog;
use super::discover::formats::Refused;
use super::discover::written::WrittenLog;
use super::discover::{Found, pasted};
use super::glob::unescaped;
use super::origin::{Origin, Place, Problem};
use super::resolved::{Settings, Value};
use super::settings::{NGINX_ACCESS_LOG, NGINX_ERROR_LOG, NGINX_LOG_FORMAT};
use crate::dialect::nginx::log_format::LogFormat;
use crate::input::Address;
use crate::record::Level;
use crate::record::{Column, Sight};

/// A log to follow.
#[derive(Debug, Clone)]
pub struct LogSpec {
    /// A glob.
    pub path: String,
    /// The path as a person knows it: with nginx's variables in it where there are some, a pattern only where somebody
    /// wrote one.
    pub shown: String,
    pub kind: LogKind,
    pub origin: Origin,
}

impl LogSpec {
    /// Where it comes from, if it is no file.
    pub fn stream(&self) -> Option<Address> {
        Address::of(&self.path)
    }

    /// What its lines can show of requests: of lines that name their own values, anything.
    pub fn sight(&self) -> Sight {
        match &self.kind {
            LogKind::Access { format, .. } if format.names_its_values() => Sight::of(&Column::ALL),
            LogKind::Access { format, .. } => format.sight(),
            LogKind::Error { .. } => Sight::NOTHING,
        }
    }

    /// The label for lines of an access log that do not name their server.
    pub fn server(&self) -> Option<&str> {
        match &self.kind {
            LogKind::Access { server, .. } => Some(server),
            LogKind::Error { .. } => None,
        }
    }
}

#[derive(Debug, Clone)]
pub enum LogKind {
    Access {
        format: LogFormat,
        /// The format's name, or `(given)` where it was written out.
        format_name: String,
        /// The `log_format` line, where it is one of nginx.conf.
        format_place: Option<Place>,
        /// The label for lines that do not name their server: the one server that writes the log, else `all`.
        server: String,
        /// The lines of nginx.conf that name the log.
        lines: Vec<AccessLine>,
        /// Formats in which every request stands there a second time.
        doubled: Vec<LogFormat>,
    },
    /// `level`: the least severe level nginx writes there, where nginx.conf tells.
    Error { level: Option<Level> },
}

/// The name of a format that has none.
const GIVEN: &str = "(given)";

/// The format that a person named for all access logs.
pub(super) fn given(settings: &Settings, found: &Found, problems: &mut Vec<Problem>) -> Option<Format> {
    let name = settings.get(&NGINX_LOG_FORMAT)?;
    let origin = settings.origin(&NGINX_LOG_FORMAT);
    if let Some((_, Refused { why, place })) = found.formats.refused().find(|(refused, _)| *refused == name) {
        let text = format!("log_format {name} ({place}) cannot be used: {why}");
        problems.push(Problem::of_nginx(origin, text));
        return None;
    }
    format(&name, found).map_err(|text| problems.push(Problem::new(origin, text))).ok()
}

/// All logs to follow, access logs first.
pub(super) fn specs(settings: &Settings, found: &Found, given: Option<&Format>) -> Vec<LogSpec> {
    let access = settings.values(&NGINX_ACCESS_LOG).into_iter().filter_map(|path| access(path, found, given));
    let mut specs: Vec<LogSpec> = access.collect();
    // What is received as an access log has its error-log lines told apart already.
    let is_new = |path: &Value<String>| !is_stream(&path.value) || specs.iter().all(|spec| spec.path != path.value);
    let errors: Vec<_> = settings.values(&NGINX_ERROR_LOG).into_iter().filter(is_new).collect();
    specs.extend(errors.into_iter().map(|path| error(path, found)));
    specs
}

/// A format, its name, and its place where nginx.conf defines it.
#[derive(Clone)]
pub(super) struct Format {
    pub format: LogFormat,
    name: String,
    place: Option<Place>,
}

fn access(path: Value<String>, found: &Found, given: Option<&Format>) -> Option<LogSpec> {
    let known = found.access_logs.iter().find(|log| log.path == path.value);
    let sent = written_to(&path.value, found).filter(|_| known.is_none());
    let of_sent = || format(&sent?.format, found).ok();
    let format =
        given.cloned().or_else(|| known.map(of)).or_else(of_sent).or_else(|| format("combined", found).ok())?;
    let server = known.map(|log| &log.server).or(sent.map(|log| &log.server)).map_or(SHARED, |it| it).to_owned();
    let Format { format, name: format_name, place: format_place } = format;
    let lines = known.map(|log| log.lines.clone()).unwrap_or_default();
    let doubled = known.filter(|_| given.is_none()).map_or(&[][..], |log| &log.doubled);
    let doubled = doubled.iter().map(|named| named.format.clone()).collect();
    let kind = LogKind::Access { format, format_name, format_place, server, lines, doubled };
    let shown = known.map_or_else(|| unescaped(&path.value), |log| log.shown.clone());
    Some(LogSpec { path: path.value, shown, kind, origin: path.origin })
}

fn is_stream(path: &str) -> bool {
    matches!(Address::parse(path), Ok(Some(_)))
}

/// How nginx.conf says that what comes over a stream is written. The address may be another there, as seen from within a
/// container; if nginx writes in one way only, it is that.
fn written_to<'a>(path: &str, found: &'a Found) -> Option<&'a WrittenLog> {
    let same = found.written.iter().find(|log| log.path == path);
    let only = || match found.written.as_slice() {
        [first, rest @ ..] => Some(first).filter(|_| rest.iter().all(|log| log.format == first.format)),
        [] => None,
    };
    same.or_else(only).filter(|_| is_stream(path))
}

fn error(path: Value<String>, found: &Found) -> LogSpec {
    let known: Option<&ErrorLog> = found.error_logs.iter().find(|log| log.path == path.value);
    let kind = LogKind::Error { level: known.map(|log| log.level) };
    LogSpec { shown: unescaped(&path.value), path: path.value, kind, origin: path.origin }
}

fn of(log: &AccessLog) -> Format {
    Format { format: log.format.format.clone(), name: log.format.name.clone(), place: log.format.place.clone() }
}

/// A format by what a person wrote: a name of nginx.conf, a preset, or the text itself (it has a `$`).
fn format(text: &str, found: &Found) -> Result<Format, String> {
    if text.contains('$') {
        let format = pasted::format(text)?;
        return Ok(Format { format, name: GIVEN.to_owned(), place: None });
    }
    let text = text.trim();
    let name = text.to_owned();
    match (found.formats.get(text), LogFormat::preset(text)) {
        (Ok(named), _) => Ok(Format { format: named.format, name, place: named.place }),
        (Err(_), Some(format)) => Ok(Format { format, name, place: None }),
        (Err(_), None) => Err(format!(
            "invalid format `{text}`; write the name of a log_format of nginx.conf, that of a preset ({}), or the \
             format's text",
            LogFormat::PRESETS.join(", ")
        )),
    }
}
