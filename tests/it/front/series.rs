//! Labels multiplied on purpose: few requests from outside make few series, and renderings of any format stay small.

use super::{MEMORY_KIB, Victim};
use crate::support::http;
use crate::support::scrape::Scrape;
use crate::support::wait_for;

const FORMAT: &str =
    "$remote_addr [$time_local] \"$request\" $status \"$http_user_agent\" host=\"$host\" rt=$request_time";
const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "FOO"];
const PROTOBUF: &str =
    "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited\r\n";

fn line(server: u32, method: &str, path: &str, status: u16, ms: u64) -> String {
    let rt = format!("{}.{:03}", ms / 1000, ms % 1000);
    format!(
        "192.0.2.1 [26/Nov/2026:10:00:00 +0000] \"{method} {path} HTTP/1.1\" {status} \"x\" host=\"v{server}.example\" rt={rt}\n"
    )
}

fn route(at: u32) -> String {
    let letter = |n: u32| char::from(b'a' + (n % 26) as u8);
    format!("/r{}{}", letter(at / 26), letter(at))
}

/// 64 routes in use, then each of them asked with ten methods on each of 32 servers, in four ways to end.
#[test]
fn a_product_of_labels_makes_no_product_of_series() {
    let mut victim = Victim::formatted(FORMAT, &[]);
    let mut lines = String::new();
    for at in 0..64 {
        lines.push_str(&line(0, "GET", &route(at), 200, 10).repeat(20));
    }
    // Each server is known before the attack, as those of nginx.conf are.
    for server in 0..32 {
        lines.push_str(&line(server, "GET", "/", 200, 10).repeat(1_100));
    }
    let mut times = 0;
    for server in 0..32 {
        for at in 0..64 {
            for method in METHODS {
                for status in [200, 404, 499, 504] {
                    times += 1;
                    lines.push_str(&line(server, method, &route(at), status, times * 7 % 8_000));
                }
            }
        }
    }
    victim.write_lines(&lines);
    let written = lines.lines().count() as f64;
    let total = |scrape: &Scrape| scrape.sum("hangup_http_requests_total", &[]);
    let scrape = victim.hangup.scrape_until("all lines", |scrape| total(scrape) >= written);
    assert_eq!(total(&scrape), written);
    let (series, limit) = (scrape.one("hangup_series", &[]), scrape.one("hangup_series_limit", &[]));
    assert!(series < limit, "{series} of {limit}");
    for round in 0..6 {
        let asked: Vec<_> =
            (0..64).map(|at| ask(&victim.hangup.addr, if at % 2 == 0 { PROTOBUF } else { "" })).collect();
        for answer in asked {
            assert_eq!(answer.join().expect("no panic"), 200, "round {round}");
        }
    }
    println!("{series} series of {written} requests, {} KiB", victim.peak_memory_kib());
    wait_for("the metrics to be answered on", || Some(victim.hangup.scrape()));
    assert!(victim.peak_memory_kib() < MEMORY_KIB, "{} KiB", victim.peak_memory_kib());
}

fn ask(addr: &str, headers: &'static str) -> std::thread::JoinHandle<u16> {
    let addr = addr.to_owned();
    std::thread::spawn(move || http::get_with(&addr, "/metrics", headers).expect("an answer").status)
}
