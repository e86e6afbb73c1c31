//! What containers and log daemons put around lines, where hangup does not take it off by itself: its name, and how to
//! take it off. Does not know: what is inside.

use memchr::memmem;

/// A kind of wrapping.
#[derive(Debug)]
pub(super) struct Wrapper {
    pub name: &'static str,
    /// A command whose output can be read; `FILE` stands for the log.
    pub taken_off: &'static str,
    is_around: fn(&[u8]) -> bool,
}

/// The first that fits is told.
const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        name: "docker's json-file log driver",
        taken_off: "jq -rj .log FILE | hangup report -",
        is_around: |line| line.starts_with(b"{\"log\":\"") && has(line, b"\"stream\":\""),
    },
    Wrapper {
        name: "the CRI log format of Kubernetes (containerd, CRI-O)",
        taken_off: "cut -d ' ' -f 4- FILE | hangup report -",
        is_around: |line| {
            has(head(line), b" stdout F ")
                || has(head(line), b" stderr F ")
                || has(head(line), b" stdout P ")
                || has(head(line), b" stderr P ")
        },
    },
    Wrapper {
        name: "docker compose (its `NAME  |` before each line)",
        taken_off: "docker compose logs --no-log-prefix SERVICE | hangup report -, or sed 's/^[^|]*| //' FILE | hangup report -",
        is_around: is_compose,
    },
    Wrapper {
        name: "systemd's journal as JSON",
        taken_off: "journalctl -u nginx -o cat | hangup report -",
        is_around: |line| line.starts_with(b"{") && has(line, b"\"__REALTIME_TIMESTAMP\""),
    },
    Wrapper {
        name: "syslog (RFC 5424)",
        taken_off: "sed 's/^<[0-9]*>1 [^ ]* [^ ]* [^ ]* [^ ]* [^ ]* \\(-\\|\\[.*\\]\\) //' FILE | hangup report -",
        is_around: is_rfc5424,
    },
    Wrapper {
        name: "syslog",
        taken_off: "sed 's/^.*nginx\\[*[0-9]*\\]*: //' FILE | hangup report -",
        is_around: |line| has(head(line), b" nginx: ") || has(head(line), b" nginx["),
    },
];

/// What is around the first of these lines that something is around.
pub(super) fn around(lines: &[&[u8]]) -> Option<&'static Wrapper> {
    lines.iter().find_map(|line| WRAPPERS.iter().find(|wrapper| (wrapper.is_around)(line)))
}

fn has(text: &[u8], part: &[u8]) -> bool {
    memmem::find(text, part).is_some()
}

/// As far as a wrapper's own words go.
fn head(line: &[u8]) -> &[u8] {
    const HEAD_BYTES: usize = 120;
    &line[..line.len().min(HEAD_BYTES)]
}

/// `web-1  | `, and nothing but a name before the bar.
fn is_compose(line: &[u8]) -> bool {
    let Some(bar) = memmem::find(head(line), b" | ") else { return false };
    let name = line[..bar].trim_ascii_end();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    name.iter().all(is_name) && name.iter().any(u8::is_ascii_alphabetic)
}

/// `<190>1 2026-11-21T14:17:26Z web1 nginx 42 - - `.
fn is_rfc5424(line: &[u8]) -> bool {
    let priority = line.strip_prefix(b"<").and_then(|rest| memmem::find(rest, b">1 ").map(|end| &rest[..end]));
    priority.is_some_and(|digits| (1..=3).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn wrappers_are_known_by_their_lines() {
        for (line, name) in [
            (r#"{"log":"192.0.2.1 - -\n","stream":"stdout","time":"2026-11-21T14:17:26.1Z"}"#, Some("docker's json")),
            ("2026-11-21T14:17:26.123456789Z stdout F 192.0.2.1 - -", Some("the CRI")),
            ("2026-11-21T14:17:26.123456789+01:00 stderr P 192.0.2.1", Some("the CRI")),
            ("nginx.1     | 192.0.2.1 - -", Some("docker compose")),
            ("web-1 | 192.0.2.1 - -", Some("docker compose")),
            ("<190>1 2026-11-21T14:17:26Z web1 nginx 42 - - 192.0.2.1", Some("syslog (RFC 5424)")),
            ("Dez 21 14:17:26 web-1 nginx: 192.0.2.1 - -", Some("syslog")),
            (r#"192.0.2.1 - - [21/Nov/2026:14:17:26 +0000] "GET /a | b HTTP/1.1" 499 0"#, None),
            (r#"{"status":200}"#, None),
            ("499 | 1.2 | /a", None),
            ("", None),
        ] {
            let found = around(&[line.as_bytes()]).map(|wrapper| wrapper.name);
            let expected = |name: &str| found.is_some_and(|found| found.starts_with(name));
            assert!(name.map_or(found.is_none(), expected), "{line}: {found:?}");
        }
    }
}
