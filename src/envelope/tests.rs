//! Lines in every envelope, and lines in none.

use super::*;

const INSIDE: &str = r#"192.0.2.1 - - [21/Nov/2026:14:17:26 +0000] "GET /a?b=\x22é HTTP/1.1" 499 0 "-" "curl/8""#;

#[track_caller]
fn check(envelope: Envelope, line: &str, expected: Option<(&str, Option<Stream>)>) {
    let mut scratch = Vec::new();
    let opened = envelope.open(line.as_bytes(), &mut scratch);
    let opened = opened.map(|it| (String::from_utf8_lossy(it.text).into_owned(), it.stream));
    assert_eq!(opened, expected.map(|(text, stream)| (text.to_owned(), stream)), "{envelope:?}: {line}");
}

#[test]
fn lines_come_out_as_they_went_in() {
    let quoted = serde_json::to_string(INSIDE).expect("text");
    let quoted = &quoted[1..quoted.len() - 1];
    let (out, err) = (Some(Stream::Stdout), Some(Stream::Stderr));
    for (envelope, line, stream) in [
        (Envelope::Cri, format!("2026-11-21T14:17:26.123456789Z stdout F {INSIDE}"), out),
        (Envelope::Cri, format!("2025-12-31T17:37:40.493035218+01:00 stderr F {INSIDE}"), err),
        (Envelope::Cri, format!("2026-11-21T14:17:26Z stdout F:x {INSIDE}"), out),
        (
            Envelope::DockerJson,
            format!(r#"{{"log":"{quoted}\n","stream":"stdout","time":"2026-11-21T14:17:26.1Z"}}"#),
            out,
        ),
        (
            Envelope::DockerJson,
            format!(r#"{{"log":"{quoted}\n","stream":"stderr","attrs":{{"stream":"stdout"}},"time":""}}"#),
            err,
        ),
        (Envelope::Compose, format!("nginx.1     | {INSIDE}"), None),
        (Envelope::Compose, format!("web-1 | {INSIDE}"), None),
        (Envelope::Compose, format!("\x1b[36mweb-1  |\x1b[0m {INSIDE}"), None),
        (Envelope::Compose, format!("web-1  | 2026-11-21T14:17:26.123456789Z {INSIDE}"), None),
        (Envelope::Compose, format!("[pod/web-7f9c/nginx] {INSIDE}"), None),
        (Envelope::Compose, format!("2026-11-21T14:17:26.123456789Z {INSIDE}"), None),
        (
            Envelope::JournalJson,
            format!(r#"{{"__REALTIME_TIMESTAMP":"1","PRIORITY":"6","MESSAGE":"{quoted}","_PID":"7"}}"#),
            None,
        ),
        (
            Envelope::JournalJson,
            format!(
                r#"{{"MESSAGE" : 1,"X":"\"MESSAGE\":","MESSAGE":{:?},"__REALTIME_TIMESTAMP":"1"}}"#,
                INSIDE.as_bytes()
            ),
            None,
        ),
        (Envelope::Syslog, format!("Nov 21 14:17:26 web1 nginx[42]: {INSIDE}"), None),
    ] {
        check(envelope, &line, Some((INSIDE, stream)));
        assert_eq!(Envelope::of(line.as_bytes(), |text| text == INSIDE.as_bytes()), Some(envelope), "{line}");
        assert_eq!(Envelope::innermost(line.as_bytes()), INSIDE.as_bytes(), "{line}");
    }
}

#[test]
fn json_escapes_are_resolved() {
    for (escaped, text) in [
        (r"\u003ca\u0026b\u003e \/ \t|", "<a&b> / \t|"),
        (r"\ud83d\ude00 \ud83d \u12", "😀 \u{fffd} \\u12"),
        (r"a\\n", "a\\n"),
        (r"\q\", "\\q\\"),
    ] {
        let mut scratch = Vec::new();
        assert_eq!(String::from_utf8_lossy(json_text::unescaped(escaped.as_bytes(), &mut scratch)), text);
    }
}

#[test]
fn what_only_looks_alike_is_left_alone() {
    for (envelope, line) in [
        (Envelope::Cri, ""),
        (Envelope::Cri, "2026-11-21T14:17:26Z stdout X text"),
        (Envelope::Cri, "2026-11-21T14:17:26Z stdin F text"),
        (Envelope::Cri, "2026-11-21T14:17:26Z std"),
        (Envelope::DockerJson, r#"{"log":"text"}"#),
        (Envelope::DockerJson, r#"{"log":"text","stream":"stdnull""#),
        (Envelope::Compose, INSIDE),
        (Envelope::Compose, "499 | 1.2 | /a"),
        (Envelope::Compose, "a b | text"),
        (Envelope::Compose, "a |b"),
        (Envelope::JournalJson, r#"{"MESSAGE":"text"}"#),
        (Envelope::JournalJson, r#"{"__REALTIME_TIMESTAMP":"1","MESSAGE":"text"#),
        (Envelope::JournalJson, r#"{"MESSAGE":[300],"__REALTIME_TIMESTAMP":"1"}"#),
    ] {
        check(envelope, line, None);
    }
    check(Envelope::Cri, "2026-11-21T14:17:26Z stdout F", Some(("", Some(Stream::Stdout))));
    check(Envelope::DockerJson, r#"{"log":"\n","stream":"stdout"}"#, Some(("", Some(Stream::Stdout))));
}
