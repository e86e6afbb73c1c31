//! Wrong passwords by the thousand: each costs a comparison at most, one at a time, and whoever has the right one is
//! scraping as before.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Secured;
use super::client::basic;
use super::users::dave;
use crate::support::http;
use crate::support::scrape::Scrape;

const WRONG: usize = 10_000;
const CLIENTS: usize = 16;
/// A scraper waits ten seconds, and this machine is busy.
const SCRAPE_MAX: Duration = Duration::from_secs(5);

#[test]
fn ten_thousand_wrong_passwords() {
    let secured = Secured::start(&dave());
    let scrape = || {
        let begun = Instant::now();
        let answer = http::get_with(secured.addr(), "/metrics", &basic("dave", "dave123")).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(begun.elapsed() < SCRAPE_MAX, "a scrape took {:?}", begun.elapsed());
        Scrape::parse(&answer.text())
    };
    let before = scrape();
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let guess = || {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= WRONG {
                    return;
                }
                let answer = http::get_with(secured.addr(), "/metrics", &basic("dave", &format!("guess {n}")));
                let status = answer.expect("an answer").status;
                assert!(status == 401 || status == 503, "{status}");
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(guess)).collect();
        let scraper = scope.spawn(|| {
            let mut scrapes = 0;
            while !done.load(Ordering::Relaxed) {
                scrape();
                scrapes += 1;
            }
            scrapes
        });
        clients.into_iter().for_each(|client| client.join().expect("only 401 and 503"));
        done.store(true, Ordering::Relaxed);
        assert!(scraper.join().expect("every scrape was answered in time") > 0);
    });
    let after = scrape();
    let refused = |reason: &str| after.one("hangup_web_refused_total", &[("reason", reason)]);
    let (compared, busy) = (refused("password"), refused("busy"));
    assert_eq!(compared + busy, WRONG as f64, "each was refused, and for one of two reasons");
    assert!(busy > 0.0, "few wait, the others are sent away");
    assert!(after.one("process_threads", &[]) <= before.one("process_threads", &[]) + 2.0, "no thread for each");
}
