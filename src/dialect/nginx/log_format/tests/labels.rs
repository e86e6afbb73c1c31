//! Keys as people name them, and what clients write that looks like one.

use super::*;
use crate::record::Status;

/// A line's columns as words: `status duration client server method path attempts`.
fn told(line: &str) -> String {
    let name = if line.starts_with('{') { "json" } else { "ltsv" };
    let format = LogFormat::preset(name).expect("a preset");
    let record = format.parse(line.as_bytes()).unwrap_or_else(|error| panic!("{error:?}: {line}"));
    let text = |bytes: Option<&[u8]>| bytes.map_or("-".to_owned(), |it| String::from_utf8_lossy(it).into_owned());
    let status = record.status.and_then(Status::code).unwrap_or_default();
    let attempts = record.attempts.iter().map(|it| it.response.map_or("?".to_owned(), |ms| ms.to_string()));
    [
        status.to_string(),
        record.duration.map_or("-".to_owned(), |ms| ms.to_string()),
        text(record.client),
        text(record.server),
        text(Some(record.method)),
        text(Some(record.path)),
        attempts.collect::<Vec<_>>().join("+"),
    ]
    .join(" ")
}

#[test]
fn keys_people_use() {
    let table = [
        (
            r#"{"http_status":"499","responsetime":1.2,"clientip":"192.0.2.1","url":"/a?b"}"#,
            "499 1200 192.0.2.1 -  /a ",
        ),
        (
            r#"{"status":499,"host":"a.example","address":"192.0.2.1","resp_time":1.2}"#,
            "499 1200 192.0.2.1 a.example   ",
        ),
        (r#"{"response_status":499,"duration_s":"1.2","remote_ip":"192.0.2.1"}"#, "499 1200 192.0.2.1 -   "),
        (
            r#"{"statusCode":499,"requestTime":1.2,"clientIp":"192.0.2.1","requestMethod":"GET"}"#,
            "499 1200 192.0.2.1 - GET  ",
        ),
        (r#"{"Status":499,"request-time":1.2,"remote-addr":"192.0.2.1"}"#, "499 1200 192.0.2.1 -   "),
        (r#"{"http.status_code":499,"http.method":"GET","http.url":"/a"}"#, "499 - - - GET /a "),
        (r#"{"http.response.status_code":499,"http.request.method":"GET","url.path":"/a"}"#, "499 - - - GET /a "),
        (r#"{"status":499,"request_time_ms":1200,"ip":"192.0.2.1"}"#, "499 1200 192.0.2.1 -   "),
        (r#"{"status":499,"code":"E1","size":"x","took":"now","request_time":1.2}"#, "499 1200 - -   "),
        (r#"{"code":499,"latency":"1.204s"}"#, "499 1204 - -   "),
    ];
    for (line, expected) in table {
        assert_eq!(told(line), expected, "{line}");
    }
}

#[test]
fn two_things_of_one_name_are_told_apart_by_the_rest_of_the_line() {
    let table = [
        // A host.
        (r#"{"status":499,"host":"192.0.2.7"}"#, "499 - 192.0.2.7 -   "),
        (r#"{"status":499,"host":"a.example"}"#, "499 - - a.example   "),
        (r#"{"host":"192.0.2.7","status":499,"client_ip":"192.0.2.1"}"#, "499 - 192.0.2.1 192.0.2.7   "),
        (
            r#"{"host":"10.0.0.1","status":499,"clientip":"192.0.2.1","domain":"a.example"}"#,
            "499 - 192.0.2.1 a.example   ",
        ),
        (
            r#"{"domain":"a.example","status":499,"clientip":"192.0.2.1","host":"10.0.0.1"}"#,
            "499 - 192.0.2.1 a.example   ",
        ),
        (r#"{"host":"web-1","short_message":"GET /a HTTP/1.1","_status":499}"#, "499 - - - GET /a "),
        ("host:192.0.2.7\tvhost:a.example\tstatus:499", "499 - 192.0.2.7 a.example   "),
        // A time.
        (r#"{"status":499,"response_time":"1.2"}"#, "499 1200 - -   "),
        (r#"{"status":499,"response_time":"0.1, 0.2"}"#, "499 - - -   100+200"),
        (r#"{"status":499,"response_time":"0.1, 0.2","request_time":"0.3"}"#, "499 300 - -   100+200"),
        (r#"{"status":499,"request_time":"0.3","response_time":"0.2"}"#, "499 300 - -   200"),
        (r#"{"status":499,"response_time":"0.3","upstream_response_time":"0.2"}"#, "499 300 - -   200"),
        (r#"{"status":499,"request_time":"0.3","duration":"0.3"}"#, "499 300 - -   "),
        (r#"{"status":499,"request_time":"0.3","upstream_response_time":["0.1, 0.2"]}"#, "499 300 - -   100+200"),
    ];
    for (line, expected) in table {
        assert_eq!(told(line), expected, "{line}");
    }
}

#[test]
fn objects_are_read_by_their_paths() {
    let table = [
        (r#"{"@fields":{"status":"499","request_time":"1.2","request":"GET /a HTTP/1.1"}}"#, "499 1200 - - GET /a "),
        (r#"{"request":{"method":"GET","uri":"/a","time":1.2},"response":{"status":499}}"#, "499 1200 - - GET /a "),
        (r#"{"upstream":{"status":"200","response_time":"0.2"},"status":499}"#, "499 - - -   200"),
        (
            r#"{"http":{"request":{"method":"GET"},"response":{"status_code":499}},"url":{"path":"/a"}}"#,
            "499 - - - GET /a ",
        ),
        (
            r#"{"httpRequest":{"requestMethod":"GET","status":499,"remoteIp":"192.0.2.1","latency":"1.2s"}}"#,
            "499 1200 192.0.2.1 - GET  ",
        ),
        // What stands outside stands above what is inside, wherever it is.
        (r#"{"status":499,"response":{"status":200},"request_time":1.2}"#, "499 1200 - -   "),
        (r#"{"response":{"status":200},"status":499}"#, "499 - - -   "),
        // Other objects say nothing of the request.
        (r#"{"geo":{"status":200,"host":"x"},"status":499,"tags":["rt",{"rt":9}]}"#, "499 - - -   "),
        (r#"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"status":200}}}}}}},"status":499}"#, "499 - - -   "),
        (r#"{"agent":"{\"status\":200,\"request_time\":9.5}","status":499}"#, "499 - - -   "),
    ];
    for (line, expected) in table {
        assert_eq!(told(line), expected, "{line}");
    }
    let cut = r#"{"status":499,"a":{"b":1"#;
    assert!(LogFormat::preset("json").expect("a preset").parse(cut.as_bytes()).is_err());
}

#[test]
fn a_clients_text_behind_combined_names_nothing() {
    let begin = r#"192.0.2.1 - - [21/Nov/2026:14:17:26 +0000] "GET /a HTTP/1.1" 200 5 "-" "x""#;
    let format = LogFormat::preset("extended").expect("a preset");
    let forged = "status=499 rt=9.5 request_time=9.5 done= length=999 urt=9.5 us=503 host=forged server=forged";
    for text in [
        format!(r#""{forged}""#),
        format!(r#""192.0.2.9 {forged}" 0.1"#),
        format!(r#"xff="{forged}""#),
        format!(r#"xff='{forged}'"#),
        format!(r#"'{forged}' 0.1"#),
        format!("[192.0.2.9 {forged}] 0.1"),
        format!("({forged}, 192.0.2.9)").replace("(status", "(a, status"),
    ] {
        for line in [format!("{begin} {text}"), format!("{begin} {text} rt=0.1"), format!("{begin} rt=0.1 {text}")] {
            let record = format.parse(line.as_bytes()).expect(&line);
            assert_eq!(record.status, Some(Status::Code(200)), "{line}");
            assert_eq!((record.server, record.complete, record.content_length), (None, None, None), "{line}");
            assert_eq!(record.duration, line.contains("rt=0.1").then_some(100), "{line}");
            assert_eq!(record.attempts.iter().count(), 0, "{line}");
        }
    }
}

#[test]
fn amplify_is_read() {
    let line = br#"192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 0 "-" "M" "-" "a.example" sn="a.example" rt=1.200 ua="192.0.2.9:80" us="200" ut="1.100" ul="0" cs=-"#;
    let record = LogFormat::preset("extended").expect("a preset").parse(line).expect("a line");
    let one = record.attempts.last().expect("an attempt");
    assert_eq!((one.address, one.status, one.response), (&b"192.0.2.9:80"[..], Some(Status::Code(200)), Some(1100)));
    assert_eq!((record.server, record.duration), (Some(&b"a.example"[..]), Some(1200)));
}
