//! What a real Prometheus makes of each exposition format, and what promtool says of the text.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::forwarder::Forwarder;
use crate::support::hangup::Hangup;
use crate::support::http;
use crate::support::nginx::{Nginx, Site};
use crate::support::prometheus::Prometheus;
use crate::support::wait_for;

/// The names of nginx-prometheus-exporter, letter for letter, and hangup's type for each in classic text.
const NGINX_NAMES: [(&str, &str); 8] = [
    ("nginx_up", "gauge"),
    ("nginx_connections_accepted", "untyped"),
    ("nginx_connections_active", "gauge"),
    ("nginx_connections_handled", "untyped"),
    ("nginx_connections_reading", "gauge"),
    ("nginx_connections_waiting", "gauge"),
    ("nginx_connections_writing", "gauge"),
    ("nginx_http_requests_total", "counter"),
];

const CLASSIC: &str = "text/plain; version=0.0.4";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0";
const PROTOBUF: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.metricfamily; encoding=delimited";

/// nginx with ten answered requests and hangup, which has read them.
fn shop() -> (Nginx, Hangup) {
    let nginx = Nginx::start(Site { server: "location / { return 200 hello; }", ..Site::default() });
    for _ in 0..10 {
        assert_eq!(http::get(&nginx.addr(), "/cart/1").expect("an answer").status, 200);
    }
    let hangup = Hangup::beside(&nginx, &["--poll.interval=100ms", "--routes.patterns=cart=^/cart/"]);
    hangup.scrape_until("ten requests and the status page", |s| {
        s.sum("hangup_http_requests_total", &[]) == 10.0 && s.sum("nginx_up", &[]) == 1.0
    });
    (nginx, hangup)
}

/// Scraped through a forwarder that asks for `accept`, this Prometheus must have understood everything.
#[track_caller]
fn check(accept: Option<&'static str>, flags: &[&str], content_type: &str) -> (Prometheus, Nginx, Hangup) {
    let (nginx, hangup) = shop();
    let forwarder = Forwarder::start(&hangup.addr, accept);
    let prometheus = Prometheus::scraping(&forwarder.addr, flags, "");
    wait_for("a scrape that succeeded", || (prometheus.query("up") == [1.0]).then_some(()));
    let seen = forwarder.content_types();
    assert!(!seen.is_empty() && seen.iter().all(|seen| seen.starts_with(content_type)), "{content_type}: {seen:?}");
    for (name, _) in NGINX_NAMES {
        assert_eq!(prometheus.query(&format!("count({name})")), [1.0], "{name} as {content_type}");
        assert!(prometheus.query(&format!("{name}{{addr=~\".+\"}}")).is_empty(), "{name} has no label of its own");
    }
    let requests = "hangup_http_requests_total{server=\"shop.example\",route=\"cart\",method=\"GET\",status=\"200\"}";
    assert_eq!(prometheus.query(requests), [10.0], "{content_type}");
    assert_eq!(prometheus.query("hangup_log_lines_total{log=~\".*access.log\",result=\"parsed\"}"), [10.0]);
    (prometheus, nginx, hangup)
}

#[test]
fn prometheus_reads_classic_text() {
    let (prometheus, ..) = check(Some("text/plain;version=0.0.4"), &[], CLASSIC);
    assert_eq!(prometheus.query("sum(hangup_http_request_duration_seconds_count{outcome=\"ok\"})"), [10.0]);
}

#[test]
fn prometheus_reads_openmetrics_with_exemplars() {
    let (prometheus, ..) = check(None, &["--enable-feature=exemplar-storage"], OPEN_METRICS);
    assert_eq!(prometheus.query("sum(hangup_http_request_duration_seconds_count{outcome=\"ok\"})"), [10.0]);
    let exemplars = prometheus.exemplars("hangup_http_request_duration_seconds_bucket");
    assert!(exemplars.iter().any(|id| id.len() == 32), "no $request_id among the exemplars {exemplars:?}");
}

#[test]
fn prometheus_reads_protobuf_with_native_histograms() {
    let (prometheus, ..) = check(None, &["--enable-feature=native-histograms"], PROTOBUF);
    let histogram = "hangup_http_request_duration_seconds{outcome=\"ok\",route=\"cart\"}";
    assert_eq!(prometheus.query(&format!("sum(histogram_count({histogram}))")), [10.0]);
}

/// 100 requests of known durations: quantiles of a native histogram lie within one of its narrow buckets.
#[test]
fn quantiles_of_native_histograms_are_near_the_truth() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = dir.path().join("access.log");
    let line = |n: u32| {
        format!(
            "10.0.0.1 - - [21/Nov/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 499 0 \"-\" \"-\" rt={}.{:02}0\n",
            n / 100,
            n % 100
        )
    };
    // 0.51 s to 1.50 s.
    std::fs::write(&log, (51..=150).map(line).collect::<String>()).expect("writable");
    let format = "--nginx.log-format=$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" rt=$request_time";
    let access_log = format!("--nginx.access-log={}", log.display());
    let hangup = Hangup::start(&["--nginx.config=", "--nginx.from=start", &access_log, format]);
    hangup.scrape_until("all lines", |s| s.sum("hangup_http_requests_total", &[]) == 100.0);
    let prometheus = Prometheus::scraping(&hangup.addr, &["--enable-feature=native-histograms"], "");
    let of =
        |q: f64| format!("histogram_quantile({q}, sum(hangup_http_request_duration_seconds{{outcome=\"abandoned\"}}))");
    wait_for("a scrape", || (!prometheus.query(&of(0.5)).is_empty()).then_some(()));
    for (q, truth) in [(0.1, 0.6), (0.5, 1.0), (0.99, 1.49)] {
        let [estimate] = prometheus.query(&of(q))[..] else { panic!("no quantile {q}") };
        // Schema 3: each bucket is 2^(1/8) times as wide as the one before.
        assert!((estimate / truth).ln().abs() < 2f64.ln() / 8.0, "quantile {q} is {truth}, not {estimate}");
    }
}

/// What the rules read is there whatever Prometheus would rather have.
#[test]
fn classic_buckets_can_be_kept_for_a_prometheus_that_drops_them() {
    let counted = |flags: &[&str]| {
        let (nginx, _) = shop();
        let hangup = Hangup::beside(&nginx, flags);
        hangup.scrape_until("ten requests", |s| s.sum("hangup_http_requests_total", &[]) == 10.0);
        let prometheus = Prometheus::scraping(&hangup.addr, &["--enable-feature=native-histograms"], "");
        wait_for("a scrape", || (prometheus.query("up") == [1.0]).then_some(()));
        !prometheus.query("count(hangup_http_request_duration_seconds_bucket)").is_empty()
    };
    assert_eq!([counted(&[]), counted(&["--metrics.native-histograms=false"])], [false, true]);
}

#[test]
fn the_nginx_names_are_those_of_the_exporter_before() {
    let (_nginx, hangup) = shop();
    let text = hangup.get("/metrics").text();
    let types: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE nginx_")).collect();
    let expected = NGINX_NAMES.map(|(name, kind)| format!("{} {kind}", &name["nginx_".len()..]));
    assert_eq!(types, expected);
    for (name, _) in NGINX_NAMES {
        let samples = text.lines().filter(|line| line.split([' ', '{']).next() == Some(name));
        assert_eq!(samples.count(), 1, "{name}");
    }
    let accept = format!("Accept: {OPEN_METRICS}\r\n");
    let open = http::get_with(&hangup.addr, "/metrics", &accept).expect("an answer");
    assert!(open.head.to_ascii_lowercase().contains(&format!("content-type: {OPEN_METRICS}")), "{}", open.head);
    let open = open.text();
    assert!(open.ends_with("# EOF\n"));
    for (name, _) in NGINX_NAMES {
        let samples = open.lines().filter(|line| line.split([' ', '{']).next() == Some(name));
        assert_eq!(samples.count(), 1, "{name} in OpenMetrics");
    }
}

#[test]
fn promtool_has_nothing_to_say_during_traffic() {
    let (nginx, hangup) = shop();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let paths = ["/cart/1", "/orders/17/items", "/%22quoted%22/%5C", "/caf%C3%A9", "/*"];
                let _ = http::get(&nginx.addr(), paths[n % paths.len()]);
            }
        });
        let first = hangup.scrape().sum("hangup_http_requests_total", &[]);
        for _ in 0..5 {
            let said = promtool(&hangup.get("/metrics").body);
            assert!(said.is_empty(), "promtool: {said}");
        }
        hangup.scrape_until("traffic", |s| s.sum("hangup_http_requests_total", &[]) > first);
        done.store(true, Ordering::Relaxed);
    });
}

fn promtool(text: &[u8]) -> String {
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool; `make tools` installs it");
    child.stdin.take().expect("piped").write_all(text).expect("promtool reads");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { said } else { format!("{}: {said}", output.status) }
}
