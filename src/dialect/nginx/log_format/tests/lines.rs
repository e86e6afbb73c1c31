//! What no capture holds: formats that cannot be used, lines that are none, and the corners of single values.

use super::*;
use crate::record::Status;

fn format(source: &str, escape: Escape) -> LogFormat {
    LogFormat::compile(source, escape).unwrap()
}

#[test]
fn formats_that_cannot_be_split_are_refused() {
    let adjacent = |a: &str, b: &str| Some(FormatError::Adjacent(a.into(), b.into()));
    let cases = [
        ("$remote_addr $request_time", Some(FormatError::NoStatus)),
        ("", Some(FormatError::NoStatus)),
        ("$status_text", Some(FormatError::NoStatus)),
        ("$status$request_time", adjacent("status", "request_time")),
        ("$status $http_x$request_time", adjacent("http_x", "request_time")),
        ("$status $upstream_status$host", adjacent("upstream_status", "host")),
        ("$status $http_x$http_user_agent", None),
        ("$status $scheme$host", None),
        ("$status $request_time$scheme", None),
        ("$status", None),
        ("${status}ms", None),
        ("$STATUS", None),
        ("$status $ {x} $", None),
        ("$status $http_a$http_b", None),
        ("$time_local$status", None),
        ("$status $host$request_uri", None),
        ("$status $uri$is_args$args", None),
        ("\"$http_user_agent\"rt=$request_time $status", None),
    ];
    for (source, expected) in cases {
        assert_eq!(LogFormat::compile(source, Escape::Default).err(), expected, "{source}");
    }
}

#[test]
fn lines_that_do_not_follow_the_format_say_why() {
    let combined = r#"127.0.0.1 - - [21/Nov/2026:14:17:26 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
    let cases = [
        ("combined", "", Unparsed::Shape),
        ("combined", &combined[..combined.len() - 1], Unparsed::Shape),
        ("combined", &format!("{combined} 0.001"), Unparsed::Shape),
        ("combined", &combined.replace(" 200 ", " abc "), Unparsed::Shape),
        ("combined", &combined.replace(" 5 ", " five "), Unparsed::Shape),
        ("combined", &combined.replace(" 200 ", " - "), Unparsed::Status),
        ("combined", &combined.replace(" 200 ", " 1200 "), Unparsed::Status),
        ("timed", combined, Unparsed::Shape),
        ("json", "{}", Unparsed::Status),
        ("json", r#"{"status":"OK"}"#, Unparsed::Status),
        ("json", r#"{"status":200,"request":"GET /"#, Unparsed::Shape),
        ("json", r#"{"status":200,"request":"GET /}"#, Unparsed::Shape),
        ("json", r#"{"status":200,"x":[1}"#, Unparsed::Shape),
        ("json", r#"{"status":200} {"status":200}"#, Unparsed::Status),
        ("ltsv", "status", Unparsed::Shape),
        ("ltsv", "state:200", Unparsed::Status),
    ];
    for (preset, line, expected) in cases {
        assert_eq!(LogFormat::preset(preset).unwrap().parse(line.as_bytes()), Err(expected), "{preset}: {line}");
    }
}

#[test]
fn requests_are_split() {
    let cases = [
        ("GET /a/b?c=d HTTP/1.1", "GET", "/a/b"),
        ("GET /a#b HTTP/2.0", "GET", "/a"),
        ("GET /a b  HTTP/x HTTP/1.0", "GET", "/a b  HTTP/x"),
        ("GET /http09", "GET", "/http09"),
        ("M-SEARCH * HTTP/1.1", "M-SEARCH", "*"),
        ("GET http://h/p?q HTTP/1.1", "GET", "/p"),
        ("GET https://h HTTP/1.1", "GET", "/"),
        ("CONNECT h:443 HTTP/1.1", "CONNECT", ""),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2", "PROXY", ""),
        ("GET HTTP/1.1", "GET", ""),
        ("GET ", "GET", ""),
        ("G", "", ""),
        ("", "", ""),
        ("-", "", ""),
        (" /a", "", ""),
        (r"\x16\x03\x01 a", "", ""),
    ];
    let format = format("$status \"$request\"", Escape::Default);
    for (request, method, path) in cases {
        let line = format!("200 \"{request}\"");
        let record = format.parse(line.as_bytes()).unwrap();
        assert_eq!((record.method, record.path), (method.as_bytes(), path.as_bytes()), "{request}");
    }
}

#[test]
fn single_values() {
    let of = |source: &str, text: &str| -> String {
        let line = format!("200 {text}");
        let format = format(&format!("$status {source}"), Escape::Default);
        let record = format.parse(line.as_bytes()).unwrap();
        let text = |text: Option<&[u8]>| text.map(|text| String::from_utf8_lossy(text).into_owned());
        match source {
            "$request_time" => format!("{:?}", record.duration),
            "$request_completion" => format!("{:?}", record.complete),
            "$sent_http_content_length" => format!("{:?}", record.content_length),
            "$uri$is_args$args" => text(Some(record.path)).unwrap(),
            "$server_name $host" | "$host$request_uri" => {
                format!("{} {}", text(record.server).unwrap_or_default(), String::from_utf8_lossy(record.path))
            }
            _ => text(record.trace_id.or(record.request_id)).unwrap_or_default(),
        }
    };
    let id = "0af7651916cd43dd8448eb211c80319c";
    let cases = [
        ("$request_time", "0.301", "Some(301)"),
        ("$request_time", "12", "Some(12000)"),
        ("$request_time", "1.5", "Some(1500)"),
        ("$request_time", "99999999999.000", "Some(4294967295)"),
        ("$request_time", "-", "None"),
        ("$request_completion", "OK", "Some(true)"),
        ("$request_completion", "", "Some(false)"),
        ("$request_completion", "-", "Some(false)"),
        ("$sent_http_content_length", "-", "None"),
        ("$sent_http_content_length", "17", "Some(17)"),
        ("$uri$is_args$args", "/a-", "/a"),
        ("$uri$is_args$args", "/a--", "/a-"),
        ("$uri$is_args$args", "/a?b-", "/a"),
        ("$server_name $host", " b.example", "b.example "),
        ("$server_name $host", "a.example b.example", "a.example "),
        ("$host$request_uri", "a-b.example/c-?d", "a-b.example /c-"),
        ("$host$request_uri", "a-b.example-", "a-b.example "),
        ("$http_traceparent", &format!("00-{id}-b7ad6b7169203331-01"), id),
        ("$http_traceparent", "00-nonsense", ""),
        ("$http_traceparent $request_id", &format!("- {id}"), id),
        ("$opentelemetry_trace_id $request_id", &format!("{id} x"), id),
    ];
    for (source, text, expected) in cases {
        assert_eq!(of(source, text), expected, "{source}: {text:?}");
    }
}

#[test]
fn json_objects_as_people_write_them() {
    let cases = [
        r#"{ "ua" : "a\"b" , "rt" : 0.301 , "status" : 499 , "ustatus" : null }"#,
        r#"{"geo":{"status":1,"x":["}"]},"status":499,"rt":"0.301","ua":"a\"b","tags":["rt",{"rt":9}]}"#,
        r#"{"status":499,"urt":0.100, 0.201,"rt":0.301,"ua":"a\"b"}"#,
        r#"{"ua":"a\"b","rt":0.301,"status":499,"ustatus":}"#,
    ];
    for line in cases {
        let record = LogFormat::preset("json").unwrap().parse(line.as_bytes()).expect(line);
        assert_eq!((record.status, record.duration), (Some(Status::Code(499)), Some(301)), "{line}");
        assert_eq!(record.user_agent, Some(&br#"a\"b"#[..]), "{line}");
    }
    let lists = r#"{"status":499,"urt":[0.100, 0.201],"uct":0.001 : -}"#;
    let record = LogFormat::preset("json").unwrap().parse(lists.as_bytes()).unwrap();
    let tries: Vec<_> = record.attempts.iter().map(|it| (it.connect, it.response)).collect();
    assert_eq!(tries, [(Some(1), Some(100)), (None, Some(201))]);
}

#[test]
fn what_extends_combined_is_read_as_far_as_that() {
    let line = br#"1.2.3.4 - - [21/Nov/2026:14:17:26 +0000] "GET /a HTTP/1.1" 499 0 "-" "x" "y" cache=MISS [z] 0.1"#;
    let format = LogFormat::detect(&[line]).unwrap();
    assert_eq!(format.name(), Some("extended"));
    assert_eq!(format.missing(), TIMES);
    let record = format.parse(line).unwrap();
    assert_eq!((record.status, record.path, record.user_agent), (Some(Status::Code(499)), &b"/a"[..], Some(&b"x"[..])));
}

#[test]
fn labels_behind_combined_are_read_in_any_order() {
    let line = br#"1.2.3.4 - - [21/Nov/2026:14:17:26 +0000] "GET /a HTTP/1.1" 499 0 "-" "x" odd [z] zone= us="504, -" rt=1.002 ua="10.0.0.1:80, unix:/b c.sock" note="a=b" done="""#;
    let format = LogFormat::detect(&[line]).unwrap();
    assert_eq!(format.name(), Some("extended"));
    let record = format.parse(line).unwrap();
    assert_eq!((record.duration, record.complete, record.user_agent), (Some(1002), Some(false), Some(&b"x"[..])));
    let tries: Vec<_> = record.attempts.iter().map(|it| (it.address, it.status.and_then(Status::code))).collect();
    assert_eq!(tries, [(&b"10.0.0.1:80"[..], Some(504)), (b"unix:/b c.sock", None)]);
}

#[test]
fn a_forged_line_inside_a_value_changes_nothing() {
    let cases = [
        ("xff", r#"9.9.9.9 - - [01/Jan/2000:00:00:00 +0000] \x22GET /f HTTP/1.1\x22 499 5 \x22-\x22 \x22x\x22 - - "#),
        ("xff", "a - [01/Jan/2000:00:00:00 +0000] "),
        ("xff", "1.2.3.4, 5.6.7.8 - x ["),
    ];
    for (preset, forged) in cases {
        let line = format!(r#"{forged} - a b [21/Nov/2026:14:17:26 +0000] "GET /real HTTP/1.1" 200 7 "-" "-""#);
        let record = LogFormat::preset(preset).unwrap().parse(line.as_bytes()).expect(forged);
        assert_eq!(
            (record.status, record.path, record.body_bytes),
            (Some(Status::Code(200)), &b"/real"[..], Some(7)),
            "{forged}"
        );
        assert_eq!(record.time.unix_millis(), Some(1_795_270_646_000), "{forged}");
    }
}

#[test]
fn an_attacker_gets_no_quadratic_search() {
    let format = format("$http_x_forwarded_for $upstream_addr $status $http_user_agent", Escape::None);
    let line = format!("{} 200 agent", "1, ".repeat(10_000));
    let started = std::time::Instant::now();
    let _ = format.parse(line.as_bytes());
    assert!(started.elapsed().as_millis() < 500, "{:?}", started.elapsed());
}

#[test]
fn a_format_tells_what_it_lacks() {
    let lacks = |name: &str| LogFormat::preset(name).unwrap().missing();
    assert_eq!(lacks("combined"), TIMES);
    assert_eq!(lacks("timed"), ["upstream_connect_time", "upstream_header_time"]);
    assert_eq!(lacks("kv"), [""; 0]);
    assert_eq!(lacks("hangup"), [""; 0]);
    assert!(LogFormat::preset("hangup").unwrap().has("request_completion"));
    assert!(!LogFormat::preset("kv").unwrap().has("request_completion"));
    assert!(!LogFormat::preset("kv").unwrap().has("request_tim"));
}
