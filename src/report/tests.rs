use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Described, DescribedLog, Live, NamedFormat, Options, RefusedFormat, run};
use crate::dialect::AccessFormat;
use crate::dialect::nginx::log_format::{Escape, LogFormat};
use crate::tally;

const LINE: &str = r#"192.0.2.1 - - [21/Nov/2026:14:17:26 +0000] "GET /a HTTP/1.1" 499 0 "-" "Mozilla/5.0""#;
const ENTRY: &str = "2026/11/21 14:17:26 [error] 7#7: *42 upstream timed out (110: Connection timed out) while connecting to upstream, client: 192.0.2.1, server: h, request: \"GET / HTTP/1.1\", upstream: \"http://10.0.0.1:80/\", host: \"h\"";

fn options() -> Options {
    Options {
        files: Vec::new(),
        error_logs: Vec::new(),
        json: false,
        width: 80,
        format: None,
        described: Described::default(),
        tally: tally::Options::default(),
        envelope: None,
        line_bytes_max: 64 << 10,
    }
}

/// Files with their content, in a directory of their own.
fn files(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, content) in files {
        fs::write(dir.path().join(name), content).expect("writable");
    }
    dir
}

fn named(dir: &Path, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| dir.join(name)).collect()
}

/// What is printed, or the error, in which line breaks and blanks are one blank.
fn said(options: Options) -> Result<String, String> {
    let mut out = Vec::new();
    let flowing = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    run(options, &mut out).map_err(|error| flowing(format!("{error:#}")))?;
    Ok(flowing(String::from_utf8(out).expect("text")))
}

fn json(mut options: Options) -> serde_json::Value {
    options.json = true;
    let mut out = Vec::new();
    run(options, &mut out).unwrap_or_else(|error| panic!("{error:#}"));
    serde_json::from_slice(&out).expect("JSON")
}

fn format(name: &str, source: &str) -> NamedFormat {
    let format = LogFormat::compile(source, Escape::Default).expect("a right format").into();
    NamedFormat { name: name.to_owned(), place: Some(format!("/n:{}", name.len())), format }
}

/// 60 users who leave after 5 s, every 10 s, among 600 answers; some POST; and three keep-alive races.
fn a_log_of_departures() -> String {
    let mut log = String::new();
    let mut line = |at: u32, method: &str, status: u16, rt: &str, upstream: &str| {
        let (minute, second) = (at / 60, at % 60);
        log.push_str(&format!(
            "192.0.2.1 - - [21/Nov/2026:14:{minute:02}:{second:02} +0000] \"{method} /a HTTP/1.1\" {status} 0 \"-\" \"app\" rt={rt} {upstream}\n"
        ));
    };
    for at in 0..600 {
        line(at, "GET", 200, "0.030", "ua=\"10.0.0.1:80\" us=\"200\" uct=\"0.001\" uht=\"0.030\" urt=\"0.030\"");
        if at % 10 == 7 {
            let method = if at % 20 == 7 { "GET" } else { "POST" };
            line(at, method, 499, "5.001", "ua=\"10.0.0.1:80\" us=\"-\" uct=\"0.001\" uht=\"-\" urt=\"5.000\"");
        }
        if at % 200 == 1 {
            line(at, "GET", 502, "0.001", "ua=\"10.0.0.2:80\" us=\"502\" uct=\"0.000\" uht=\"-\" urt=\"0.001\"");
        }
    }
    log
}

#[test]
fn what_nobody_else_shows_is_in_both_reports() {
    let log = a_log_of_departures();
    let dir = files(&[("access.log", log.as_bytes())]);
    let source = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \
                  \"$http_user_agent\" rt=$request_time ua=\"$upstream_addr\" us=\"$upstream_status\" \
                  uct=\"$upstream_connect_time\" uht=\"$upstream_header_time\" urt=\"$upstream_response_time\"";
    let format = Some(format("kv", source));
    let options = || Options { files: named(dir.path(), &["access.log"]), format: format.clone(), ..options() };
    let json = json(options());
    assert_eq!(json["patience"][0]["departures"], 60);
    assert_eq!(json["patience"][0]["by_50_percent_seconds"], 5.001);
    let wasted = &json["wasted"][0];
    assert_eq!((&wasted["safe_seconds"], &wasted["unsafe_seconds"]), (&150.0.into(), &150.0.into()), "{wasted}");
    assert_eq!(json["periodic_cuts"][0]["seconds"], 10.0);
    assert_eq!(
        (&json["keepalive_races"][0]["count"], &json["keepalive_races"][0]["upstream"]),
        (&3.into(), &"10.0.0.2:80".into())
    );
    assert_eq!(json["shorter_timeouts"][0]["left_later"], 1.0);
    has(
        &said(options()).expect("a report"),
        &[
            "60 5.001 5.001 5.001",
            "100 % of the last half hour's 499s fall on one beat of 10 s",
            "10.0.0.2:80: 3 tries failed within 10 ms",
            "150.000 150.000",
        ],
    );
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(text.contains(part), "no `{part}` in: {text}"));
}

#[test]
fn every_kind_of_packing_and_of_line_end_is_read() {
    let text = format!("{LINE}\r\n{LINE}\r\n");
    let gzip = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).expect("memory");
        packed.finish().expect("memory")
    };
    let xz = {
        let mut packed = liblzma::write::XzEncoder::new(Vec::new(), 1);
        packed.write_all(text.as_bytes()).expect("memory");
        packed.finish().expect("memory")
    };
    let bzip2 = {
        let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        packed.write_all(text.as_bytes()).expect("memory");
        packed.finish().expect("memory")
    };
    let zstd = zstd::encode_all(text.as_bytes(), 1).expect("memory");
    let dir = files(&[("a.log", text.as_bytes()), ("b", &gzip), ("c", &xz), ("d", &bzip2), ("e", &zstd)]);
    let read = json(Options { files: named(dir.path(), &["a.log", "b", "c", "d", "e"]), ..options() });
    assert_eq!((read["requests"].as_u64(), read["lines"]["unparsed"].as_u64()), (Some(10), Some(0)), "{read}");
}

#[test]
fn a_log_of_another_format_is_refused_with_what_departs() {
    let ingress = format!("{LINE} 81 1.200 [ns-svc-80] [] 10.0.0.1:80 0 1.200 - 2889e565\n").repeat(3);
    let dir = files(&[
        ("a.log", ingress.as_bytes()),
        ("junk", b"what is this\n"),
        ("few", format!("{LINE}\nx\ny\n").as_bytes()),
    ]);
    let combined = AccessFormat::known().find(|(name, _)| *name == "combined").expect("a preset").1;
    let given =
        NamedFormat { name: "combined".to_owned(), place: Some("--nginx.log-format".to_owned()), format: combined };
    let error = said(Options { files: named(dir.path(), &["a.log"]), format: Some(given), ..options() }).unwrap_err();
    has(
        &error,
        &[
            "a.log: none of its first 3 lines fits the format combined; the first line that does not fit: 192.0.2.1",
            "tried format combined (--nginx.log-format): more stands behind its last field: ` 81 1.200",
            "the preset ingress fits 3 of 3 lines",
        ],
    );
    let error = said(Options { files: named(dir.path(), &["junk"]), ..options() }).unwrap_err();
    has(
        &error,
        &[
            "junk: its only line does not fit a format that hangup knows",
            "what is this",
            "comes nearest: ",
            "--nginx.config",
        ],
    );
    let error = said(Options { files: named(dir.path(), &["few"]), ..options() }).unwrap_err();
    has(&error, &["few: at most 1 of its first 3 lines fit any one format; the first line that does not fit: x"]);
}

#[test]
fn some_lines_that_do_not_fit_are_told_with_the_first() {
    let text = format!("{LINE}\n").repeat(3) + &LINE.replace("499", "GET") + "\n" + LINE + "\n";
    let dir = files(&[("a.log", text.as_bytes())]);
    let told = said(Options { files: named(dir.path(), &["a.log"]), ..options() }).expect("a report");
    has(&told, &["1 of 5 lines do not fit; the first is line 4: field 5, `$status`, is `GET` 192.0.2.1 - -"]);
    let read = json(Options { files: named(dir.path(), &["a.log"]), ..options() });
    assert_eq!(read["logs"][0]["unfit"]["line"].as_u64(), Some(4), "{read}");
    assert_eq!(read["logs"][0]["unfit"]["departs"].as_str(), Some("field 5, `$status`, is `GET`"));
}

#[test]
fn what_is_not_logged_is_not_known() {
    let dir =
        files(&[("a.log", format!("{LINE}\n{LINE}\n").as_bytes()), ("error.log", format!("{ENTRY}\n").as_bytes())]);
    let of = |names: &[&str]| Options { files: named(dir.path(), names), ..options() };
    let told = said(of(&["a.log"])).expect("a report");
    has(&told, &["2 abandoned (499): 100.00 % how long 2 had waited is not known: their log has no request time"]);
    has(
        &told,
        &[
            "preset combined, which fits its lines",
            "not visible, as it is not logged: how long clients waited before they left ($request_time), whether nginx or the upstream sent a 502, 503 or 504 ($upstream_status), clients that left in the middle of a response ($request_completion)",
        ],
    );
    let read = json(of(&["a.log"]));
    let abandoned = &read["abandoned"];
    let counts = ["total", "long", "short", "unknown", "probe"].map(|name| abandoned[name].as_u64());
    assert_eq!(counts, [Some(2), Some(0), Some(0), Some(2), Some(0)], "{read}");
    assert!(read["cut_short"].is_null() && read["upstream"].is_null(), "{read}");
    let visible =
        |name: &str, list: &str| read["logs"][0][list].as_array().is_some_and(|all| all.iter().any(|it| it == name));
    assert!(
        visible("route", "visible") && visible("patience", "not_visible") && !visible("patience", "visible"),
        "{read}"
    );
    let told = said(of(&["error.log"])).expect("a report");
    has(
        &told,
        &[
            "No access log: how many requests there were, and who abandoned them, is not known",
            "10.0.0.1:80 timed out: connect",
        ],
    );
    assert!(!told.contains("Nobody") && !told.contains("status:"), "{told}");
    let read = json(of(&["error.log"]));
    assert!(read["requests"].is_null() && read["abandoned"].is_null(), "{read}");
}

#[test]
fn long_is_what_was_configured() {
    let line = |seconds: &str| format!("{LINE} rt={seconds} uct=\"-\" uht=\"-\" urt=\"-\"\n");
    let text = line("0.300") + &line("0.600");
    let dir = files(&[("a.log", text.as_bytes())]);
    let tally = tally::Options { long_after_ms: 500, ..tally::Options::default() };
    let asked = Options { files: named(dir.path(), &["a.log"]), tally, ..options() };
    has(&said(asked.clone()).expect("a report"), &["1 had waited 0.5 s or longer, 1 had not"]);
    assert_eq!(json(asked)["abandoned"]["long_after_seconds"].as_f64(), Some(0.5));
}

#[test]
fn formats_of_the_configuration_come_first_and_the_choice_is_told() {
    let line = "[21/Nov/2026:14:17:26 +0000] 192.0.2.1 \"GET /a HTTP/1.1\" 499 1.200\n";
    let text = line.repeat(3);
    let dir =
        files(&[("a.log", text.as_bytes()), ("copy", text.as_bytes()), ("b.log", format!("{LINE}\n").as_bytes())]);
    let root = dir.path().display();
    let own = |file: &str, format: &str| DescribedLog {
        path: format!("{root}/{file}"),
        format: format.to_owned(),
        server: "shop".to_owned(),
    };
    let described = Described {
        is_read: true,
        formats: vec![
            format("timed_up", "[$time_local] $remote_addr \"$request\" $status $request_time"),
            format("x", "$status"),
        ],
        refused: vec![RefusedFormat {
            name: "stuck".to_owned(),
            place: "/n:5".to_owned(),
            why: "side by side".to_owned(),
        }],
        logs: vec![own("a.log", "timed_up"), own("b.log", "stuck")],
    };
    let of = |name: &str| Options { files: named(dir.path(), &[name]), described: described.clone(), ..options() };
    let chosen = |name: &str| {
        let read = json(of(name));
        let log = &read["logs"][0];
        [&log["format"], &log["chosen_by"], &log["server"]].map(|it| it.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(chosen("a.log"), ["timed_up", "nginx_conf", "shop"]);
    assert_eq!(chosen("copy"), ["timed_up", "nginx_conf_formats", "all"]);
    assert_eq!(chosen("b.log"), ["combined", "preset", "shop"]);
    has(&said(of("a.log")).expect("a report"), &["log_format timed_up (/n:8), in which nginx writes it"]);
    has(
        &said(of("b.log")).expect("a report"),
        &["nginx.conf writes it in log_format stuck (/n:5), which cannot be used: side by side"],
    );
}

#[test]
fn nothing_read_is_no_report() {
    let dir = files(&[("a.log", b""), ("b.log", b"\n\n"), ("wrapped", b"nginx.1     | 192.0.2.1 what is this\n")]);
    let error = said(Options { files: named(dir.path(), &["a.log", "b.log"]), ..options() }).unwrap_err();
    has(&error, &["nothing to report on: ", "a.log, ", "b.log have no lines"]);
    let error = said(Options { error_logs: named(dir.path(), &["wrapped"]), ..options() }).unwrap_err();
    has(&error, &["wrapped: no line of it begins an entry of an nginx error log", "an entry begins like this"]);
    let error = said(Options { files: vec![dir.path().to_owned()], ..options() }).unwrap_err();
    has(&error, &["it is a directory"]);
    let error = said(Options { files: named(dir.path(), &["gone"]), ..options() }).unwrap_err();
    has(&error, &["gone: No such file"]);
}

#[test]
fn a_log_that_is_named_twice_is_counted_once() {
    let dir = files(&[("a.log", format!("{LINE}\n").as_bytes())]);
    std::os::unix::fs::symlink(dir.path().join("a.log"), dir.path().join("link")).expect("a link");
    let told = said(Options { files: named(dir.path(), &["a.log", "link"]), ..options() }).expect("a report");
    has(&told, &["1 requests, 1 abandoned", "it was named more than once, and is counted once"]);
}

#[test]
fn several_servers_stand_in_their_rows() {
    let line = |server: &str| format!("{LINE} host=\"{server}\" rt=1.200\n");
    let one = format!("{LINE}\n").repeat(20);
    let two = line("a.example").repeat(20) + &line("b.example").repeat(30);
    let dir = files(&[("one", one.as_bytes()), ("two", two.as_bytes())]);
    let told = |name: &str| said(Options { files: named(dir.path(), &[name]), ..options() }).expect("a report");
    has(&told("two"), &["b.example /a 21", "a.example /a 11"]);
    has(&told("two"), &["Who gave up b.example client response 499 21", "a.example client response 499 11"]);
    assert!(!told("one").contains("all /a"), "one server needs no column");
    has(&told("one"), &["Who gave up client response 499 20"]);
    let rows = |name: &str| json(Options { files: named(dir.path(), &[name]), ..options() })["gave_up"].clone();
    let row = serde_json::json!({"party": "client", "phase": "response", "code": 499, "count": 50,
        "servers": {"a.example": 11, "b.example": 21, "other": 18}});
    assert_eq!(rows("two"), serde_json::json!([row]));
    assert_eq!(rows("one")[0]["servers"], serde_json::Value::Null);
}

#[test]
fn text_keeps_to_its_width() {
    let line = |path: &str| format!("{}\n", LINE.replace("/a ", &format!("{path} ")));
    let text: String = (0..3)
        .map(|n| line(&format!("/a/rather/long/path/of/a/route/number{}", "x".repeat(n * 20))).repeat(20))
        .collect();
    let dir = files(&[("a.log", text.as_bytes())]);
    for width in [60, 80, 120] {
        let mut out = Vec::new();
        run(Options { files: named(dir.path(), &["a.log"]), width, ..options() }, &mut out).expect("a report");
        let text = String::from_utf8(out).expect("text");
        let root = dir.path().display().to_string();
        for line in text.lines().filter(|line| !line.contains(&root) && line.split_whitespace().count() > 1) {
            assert!(line.chars().count() <= width.max(76), "{width}: {line}");
        }
    }
}

/// Container runtimes and log daemons put something around each line, and cut long ones.
#[test]
fn what_stands_around_lines_is_taken_off() {
    let json = |text: &str| serde_json::to_string(text).expect("text");
    let docker = |text: &str, stream: &str| {
        format!(r#"{{"log":{},"stream":"{stream}","time":"2026-11-21T14:17:26.1Z"}}"#, json(text)) + "\n"
    };
    let (one, other) = LINE.split_at(40);
    let logs = [
        (
            "docker",
            docker(&format!("{LINE}\n"), "stdout")
                + &docker(one, "stdout")
                + &docker(&format!("{ENTRY}\n"), "stderr")
                + &docker(&format!("{other}\n"), "stdout"),
        ),
        (
            "cri",
            format!(
                "2026-11-21T14:17:26.1Z stdout F {LINE}\n2026-11-21T14:17:26.1Z stdout P {one}\n2026-11-21T14:17:26.1Z stderr F {ENTRY}\n2026-11-21T14:17:26.1Z stdout F {other}\n"
            ),
        ),
        ("compose", format!("web-1  | {LINE}\nweb-1  | {ENTRY}\nweb-1  | {LINE}\n")),
        (
            "journal",
            format!("{{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":{}}}\n", json(LINE)).repeat(2)
                + &format!("{{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":{}}}\n", json(ENTRY)),
        ),
        ("plain", format!("{LINE}\n{ENTRY}\n{LINE}\n")),
    ];
    for (name, text) in &logs {
        let dir = files(&[(name, text.as_bytes())]);
        let read = json_report(dir.path(), name);
        let counts = (read["requests"].as_u64(), read["abandoned"]["total"].as_u64(), read["lines"]["parsed"].as_u64());
        assert_eq!(counts, (Some(2), Some(2), Some(3)), "{name}: {read}");
        assert_eq!(read["upstream_timeouts"][0]["count"].as_u64(), Some(1), "{name}: {read}");
    }
}

fn json_report(dir: &Path, name: &str) -> serde_json::Value {
    json(Options { files: named(dir, &[name]), ..options() })
}

/// Of a log that grows, each line counts once: also one that came in two pieces, and those before and after a rotation.
#[test]
fn a_log_that_grows_is_read_on() {
    let dir = files(&[("access.log", b""), ("error.log", ENTRY.as_bytes())]);
    let log = dir.path().join("access.log");
    let append = |text: &str| {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&log).expect("there");
        file.write_all(text.as_bytes()).expect("writable");
    };
    let error_log = named(dir.path(), &["error.log"]);
    let mut live = Live::open(Options { files: vec![log.clone()], error_logs: error_log, ..options() }).expect("opens");
    // The second in which the lines were written.
    let now_ms = 1_795_270_646_000;
    let mut left = || {
        let answer = live.look(now_ms, true).expect("reads");
        let window = &answer.windows["5m"];
        assert_eq!(window.left, answer.abandoned.len() as u64);
        (window.left, answer.windows["60m"].gave_up.iter().map(|row| row.count).sum::<u64>())
    };
    assert_eq!(left(), (0, 0), "it is empty");
    append(&format!("{LINE}\n{LINE}\n{}", &LINE[..40]));
    assert_eq!(left(), (2, 2));
    append(&LINE[40..]);
    assert_eq!(left(), (2, 2), "a line ends with its newline");
    append("\n");
    assert_eq!(left(), (3, 3));
    append(&format!("{LINE}\n"));
    fs::rename(&log, dir.path().join("access.log.1")).expect("renamed");
    append(&format!("{LINE}\n"));
    assert_eq!(left(), (5, 5), "what was written before the rotation counts, too");
    fs::write(&log, format!("{LINE}\n")).expect("written");
    assert_eq!(left(), (5, 5), "emptied and as long as before: nothing tells that from nothing new");
    fs::write(&log, "").expect("emptied");
    assert_eq!(left(), (5, 5));
    append(&format!("{LINE}\n"));
    assert_eq!(left(), (6, 6));
}

#[test]
fn what_cannot_grow_is_refused() {
    let dir = files(&[("one.log.gz", &flate2_of(LINE))]);
    let error = Live::open(Options { files: named(dir.path(), &["one.log.gz"]), ..options() }).err();
    assert!(error.is_some_and(|error| format!("{error:#}").contains("hangup report")));
}

fn flate2_of(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).expect("memory");
    packer.finish().expect("memory")
}
