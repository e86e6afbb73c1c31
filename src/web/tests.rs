//! The routes and the server over real TCP. Requests are written by hand, so that rude ones can be sent too.

use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::connections::Limits;
use super::server::serve_within;
use super::*;
use crate::diagnosis::{
    Answer, BusySource, Cause, Confidence, Diagnosis, Evidence, GaveUpRate, LeftRequest, LogState, NotVisible, Point,
    RouteNow, Unit, UnknownEntry, WindowAnswer,
};

/// No answer takes longer, on a loaded machine with two cores.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pages whose answers the test chooses.
#[derive(Default)]
struct Scripted {
    awaited: Mutex<Vec<String>>,
    /// `None`: reloading is off.
    reload: Option<Result<(), String>>,
    answer: Answer,
    panics: bool,
    padding_bytes: usize,
    rendering: AtomicUsize,
    most_at_once: AtomicUsize,
    renderings: AtomicUsize,
    reloads: AtomicUsize,
}

impl Pages for Scripted {
    fn content_type(&self, accept: &str) -> &'static str {
        if accept.contains("other") { "text/other" } else { "text/plain; version=0.0.4" }
    }
    fn metrics(&self, accept: &str) -> Document {
        assert!(!self.panics, "told to panic");
        self.renderings.fetch_add(1, Ordering::SeqCst);
        let now = self.rendering.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(2)); // Long enough for renderings to overlap if they may.
        self.rendering.fetch_sub(1, Ordering::SeqCst);
        let body = format!("accept {accept}\n{}", " ".repeat(self.padding_bytes)).into_bytes();
        Document { content_type: self.content_type(accept), body }
    }
    fn answer(&self) -> Answer {
        self.answer.clone()
    }
    fn awaited(&self) -> Vec<String> {
        self.awaited.lock().unwrap().clone()
    }
    fn reload_enabled(&self) -> bool {
        self.reload.is_some()
    }
    fn reload(&self) -> Result<(), String> {
        self.reloads.fetch_add(1, Ordering::SeqCst);
        self.reload.clone().unwrap()
    }
}

fn options(telemetry_path: &str) -> Options {
    Options {
        telemetry_path: telemetry_path.parse().unwrap(),
        own_names: OwnNames::default(),
        client_addresses: ClientAddresses::default(),
    }
}

/// A served router, stopped by [`Site::stop`] or with the test.
struct Site {
    address: String,
    pages: Arc<Scripted>,
    cuts: Arc<Cuts>,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
    fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Site {
    async fn start(pages: Scripted) -> Site {
        Site::start_at(pages, "/metrics").await
    }

    async fn start_at(pages: Scripted, telemetry_path: &str) -> Site {
        Site::start_with(server::limits(None), pages, telemetry_path).await
    }

    async fn start_within(limits: Limits, pages: Scripted) -> Site {
        Site::start_with(limits, pages, "/metrics").await
    }

    async fn start_with(limits: Limits, pages: Scripted, telemetry_path: &str) -> Site {
        Site::start_as(limits, pages, options(telemetry_path)).await
    }

    async fn start_as(limits: Limits, pages: Scripted, options: Options) -> Site {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let pages = Arc::new(pages);
        let cuts = Arc::<Cuts>::default();
        let gate = Arc::new(Gate::open(Arc::default()));
        let router = router(pages.clone(), options);
        let (shutdown, stopped) = oneshot::channel();
        let stopped = async move { stopped.await.unwrap_or(()) };
        let task = tokio::spawn(serve_within(limits, cuts.clone(), gate, vec![listener], router, stopped));
        Site { address, pages, cuts, shutdown, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// Sends these bytes and reads to the end of the connection.
    async fn raw(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server closes").unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn ask(&self, method: &str, path: &str, headers: &str) -> Reply {
        let mut stream = self.connect().await;
        let request = format!("{method} {path} HTTP/1.1\r\nHost: hangup\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer in time").unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an end of the head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head[9..12].parse().unwrap();
        Reply { status, head, body: bytes[end + 4..].to_vec() }
    }

    /// Connections cut so far for this reason.
    fn cut(&self, reason: &str) -> u64 {
        self.cuts.counts().into_iter().find(|(name, _)| *name == reason).unwrap().1
    }

    /// Clients that have asked for the metrics and have read nothing yet.
    async fn asking(&self, count: usize) -> Vec<TcpStream> {
        let mut streams = Vec::new();
        for _ in 0..count {
            let mut stream = self.connect().await;
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            streams.push(stream);
        }
        streams
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "").await
    }

    async fn stop(self) -> Duration {
        let begin = Instant::now();
        self.shutdown.send(()).unwrap();
        self.task.await.unwrap();
        begin.elapsed()
    }
}

#[tokio::test]
async fn metrics_take_the_accept_header_and_compress_when_asked() {
    let site = Site::start(Scripted::default()).await;

    let plain = site.ask("GET", "/metrics", "Accept: a;q=0.1\r\nAccept: b\r\n").await;
    assert_eq!((plain.status, plain.text()), (200, "accept a;q=0.1,b\n"));
    assert_eq!(plain.header("content-type"), Some("text/plain; version=0.0.4"));
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("vary"), Some("Accept, Accept-Encoding"));

    let gzip = site.ask("GET", "/metrics", "Accept-Encoding: deflate, gzip\r\n").await;
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(gzip.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, "accept \n");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let site = Site::start(Scripted::default()).await;
    for path in ["/metrics", "/", "/-/healthy", "/-/ready"] {
        let (get, head) = (site.get(path).await, site.ask("HEAD", path, "").await);
        assert_eq!(head.status, 200, "{path}");
        assert_eq!(head.body, b"", "{path}");
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
    }
}

#[tokio::test]
async fn ready_names_what_is_awaited() {
    let site = Site::start(Scripted::default()).await;
    *site.pages.awaited.lock().unwrap() = vec!["/var/log/nginx/access.log".to_owned(), "stub_status".to_owned()];
    let waiting = site.get("/-/ready").await;
    assert_eq!(waiting.status, 503);
    assert!(waiting.text().contains("/var/log/nginx/access.log, stub_status"), "{}", waiting.text());
    assert_eq!(site.get("/-/healthy").await.status, 200);

    site.pages.awaited.lock().unwrap().clear();
    assert_eq!(site.get("/-/ready").await.status, 200);
}

#[tokio::test]
async fn reload_only_where_it_is_enabled() {
    for (reload, status, words) in [
        (None, 403, "--web.enable-lifecycle"),
        (Some(Ok(())), 200, "reloaded"),
        (Some(Err("hangup.yml:3: unknown key".to_owned())), 500, "hangup.yml:3: unknown key"),
    ] {
        let site = Site::start(Scripted { reload, ..Default::default() }).await;
        let answer = site.ask("POST", "/-/reload", "Content-Length: 0\r\n").await;
        assert_eq!(answer.status, status);
        assert!(answer.text().contains(words), "{}", answer.text());
        let get = site.get("/-/reload").await;
        assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_refused_with_a_sentence() {
    let site = Site::start(Scripted::default()).await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = site.ask(method, "/metrics", "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")), "{method}");
        assert!(answer.text().ends_with(".\n"), "{}", answer.text());
    }
    for path in ["/metric", "/metrics/", "//", "/-/", "/%2e%2e/etc/passwd"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("/metrics (metrics)"), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_telemetry_path_may_be_the_root() {
    let site = Site::start_at(Scripted::default(), "/").await;
    assert_eq!(site.get("/").await.text(), "accept \n");
    assert!(!site.get("/metrics").await.text().contains("a page for people"));
}

#[test]
fn telemetry_paths() {
    for good in ["/", "/metrics", "/a/b-c_d.e~f"] {
        assert!(good.parse::<TelemetryPath>().is_ok(), "{good}");
    }
    for bad in ["", "metrics", "/-/healthy", "/api/v1", "/{id}", "/*rest", "/a b", "/a?b", "/a#b", "/ä", "/%41"] {
        let error = bad.parse::<TelemetryPath>().expect_err(bad);
        assert!(error.to_string().contains("must begin with /"), "{error}");
    }
}

fn busiest(address: &str, ratio: f64) -> Answer {
    let (server, kind, address) = (String::new(), "private".to_owned(), Some(address.to_owned()));
    Answer { busiest_sources: vec![BusySource { server, kind, ratio, address }], ..Answer::default() }
}

fn slow_upstream() -> Diagnosis {
    Diagnosis {
        cause: Cause::SlowUpstream,
        server: "shop".to_owned(),
        upstream: None,
        route: Some("/cart".to_owned()),
        confidence: Confidence::Certain,
        sentence: "A slow upstream outlasts the patience of the users of shop.".to_owned(),
        evidence: vec![Evidence::new("answers, p95", 8.2, 1.0, Unit::Seconds, "$upstream_header_time")],
        otherwise: "answers are as quick as always".to_owned(),
        first_fix: "Fix the endpoint.".to_owned(),
        runbook: "https://example.org/NginxClientsImpatient.md".to_owned(),
    }
}

fn window() -> WindowAnswer {
    let gave_up = GaveUpRate {
        party: "client".to_owned(),
        phase: "response".to_owned(),
        code: "499".to_owned(),
        count: 90,
        per_second: 1.5,
    };
    WindowAnswer {
        seconds: 60.0,
        requests: 720,
        users: 720,
        left: 90,
        errors: 0,
        trouble: true,
        gave_up: vec![gave_up],
        diagnosis: vec![slow_upstream()],
    }
}

/// Trouble, with everything that can stand on the page, some of it written by strangers.
fn trouble() -> Answer {
    let state = |name: &str, state: &str, sentence: &str| LogState {
        name: name.to_owned(),
        state: state.to_owned(),
        sentence: sentence.to_owned(),
    };
    let (slow, window) = (slow_upstream(), window());
    let point = |minute: i64, left: u64| Point {
        unix_ms: minute * 60_000,
        seconds: 60.0,
        requests: 720,
        left,
        errors: left / 10,
        onset: minute == 2,
    };
    Answer {
        hangup: "0.1.0".to_owned(),
        host: "web-7".to_owned(),
        now: "2026-11-27T03:20:00Z".to_owned(),
        uptime_seconds: 11_520.0,
        sentence: slow.sentence.clone(),
        trouble: true,
        windows: [("1m".to_owned(), window)].into(),
        timeline: vec![point(0, 0), point(1, 1), point(2, 90), point(3, 90)],
        routes: vec![RouteNow {
            server: "shop".to_owned(),
            route: "/<script>alert(1)</script>".to_owned(),
            requests: 8,
            left: 1,
            errors: 0,
        }],
        abandoned: vec![LeftRequest {
            time: "2026-11-27T03:19:58Z".to_owned(),
            server: "shop".to_owned(),
            method: "GET".to_owned(),
            route: "/cart".to_owned(),
            waited_seconds: Some(3.25),
            upstream: Some("10.0.0.1:80".to_owned()),
            request_id: Some("f00d".to_owned()),
        }],
        problems: vec!["The last reload failed.".to_owned()],
        logs: vec![state("/l/access.log", "down", "It is 0640 root:adm: add hangup to group adm.")],
        sources: vec![state("stub_status", "up", "")],
        not_visible: vec![NotVisible {
            log: "/l/access.log".to_owned(),
            signal: "how long upstreams took".to_owned(),
            needs: "$upstream_response_time".to_owned(),
        }],
        unclassified: vec![UnknownEntry {
            level: "error".to_owned(),
            pattern: "no peer for #".to_owned(),
            count: 4711,
            sample: Some("no peer for 10.0.0.8<b>".to_owned()),
        }],
        ..busiest("10.0.0.7", 0.931)
    }
}

#[tokio::test]
async fn the_page_says_why_first_and_escapes_strangers() {
    let site = Site::start_at(Scripted { answer: trouble(), ..Default::default() }, "/telemetry").await;
    let page = site.ask("GET", "/", "Accept: text/html,*/*;q=0.8\r\n").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert_eq!(page.header("refresh"), Some("10"), "it reloads itself");
    let mut from = 0;
    for expected in [
        "Trouble on web-7",
        "up for 3 h 12 min",
        "href=\"./telemetry\"",
        "href=\"./api/v1/diagnosis\"",
        "href=\"./-/healthy\"",
        "href=\"./-/ready\"",
        "Trouble: </strong>A slow upstream outlasts",
        "The last reload failed.",
        "slow_upstream",
        "8.2 s (limit 1.0 s)",
        "Fix the endpoint.",
        "It began 2 min ago.",
        "last 1m",
        "12.5 %",
        "/&lt;script&gt;",
        "93.1 %",
        "10.0.0.7",
        "f00d",
        "4711",
        "no peer for #",
        "no peer for 10.0.0.8&lt;b&gt;",
        "DOWN",
        "It is 0640 root:adm: add hangup to group adm.",
        "$upstream_response_time",
    ] {
        let at = page.text()[from..].find(expected);
        from += at.unwrap_or_else(|| panic!("{expected} is not below what stands above it in\n{}", page.text()));
    }
    assert!(!page.text().contains("<script"));
    assert_eq!(site.ask("GET", "/?still", "Accept: text/html\r\n").await.header("refresh"), None);
}

#[tokio::test]
async fn curl_gets_plain_text_of_80_columns() {
    let site = Site::start(Scripted { answer: trouble(), ..Default::default() }).await;
    let page = site.ask("GET", "/", "Accept: */*\r\n").await;
    assert_eq!(page.header("content-type"), Some("text/plain; charset=utf-8"));
    for expected in [
        "hangup on web-7",
        "TROUBLE: A slow",
        "WRONG: The last reload",
        "8.2 s (limit 1.0 s)",
        "DOWN",
        "4711 × [error] no peer",
    ] {
        assert!(page.text().contains(expected), "{expected} is not in\n{}", page.text());
    }
    let long: Vec<&str> = page.text().lines().filter(|line| line.chars().count() > 80).collect();
    assert_eq!(long, Vec::<&str>::new());
}

#[tokio::test]
async fn the_diagnosis_is_json_that_can_be_read_back() {
    let site = Site::start(Scripted { answer: trouble(), ..Default::default() }).await;
    let answer = site.get("/api/v1/diagnosis").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let read: Answer = serde_json::from_str(answer.text()).unwrap();
    assert_eq!(read, trouble());
    let forwarded = site.ask("GET", "/api/v1/diagnosis", "X-Forwarded-For: 192.0.2.1\r\n").await;
    let read: Answer = serde_json::from_str(forwarded.text()).unwrap();
    assert_eq!(read.busiest_sources[0].address, None);
    assert_eq!((read.unclassified[0].count, &read.unclassified[0].sample), (4711, &None));
    let forwarded = site.ask("GET", "/", "X-Forwarded-For: 192.0.2.1\r\nAccept: text/html\r\n").await;
    assert!(
        forwarded.text().contains("no peer for #") && !forwarded.text().contains("10.0.0.8"),
        "{}",
        forwarded.text()
    );
}

#[tokio::test]
async fn a_panic_while_rendering_is_one_failed_answer() {
    let site = Site::start(Scripted { panics: true, ..Default::default() }).await;
    assert_eq!(site.get("/metrics").await.status, 500);
    assert_eq!(site.get("/-/healthy").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn renderings_are_bounded_and_all_are_answered() {
    let site = Arc::new(Site::start(Scripted::default()).await);
    let ask = |_| {
        let site = site.clone();
        tokio::spawn(async move { site.get("/metrics").await.status })
    };
    for asked in (0..100).map(ask).collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), 200);
    }
    assert_eq!(site.pages.most_at_once.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_second_listener_is_served_too() {
    let mut listeners = Vec::new();
    for _ in 0..2 {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    let addresses: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
    let router = router(Arc::new(Scripted::default()), options("/metrics"));
    let gate = Arc::new(Gate::open(Arc::default()));
    let server = tokio::spawn(serve(None, Arc::default(), gate, listeners, router, std::future::pending()));
    for address in addresses {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    server.abort();
}

#[tokio::test]
async fn each_connection_serves_one_request() {
    let site = Site::start(Scripted::default()).await;
    let twice = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2);
    assert_eq!(site.raw(&twice).await.matches("HTTP/1.1 200").count(), 1);
}

#[tokio::test]
async fn heads_that_are_too_long_or_no_http_are_refused() {
    let site = Site::start(Scripted::default()).await;
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let refused = site.raw(&long).await;
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431"), "{refused}");
    let junk = site.raw("\u{16}\u{3}\u{1} hello\r\n\r\n").await;
    assert!(junk.is_empty() || junk.starts_with("HTTP/1.1 400"), "{junk}");
    assert_eq!(site.get("/-/healthy").await.status, 200);
}

const HASTY: Limits = Limits {
    connections: 4,
    per_peer: 4,
    request_head: Duration::from_millis(200),
    stall: Duration::from_millis(200),
    connection: Duration::from_millis(400),
    shutdown: Duration::from_millis(200),
};

/// More silent clients than there are places: whoever speaks takes the place of one that does not, without waiting.
#[tokio::test]
async fn silent_clients_keep_nobody_out() {
    let patient = Limits { request_head: PATIENCE, connection: PATIENCE, ..HASTY };
    let site = Site::start_within(patient, Scripted::default()).await;
    let mut silent = Vec::new();
    for beginning in ["", "G", "GET /metrics HTTP/1.1\r\n", "GET /metrics HTTP/1.1\r\nHos", "", ""] {
        let mut stream = site.connect().await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        silent.push(stream);
    }
    let begin = Instant::now();
    assert_eq!(site.get("/-/healthy").await.status, 200);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(site.cut("crowded"), 3);
}

#[tokio::test]
async fn a_request_that_does_not_come_is_not_waited_for() {
    let site = Site::start_within(HASTY, Scripted::default()).await;
    assert_eq!(site.raw("GET /metrics HTTP/1.1\r\nHos").await, "");
    assert_eq!(site.cut("slow_request"), 1);
}

/// Clients that ask and never read: their answers, too large for the sockets' buffers, are dropped in the end.
#[tokio::test]
async fn clients_that_do_not_read_are_cut_off() {
    let site = Site::start_within(HASTY, Scripted { padding_bytes: LARGE_BYTES, ..Default::default() }).await;
    let mut deaf = site.asking(HASTY.connections).await;
    let all_cut = async {
        while site.cut("stalled_reader") < HASTY.connections as u64 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, all_cut).await.expect("they are cut");
    for stream in &mut deaf {
        // Not the whole answer: what the kernel held went with the connection.
        let read = timeout(PATIENCE, drain(stream)).await.expect("an end");
        assert!(read < LARGE_BYTES, "{read}");
    }
}

#[tokio::test]
async fn readers_share_one_body_and_unread_bodies_are_bounded() {
    let patient = Limits { connections: 40, per_peer: 40, stall: PATIENCE, connection: PATIENCE, ..HASTY };
    let site = Site::start_within(patient, Scripted { padding_bytes: LARGE_BYTES, ..Default::default() }).await;
    let mut readers = site.asking(20).await;
    let whole = readers.iter_mut().map(|stream| async { timeout(PATIENCE, drain(stream)).await.unwrap() });
    for read in futures_joined(whole.collect()).await {
        assert!(read > LARGE_BYTES, "{read}");
    }
    let shared = site.pages.renderings.load(Ordering::SeqCst);
    assert!(shared < 20, "20 readers, {shared} renderings");
    assert_eq!(site.cut("memory"), 0);

    // One after the other, each gets a body of its own, and nobody reads.
    let mut deaf = Vec::new();
    for _ in 0..20 {
        deaf.extend(site.asking(1).await);
        let rendered = deaf.len() + shared;
        while site.pages.renderings.load(Ordering::SeqCst) < rendered {
            sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(site.cut("memory") >= 10, "{}", site.cut("memory"));
    assert_eq!(site.get("/-/healthy").await.status, 200);
}

/// Some of them fill the bound of all bodies, and one is more than a socket buffers.
const LARGE_BYTES: usize = 4 * 1024 * 1024;

async fn drain(stream: &mut TcpStream) -> usize {
    let mut bytes = Vec::new();
    // A reset is the end, too.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes.len()
}

/// Awaits all of them side by side.
async fn futures_joined<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pinned: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut results: Vec<Option<T>> = pinned.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, result) in pinned.iter_mut().zip(&mut results) {
            if result.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if results.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    results.into_iter().flatten().collect()
}

#[tokio::test]
async fn an_answer_is_never_older_than_its_question() {
    let site = Site::start(Scripted::default()).await;
    for asked in 0..20 {
        site.get("/metrics").await;
        assert_eq!(site.pages.renderings.load(Ordering::SeqCst), asked + 1);
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_out() {
    let site = Site::start(Scripted::default()).await;
    for path in ["/", "/metrics", "/-/healthy", "/-/ready", "/nothing"] {
        let answer = site.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn reloads_of_strangers_are_refused() {
    let site = Site::start(Scripted { reload: Some(Ok(())), ..Default::default() }).await;
    for (headers, status) in [
        ("Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n", 403),
        ("Sec-Fetch-Site: same-site\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin: http://hangup\r\nSec-Fetch-Site: same-origin\r\n", 200),
    ] {
        let answer = site.ask("POST", "/-/reload", headers).await;
        assert_eq!(answer.status, status, "{headers}");
    }
    let rebound = "POST /-/reload HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n";
    assert!(site.raw(rebound).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn a_storm_of_reloads_is_one_after_the_other_with_a_pause() {
    let site = Arc::new(Site::start(Scripted { reload: Some(Ok(())), ..Default::default() }).await);
    let begin = Instant::now();
    for _ in 0..2 {
        let ask = |_| {
            let site = site.clone();
            tokio::spawn(async move { site.ask("POST", "/-/reload", "").await.status })
        };
        for asked in (0..30).map(ask).collect::<Vec<_>>() {
            assert_eq!(asked.await.unwrap(), 200);
        }
    }
    let most = 2 + begin.elapsed().as_millis() as usize / 500;
    let reloads = site.pages.reloads.load(Ordering::SeqCst);
    assert!((2..=most).contains(&reloads), "{reloads} in {:?}", begin.elapsed());
}

#[tokio::test]
async fn addresses_of_clients_are_for_readers_on_this_machine() {
    let page = || Scripted { answer: busiest("203.0.113.77", 0.9), ..Default::default() };
    let site = Site::start(page()).await;
    assert!(site.get("/").await.text().contains("203.0.113.77"));
    let forwarded = site.ask("GET", "/", "X-Forwarded-For: 192.0.2.1\r\n").await;
    assert!(!forwarded.text().contains("203.0.113"), "{}", forwarded.text());
    let rebound = site.raw("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").await;
    assert!(!rebound.contains("203.0.113"), "{rebound}");

    let prefix = Options { client_addresses: ClientAddresses::Prefix, ..options("/metrics") };
    let site = Site::start_as(server::limits(None), page(), prefix).await;
    let forwarded = site.ask("GET", "/", "X-Forwarded-For: 192.0.2.1\r\n").await;
    assert!(forwarded.text().contains("203.0.113.0/24"), "{}", forwarded.text());
}

#[tokio::test]
async fn shutdown_ends_idle_connections_and_refuses_new_ones() {
    let site = Site::start(Scripted::default()).await;
    let mut idle = site.connect().await;
    assert_eq!(site.get("/-/healthy").await.status, 200);
    let address = site.address.clone();
    let took = site.stop().await;
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(idle.read(&mut [0; 16]).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(address).await.is_err());
}
