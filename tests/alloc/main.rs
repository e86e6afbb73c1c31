//! In the steady state a line costs no allocation, whatever its format: counted by an allocator that counts.
#![expect(unsafe_code, reason = "an allocator is unsafe to write")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use hangup::dialect::ErrorFormat;
use hangup::dialect::nginx::log_format::{Escape, LogFormat};
use hangup::ingest::{Ingest, LogKind};
use hangup::input::Line;
use hangup::record::{Column, Sight};
use hangup::tally::{Options, Tally};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged, so its promises are kept; the counter beside it is a
// plain cell of this thread that allocates nothing itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's layout, handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, that is from the system.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const COMBINED: &str = r#"192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] "GET /orders/17 HTTP/1.1" 200 512 "-" "curl/8.5""#;
const KV: &str = r#"192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] "GET /orders/17 HTTP/1.1" STATUS 0 "-" "curl/8.5" rt=5.001 uct="0.001" uht="-" urt="5.001""#;
const RETRIED: &str = r#"192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] "POST /orders HTTP/1.1" 504 0 "-" "curl/8.5" rt=2.001 uct="0.001, 0.001" uht="-, -" urt="1.000, 1.001""#;
const JSON: &str = r#"{"time":"2026-11-21T14:17:26+00:00","remote_addr":"192.0.2.7","request":"GET /orders/17 HTTP/1.1","status":"STATUS","request_time":"5.001","server_name":"shop.example","request_id":"0123456789abcdef0123456789abcdef","upstream_addr":"10.0.0.1:80","upstream_status":"-","upstream_connect_time":"0.001","upstream_header_time":"-","upstream_response_time":"5.001"}"#;
const JSON_FORMAT: &str = r#"{"addr":"$remote_addr","request":"$request","status":"$status","rt":"$request_time","urt":"$upstream_response_time"}"#;
const JSON_BY_TEMPLATE: &str =
    r#"{"addr":"192.0.2.7","request":"GET /orders/17 HTTP/1.1","status":"499","rt":"5.001","urt":"5.001"}"#;
const ERROR: &str = r#"2026/11/21 14:17:26 [error] 7#7: *42 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: shop.example, request: "GET /orders/17 HTTP/1.1", upstream: "http://10.0.0.1:80/orders/17", host: "shop.example""#;

fn preset(name: &str) -> Option<LogFormat> {
    Some(LogFormat::preset(name).expect("a preset"))
}

/// Feeds the line until everything it names is known, then counts.
#[track_caller]
fn check(format: Option<LogFormat>, line: &str) {
    /// More than any name needs to be admitted.
    const WARM_UP: usize = 2_000;
    const LINES: usize = 1_000;
    let mut tally = Tally::new(Options::default());
    let (log, server) = (tally.log("a log"), tally.server(b"shop.example", Sight::of(&Column::ALL)));
    let parsed = format.as_ref().is_none_or(|format| format.parse(line.as_bytes()).is_ok());
    assert!(parsed, "the line does not fit its format: {line}");
    let kind =
        format.map_or(LogKind::Error(ErrorFormat::Nginx), |format| LogKind::Access { format: format.into(), server });
    let mut ingest = Ingest::new(vec![kind]);
    let mut feed = |lines| {
        for _ in 0..lines {
            ingest.line(log, Line::Complete(line.as_bytes()), &mut tally, 0);
        }
    };
    feed(WARM_UP);
    let before = ALLOCATIONS.get();
    feed(LINES);
    assert_eq!(ALLOCATIONS.get() - before, 0, "allocations in {LINES} lines like {line}");
}

#[test]
fn combined() {
    check(preset("combined"), COMBINED);
}

#[test]
fn kv() {
    for status in ["200", "304", "404", "499", "504"] {
        check(preset("kv"), &KV.replace("STATUS", status));
    }
    check(preset("kv"), RETRIED);
}

#[test]
fn json_by_labels_and_by_template() {
    for status in ["200", "499", "502"] {
        check(preset("json"), &JSON.replace("STATUS", status));
    }
    check(Some(LogFormat::compile(JSON_FORMAT, Escape::Json).expect("a format")), JSON_BY_TEMPLATE);
}

#[test]
fn error_log() {
    check(None, ERROR);
    check(None, "2026/11/21 14:17:26 [error] 7#7: *42 something new about 10.0.0.1 \"x\", client: 192.0.2.7");
}

#[test]
fn in_an_envelope() {
    check(None, &format!("Nov 21 14:17:26 web1 nginx: {ERROR}"));
}

#[test]
fn junk() {
    check(None, "not a line of any log");
}

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.get();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(ALLOCATIONS.get() - before, 1);
}
