//! Lines of a real nginx (1.22.1 of Debian 12) that logged the same requests in every format at once,
//! against what the client of each request knows: `tests/fixtures/access/nginx-1.22`.

use std::collections::BTreeMap;

use super::*;
use crate::record::{Column, Sight, Status};

#[derive(serde::Deserialize)]
struct Case {
    case: String,
    status: u16,
    method: String,
    path: String,
    tries: Vec<String>,
    completion: Option<bool>,
    waited_ms: u32,
}

#[derive(serde::Deserialize)]
struct Format {
    escape: String,
    format: String,
}

/// The client's clock and nginx's may differ so much on a busy machine.
const CLOCK_SLACK_MS: u32 = 150;

pub(super) fn read(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/access/nginx-1.22/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn cases() -> Vec<Case> {
    serde_json::from_slice(&read("cases.json")).unwrap()
}

fn formats() -> BTreeMap<String, Format> {
    serde_json::from_slice(&read("formats.json")).unwrap()
}

fn compile(format: &Format) -> LogFormat {
    let escape = match format.escape.as_str() {
        "json" => Escape::Json,
        "none" => Escape::None,
        _ => Escape::Default,
    };
    LogFormat::compile(&format.format, escape).unwrap()
}

/// Each line of one format's log, beside its case.
fn each_line(log: &[u8], mut check: impl FnMut(&Case, &[u8])) {
    let cases = cases();
    let lines: Vec<_> = log.strip_suffix(b"\n").unwrap().split(|&byte| byte == b'\n').collect();
    assert_eq!(lines.len(), cases.len());
    for (case, line) in cases.iter().zip(lines) {
        check(case, line);
    }
}

fn check(format: &LogFormat, case: &Case, record: &Record<'_>, context: &str) {
    assert_eq!(record.status, Some(Status::Code(case.status)), "{context}");
    // Without `$request` nginx may know less of a request it refused than the client had sent.
    let refused = matches!(case.status, 400 | 408) && !format.has("request");
    if format.has("request") || format.has("request_method") {
        assert!(record.method == case.method.as_bytes() || refused && record.method.is_empty(), "{context}");
    }
    if format.has("request") || format.has("request_uri") {
        assert!(record.path == case.path.as_bytes() || refused && record.path.is_empty(), "{context}");
    }
    if format.has("uri") && !refused && case.case != "decoded_uri" {
        assert_eq!(record.path, case.path.as_bytes(), "{context}");
    }
    if format.has("upstream_status") && format.has("upstream_addr") {
        let code = |status: Option<Status>| status.and_then(Status::code);
        let statuses = record.attempts.iter().map(|it| code(it.status).map_or("-".into(), |code| format!("{code:03}")));
        assert_eq!(statuses.collect::<Vec<_>>(), case.tries, "{context}");
        assert!(record.attempts.iter().all(|it| !it.address.is_empty()), "{context}");
    }
    if format.has("request_completion") && case.completion.is_some() {
        assert_eq!(record.complete, case.completion, "{context}");
    }
    if format.has("request_time") {
        let request_time = record.duration.expect(context);
        assert!(request_time <= case.waited_ms + CLOCK_SLACK_MS, "{context}");
        assert!(!case.case.ends_with("_left") || request_time + CLOCK_SLACK_MS >= case.waited_ms, "{context}");
    }
}

#[test]
fn every_line_in_every_format_says_what_its_client_did() {
    for (name, format) in formats() {
        let log = read(&format!("{name}.log"));
        let format = compile(&format);
        each_line(&log, |case, line| {
            let context = format!("{name}, {}: {}", case.case, line.escape_ascii());
            let record = format.parse(line).unwrap_or_else(|error| panic!("{error:?}: {context}"));
            check(&format, case, &record, &context);
        });
    }
}

#[test]
fn every_format_gives_the_same_time_and_client() {
    let formats = formats();
    let exact = compile(&formats["json_unquoted"]);
    let exact_log = read("json_unquoted.log");
    let mut moments = Vec::new();
    each_line(&exact_log, |_, line| moments.push(exact.parse(line).unwrap().time.unix_millis().unwrap()));
    for (name, format) in &formats {
        let format = compile(format);
        let log = read(&format!("{name}.log"));
        let mut moments = moments.iter();
        each_line(&log, |case, line| {
            let (record, exact) = (format.parse(line).unwrap(), *moments.next().unwrap());
            if let Some(moment) = record.time.unix_millis() {
                assert!((exact - 1000..=exact).contains(&moment), "{name}, {}: {moment}", case.case);
            }
            let server = format.has("server_name") || format.has("host") && !format.has("http_host");
            let known = [Some(&b"shop.example"[..]), Some(b"other.example"), Some(b"a")].contains(&record.server);
            assert!(
                !server || known,
                "{name}, {}: {:?}",
                case.case,
                record.server.map(<[u8]>::escape_ascii).map(|it| it.to_string())
            );
            assert!(!format.has("remote_addr") || record.client == Some(b"127.0.0.1"), "{name}, {}", case.case);
        });
    }
}

#[test]
fn files_nobody_described_are_recognised() {
    let detected = |name: &str| {
        let log = read(&format!("{name}.log"));
        let lines: Vec<&[u8]> = log.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
        LogFormat::detect(&lines).and_then(|format| format.name())
    };
    for name in LogFormat::PRESETS.iter().filter(|name| **name != "extended") {
        assert_eq!(detected(name), Some(*name));
    }
    assert_eq!(detected("raw_none"), Some("extended"));
    assert_eq!(detected("json_unquoted"), Some("json"));
    assert_eq!(detected("json_default_escape"), Some("json"));
    assert_eq!(detected("agent_last"), None);
    assert_eq!(LogFormat::detect(&[]).and_then(|format| format.name()), None);
}

#[test]
fn labels_read_as_much_as_the_template() {
    for name in ["json", "json_unquoted", "ltsv"] {
        let exact = compile(&formats()[name]);
        let labels = LogFormat::preset(if name == "ltsv" { "ltsv" } else { "json" }).unwrap();
        let log = read(&format!("{name}.log"));
        each_line(&log, |case, line| {
            let (exact, mut labels) = (exact.parse(line).unwrap(), labels.parse(line).unwrap());
            // The label `t` means nothing to anyone else.
            if name == "json_unquoted" {
                labels.time = exact.time;
                labels.sight = labels.sight.and(Sight::of(&[Column::Time]));
            }
            if name == "ltsv" {
                // The template knows no address where the label says `host`.
                labels.client = exact.client;
                assert_eq!(labels.sight, exact.sight.and(Sight::of(&[Column::Client])));
                labels.sight = exact.sight;
            }
            assert_eq!(exact, labels, "{name}, {}", case.case);
        });
    }
}
