//! More connections than nginx has slots: refused clients leave no line, proxied ones may miss their second slot (500).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use hangup::demo::clients::plan::Plan;
use hangup::demo::upstream::Upstream;

use super::on_both;
use super::stage::{Stage, Troupe, of, proxied};
use crate::support::nginx::{Site, Version};
use crate::support::wait_for;

on_both!(worker_connections_run_out);

/// Each waiting request takes two slots. When all are taken, a client finds none; with one more, it finds one for
/// itself and none towards the upstream.
fn worker_connections_run_out(version: Version) {
    let played = [32, 33].map(|slots| play(version, slots));
    assert!(played.contains(&(10, 0)) && played.contains(&(0, 10)), "(refused, failed) of ten clients: {played:?}");
}

fn play(version: Version, slots: u32) -> (u64, u64) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "");
    let site = Site { version, workers: 1, slots, server: &server, ..Site::default() };
    // Polled only when this test wants it, since a poll that is refused is a refused client too.
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    poll_every("1h", file.path());
    let config = format!("--config.file={}", file.path().display());
    let flags = [config.as_str(), "--web.enable-lifecycle", "--abandonment.long-after=1h"];
    let mut stage = troupe.stage(site, &[("shop", shop.addr)], &flags);
    let (holding, last) = take_all_slots(&stage, &shop);
    // One after the other: of several that come at once, nginx would sacrifice those that have not yet asked.
    let (mut refused, mut failed) = (0, 0);
    for _ in 0..10 {
        let run = stage.visit(&[Plan { paths: vec!["/cart/1".to_owned()], ..Plan::default() }]);
        refused += of(&run, "reader").closed_by_server + of(&run, "reader").reset_by_server;
        failed += of(&run, "reader").completed.get(&500).copied().unwrap_or(0);
    }
    let held = holding.len() as u64;
    drop(holding);
    wait_for("all slots to be free again", || (shop.served.counts().total.left == held).then_some(()));
    let (all_refused, all_failed) = (refused + u64::from(!last), failed + u64::from(last));
    if version == Version::Debian {
        assert_eq!(
            dropped(&stage, file.path()),
            all_refused as f64,
            "connections dropped, and clients that were refused"
        );
    }
    let (mut books, _) = stage.end();
    let said = stage.count_in_error_log(" worker_connections are not enough");
    assert!(said > 0, "nginx did not say a word");
    assert_eq!(books.remove("exhausted worker_connections"), Some(said), "messages counted, and messages written");
    stage.compare(
        &books,
        &[
            ("requests cart GET 499", held),
            ("requests cart GET 500", all_failed),
            ("outcomes cart abandoned", held),
            ("outcomes cart error", all_failed),
            ("gave up cart client response 499", held),
            ("abandoned cart GET short user", held),
            // Without a slot no upstream was tried.
            ("tries shop none", held),
            ("responses shop abandoned", held),
            ("clients closed_waiting", held),
        ],
    );
    (refused, failed)
}

/// Connections that wait for the upstream, and whether the first client without a place was answered (500).
fn take_all_slots(stage: &Stage, shop: &Upstream) -> (Vec<TcpStream>, bool) {
    let mut holding = Vec::new();
    loop {
        let mut stream = TcpStream::connect(stage.nginx.addr()).expect("the kernel accepts");
        // An error means that nginx was faster.
        let _ = stream.write_all(b"GET /cart/1?do=hang HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
        stream.set_nonblocking(true).expect("a socket");
        let placed = wait_for("a place or a refusal", || {
            if shop.served.counts().total.requests > holding.len() as u64 {
                return Some(true);
            }
            let ended = !matches!(stream.peek(&mut [0]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock);
            ended.then_some(false)
        });
        if !placed {
            stream.set_nonblocking(false).expect("a socket");
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            return (holding, answer.starts_with(b"HTTP/1.1 500"));
        }
        holding.push(stream);
    }
}

fn poll_every(interval: &str, file: &Path) {
    std::fs::write(file, format!("poll: {{interval: {interval}}}\n")).expect("writable");
}

/// A poller that a reload changes asks at once.
fn dropped(stage: &Stage, file: &Path) -> f64 {
    let accepted = |scrape: &crate::support::scrape::Scrape| scrape.sum("nginx_connections_accepted", &[]);
    let before = accepted(&stage.hangup.scrape());
    poll_every("2h", file);
    let reloaded = stage.hangup.post("/-/reload");
    assert_eq!(reloaded.status, 200, "{}", reloaded.text());
    let scrape = stage.hangup.scrape_until("the second poll", |scrape| accepted(scrape) > before);
    scrape.one("hangup_nginx_connections_dropped_total", &[])
}
