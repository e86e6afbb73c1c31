//! The status page of an nginx in trouble: whatever it does, /metrics answers at once and says what is known.

use std::time::{Duration, Instant};

use crate::support::hangup::{Hangup, command};
use crate::support::page::{Answer, Page};
use crate::support::scrape::Scrape;

const GOOD: Answer = Answer::Numbers { accepts: 10, handled: 7 };

/// How long the poller waits for the page. Whatever waited for it would take as long.
const TIMEOUT: Duration = Duration::from_secs(2);
/// What a scrape may take on a machine with too much to do.
const AT_ONCE: Duration = Duration::from_millis(250);

fn polling(uris: &[&str]) -> Hangup {
    let uris: Vec<String> = uris.iter().map(|uri| format!("--nginx.scrape-uri={uri}")).collect();
    let flags = ["--nginx.config=", "--poll.interval=50ms", "--poll.timeout=2s"];
    Hangup::start(&flags.iter().copied().chain(uris.iter().map(String::as_str)).collect::<Vec<_>>())
}

fn is_up(scrape: &Scrape) -> bool {
    scrape.sum("hangup_source_up", &[("source", "stub_status")]) == 1.0
}

/// Scrapes until the source is down, then a few times more; how long each scrape took.
fn scrapes_through(hangup: &Hangup) -> Vec<Duration> {
    let mut took = Vec::new();
    let mut left = 20;
    let start = Instant::now();
    while left > 0 {
        let before = Instant::now();
        let scrape = hangup.scrape();
        took.push(before.elapsed());
        left -= i32::from(!is_up(&scrape));
        assert!(start.elapsed() < crate::support::PATIENCE, "the source never went down");
    }
    took
}

#[track_caller]
fn check(answer: Answer, sentence: &str) {
    let (page, address) = Page::tcp(GOOD);
    let hangup = polling(&[&format!("http://{address}/stub_status")]);
    hangup.scrape_until("the first poll", is_up);

    page.set(answer);
    let mut took = scrapes_through(&hangup);
    took.sort();
    let (median, slowest) = (took[took.len() / 2], took[took.len() - 1]);
    assert!(median < AT_ONCE, "{answer:?}: half of the scrapes took {median:?} or more");
    assert!(slowest < TIMEOUT, "{answer:?}: a scrape took {slowest:?}, as if it waited for the page");

    let down = hangup.scrape();
    assert_eq!(down.one("nginx_up", &[]), 0.0);
    assert_eq!(down.sum("nginx_connections_active", &[]), 0.0, "an old number is not a present one");
    assert_eq!(down.one("hangup_nginx_connections_dropped_total", &[]), 3.0, "what is known to have happened stays");
    assert!(down.one("hangup_source_last_success_timestamp_seconds", &[("source", "stub_status")]) > 0.0);
    let landing = hangup.get("/").text();
    assert!(landing.contains(sentence), "{answer:?}: `{sentence}` does not stand on the page:\n{landing}");
    assert!(landing.contains(&format!("http://{address}/stub_status")), "the sentence names the page:\n{landing}");

    page.set(GOOD);
    let up = hangup.scrape_until("the page to be back", is_up);
    assert_eq!(up.one("nginx_up", &[]), 1.0);
    assert_eq!(up.one("nginx_connections_accepted", &[]), 10.0);
}

#[test]
fn it_accepts_and_never_answers() {
    check(Answer::Nothing, "no answer within 2s");
}

#[test]
fn it_answers_a_byte_at_a_time() {
    check(Answer::Drip, "no answer within 2s");
}

#[test]
fn it_never_stops_answering() {
    check(Answer::Endless, "bytes came");
}

#[test]
fn it_answers_something_else() {
    check(Answer::Garbage, "is this the address of a location with");
}

#[test]
fn it_closes_every_connection() {
    check(Answer::Close, "");
}

#[test]
fn nobody_listens() {
    let port = crate::support::free_port();
    let hangup = polling(&[&format!("http://127.0.0.1:{port}/stub_status")]);
    let scrape = hangup.scrape_until("the first poll", |s| s.select("nginx_up", &[]).next().is_some());
    assert_eq!(scrape.one("nginx_up", &[]), 0.0);
    assert_eq!(scrape.select("hangup_nginx_connections_dropped_total", &[]).count(), 0, "nothing was ever known");
    assert!(hangup.get("/").text().contains("is nginx running and listening there?"));
}

#[test]
fn https_and_unix_sockets_work_side_by_side() {
    let dir = tempfile::tempdir().expect("a directory");
    let socket = dir.path().join("nginx.sock");
    let _unix = Page::unix(Answer::Numbers { accepts: 20, handled: 19 }, &socket);
    let (_tls, address, _) = Page::tls(Answer::Numbers { accepts: 30, handled: 25 });
    let uris = [format!("unix:{}:/status", socket.display()), format!("https://{address}/status")];
    let hangup = polling(&[&uris[0], &uris[1]]);
    let scrape = hangup.scrape_until("both to be polled", |s| s.sum("nginx_up", &[]) == 2.0);
    for (uri, accepts, dropped) in [(&uris[0], 20.0, 1.0), (&uris[1], 30.0, 5.0)] {
        let labels = [("addr", uri.as_str())];
        assert_eq!(scrape.one("nginx_connections_accepted", &labels), accepts);
        assert_eq!(scrape.one("hangup_nginx_connections_dropped_total", &labels), dropped);
        assert_eq!(scrape.one("hangup_source_up", &[("source", &format!("stub_status {uri}"))]), 1.0);
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let (_page, address) = Page::tcp(GOOD);
    let uri = format!("--nginx.scrape-uri=http://{address}/stub_status");
    let flags = ["--web.listen-address=127.0.0.1:0", "--nginx.config=", "--poll.interval=50ms", &uri];
    let nowhere = "http://127.0.0.1:1";
    let mut command = command();
    command.args(flags).envs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, nowhere)));
    Hangup::spawn(&mut command).scrape_until("the page itself", is_up);
}

/// nginx begins at 0 again, is away for a while, drops more: the counter only ever grows.
#[test]
fn dropped_connections_never_step_back() {
    let (page, address) = Page::tcp(GOOD);
    let hangup = polling(&[&format!("http://{address}/stub_status")]);
    let mut last = 0.0;
    // What the page says, and the drops that there were since the beginning.
    let lives = [(10, 7, 3.0), (14, 9, 5.0), (0, 0, 5.0), (2, 1, 6.0), (1, 1, 6.0), (50, 30, 26.0), (50, 50, 26.0)];
    for (at, (accepts, handled, expected)) in lives.into_iter().enumerate() {
        if at % 2 == 1 {
            page.set(Answer::Close);
            hangup.scrape_until("nginx to be away", |s| !is_up(s));
        }
        page.set(Answer::Numbers { accepts, handled });
        let same = |s: &Scrape| {
            s.sum("nginx_connections_accepted", &[]) == accepts as f64
                && s.sum("nginx_connections_handled", &[]) == handled as f64
        };
        let scrape = hangup.scrape_until("the page to be read", |s| is_up(s) && same(s));
        let dropped = scrape.one("hangup_nginx_connections_dropped_total", &[]);
        assert!(dropped >= last, "stepped back from {last} to {dropped}");
        assert_eq!(dropped, expected, "after {accepts} accepted and {handled} handled");
        last = dropped;
    }
}

/// 0.0.0.0 leads to this machine too, but not by a name that only this machine can answer to.
#[test]
fn a_certificate_is_taken_when_a_file_of_authorities_names_it() {
    let (_page, address, certificate) = Page::tls(GOOD);
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let other = rcgen::generate_simple_self_signed(["0.0.0.0".to_owned()]).expect("a certificate").cert.pem();
    let uri = format!("--nginx.scrape-uri=https://0.0.0.0:{}/stub_status", address.port());
    let flags = ["--web.listen-address=127.0.0.1:0", "--nginx.config=", "--poll.interval=50ms", &uri];
    let trusting = |file| Hangup::spawn(command().args(flags).env("SSL_CERT_FILE", file));

    trusting(file("its.pem", &certificate)).scrape_until("the page whose certificate is known", is_up);
    for (file, sentence) in
        [(file("other.pem", &other), "invalid peer certificate"), (file("empty.pem", ""), "SSL_CERT_FILE")]
    {
        let hangup = trusting(file);
        hangup.scrape_until("the first attempt", |s| s.select("nginx_up", &[]).next().is_some());
        let landing = hangup.get("/").text();
        assert!(landing.contains(sentence), "`{sentence}` does not stand on the page:\n{landing}");
    }
}
