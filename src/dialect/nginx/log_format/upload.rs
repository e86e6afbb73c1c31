//! A client that leaves while it is still sending its request. Knows: what nginx logs then.
//! Does not know: a client that leaves later.

use crate::record::{Party, Phase, Reason, Record, Status, Termination};

/// Body bytes of a 400 after which the client, and not nginx, ended the request: none, or only the 25 bytes of
/// `HTTP/1.1 100 Continue` with its blank line. nginx's own 400 page is longer than both.
const BODY_OF_NO_ANSWER: [u64; 2] = [0, 25];

const LEFT: Termination = Termination { party: Party::Client, phase: Phase::Request, reason: Reason::Closed };

/// nginx logs 400 and had nobody to send its page to.
pub(super) fn termination(record: &Record<'_>) -> Option<Termination> {
    let left = record.status == Some(Status::Code(400))
        && record.method != b"HEAD"
        && record.complete != Some(true)
        && record.body_bytes.is_some_and(|bytes| BODY_OF_NO_ANSWER.contains(&bytes))
        && record.attempts.last().is_none_or(|one| one.status.and_then(Status::code).is_none());
    left.then_some(LEFT)
}

#[cfg(test)]
mod tests {
    use super::super::{Escape, LogFormat};
    use crate::record::Termination;

    fn of(line: &str) -> Option<Termination> {
        let source = "$status $body_bytes_sent \"$request\" \"$request_completion\" \"$upstream_status\"";
        let format = LogFormat::compile(source, Escape::Default).expect("a format");
        format.parse(line.as_bytes()).expect("a line").termination
    }

    #[test]
    fn only_a_client_that_left_gets_no_page() {
        #[rustfmt::skip]
        let table = [
            ("nothing sent",          r#"400 0 "POST / HTTP/1.1" "" "-""#,   true),
            ("100 Continue sent",     r#"400 25 "POST / HTTP/1.1" "" "-""#,  true),
            ("a cut request line",    r#"400 0 "" "" "-""#,                  true),
            ("unbuffered upload",     r#"400 0 "POST / HTTP/1.1" "" "-""#,   true),
            ("second try in the air", r#"400 0 "POST / HTTP/1.1" "" "502, -""#, true),
            ("nginx's page",          r#"400 150 "POST / HTTP/1.1" "" "-""#, false),
            ("bytes not logged",      r#"400 - "POST / HTTP/1.1" "" "-""#,   false),
            ("an empty page",         r#"400 0 "POST / HTTP/1.1" "OK" "-""#, false),
            ("HEAD has no body",      r#"400 0 "HEAD / HTTP/1.1" "" "-""#,   false),
            ("the upstream said 400", r#"400 0 "POST / HTTP/1.1" "" "400""#, false),
            ("another status",        r#"499 0 "POST / HTTP/1.1" "" "-""#,   false),
        ];
        for (what, line, left) in table {
            assert_eq!(of(line).is_some(), left, "{what}");
        }
    }
}
