//! Two records of one request, column by column.

use hangup::dialect::nginx::log_format::{Escape, LogFormat};
use hangup::record::{Attempt, Column, Party, Phase, Record, Sight, Signal};
use hangup::verdict::{self, Outcome};

use super::requests::Kind;

/// What a line in one format says otherwise than the same request's line in the richest. `is_sure`: the line is in this
/// format; else it may be of another, and is only not to be read wrongly.
pub fn difference(
    format: &LogFormat,
    line: &[u8],
    richest: &LogFormat,
    rich: &[u8],
    kind: &Kind,
    is_sure: bool,
) -> Option<String> {
    let wanted = richest.parse(rich).expect("the richest format reads its own lines");
    let got = match format.parse(line) {
        Ok(got) => got,
        Err(_) if is_sure => return Some(format!("not read: {}", format.departure(line).text)),
        Err(_) => return None,
    };
    let sight = got.sight;
    let columns = sight.columns().filter(|column| is_comparable(*column, format, kind, is_sure));
    let differing =
        columns.map(|column| (column, told(column, &got, format.escape()), told(column, &wanted, Escape::Default)));
    let mut differing =
        differing.filter(|(column, got, wanted)| got != wanted && !may_differ(*column, got, sight, kind, is_sure));
    let first = differing.next().map(|(column, got, wanted)| format!("{} is {got}, not {wanted}", column.as_str()));
    first.or_else(|| other_verdict(&got, &wanted))
}

/// What can be compared: no decoded target, and of a line that is only guessed at not the client, since its first address
/// may be somebody else's.
fn is_comparable(column: Column, format: &LogFormat, kind: &Kind, is_sure: bool) -> bool {
    match column {
        Column::Path => !kind.is_decoded || (is_sure && (format.has("request") || format.has("request_uri"))),
        Column::Client => is_sure,
        Column::Time => false,
        _ => true,
    }
}

/// What may differ all the same: what a refused head did not say, a user agent that a guess does not know or that has no
/// quotes around, and an attempt in progress of which nothing but its status, a dash, is logged.
fn may_differ(column: Column, got: &str, sight: Sight, kind: &Kind, is_sure: bool) -> bool {
    let only_status = !sight.has_any(Sight::of(&[Column::AttemptAddress, Column::AttemptResponse]));
    match column {
        Column::Method | Column::Server => kind.is_refused && matches!(got, "" | "None"),
        Column::Path => kind.is_refused && matches!(got, "" | "/"),
        Column::UserAgent => kind.has_blanks || (!is_sure && got == "None"),
        Column::AttemptStatus => got.is_empty() && only_status,
        _ => false,
    }
}

fn told(column: Column, record: &Record<'_>, escape: Escape) -> String {
    let text = |bytes: &[u8]| unescaped(bytes, escape);
    let optional = |bytes: Option<&[u8]>| bytes.map_or_else(|| "None".to_owned(), text);
    let attempts =
        |of: fn(&Attempt<'_>) -> String| record.attempts.iter().map(|one| of(&one)).collect::<Vec<_>>().join(",");
    match column {
        Column::Status => format!("{:?}", record.status),
        Column::Method => text(record.method),
        Column::Path => text(record.path),
        Column::Server => optional(record.server),
        Column::Client => optional(record.client),
        Column::UserAgent => optional(record.user_agent),
        Column::Duration => format!("{:?}", record.duration),
        Column::BodyBytes => format!("{:?}", record.body_bytes),
        Column::ContentLength => format!("{:?}", record.content_length),
        Column::Complete => format!("{:?}", record.complete),
        Column::RequestId => optional(record.request_id),
        Column::AttemptAddress => attempts(|one| String::from_utf8_lossy(one.address).into_owned()),
        Column::AttemptStatus => attempts(|one| format!("{:?}", one.status)),
        Column::AttemptConnect => attempts(|one| format!("{:?}", one.connect)),
        Column::AttemptHeader => attempts(|one| format!("{:?}", one.header)),
        Column::AttemptResponse => attempts(|one| format!("{:?}", one.response)),
        _ => String::new(),
    }
}

/// As the client sent it, in printable letters.
fn unescaped(text: &[u8], escape: Escape) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let hex = |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(|it| u8::from_str_radix(it, 16).ok());
        let (plain, length) = match (escape, byte, after) {
            (Escape::Default, b'\\', [b'x', a, b, ..]) => (hex(&[*a, *b]), 4),
            (Escape::Json, b'\\', [b'u', _, _, a, b, ..]) => (hex(&[*a, *b]), 6),
            (Escape::Json, b'\\', [b't', ..]) => (Some(b'\t'), 2),
            (Escape::Json, b'\\', [b'n', ..]) => (Some(b'\n'), 2),
            (Escape::Json, b'\\', [other, ..]) => (Some(*other), 2),
            _ => (Some(byte), 1),
        };
        bytes.push(plain.unwrap_or(byte));
        rest = &rest[length.min(rest.len())..];
    }
    bytes.escape_ascii().to_string()
}

/// Who gave up is the same, or unknown where the format cannot show it.
fn other_verdict(got: &Record<'_>, wanted: &Record<'_>) -> Option<String> {
    let (ours, theirs) = (verdict::judge(got), verdict::judge(wanted));
    let is_blind = !Signal::CutShort.is_visible(got.sight) && theirs.outcome == Outcome::CutShort;
    let is_same = match (ours.gave_up, theirs.gave_up) {
        _ if is_blind => ours.gave_up.is_none() || ours == theirs,
        (Some(ours), Some(theirs)) => {
            let party = ours.party == theirs.party || ours.party == Party::Unknown;
            let phase = ours.phase == theirs.phase
                || (theirs.phase == Phase::Connect && !got.sight.has(Column::AttemptConnect))
                // What is logged of the attempt does not tell where the upstream refused it.
                || !got.sight.has_any(Sight::of(&[Column::AttemptStatus, Column::AttemptHeader]));
            party && phase && ours.code == theirs.code
        }
        (ours, theirs) => ours == theirs,
    };
    let outcome = ours.outcome == theirs.outcome || is_blind;
    (!(is_same && outcome)).then(|| format!("{ours:?}, not {theirs:?}"))
}
