//! Lines read by their labels, JSON beside serde_json: where both can read a line, they read the same status.
//! The input is the line.

use super::access;
use hangup::dialect::nginx::log_format::LogFormat;
use hangup::record::Status;
use serde_json::Value;
use std::sync::OnceLock;

pub fn check(line: &[u8]) {
    static FORMATS: OnceLock<[LogFormat; 2]> = OnceLock::new();
    let formats = FORMATS.get_or_init(|| ["json", "ltsv"].map(|name| LogFormat::preset(name).expect("a preset")));
    let records = formats.each_ref().map(|format| format.parse(line).ok());
    for record in records.iter().flatten() {
        access::hold(record, line);
    }
    if let Some(status) = status(line) {
        assert_eq!(records[0].and_then(|record| record.status), Some(Status::Code(status)), "{}", line.escape_ascii());
    }
}

/// The status of an object in which nobody can mistake it: one label for it, its value plain.
fn status(line: &[u8]) -> Option<u16> {
    let Ok(Value::Object(object)) = serde_json::from_slice(line) else { return None };
    let labels = line.windows(STATUS.len()).filter(|window| *window == STATUS).count();
    if labels != 1 || line.contains(&b'\\') || object.keys().any(|key| key != "status" && key.contains("status")) {
        return None;
    }
    let text = match object.get("status")? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let plain = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

const STATUS: &[u8] = b"status";
