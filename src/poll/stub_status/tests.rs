//! A page that answers in every wrong way, over TCP, TLS and a unix socket.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::thread;

use reqwest::dns::Resolve;

use super::*;

const BODY: &str =
    "Active connections: 1 \nserver accepts handled requests\n 3 3 2 \nReading: 0 Writing: 1 Waiting: 0 \n";
const TIMEOUT: Duration = Duration::from_millis(300);

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n{body}")
}

/// Answers one connection with these parts, `pause` after each, and then waits for the client to leave.
fn answer(mut stream: impl Read + Write, parts: &[String], pause: Duration) {
    let _ = stream.read(&mut [0; 4096]);
    for part in parts {
        if stream.write_all(part.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
        thread::sleep(pause);
    }
}

fn serve(parts: Vec<String>, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || answer(listener.accept().expect("one client").0, &parts, pause));
    format!("http://{address}/status")
}

fn body_of(address: &str) -> Result<Vec<u8>, PollError> {
    body_from(&Page::new(Address::parse(address).expect("an address"), TIMEOUT)?)
}

fn body_from(page: &Page) -> Result<Vec<u8>, PollError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(page.body())
}

fn check(parts: Vec<String>, pause: Duration, expected: Result<&str, (Reason, &str)>) {
    let got = body_of(&serve(parts, pause));
    match expected {
        Ok(body) => assert_eq!(got, Ok(body.as_bytes().to_vec())),
        Err((reason, words)) => {
            let miss = got.expect_err("a miss");
            assert_eq!(miss.reason, reason, "{miss}");
            assert!(miss.sentence.contains(words), "{miss}");
        }
    }
}

#[test]
fn answers_and_what_is_said_of_them() {
    let none = Duration::ZERO;
    check(vec![response("200 OK", BODY)], none, Ok(BODY));
    check(vec![response("403 Forbidden", "")], none, Err((Reason::BadStatus, "add \"allow\"")));
    check(vec![response("404 Not Found", "")], none, Err((Reason::BadStatus, "stub_status;")));
    check(vec![response("302 Found", "")], none, Err((Reason::BadStatus, "not followed")));
    check(vec![response("200 OK", &"x".repeat(3 << 20))], none, Err((Reason::TooLarge, "16384 bytes")));
    check(vec!["garbage\r\n\r\n".into()], none, Err((Reason::Other, "is this the address")));
    check(vec![], none, Err((Reason::Other, "out of worker_connections")));
}

#[test]
fn a_page_that_stalls_or_drips_ends_with_the_timeout() {
    let drip = std::iter::once(response("200 OK", "")).chain((0..100).map(|_| "x".to_owned())).collect();
    check(drip, Duration::from_millis(50), Err((Reason::TimedOut, "stalled")));
    check(vec!["HTTP/1.1 200 OK\r\n".into()], Duration::from_secs(2), Err((Reason::TimedOut, "300ms")));
}

/// A page that says `100 Continue` for ever, which is no answer, costs next to nothing.
#[test]
fn a_page_that_never_comes_to_its_answer_is_left_soon() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("one client");
        let _ = stream.read(&mut [0; 4096]);
        let many = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
        while stream.write_all(many.as_bytes()).is_ok() {}
    });
    let address = Address::parse(&format!("http://{address}/status")).expect("an address");
    let page = Page::new(address, Duration::from_secs(20)).expect("a client");
    let before = cpu_time::of_this_thread();
    let miss = body_from(&page).expect_err("no answer");
    let cost = cpu_time::of_this_thread() - before;
    assert!(miss.sentence.contains("without end"), "{miss}");
    assert!(cost < Duration::from_secs(3), "{cost:?}");
}

#[test]
fn a_resolver_that_is_silent_is_named() {
    let address = Address::parse("http://nginx.example/status").expect("an address");
    let page = Page::new(address, TIMEOUT).expect("a client");
    // As while the system's resolver waits for an answer.
    let _hanging = page.lookup.0.try_acquire().expect("it is free");
    let miss = body_from(&page).expect_err("no answer");
    assert_eq!(miss.reason, Reason::TimedOut);
    assert!(miss.sentence.contains("nginx.example is not resolved") && miss.sentence.contains("DNS"), "{miss}");
}

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let miss = body_of(&format!("http://127.0.0.1:{port}/status")).expect_err("nobody listens");
    assert_eq!((miss.reason, miss.sentence.contains("is nginx running")), (Reason::Refused, true), "{miss}");
    let miss = body_of("unix:/nonexistent/nginx.sock:/status").expect_err("no socket");
    assert_eq!((miss.reason, miss.sentence.contains("no such socket")), (Reason::Refused, true), "{miss}");
}

#[test]
fn a_unix_socket_is_asked_for_the_path() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("nginx.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    let server = thread::spawn(move || request_on(listener.accept().expect("one client").0));
    assert_eq!(body_of(&format!("unix:{}:/status", path.display())), Ok(BODY.into()));
    assert!(server.join().expect("served").starts_with("GET /status HTTP/1.1\r\nhost: localhost\r\n"));
}

/// Answers with the page, and tells what it was asked.
fn request_on(mut stream: impl Read + Write) -> String {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).expect("a request");
    stream.write_all(response("200 OK", BODY).as_bytes()).expect("written");
    String::from_utf8_lossy(&request[..length]).into_owned()
}

#[test]
fn what_is_asked() {
    let check = |before: &str, after: &str, host: Option<&str>, expected: &[&str]| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = listener.local_addr().expect("bound");
        let server = thread::spawn(move || request_on(listener.accept().expect("one client").0));
        let address = Address::parse(&format!("http://{before}{at}{after}")).expect("an address").with_host(host);
        assert_eq!(body_from(&Page::new(address, TIMEOUT).expect("a page")), Ok(BODY.into()));
        let asked = server.join().expect("served");
        for line in expected {
            assert!(asked.contains(&line.replace("{at}", &at.to_string())), "{line:?} is not in {asked:?}");
        }
        assert_eq!(asked.contains("authorization"), !before.is_empty(), "{asked:?}");
    };
    check("", "", None, &["GET / HTTP/1.1\r\n", "host: {at}\r\n", "connection: close\r\n", "user-agent: hangup/"]);
    check("", "/s?a=b#c", Some("shop.example"), &["GET /s?a=b HTTP/1.1\r\n", "host: shop.example\r\n"]);
    check("me:secret@", "/s", None, &["host: {at}\r\n", "authorization: Basic bWU6c2VjcmV0\r\n"]);
    check("me:p%40s@", "/s", None, &["authorization: Basic bWU6cEBz\r\n"]);
    check("me@", "/s", None, &["authorization: Basic bWU6\r\n"]);
}

/// Answers one client over TLS, with a certificate for another name that nobody has signed.
fn serve_over_tls() -> String {
    let issued = rcgen::generate_simple_self_signed(["elsewhere.example".to_owned()]).expect("a certificate");
    let key = issued.signing_key.serialize_der().try_into().expect("a key");
    let config =
        rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![issued.cert.der().clone()], key);
    let config = std::sync::Arc::new(config.expect("a certificate and its key"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        let (tcp, _) = listener.accept().expect("one client");
        let connection = rustls::ServerConnection::new(config).expect("a connection");
        let whole = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len());
        answer(rustls::StreamOwned::new(connection, tcp), &[whole], Duration::ZERO);
    });
    format!("https://{address}/status")
}

#[test]
fn a_certificate_is_checked_unless_the_page_is_on_this_machine() {
    assert_eq!(body_of(&serve_over_tls()), Ok(BODY.into()));
    let address = Address::parse(&serve_over_tls()).expect("an address");
    let page = Page::checking(address, TIMEOUT, true).expect("a client");
    let miss = body_from(&page).expect_err("nobody signed it");
    assert_eq!(miss.reason, Reason::Untrusted, "{miss}");
}

#[test]
fn addresses_are_shown_without_passwords() {
    let check = |text, expected: Option<&str>| {
        let shown = Address::parse(text).ok().map(|address| address.to_string());
        assert_eq!(shown.as_deref(), expected, "{text}");
    };
    check("http://127.0.0.1:8080/stub_status", Some("http://127.0.0.1:8080/stub_status"));
    check("https://user:secret@nginx.example/s", Some("https://nginx.example/s"));
    check("unix:/run/nginx.sock:/status", Some("unix:/run/nginx.sock:/status"));
    check("unix:/run/a:b.sock:/status", Some("unix:/run/a:b.sock:/status"));
    check("unix:/run/nginx.sock", Some("unix:/run/nginx.sock:/"));
    check("http://Shop.example:80/s?a=b#c", Some("http://Shop.example:80/s?a=b"));
    check("http://shop.example", Some("http://shop.example/"));
    check("unix:nginx.sock:/status", None);
    check("ftp://host/", None);
    check("127.0.0.1:8080", None);
    check("http://127.0.0.1:80800/s", None);
    check("http://127.0.0.1:abc/s", None);
    check("http://[::1]:abc/s", None);
    check("http://:80/s", None);
    check("", None);
}

#[test]
fn a_resolver_that_hangs_is_asked_nothing_more() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let lookup = OneLookup::new();
    let resolve = || {
        let found = lookup.resolve("localhost".parse().expect("a name"));
        runtime.block_on(async { time::timeout(TIMEOUT, found).await })
    };
    let hanging = lookup.0.try_acquire().expect("it is free");
    assert!(resolve().is_err());
    drop(hanging);
    let addresses = resolve().expect("in time").expect("everybody has a localhost");
    assert!(addresses.into_iter().all(|address| address.ip().is_loopback()));
}

#[test]
fn only_this_machines_own_addresses_are_trusted_unchecked() {
    let local = |text| Address::parse(text).expect("an address").is_local();
    for yes in ["https://localhost/", "https://127.0.0.2:1/", "https://[::1]/", "unix:/a.sock:/s"] {
        assert!(local(yes), "{yes}");
    }
    for no in ["https://10.0.0.1/", "https://localhost.example/", "https://nginx/", "https://127.0.0.1.example/"] {
        assert!(!local(no), "{no}");
    }
}
