//! The backend against a plain socket: what goes over the wire for each behaviour, and what is counted.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::demo::upstream::behaviour::{Behaviour, parse};

fn local() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

/// Sends one request and reads to the end of the connection.
async fn ask(addr: SocketAddr, request: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    (answer, end.err().map(|e| e.kind()))
}

async fn get(addr: SocketAddr, target: &str) -> (String, Option<ErrorKind>) {
    let (answer, end) = ask(addr, &format!("GET {target} HTTP/1.0\r\n\r\n")).await;
    (String::from_utf8_lossy(&answer).into_owned(), end)
}

#[test]
fn a_path_or_its_query_names_the_behaviour() {
    let check =
        |target: &str, behaviour: Behaviour, name: &str| assert_eq!(parse(target), (behaviour, name), "{target}");
    let delay = |millis, bytes| Behaviour::Delay { delay: Duration::from_millis(millis), bytes };
    check("/", Behaviour::Plain, "plain");
    check("/products/17", Behaviour::Plain, "plain");
    check("/delay/1500", delay(1500, 512), "delay");
    check("/delay/1500?bytes=9", delay(1500, 9), "delay");
    check("/delay/soon", delay(1000, 512), "delay");
    check("/cart?do=delay/20", delay(20, 512), "delay");
    check("/cart?a=b&do=upload&delay=30", delay(30, 64), "upload");
    check("/status/503", Behaviour::Status { status: 503 }, "status");
    check("/status/5000", Behaviour::Status { status: 999 }, "status");
    check("/drip?bytes=10&piece=0&every_ms=5", drip(10, 1, 5), "drip");
    check("/flaky/0", Behaviour::Flaky { nth: 1 }, "flaky");
    check("/midbody-hang", Behaviour::MidbodyHang, "midbody-hang");
}

fn drip(bytes: u64, piece: u64, millis: u64) -> Behaviour {
    Behaviour::Drip { bytes, piece, every: Duration::from_millis(millis) }
}

#[tokio::test]
async fn each_behaviour_on_the_wire() {
    let upstream = Upstream::start(local()).await.unwrap();
    let addr = upstream.addr;
    let check = |target: &'static str, begins: &'static str, length: usize, end: Option<ErrorKind>| async move {
        let (answer, ended) = get(addr, target).await;
        assert!(answer.starts_with(begins), "{target}: {answer:.100}");
        let body = answer.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
        assert_eq!((body, ended), (length, end), "{target}");
    };
    check("/", "HTTP/1.1 200", upstream_plain_bytes(), None).await;
    check("/delay/10?bytes=7", "HTTP/1.1 200", 7, None).await;
    check("/bytes/100000", "HTTP/1.1 200", 100_000, None).await;
    check("/status/503", "HTTP/1.1 503", 0, None).await;
    check("/status/204", "HTTP/1.1 204", 0, None).await;
    check("/drip?bytes=30&piece=10&every_ms=1", "HTTP/1.1 200", 30, None).await;
    check("/reset", "", 0, Some(ErrorKind::ConnectionReset)).await;
    check("/close", "", 0, None).await;
    check("/midbody-close", "HTTP/1.1 200", 100_000, None).await;
    check("/garbage", "\u{0}\u{1}", 0, None).await;
    check("/badheader", "HTTP/1.1 200", 0, None).await;
    check("/bigheader", "HTTP/1.1 200", 0, None).await;
    let counts = upstream.served.counts();
    assert_eq!((counts.connections, counts.total.requests), (12, 12));
    assert_eq!((counts.total.answered, counts.total.failed, counts.total.left), (6, 6, 0));
}

/// What the first plain request of a fresh backend gets: its numbers are drawn from a fixed seed.
fn upstream_plain_bytes() -> usize {
    let mut random = crate::demo::random::Random::new(0);
    match mood::treat(Mood::Healthy, &mut random) {
        Behaviour::Delay { bytes, .. } => bytes as usize,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_leaves_is_counted() {
    let upstream = Upstream::start(local()).await.unwrap();
    let mut stream = TcpStream::connect(upstream.addr).await.unwrap();
    stream.write_all(b"GET /hang HTTP/1.1\r\n\r\n").await.unwrap();
    while upstream.served.counts().total.requests == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    let left = async {
        while upstream.served.counts().total.left == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), left).await.expect("leaving is noticed");
}

#[tokio::test]
async fn moods_change_while_it_runs() {
    let upstream = Upstream::start(local()).await.unwrap();
    let (answer, _) = ask(upstream.addr, "POST /_mood/overloaded HTTP/1.0\r\n\r\n").await;
    assert!(answer.ends_with(br#"{"mood":"overloaded"}"#), "{}", String::from_utf8_lossy(&answer));
    assert!(get(upstream.addr, "/").await.0.starts_with("HTTP/1.1 503"));
    assert!(get(upstream.addr, "/_mood/slow").await.0.starts_with("HTTP/1.1 405"));
    let (count, _) = get(upstream.addr, "/_count").await;
    let counts: serde_json::Value = serde_json::from_str(count.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(counts["by_behaviour"]["plain"]["requests"], 1);
    assert_eq!(counts["total"]["requests"], 1);
}

#[tokio::test]
async fn bodies_and_keep_alive() {
    let upstream = Upstream::start(local()).await.unwrap();
    let mut stream = TcpStream::connect(upstream.addr).await.unwrap();
    for request in [
        "POST /upload HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        "POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "GET /bytes/64 HTTP/1.1\r\n\r\n",
    ] {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; answer::head(200, 64).len() + 64];
        stream.read_exact(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{request}");
    }
    let counts = upstream.served.counts();
    assert_eq!((counts.connections, counts.total.requests), (1, 3));
}

#[tokio::test]
async fn a_blackhole_swallows_the_handshake() {
    let blackhole = Blackhole::start(local()).await.unwrap();
    let connected = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(blackhole.addr)).await;
    assert!(connected.is_err(), "{connected:?}");
}

#[tokio::test]
async fn dropping_it_frees_the_address() {
    let upstream = Upstream::start(local()).await.unwrap();
    let addr = upstream.addr;
    drop(upstream);
    let refused = async { while TcpStream::connect(addr).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), refused).await.expect("nobody listens any more");
}

#[test]
fn schedules() {
    let turns = mood::parse_schedule("60s healthy, 500ms slow").unwrap();
    assert_eq!(turns[1], Turn { lasts: Duration::from_millis(500), mood: Mood::Slow });
    for wrong in ["", "60s", "60s merry", "x healthy", "0s healthy"] {
        assert!(mood::parse_schedule(wrong).is_err(), "{wrong}");
    }
}
