//! The page of a real nginx, through its restart, and one that hangs.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hangup::poll::stub_status::Address;
use hangup::poll::{OnConnections, Options, Pollers};
use hangup::tally::Tally;

use super::layouts::{after_first_round, runtime};
use crate::support::nginx::{Nginx, Site};
use crate::support::wait_for;

fn options(addresses: &[String]) -> Options {
    let page = |address: &String| Address::parse(address).expect("an address");
    Options {
        stub_status: addresses.iter().map(page).collect(),
        stub_status_interval: Duration::from_millis(20),
        stub_status_timeout: Duration::from_millis(200),
        ..Options::default()
    }
}

fn counting(tally: &Arc<Mutex<Tally>>) -> OnConnections {
    let tally = Arc::clone(tally);
    Arc::new(move |page, status| {
        tally.lock().expect("nobody panicked").observe_connections(page, status.accepts, status.handled);
    })
}

#[test]
fn a_real_page_is_read_and_is_down_when_nginx_is() {
    let mut nginx = Nginx::start(Site::default());
    let address = format!("http://127.0.0.1:{}/stub_status", nginx.status_port);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let runtime = runtime();
    let _inside = runtime.enter();
    let pollers = Pollers::start(options(&[address.clone(), address.clone()]), &counting(&tally));
    let page = || pollers.latest.read().stub_status.first().cloned().expect("configured");
    let status = wait_for("an answer", || page().status);
    assert!(status.active >= 1 && status.accepts == status.handled, "{status:?}");
    assert_eq!(pollers.latest.read().stub_status.len(), 1, "named twice, asked once");

    // Killed it would leave its workers behind, which go on answering.
    nginx.process.signal(libc::SIGTERM);
    nginx.process.child.wait().expect("it ends");
    wait_for("the page to be down", || page().status.is_none().then_some(()));
    let dropped = tally.lock().expect("nobody panicked").dropped_connections(&address);
    assert_eq!(dropped, Some(0), "known all the same");
    // The last attempt that nginx still took may have ended otherwise; every one after it is refused.
    wait_for("the sentence that says what to look at", || {
        let sources = pollers.latest.read().sources;
        let source = sources.into_iter().find(|it| it.source == "stub_status").expect("started");
        source.error.filter(|error| error.contains("is nginx running"))
    });
}

/// The kernel takes connections for a program that does not; this is an nginx whose workers are stuck.
#[test]
fn a_page_that_hangs_is_down_and_the_host_is_seen_all_the_same() {
    let stuck = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/stub_status", stuck.local_addr().expect("bound"));
    let readings = after_first_round(options(&[address]));
    let source = readings.sources.iter().find(|it| it.source == "stub_status").expect("started");
    assert!(!source.up && source.error.as_deref().is_some_and(|error| error.contains("stalled")), "{source:?}");
    assert!(readings.tcp.is_some() && readings.listeners.is_some());
}
