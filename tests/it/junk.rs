//! Whatever stands in a log: every line ends in exactly one result, and the good ones are all counted.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use crate::support::hangup::Hangup;
use crate::support::http;
use crate::support::nginx::{Nginx, Site};
use crate::support::scrape::Scrape;
use crate::support::wait_for;

/// nginx's combined format, made long enough that it can be told from junk.
const FORMAT: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time done="$request_completion""#;

/// Lines whose status, 226, no junk has.
fn good(n: usize) -> Vec<u8> {
    format!(
        "192.0.2.{} - - [21/Nov/2026:12:00:{:02} +0000] \"GET /cart/{n} HTTP/1.1\" 226 5 \"-\" \"Mozilla/5.0\" rt=0.012 done=\"OK\"",
        n % 250,
        n % 60
    )
    .into_bytes()
}

/// What no line of this format looks like, each with the result it must have.
fn junk() -> Vec<(Vec<u8>, &'static str)> {
    let all_bytes: Vec<u8> = (0..=255u8).filter(|b| *b != b'\n').collect();
    let cut = |at: usize| good(1)[..at].to_vec();
    let tail_of_another = good(2)[40..].to_vec();
    vec![
        (b"".to_vec(), "skipped"),
        // What a crash or a truncation leaves: a hole, and no line.
        (b"\0".to_vec(), "skipped"),
        (vec![0; 4096], "skipped"),
        (all_bytes.clone(), "unparsed"),
        (all_bytes.repeat(200), "unparsed"),
        (b"\xff\xfe\xc3\x28 not UTF-8".to_vec(), "unparsed"),
        (vec![b'a'; 33 * 1024], "unparsed"),
        (vec![b'"'; 60 * 1024], "unparsed"),
        (vec![b'b'; 64 * 1024 + 1], "too_long"),
        ([good(3), vec![b'c'; 300 * 1024]].concat(), "too_long"),
        (vec![b'\\'; 1 << 20], "too_long"),
        (b"-".to_vec(), "unparsed"),
        (b" ".to_vec(), "unparsed"),
        (b"\r".to_vec(), "skipped"),
        (b"{\"status\": 499}".to_vec(), "unparsed"),
        (cut(10), "unparsed"),
        (cut(45), "unparsed"),
        (cut(70), "unparsed"),
        (cut(90), "unparsed"),
        (tail_of_another, "unparsed"),
        // No request, but an entry of the error log, as a container writes them among its requests.
        (
            b"2026/11/21 12:00:00 [error] 7#7: *1 upstream timed out (110: x) while connecting to upstream".to_vec(),
            "parsed",
        ),
    ]
}

/// Good lines that look bad: strange, long, or lying, but what nginx would write.
fn strange() -> Vec<Vec<u8>> {
    let with = |user: &str, request: &str, agent: &str| {
        format!(
            "192.0.2.1 - {user} [21/Nov/2026:12:00:00 +0000] \"{request}\" 226 5 \"-\" \"{agent}\" rt=0.001 done=\"OK\""
        )
        .into_bytes()
    };
    let long = format!("GET /cart/1?{} HTTP/1.1", "\\x22".repeat(8000));
    let fake =
        r#"x\x22 rt=9.999 done=\x22\x22 10.0.0.1 - - [01/Jan/2020:00:00:00 +0000] \x22GET /fake HTTP/1.1\x22 499 0"#;
    vec![
        with("a b", "GET /cart/1 HTTP/1.1", "-"),
        with(r"x\x22 [y]", "GET /cart/1 HTTP/1.1", "-"),
        with("-", r"\x16\x03\x01\x02\x00\x01\xFF", "-"),
        with("-", "GET /http09", "-"),
        with("-", "PROXY TCP4 192.0.2.9 192.0.2.1 5 80", "-"),
        with("-", &long, "-"),
        with("-", "GET /cart/1 HTTP/1.1", fake),
        with("-", "GET /cart/caf\u{e9} HTTP/1.1", "\u{1F984}"),
        with("-", "", "-"),
    ]
}

fn results(scrape: &Scrape, log: &str) -> [(&'static str, f64); 4] {
    ["parsed", "unparsed", "too_long", "skipped"]
        .map(|result| (result, scrape.one("hangup_log_lines_total", &[("log", log), ("result", result)])))
}

fn newlines(path: &Path) -> f64 {
    std::fs::read(path).expect("readable").iter().filter(|byte| **byte == b'\n').count() as f64
}

#[test]
fn every_line_has_one_result_and_good_ones_are_counted() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("access.log");
    let (mut file, mut expected, mut counted) = (Vec::new(), [0.0; 4], 0.0);
    for round in 0..20 {
        for (at, (line, result)) in junk().into_iter().enumerate() {
            // Junk between two good lines must spoil neither.
            for line in [good(round * 100 + at), line, good(round + at)] {
                file.extend(line);
                file.push(b'\n');
            }
            let place = ["parsed", "unparsed", "too_long", "skipped"].iter().position(|r| *r == result);
            expected[place.expect("one of the four")] += 1.0;
            counted += 2.0;
        }
        for line in strange() {
            file.extend(line);
            file.push(b'\n');
            counted += 1.0;
        }
    }
    expected[0] += counted;
    // nginx is writing the last line just now.
    file.extend(&good(1)[..50]);
    std::fs::write(&path, &file).expect("writable");

    let access_log = format!("--nginx.access-log={}", path.display());
    let format = format!("--nginx.log-format={FORMAT}");
    let hangup = Hangup::start(&["--nginx.config=", "--nginx.from=start", &access_log, &format]);
    let lines = newlines(&path);
    let scrape = hangup.scrape_until("all lines", |s| s.sum("hangup_log_lines_total", &[]) >= lines);
    let log = path.to_string_lossy();
    let got = results(&scrape, &log);
    assert_eq!(got.map(|(_, count)| count), expected, "{got:?}");
    assert_eq!(got.iter().map(|(_, count)| count).sum::<f64>(), lines, "the results sum to the lines in the file");
    assert_eq!(scrape.sum("hangup_http_requests_total", &[("status", "226")]), counted);
    assert_eq!(scrape.sum("hangup_http_requests_total", &[]), counted, "nothing but the good lines is a request");
    assert_eq!(scrape.sum("hangup_http_abandoned_total", &[]), 0.0, "the fake 499s are none");

    // The rest of the last line arrives.
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("writable");
    file.write_all(&[&good(1)[50..], b"\n"].concat()).expect("writable");
    let scrape = hangup.scrape_until("the last line", |s| s.sum("hangup_log_lines_total", &[]) > lines);
    assert_eq!(scrape.sum("hangup_http_requests_total", &[("status", "226")]), counted + 1.0);
}

/// What a hostile client can make a real nginx write, under one kind of escaping.
#[track_caller]
fn check_hostile(log_format: &str, all_can_be_read: bool) {
    const GOOD: usize = 30;
    let server = "access_log hostile.log hostile; client_header_buffer_size 64k; large_client_header_buffers 4 64k;\n\
        location / { return 226 hello; } location /left { return 499; }";
    let http = format!("log_format hostile {log_format};");
    let nginx = Nginx::start(Site { http: &http, server, ..Site::default() });
    let attacks = attacks();
    for n in 0..GOOD {
        assert_eq!(http::get(&nginx.addr(), &format!("/cart/{n}")).expect("an answer").status, 226);
        send(&nginx.addr(), &attacks[n % attacks.len()]);
    }
    // nginx answers nobody that it takes for gone.
    send(&nginx.addr(), b"GET /left HTTP/1.1\r\nHost: x\r\n\r\n");
    let path = nginx.path("hostile.log");
    let text = || String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
    wait_for("nginx to log the last request", || text().contains("/left").then_some(()));

    let hangup = Hangup::beside(&nginx, &["--routes.patterns=cart=^/cart/"]);
    let log = path.to_string_lossy();
    let lines = newlines(&path);
    let scrape = hangup.scrape_until("all lines", |s| s.sum("hangup_log_lines_total", &[("log", &log)]) >= lines);
    let got = results(&scrape, &log);
    assert_eq!(got.iter().map(|(_, count)| count).sum::<f64>(), lines, "{log_format}: {got:?}");
    let good = scrape.sum("hangup_http_requests_total", &[("route", "cart"), ("status", "226")]);
    assert_eq!(good, GOOD as f64, "{log_format}: a good request was lost, or one made up");
    if all_can_be_read {
        assert_eq!(got[1].1, 0.0, "{log_format}: nginx escaped everything, so that it can be read: {got:?}");
        let left = scrape.sum("hangup_http_requests_total", &[("status", "499")]);
        assert_eq!(left, 1.0, "{log_format}: the one real 499, and none that a header pretends");
    }
}

#[test]
fn hostile_requests_under_the_default_escape() {
    check_hostile(
        r#"'$http_x_forwarded_for - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'"#,
        true,
    );
}

#[test]
fn hostile_requests_in_json() {
    check_hostile(
        r#"escape=json '{"status":"$status","request":"$request","rt":"$request_time","xff":"$http_x_forwarded_for","agent":"$http_user_agent"}'"#,
        true,
    );
}

/// Here strangers can break lines and forge others.
#[test]
fn hostile_requests_without_escaping() {
    check_hostile(
        r#"escape=none '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $uri'"#,
        false,
    );
}

/// Whole requests as bytes.
fn attacks() -> Vec<Vec<u8>> {
    let with =
        |header: &[u8]| [b"GET /attack HTTP/1.1\r\nHost: x\r\n", header, b"\r\nConnection: close\r\n\r\n"].concat();
    let fake = br#"1.2.3.4 - - [21/Nov/2026:00:00:00 +0000] "GET /fake HTTP/1.1" 499 0 "-" "-"#;
    vec![
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(30),
        with(&[b"X-Forwarded-For: ", fake.as_slice()].concat()),
        with(&[b"X-Forwarded-For: 1.2.3.4, 5.6.7.8, ", [0xff, 0xfe, 0x80].as_slice()].concat()),
        with(&[b"User-Agent: ", [0xc3, 0x28, b'"', b'\\', b'"', 0x7f].as_slice()].concat()),
        with(&[b"User-Agent: ", "u".repeat(32_000).as_bytes()].concat()),
        b"GET /a%0A1.2.3.4%20-%20-%20[x]%20%22GET%20/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        [b"GET /", "q".repeat(31_000).as_bytes(), b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"].concat(),
        b"GET /old\r\n".to_vec(),
        b"\r\n\r\nNONSENSE\r\n\r\n".to_vec(),
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
    ]
}

/// Sends the bytes and takes what comes until nginx closes.
fn send(addr: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(addr).expect("nginx listens");
    // nginx may have closed before the end of it.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}
