//! Every host source over the /proc texts of several kernels (tests/fixtures/proc): columns missing, added and moved,
//! conntrack absent or without its statistics. `UPDATE_EXPECT=1 cargo test` writes the expected files anew.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hangup::poll::{OnConnections, Options, Pollers, Readings};

/// What is read, as text. Sources that do not come from the tree are left out.
fn shown(readings: &Readings) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: Option<u64>| {
        let _ = writeln!(text, "{name} {}", value.map_or("none".to_owned(), |value| value.to_string()));
    };
    let conntrack = readings.conntrack.clone().unwrap_or_default();
    line("conntrack entries", conntrack.entries);
    line("conntrack entries_limit", conntrack.entries_limit);
    line("conntrack buckets", conntrack.buckets);
    conntrack.counters.iter().for_each(|count| line(&format!("conntrack {}", count.name), Some(count.value)));
    for (family, counts) in [("tcp", &readings.tcp), ("softnet", &readings.softnet)] {
        counts.iter().flatten().for_each(|count| line(&format!("{family} {}", count.name), Some(count.value)));
    }
    readings.netdev.iter().flatten().for_each(|device| line(&format!("netdev {}", device.device), Some(device.drops)));
    readings.sysctls.iter().flatten().for_each(|sysctl| line(sysctl.name, Some(sysctl.value)));
    for status in &readings.sources {
        if ["conntrack", "tcp", "softnet", "netdev", "sysctl"].contains(&status.source.as_str()) {
            let _ = writeln!(
                text,
                "{}: up {}, available {}, {:?}",
                status.source, status.up, status.available, status.error
            );
        }
    }
    text
}

/// What the pollers of status pages live in.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// Where no status page is asked.
pub fn nobody() -> OnConnections {
    Arc::new(|_, _| ())
}

pub fn after_first_round(options: Options) -> Readings {
    let runtime = runtime();
    let _inside = runtime.enter();
    let pollers = Pollers::start(options, &nobody());
    let start = Instant::now();
    while !pollers.latest.all_polled_once() {
        assert!(start.elapsed() < Duration::from_secs(10), "no first round: {:?}", pollers.latest.read().sources);
        std::thread::yield_now();
    }
    pollers.latest.read()
}

fn check(tree: &str) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/proc");
    let readings = after_first_round(Options { proc_root: fixtures.join(tree), ..Options::default() });
    let got = shown(&readings).replace(&format!("{}/", fixtures.display()), "");
    let expected: PathBuf = fixtures.join(format!("{tree}.expected"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, &got).expect("written");
    }
    assert_eq!(got, fs::read_to_string(&expected).expect("an expected file"), "{tree}");
}

#[test]
fn linux_4_19() {
    check("4.19");
}

#[test]
fn linux_5_10() {
    check("5.10");
}

#[test]
fn linux_6_12() {
    check("6.12");
}

#[test]
fn without_conntrack() {
    check("without-conntrack");
}

#[test]
fn without_conntrack_procfs() {
    check("without-conntrack-procfs");
}

#[test]
fn not_a_proc_file_system() {
    check("nothing-there");
}

/// A container's network is read below its process, where the limits of its namespace cannot be.
#[test]
fn of_another_network_namespace() {
    let root = tempfile::tempdir().expect("a directory");
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/proc");
    let link =
        |from: &str, to: &str| std::os::unix::fs::symlink(tree.join(from), root.path().join(to)).expect("linked");
    fs::create_dir(root.path().join("4242")).expect("made");
    link("6.12/net", "4242/net");
    link("5.10/net", "net");
    link("5.10/sys", "sys");
    let readings =
        after_first_round(Options { proc_root: root.path().into(), network_of: Some(4242), ..Options::default() });
    let conntrack = readings.conntrack.expect("there");
    assert_eq!(
        (conntrack.entries, conntrack.entries_limit),
        (Some(5), Some(65536)),
        "the count of that namespace, not of ours"
    );
    let state = |source: &str| readings.sources.iter().find(|status| status.source == source).expect("started");
    for source in ["sysctl", "listen_queue", "connections"] {
        assert!(
            !state(source).available
                && state(source).error.as_deref().is_some_and(|error| error.contains("another network"))
        );
    }
    let readings =
        after_first_round(Options { proc_root: root.path().into(), network_of: Some(77), ..Options::default() });
    let tcp = readings.sources.into_iter().find(|status| status.source == "tcp").expect("started");
    assert!(tcp.error.as_deref().is_some_and(|error| error.contains("no process 77")), "{tcp:?}");
}
