//! The clients against the demo's own backend, which counts from its side. Against nginx they are tested in tests/it.

use std::future::pending;
use std::net::{IpAddr, Ipv4Addr};

use super::plan::{Leaving, Parting, Sending};
use super::*;
use crate::demo::upstream::{Blackhole, Upstream};

async fn backend() -> (Upstream, Target) {
    let upstream = Upstream::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let target = Target::new(upstream.addr);
    (upstream, target)
}

fn to(path: &str) -> Plan {
    Plan { paths: vec![path.to_owned()], ..Plan::default() }
}

fn after(millis: u64) -> Leaving {
    Leaving::After(Duration::from_millis(millis))
}

#[tokio::test]
async fn every_way_to_end_is_booked() {
    let (_upstream, target) = backend().await;
    let check = |plan: Plan, ending: Ending| {
        let target = target.clone();
        async move {
            let mut expected = Report { visits: 1, ..Report::default() };
            expected.add(ending);
            assert_eq!(carry_out(&target, &plan, pending()).await, expected, "{plan:?}");
        }
    };
    check(to("/bytes/10"), Ending::Completed(200)).await;
    check(to("/status/503"), Ending::Completed(503)).await;
    check(Plan { method: "HEAD", ..to("/bytes/10") }, Ending::Completed(200)).await;
    check(Plan { leaving: after(5_000), ..to("/delay/5") }, Ending::Completed(200)).await;
    check(Plan { leaving: after(50), ..to("/hang") }, Ending::LeftWaiting).await;
    check(Plan { leaving: after(50), parting: Parting::Rst, ..to("/hang") }, Ending::LeftWaiting).await;
    check(Plan { leaving: after(50), parting: Parting::HalfClose, ..to("/hang") }, Ending::LeftWaiting).await;
    check(Plan { leaving: Leaving::InBody { bytes: 5_000 }, ..to("/bytes/9000000") }, Ending::LeftInBody(200)).await;
    check(Plan { leaving: after(50), sending: Sending::PartOfHead, ..to("/") }, Ending::LeftInHead).await;
    let part = Sending::PartOfBody { body: 1000, sent: 10 };
    check(Plan { leaving: after(50), sending: part, method: "POST", ..to("/upload") }, Ending::LeftUploading).await;
    let slow = Sending::SlowHead { every: Duration::from_millis(1) };
    check(Plan { sending: slow, ..to("/bytes/1") }, Ending::Completed(200)).await;
    check(Plan { leaving: after(20), sending: slow, ..to("/bytes/1") }, Ending::LeftInHead).await;
    check(Plan { sending: Sending::Whole { body: 100_000 }, method: "POST", ..to("/upload") }, Ending::Completed(200))
        .await;
    check(to("/reset"), Ending::ResetByServer).await;
    check(to("/close"), Ending::ClosedByServer).await;
    check(to("/midbody-close"), Ending::CutShortByServer(200)).await;
    check(Plan { sources: vec![Ipv4Addr::new(127, 0, 0, 2).into()], ..to("/bytes/1") }, Ending::Completed(200)).await;
    check(Plan { sources: vec![Ipv4Addr::new(192, 0, 2, 1).into()], ..to("/bytes/1") }, Ending::ConnectFailed).await;
}

#[tokio::test]
async fn nobody_there() {
    let (upstream, target) = backend().await;
    drop(upstream);
    let gone = async { while tokio::net::TcpStream::connect(target.address).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the backend ends when dropped");
    assert_eq!(carry_out(&target, &to("/"), pending()).await.refused, 1);
}

#[tokio::test]
async fn a_handshake_without_answer_is_given_up() {
    let blackhole = Blackhole::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let plan = Plan { connecting_max: Duration::from_millis(200), ..to("/") };
    let report = carry_out(&Target::new(blackhole.addr), &plan, pending()).await;
    assert_eq!((report.connect_timed_out, report.sent), (1, 0));
}

#[tokio::test]
async fn both_sides_count_the_same() {
    let (upstream, target) = backend().await;
    let readers = Plan { visits: 20, requests_per_visit: 5, ..to("/bytes/2000") };
    let report = carry_out(&target, &readers, pending()).await;
    assert_eq!((report.visits, report.sent, report.completed[&200]), (20, 100, 100));
    let leavers = Plan { visits: 30, leaving: after(30), ..to("/delay/60000") };
    let report = carry_out(&target, &leavers, pending()).await;
    assert_eq!(report.left_waiting, 30);
    let seen = async {
        while upstream.served.counts().total.left < 30 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), seen).await.expect("the backend sees all 30 leave");
    let counts = upstream.served.counts();
    assert_eq!((counts.connections, counts.total.requests, counts.total.answered), (50, 130, 100));
}

#[tokio::test]
async fn sources_are_taken_in_turn_and_a_run_ends_in_time() {
    let (_upstream, target) = backend().await;
    let sources = (2..5).map(|n| IpAddr::from(Ipv4Addr::new(127, 0, 0, n))).collect();
    let plan = Plan { visits: u64::MAX, rate: 200.0, sources, name: "many", ..to("/bytes/1") };
    let run = run(&target, &[plan], Duration::from_millis(200), pending()).await;
    assert!(run.total.sent > 3 && run.total.sent == run.total.completed[&200], "{run:?}");
    assert!(run.seconds < 10.0);
    assert_eq!(run.plans.len(), 1);
}

#[tokio::test]
async fn urls() {
    let check = |url: &'static str, expected: Option<(&'static str, &'static str)>| async move {
        let found = Target::resolve(url).await.ok();
        let found = found.as_ref().map(|t| (t.address.to_string(), t.prefix.clone()));
        assert_eq!(found, expected.map(|(address, prefix)| (address.to_owned(), prefix.to_owned())), "{url}");
    };
    check("http://127.0.0.1:8080", Some(("127.0.0.1:8080", ""))).await;
    check("http://127.0.0.1", Some(("127.0.0.1:80", ""))).await;
    check("http://127.0.0.1:81/shop/", Some(("127.0.0.1:81", "/shop"))).await;
    check("https://127.0.0.1", None).await;
    check("127.0.0.1:80", None).await;
}

#[test]
fn every_scenario_has_plans_and_a_name_of_its_own() {
    for scenario in scenario::SCENARIOS {
        let plans = (scenario.plans)(50.0);
        let mut names: Vec<_> = plans.iter().map(|p| p.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), plans.len(), "{}", scenario.name);
        assert!(!plans.is_empty() && plans.iter().all(|p| p.rate > 0.0));
    }
    assert_eq!(scenario::chosen("all").len(), scenario::SCENARIOS.len());
    assert!(scenario::names().iter().all(|name| !scenario::chosen(name).is_empty()));
}
