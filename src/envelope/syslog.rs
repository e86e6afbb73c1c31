//! The head of a syslog message, as RFC 3164 has it and as daemons write it to files:
//! `<190>Nov 21 14:17:26 web1 nginx: MESSAGE`, without the priority or the host, with a process id behind the tag, with
//! an ISO 8601 time; and as RFC 5424 has it: `<190>1 2026-11-21T14:17:26Z web1 nginx 42 - - MESSAGE`.
//! Does not know: the message.

use memchr::{memchr, memchr2};

/// `Nov 21 14:17:26 `, the day padded with a blank.
const STAMP_BYTES: usize = 16;
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// The message. `None`: the line does not begin with such a head.
pub(super) fn message(line: &[u8]) -> Option<&[u8]> {
    let rest = without_priority(line);
    if let Some(rest) = rest.strip_prefix(b"1 ") {
        return rfc_5424(rest);
    }
    let rest = without_stamp(rest)?;
    // nginx does not know its host's name until it has read its configuration.
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (first, rest) = word(rest)?;
    if first.ends_with(b":") {
        return Some(rest);
    }
    let (tag, message) = word(rest)?;
    tag.ends_with(b":").then_some(message)
}

/// Behind the version: time, host, program, process, kind of message; data with names; the message.
fn rfc_5424(line: &[u8]) -> Option<&[u8]> {
    let (time, mut rest) = word(line)?;
    if time != b"-" && !is_iso_8601(time) {
        return None;
    }
    for _ in 0..4 {
        rest = word(rest)?.1;
    }
    let message = without_data(rest)?;
    // What follows may say that it is UTF-8.
    Some(message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message))
}

/// Steps over `- `, or elements such as `[id name="value"]`, in whose values a backslash stands before `"`, `\` and `]`.
fn without_data(mut text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"- ") {
        return Some(rest);
    }
    while let Some(element) = text.strip_prefix(b"[") {
        let mut at = memchr2(b']', b'\\', element)?;
        while element[at] == b'\\' {
            at += 2;
            at += memchr2(b']', b'\\', element.get(at..)?)?;
        }
        text = &element[at + 1..];
    }
    text.strip_prefix(b" ")
}

fn is_iso_8601(time: &[u8]) -> bool {
    matches!(time, [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', ..])
}

/// Steps over `<190>`, which files mostly lack.
fn without_priority(line: &[u8]) -> &[u8] {
    let priority = line.strip_prefix(b"<").and_then(|rest| Some(rest.split_at(memchr(b'>', rest)?)));
    match priority {
        Some((digits @ [_, ..], rest)) if digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit) => &rest[1..],
        _ => line,
    }
}

fn without_stamp(line: &[u8]) -> Option<&[u8]> {
    let (stamp, rest) = line.split_at_checked(STAMP_BYTES)?;
    if let [m1, m2, m3, b' ', _, day, b' ', _, _, b':', _, _, b':', _, second, b' '] = *stamp
        && MONTHS.contains(&&[m1, m2, m3][..])
        && day.is_ascii_digit()
        && second.is_ascii_digit()
    {
        return Some(rest);
    }
    let (stamp, rest) = word(line)?;
    is_iso_8601(stamp).then_some(rest)
}

/// A word that is not empty, and what stands behind the blank after it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = memchr(b' ', text).filter(|blank| *blank > 0)?;
    Some((&text[..blank], &text[blank + 1..]))
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn heads_of_many_daemons() {
        let inside = "192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET /a: b HTTP/1.1\" 200 5";
        for head in [
            "<190>Nov 21 14:17:26 web1 nginx: ",
            "<190>Nov 21 14:17:26 nginx: ",
            "<189>Nov 21 14:17:26  nginx: ",
            "<6>Nov  1 04:07:06 web1 nginx: ",
            "Nov 21 14:17:26 web1 nginx[42]: ",
            "Nov 21 14:17:26 web1.example.com haproxy[14389]: ",
            "2026-11-21T14:17:26.123456+00:00 web1 nginx: ",
            "2026-11-21T14:17:26+0000 web1 nginx[42]: ",
            "<190>1 2026-11-21T14:17:26.123Z web1 nginx 42 - - ",
            "<190>1 - - nginx - - - ",
            "<190>1 2026-11-21T14:17:26Z web1 nginx 42 access [a@1 k=\"v\" q=\"\\\"\\]x\"][b@1] ",
            "<190>1 2026-11-21T14:17:26Z web1 nginx 42 - - \u{feff}",
        ] {
            assert_eq!(message(format!("{head}{inside}").as_bytes()), Some(inside.as_bytes()), "{head}");
        }
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "",
            "<",
            "<190>",
            "<1900>Nov 21 14:17:26 web1 nginx: x",
            "Nov 21 14:17:26 web1 x",
            "<190>1 2026-11-21T14:17:26Z web1 nginx 42 - [unclosed",
            "<190>1 2026-11-21T14:17:26Z web1 nginx 42 -",
            "1 2 3 4 5 6 - message",
            "Nov 21 14:17:26 web1 two words: x",
            "Nob 21 14:17:26 web1 nginx: x",
            "192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET / HTTP/1.1\" 200 5",
            "2026/11/21 14:17:26 [error] 7#7: *42 text",
            "2026-11-21T14:17:26+00:00",
            "{\"status\":200}",
        ] {
            assert_eq!(message(line.as_bytes()), None, "{line}");
        }
    }
}
