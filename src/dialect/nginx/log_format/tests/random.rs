//! Random formats, lines and bytes: what nginx would have written is read back, and nothing panics.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::record::Status;

/// A variable, and values for it as nginx would hold them before escaping.
fn variable() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let text = vec(any::<u8>(), 1..12).prop_filter("a lone dash means absent", |text| text != b"-");
    let list = vec(select(vec!["0.001", "-", "12.345"]), 1..4).prop_map(|tries| tries.join(", ").into_bytes());
    let seconds = (0..100_u32, 0..1000_u32).prop_map(|(s, ms)| format!("{s}.{ms:03}").into_bytes());
    prop_oneof![
        text.clone().prop_map(|text| ("http_user_agent", text)),
        text.clone().prop_map(|text| ("http_referer", text)),
        text.prop_map(|text| ("remote_user", text)),
        list.prop_map(|list| ("upstream_response_time", list)),
        seconds.prop_map(|seconds| ("request_time", seconds)),
        any::<u32>().prop_map(|bytes| ("body_bytes_sent", bytes.to_string().into_bytes())),
        Just(("time_local", b"21/Nov/2026:14:17:26 +0000".to_vec())),
    ]
}

/// As nginx writes it (source: ngx_http_log_escape, ngx_escape_json).
fn escaped(value: &[u8], escape: Escape) -> Vec<u8> {
    let mut text = Vec::new();
    for &byte in value {
        match (escape, byte) {
            (Escape::Default, b'"' | b'\\' | 0..=0x1f | 0x7f..) => text.extend(format!("\\x{byte:02X}").bytes()),
            (Escape::Json, b'"' | b'\\') => text.extend([b'\\', byte]),
            (Escape::Json, b'\n') => text.extend(b"\\n"),
            (Escape::Json, 0..=0x1f) => text.extend(format!("\\u{byte:04X}").bytes()),
            _ => text.push(byte),
        }
    }
    text
}

/// Names of variables and their escaped values.
type Values = Vec<(&'static str, Vec<u8>)>;

/// A format of distinct variables in quotes, `$status` among them, and the line nginx would write by it.
fn quoted() -> impl Strategy<Value = (String, Vec<u8>, Values, Escape)> {
    let literals = select(vec![" ", " - ", " x=", ",", "|", "] [", "\\", "\t", ": "]);
    let escapes = select(vec![Escape::Default, Escape::Json]);
    (vec((variable(), literals), 0..8), 100..600_u16, escapes).prop_map(|(mut parts, status, escape)| {
        let mut seen = Vec::new();
        parts.retain(|((name, _), _)| {
            !seen.contains(name) && {
                seen.push(*name);
                true
            }
        });
        let (mut format, mut line) = (format!("$status{}", ' '), format!("{status} ").into_bytes());
        let mut values = vec![("status", status.to_string().into_bytes())];
        for ((name, value), literal) in parts {
            let value = escaped(&value, escape);
            format += &format!("\"${{{name}}}\"{literal}");
            line.push(b'"');
            line.extend(&value);
            line.push(b'"');
            line.extend(literal.bytes());
            values.push((name, value));
        }
        (format, line, values, escape)
    })
}

/// The same without quotes and without free text: only shapes and literals tell where a value ends.
fn bare() -> impl Strategy<Value = (String, Vec<u8>, Values, Escape)> {
    let literals = select(vec![" ", " - ", ",", "|", "] [", "; ", "x", "\t", " rt="]);
    let escapes = select(vec![Escape::Default, Escape::Json, Escape::None]);
    let shaped = variable()
        .prop_filter("free text", |(name, _)| !matches!(*name, "http_user_agent" | "http_referer" | "remote_user"));
    (vec((shaped, literals), 0..6), 100..600_u16, escapes).prop_map(|(mut parts, status, escape)| {
        let mut seen = Vec::new();
        parts.retain(|((name, _), _)| {
            !seen.contains(name) && {
                seen.push(*name);
                true
            }
        });
        let (mut format, mut line) = (String::new(), Vec::new());
        let mut values = vec![("status", status.to_string().into_bytes())];
        for ((name, value), literal) in parts {
            format += &format!("${{{name}}}{literal}");
            line.extend([&value, literal.as_bytes()].concat());
            values.push((name, value));
        }
        line.extend(status.to_string().bytes());
        (format + "$status", line, values, escape)
    })
}

fn check_value(record: &Record<'_>, name: &str, value: &[u8]) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(value);
    match name {
        "status" => prop_assert_eq!(record.status.map(|status| status.to_string()), Some(text.into_owned())),
        "http_user_agent" => prop_assert_eq!(record.user_agent, Some(value)),
        "request_time" => prop_assert_eq!(record.duration, text.replace('.', "").parse().ok()),
        "body_bytes_sent" => prop_assert_eq!(record.body_bytes, text.parse().ok()),
        "upstream_response_time" => prop_assert_eq!(responses(record), times(&text)),
        "time_local" => prop_assert_eq!(record.time.unix_millis(), Some(1_795_270_646_000)),
        _ => {}
    }
    Ok(())
}

fn responses(record: &Record<'_>) -> Vec<Option<u32>> {
    record.attempts.iter().map(|one| one.response).collect()
}

/// The elements of a list in milliseconds; a lone dash means that no upstream was involved.
fn times(list: &str) -> Vec<Option<u32>> {
    let elements = list.split(", ").filter(|_| list != "-");
    elements.map(|text| text.replace('.', "").parse().ok()).collect()
}

proptest! {
    #[test]
    fn quoted_values_come_back((format, line, values, escape) in quoted()) {
        let context = format!("{format:?} {}", line.escape_ascii());
        let format = LogFormat::compile(&format, escape).unwrap();
        let record = format.parse(&line).map_err(|error| TestCaseError::fail(format!("{error:?}: {context}")))?;
        for (name, value) in values {
            check_value(&record, name, &value)?;
        }
    }

    #[test]
    fn bare_values_come_back((format, line, values, escape) in bare()) {
        let context = format!("{format:?} {}", line.escape_ascii());
        let format = LogFormat::compile(&format, escape).unwrap();
        let record = format.parse(&line).map_err(|error| TestCaseError::fail(format!("{error:?}: {context}")))?;
        for (name, value) in values {
            check_value(&record, name, &value)?;
        }
    }

    /// One free text without quotes, known shapes around it, whatever it holds.
    #[test]
    fn free_text_among_shapes_never_shifts_them(agent in "[ -~]{0,60}", status in 100..600_u16, ms in 0..100_000_u32) {
        let seconds = format!("{}.{:03}", ms / 1000, ms % 1000);
        for escape in [Escape::Default, Escape::Json, Escape::None] {
            let agent = String::from_utf8(escaped(agent.as_bytes(), escape)).unwrap();
            let source = "$request_time $http_user_agent $upstream_status $status $body_bytes_sent";
            let format = LogFormat::compile(source, escape).unwrap();
            let line = format!("{seconds} {agent} 502, - {status} 7");
            let record = format.parse(line.as_bytes()).unwrap();
            prop_assert_eq!(record.status, Some(Status::Code(status)));
            prop_assert_eq!(record.duration, Some(ms));
            prop_assert_eq!(record.body_bytes, Some(7));
        }
    }

    #[test]
    fn no_line_panics(line in vec(any::<u8>(), 0..300)) {
        for name in LogFormat::PRESETS {
            let _ = LogFormat::preset(name).unwrap().parse(&line).map(|record| record.attempts.iter().count());
        }
    }

    /// Captured lines with a hole or foreign bytes: the walk gets far before it meets them.
    #[test]
    fn no_damaged_line_panics(
        index in 0..30_usize,
        from in 0..400_usize,
        cut in 0..9_usize,
        put in "[\" ,:|\\[\\]{}\\\\\t0-]{0,6}",
    ) {
        for preset in LogFormat::PRESETS.iter().filter(|name| **name != "extended") {
            let log = captured::read(&format!("{preset}.log"));
            let mut line = log.split(|&byte| byte == b'\n').nth(index).unwrap().to_vec();
            let from = from.min(line.len());
            let to = (from + cut).min(line.len());
            line.splice(from..to, put.bytes());
            if let Ok(record) = LogFormat::preset(preset).unwrap().parse(&line) {
                let _ = (record.time.unix_millis(), record.attempts.iter().count());
            }
        }
    }

    /// Only under `escape=default` is the beginning read in one go, so the other escape shows what a closer look finds.
    #[test]
    fn read_in_one_go_or_closely_it_is_the_same(
        user in "-|[a-z -]{0,9}",
        numbers in "200 5|[0-9 -]{0,9}",
        from in 0..150_usize,
        cut in 0..4_usize,
        put in "[\" \\[\\]/:0-]{0,3}",
    ) {
        let whole = format!(r#"192.0.2.7 - {user} [21/Nov/2026:14:17:26 +0000] "GET /a?b HTTP/1.1" {numbers} "-" "curl/8""#);
        let mut damaged = whole.clone();
        let from = from.min(whole.len());
        damaged.replace_range(from..(from + cut).min(whole.len()), &put);
        let [in_one_go, closely] = [Escape::Default, Escape::Json].map(|escape| LogFormat::compile(combined::SOURCE, escape).unwrap());
        for line in [whole, damaged] {
            prop_assert_eq!(in_one_go.parse(line.as_bytes()), closely.parse(line.as_bytes()), "{}", line);
        }
    }

    #[test]
    fn no_format_panics(format in "[$a-z{} \"|]{0,40}", line in "[a-z0-9 \"|,:-]{0,80}") {
        for escape in [Escape::Default, Escape::Json, Escape::None] {
            if let Ok(format) = LogFormat::compile(&format!("{format}$status {format}"), escape) {
                let _ = format.parse(line.as_bytes());
            }
        }
    }
}
