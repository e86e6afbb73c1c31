//! From lines to counts: what nginx writes when somebody gives up, and lines in envelopes.

use super::*;
use crate::dialect::nginx::log_format::{Escape, LogFormat};
use crate::record::{Column, Sight};
use crate::tally::{GaveUpCount, Options};

/// The status, then the `$upstream_*` lists.
const FORMAT: &str = r#"$status "$request" $body_bytes_sent "$upstream_addr" "$upstream_status" "$upstream_connect_time" "$upstream_header_time" "$upstream_response_time""#;

fn nginx(source: &str) -> AccessFormat {
    LogFormat::compile(source, Escape::Default).expect("a format").into()
}

struct Read {
    ingest: Ingest,
    tally: Tally,
}

impl Read {
    fn access(format: AccessFormat) -> Read {
        let mut tally = Tally::new(Options::default());
        let server = tally.server(b"shop", Sight::of(&Column::ALL));
        Read { ingest: Ingest::new(vec![LogKind::Access { format, server }]), tally }.labelled()
    }

    fn errors() -> Read {
        let kinds = vec![LogKind::Error(ErrorFormat::Nginx)];
        Read { ingest: Ingest::new(kinds), tally: Tally::new(Options::default()) }.labelled()
    }

    fn labelled(mut self) -> Read {
        assert_eq!(self.tally.log("a log"), 0);
        self
    }

    fn line(&mut self, line: &str) {
        self.ingest.line(0, Line::Complete(line.as_bytes()), &mut self.tally, 0);
    }

    fn results(&self) -> String {
        let rows = self.tally.log_lines().filter(|row| row.count > 0);
        rows.map(|row| format!("{} {}", row.result.as_str(), row.count)).collect::<Vec<_>>().join(", ")
    }
}

#[test]
fn what_nginx_writes_when_somebody_gives_up() {
    let cases = [
        ("client left, connected", r#"499 "GET /" 0 "a:1" "-" "0.001" "-" "5.001""#, "client/response/499"),
        ("client left, still connecting", r#"499 "GET /" 0 "a:1" "-" "-" "-" "5.001""#, "client/connect/499"),
        (
            "client left in the second try",
            r#"499 "GET /" 0 "a:1, b:1" "504, -" "0.001, -" "-, -" "5.000, 1.000""#,
            "client/connect/499",
        ),
        ("the upstream answered 499", r#"499 "GET /" 0 "a:1" "499" "0.001" "0.200" "0.200""#, "upstream/response/499"),
        ("read timeout", r#"504 "GET /" 0 "a:1" "504" "0.001" "-" "60.001""#, "gateway/response/504"),
        ("connect timeout", r#"504 "GET /" 0 "a:1" "504" "-" "-" "60.001""#, "gateway/connect/504"),
        ("the upstream answered 504", r#"504 "GET /" 0 "a:1" "504" "0.001" "0.300" "0.300""#, "upstream/response/504"),
        (
            "kept by an error page",
            r#"504 "GET /" 0 "a:1 : b:1" "504 : 200" "- : 0.001" "- : 0.001" "60.001 : 0.001""#,
            "gateway/connect/504",
        ),
        ("refused", r#"502 "GET /" 0 "a:1" "502" "-" "-" "0.000""#, "upstream/connect/502"),
        ("closed before the head", r#"502 "GET /" 0 "a:1" "502" "0.001" "-" "0.200""#, "upstream/response/502"),
        ("no live upstream", r#"502 "GET /" 0 "backend" "502" "-" "-" "0.000""#, "upstream/connect/502"),
        ("limited", r#"503 "GET /" 0 "-" "-" "-" "-" "-""#, "server/admission/503"),
        ("the upstream answered 503", r#"503 "GET /" 0 "a:1" "503" "0.001" "0.002" "0.002""#, "upstream/response/503"),
        ("slow body", r#"408 "POST /" 0 "a:1" "-" "0.001" "-" "60.001""#, "server/request/408"),
        ("left in its upload", r#"400 "POST /" 0 "-" "-" "-" "-" "-""#, "client/request/400"),
        ("nginx's own 400", r#"400 "POST /" 150 "-" "-" "-" "-" "-""#, ""),
        ("stale cache", r#"200 "GET /" 5 "a:1" "504" "0.001" "-" "60.001""#, ""),
    ];
    for (what, line, expected) in cases {
        let mut read = Read::access(nginx(FORMAT));
        read.line(line);
        assert_eq!(read.results(), "parsed 1", "{what}");
        let rows = read.tally.gave_up().filter(|row| row.count > 0);
        let rows = rows
            .map(|GaveUpCount { gave_up: by, .. }| format!("{}/{}/{}", by.party.as_str(), by.phase.as_str(), by.code));
        assert_eq!(rows.collect::<Vec<_>>().join(" "), expected, "{what}");
    }
}

#[test]
fn a_line_is_read_out_of_its_envelope_whatever_came_before() {
    let mut read = Read::access(nginx("$remote_addr [$time_local] $status"));
    let inside = "192.0.2.7 [21/Nov/2026:14:17:26 +0000] 200";
    read.line(inside);
    read.line(&format!("<190>Nov 21 14:17:26 web1 nginx: {inside}"));
    read.line(&format!("Nov 21 14:17:26 web1 nginx: {inside}"));
    read.line("Nov 21 14:17:26 web1 nginx: junk");
    read.line("junk");
    read.line(inside);
    assert_eq!(read.results(), "parsed 4, unparsed 2");
    assert_eq!(read.ingest.last_time_ms(0), Some(1_795_270_646_000));
}

#[test]
fn a_format_that_knows_the_head_itself_is_taken_at_its_word() {
    let mut read = Read::access(nginx("$month $day $time $machine $tag $remote_addr [$time_local] $status"));
    read.line("Nov 21 14:17:26 web1 nginx: 192.0.2.7 [21/Nov/2026:14:17:26 +0000] 499");
    assert_eq!(read.results(), "parsed 1");
}

#[test]
fn an_error_log_in_envelopes() {
    let mut read = Read::errors();
    read.line("<187>Nov 21 14:17:26 web1 nginx: 2026/11/21 14:17:26 [error] 7#7: *42 no live upstreams while connecting to upstream, client: 192.0.2.7");
    read.line("<187>Nov 21 14:17:26 web1 nginx: the rest of it");
    read.line("2026/11/21 14:17:26 [notice] 7#7: signal process started");
    assert_eq!(read.results(), "parsed 2, skipped 1");
    assert_eq!(read.tally.upstream_failures().filter(|row| row.kind == "no_live").map(|row| row.count).sum::<u64>(), 1);
}

/// What stands between the quotes of a JSON string.
fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("text");
    quoted[1..quoted.len() - 1].to_owned()
}

type Wrapping = fn(stream: &str, text: &str) -> String;

/// The same request and the same entry of the error log, as every daemon writes them.
#[test]
fn requests_and_entries_are_told_apart_in_one_stream() {
    let request = r#"192.0.2.7 [21/Nov/2026:14:17:26 +0000] "GET /a" 499"#;
    let entry = "2026/11/21 14:17:26 [error] 7#7: *42 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: h, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.1:80/\"";
    let daemons: [(&str, Wrapping); 7] = [
        ("none", |_, text| text.to_owned()),
        ("cri", |stream, text| format!("2026-11-21T14:17:26.1Z {stream} F {text}")),
        ("docker", |stream, text| {
            format!(r#"{{"log":"{}\n","stream":"{stream}","time":"2026-11-21T14:17:26.1Z"}}"#, json(text))
        }),
        ("syslog", |_, text| format!("<190>Nov 21 14:17:26 web1 nginx: {text}")),
        ("rfc 5424", |_, text| format!("<190>1 2026-11-21T14:17:26Z web1 nginx 42 - - {text}")),
        ("compose", |_, text| format!("web-1  | {text}")),
        ("journal", |_, text| format!(r#"{{"__REALTIME_TIMESTAMP":"1","MESSAGE":"{}"}}"#, json(text))),
    ];
    for (name, wrapped) in daemons {
        let mut read = Read::access(nginx("$remote_addr [$time_local] \"$request\" $status"));
        for (stream, text) in [
            ("stdout", "/docker-entrypoint.sh: Configuration complete; ready for start up"),
            ("stdout", "10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6"),
            ("stderr", entry),
            ("stderr", "a line of the entry before"),
            ("stdout", request),
            ("stdout", "junk"),
        ] {
            read.line(&wrapped(stream, text));
        }
        assert_eq!(read.results(), "parsed 2, unparsed 1, skipped 3", "{name}");
        assert_eq!(read.tally.upstream_timeouts().map(|row| row.count).sum::<u64>(), 1, "{name}");
        assert_eq!(read.tally.gave_up().map(|row| row.count).sum::<u64>(), 1, "{name}");
    }
}

#[test]
fn a_named_envelope_is_the_only_one() {
    let line = "web-1 | 192.0.2.7 [21/Nov/2026:14:17:26 +0000] 200";
    for (only, expected) in
        [(None, "parsed 1"), (Some(Envelope::Compose), "parsed 1"), (Some(Envelope::Cri), "unparsed 1")]
    {
        let mut read = Read::access(nginx("$remote_addr [$time_local] $status"));
        read.ingest = read.ingest.in_envelope(only);
        read.line(line);
        assert_eq!(read.results(), expected, "{only:?}");
    }
}

/// What lines of another format become, before and after it is known.
#[test]
fn a_log_is_read_by_whichever_of_its_formats_fits() {
    const SHORT: &str = "$remote_addr $status";
    const LONG: &str = "$remote_addr $status $request_time";
    let visible = |read: &Read| read.ingest.sight(0).has(Column::Duration);
    let mut read = Read::access(nginx(SHORT));
    for line in ["192.0.2.7 200", "192.0.2.7 200 0.1", "192.0.2.7 200 0.2", "192.0.2.7 200 0.3", "192.0.2.7 200 0.4"] {
        read.line(line);
    }
    assert_eq!((read.results().as_str(), read.ingest.fits(0)), ("parsed 1, unparsed 4", Some(false)));
    assert_eq!(read.ingest.first_misfit(0).map(|line| &line[..]), Some(&b"192.0.2.7 200 0.1"[..]));

    // The new format is own, and lines of the old one still come.
    let server = read.tally.server(b"shop", Sight::NOTHING);
    let mut ingest = Ingest::new(vec![LogKind::Access { format: nginx(LONG), server }]);
    ingest.go_on(0, &read.ingest, 0);
    read.ingest = ingest;
    assert_eq!(read.ingest.fits(0), None, "the old lines say nothing about the new format");
    read.line("192.0.2.7 200 0.5");
    assert!(visible(&read));
    read.line("192.0.2.7 200");
    assert!(!visible(&read), "this line's format has no duration");
    for _ in 0..3 {
        read.line("<190>Nov 21 14:17:26 web1 nginx: 192.0.2.7 200");
    }
    assert_eq!((read.results().as_str(), read.ingest.fits(0)), ("parsed 6, unparsed 4", Some(true)));
}

#[test]
fn a_line_that_fits_nothing_is_tried_with_what_is_newer() {
    let mut read = Read::access(nginx("$remote_addr $status"));
    let mut asked = 0;
    let mut newer = || {
        asked += 1;
        Some(nginx("$remote_addr $status $request_time"))
    };
    for line in ["192.0.2.7 200", "192.0.2.7 200 0.1", "192.0.2.7 200 0.2", "junk"] {
        read.ingest.line_or(0, Line::Complete(line.as_bytes()), &mut read.tally, 0, &mut newer);
    }
    assert_eq!((read.results().as_str(), asked), ("parsed 3, unparsed 1", 2), "once learnt, a format is known");
}
