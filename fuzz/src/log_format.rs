//! Any format string and any line; and formats whose values can be told apart, which must give them back.
//! The input: one byte for the escape, the format, a newline, the line. The bytes also choose variables and values.

use super::{access, first_line};
use hangup::dialect::nginx::log_format::{Escape, LogFormat};
use hangup::record::{Attempt, Record, Status};

const ESCAPES: [Escape; 3] = [Escape::Default, Escape::Json, Escape::None];

pub fn check(bytes: &[u8]) {
    let Some((escape, rest)) = bytes.split_first() else { return };
    let escape = ESCAPES[usize::from(*escape) % ESCAPES.len()];
    let (source, line) = first_line(rest);
    let source = String::from_utf8_lossy(source);
    // As it is, and with what it may lack.
    for source in [source.to_string(), format!("$status {source}"), format!("{source} $status")] {
        if let Ok(format) = LogFormat::compile(&source, escape) {
            let _ = (format.missing(), format.has("status"));
            if let Ok(record) = format.parse(line) {
                access::hold(&record, line);
            }
        }
    }
    round_trip(escape, &mut Choices(rest));
}

/// Quoted variables, each once, in an order and with values that the input chooses: all must come back.
fn round_trip(escape: Escape, choices: &mut Choices<'_>) {
    let status = 100 + u16::from(choices.byte());
    let (mut source, mut line) = ("$status".to_owned(), status.to_string().into_bytes());
    let mut unused = VARIABLES.to_vec();
    let mut written = Vec::new();
    while !choices.0.is_empty() && !unused.is_empty() {
        let (name, kind) = unused.swap_remove(choices.below(unused.len()));
        let literal = LITERALS[choices.below(LITERALS.len())];
        let value = escaped(&kind.value(choices), escape);
        source += &format!("{literal}\"${{{name}}}\"");
        line.extend([literal.as_bytes(), b"\"", &value, b"\""].concat());
        written.push((name, value));
    }
    // Without any escape a value may hold the quote that ends it.
    if escape == Escape::None {
        return;
    }
    let shown = format!("{source:?}: {}", line.escape_ascii());
    let format = LogFormat::compile(&source, escape).unwrap_or_else(|error| panic!("{error}: {shown}"));
    let record = format.parse(&line).unwrap_or_else(|error| panic!("{error:?}: {shown}"));
    assert_eq!(record.status, Some(Status::Code(status)), "{shown}");
    for (name, value) in &written {
        assert!(came_back(&record, name, value), "{name} of {record:?}: {shown}");
    }
}

const LITERALS: [&str; 8] = [" ", " - ", " x=", ",", "|", "] [", "\t", ": "];

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Seconds,
    Number,
    Tries,
}

const VARIABLES: [(&str, Kind); 8] = [
    ("http_user_agent", Kind::Text),
    ("http_referer", Kind::Text),
    ("remote_user", Kind::Text),
    ("request_time", Kind::Seconds),
    ("body_bytes_sent", Kind::Number),
    ("upstream_response_time", Kind::Tries),
    ("upstream_header_time", Kind::Tries),
    ("request_id", Kind::Text),
];

impl Kind {
    fn value(self, choices: &mut Choices<'_>) -> Vec<u8> {
        let seconds = |choices: &mut Choices<'_>| format!("{}.{:03}", choices.byte(), choices.below(1000));
        match self {
            Kind::Text => choices.text(),
            Kind::Seconds => seconds(choices).into_bytes(),
            Kind::Number => choices.byte().to_string().into_bytes(),
            Kind::Tries => (0..=choices.below(3)).map(|_| seconds(choices)).collect::<Vec<_>>().join(", ").into_bytes(),
        }
    }
}

fn came_back(record: &Record<'_>, name: &str, value: &[u8]) -> bool {
    let absent = value.is_empty() || value == b"-";
    let text = String::from_utf8_lossy(value);
    match name {
        "http_user_agent" => absent || record.user_agent == Some(value),
        "request_id" => absent || record.request_id == Some(value),
        "request_time" => record.duration == text.replace('.', "").parse().ok(),
        "body_bytes_sent" => record.body_bytes == text.parse().ok(),
        "upstream_response_time" => has_times(record, &text, |one| one.response),
        "upstream_header_time" => has_times(record, &text, |one| one.header),
        _ => true,
    }
}

/// Whether the attempts have the times of a list. With another list that is longer they go on without.
fn has_times(record: &Record<'_>, list: &str, time: impl Fn(&Attempt<'_>) -> Option<u32>) -> bool {
    let mut written: Vec<Option<u32>> = list.split(", ").map(|text| text.replace('.', "").parse().ok()).collect();
    let attempts = record.attempts.iter().count();
    written.resize(attempts.max(written.len()), None);
    written.len() == attempts && record.attempts.iter().map(|one| time(&one)).eq(written)
}

/// As nginx writes it (source: ngx_http_log_escape, ngx_escape_json).
fn escaped(value: &[u8], escape: Escape) -> Vec<u8> {
    let mut text = Vec::new();
    for &byte in value {
        match (escape, byte) {
            (Escape::Default, b'"' | b'\\' | 0..=0x1f | 0x7f..) => text.extend(format!("\\x{byte:02X}").bytes()),
            (Escape::Json, b'"' | b'\\') => text.extend([b'\\', byte]),
            (Escape::Json, 0..=0x1f) => text.extend(format!("\\u{byte:04X}").bytes()),
            _ => text.push(byte),
        }
    }
    text
}

/// Bytes as decisions; zeros when they are used up.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, limit: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % limit
    }

    fn text(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte() % 24).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        text.to_vec()
    }
}
