//! hangup's pollers in a process of their own, so that they live in a network namespace or under another user.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hangup::poll::{Options, Pollers, Readings};

use super::layouts::{nobody, runtime};
use super::netns::SERVER;
use crate::support::wait_for;

/// Everything that was read, flat: `tcp listen_drops` → 144.
pub type Values = BTreeMap<String, u64>;

pub fn values(readings: &Readings) -> Values {
    let mut values = Values::new();
    let mut add = |name: String, value: u64| assert_eq!(values.insert(name.clone(), value), None, "{name} twice");
    let conntrack = readings.conntrack.clone().unwrap_or_default();
    let gauges =
        [("entries", conntrack.entries), ("entries_limit", conntrack.entries_limit), ("buckets", conntrack.buckets)];
    gauges
        .into_iter()
        .for_each(|(name, value)| value.into_iter().for_each(|value| add(format!("conntrack {name}"), value)));
    conntrack.counters.iter().for_each(|count| add(format!("conntrack {}", count.name), count.value));
    for (family, counts) in [("tcp", &readings.tcp), ("softnet", &readings.softnet)] {
        counts.iter().flatten().for_each(|count| add(format!("{family} {}", count.name), count.value));
    }
    readings.netdev.iter().flatten().for_each(|device| add(format!("netdev {}", device.device), device.drops));
    readings.sysctls.iter().flatten().for_each(|sysctl| add(sysctl.name.to_owned(), sysctl.value));
    for listener in readings.listeners.iter().flatten() {
        let place = format!("listener {}:{}", listener.place.address(), listener.place.port());
        add(format!("{place} length"), listener.length);
        add(format!("{place} limit"), listener.limit);
        add(format!("{place} peak"), listener.length_peak);
    }
    for row in readings.connections.iter().flatten() {
        add(format!("connections {} {} {}", row.side.as_str(), row.port, row.state), row.count);
    }
    for path in readings.upstream_paths.iter().flatten() {
        let mut add = |what: &str, value: u64| add(format!("path {} {what}", path.upstream), value);
        add("connections", path.connections);
        add("unanswered_syns", path.unanswered_syns);
        add("retransmitted", path.retransmitted_segments);
        add("sent", path.sent_segments);
        path.round_trip_seconds.into_iter().for_each(|seconds| add("round_trip_us", (seconds * 1e6) as u64));
        path.idle_seconds.into_iter().for_each(|seconds| add("idle_ms", (seconds * 1e3) as u64));
    }
    readings
        .kernel_messages
        .iter()
        .flat_map(|messages| messages.counts())
        .for_each(|(name, count)| add(format!("message {name}"), count));
    values
}

/// The state of every source, flat: `kernel_log` → its error, or nothing.
pub type States = BTreeMap<String, Option<String>>;

pub struct Reader {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    /// `launcher` is what stands before the program: nothing, or `ip netns exec NAME`.
    pub fn start(launcher: &[&str], change: impl FnOnce(&mut Command)) -> Reader {
        let program = std::env::current_exe().expect("this test");
        let words: Vec<_> = launcher.iter().map(std::ffi::OsStr::new).chain([program.as_os_str()]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args([
            "--exact",
            "host::reader::serve",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().expect("started");
        let requests = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        Reader { child, requests, answers }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The CPU time it has used so far.
    pub fn cpu_seconds(&self) -> f64 {
        let process = procfs::process::Process::new(self.child.id().cast_signed()).expect("it runs");
        let stat = process.stat().expect("it runs");
        (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64
    }

    /// What the pollers see from now on, not what they saw before.
    pub fn read(&mut self) -> Values {
        self.ask("read")
            .into_iter()
            .map(|line| {
                let (name, value) = line.rsplit_once(' ').expect("a name and a value");
                (name.to_owned(), value.parse().expect("a number"))
            })
            .collect()
    }

    pub fn states(&mut self) -> States {
        self.ask("states")
            .into_iter()
            .map(|line| {
                let (source, error) = line.split_once(' ').expect("a source and its error");
                (source.to_owned(), (!error.is_empty()).then(|| error.to_owned()))
            })
            .collect()
    }

    fn ask(&mut self, request: &str) -> Vec<String> {
        writeln!(self.requests, "{request}").expect("it listens");
        let lines = (&mut self.answers).lines().map(|line| line.expect("it answers"));
        lines.skip_while(|line| line != "BEGIN").skip(1).take_while(|line| line != "END").collect()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The ports that the tests of this room use for nginx and for its upstream.
pub const LISTEN_PORT: u16 = 8080;
pub const UPSTREAM_PORT: u16 = 9000;

/// Set for a reader that keeps the product's own intervals.
pub const AT_DEFAULT_INTERVALS: &str = "TEST_AT_DEFAULT_INTERVALS";

/// Looks as often as it gently can, so that a test does not wait.
fn options() -> Options {
    if std::env::var_os(AT_DEFAULT_INTERVALS).is_some() {
        return Options { listen_ports: vec![LISTEN_PORT], upstream_ports: vec![UPSTREAM_PORT], ..Options::default() };
    }
    Options {
        host_interval: Duration::from_millis(10),
        listen_queue_interval: Duration::from_millis(10),
        listen_ports: vec![LISTEN_PORT],
        upstream_ports: vec![UPSTREAM_PORT],
        upstreams: vec![format!("{SERVER}:{UPSTREAM_PORT}").parse().expect("an address")],
        ..Options::default()
    }
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}

fn fresh(pollers: &Pollers) -> Readings {
    let asked = unix_seconds();
    wait_for("a fresh reading of every source", || {
        let readings = pollers.latest.read();
        // The attempt that succeeded has begun after the question.
        let fresh = |status: &hangup::poll::SourceStatus| match status.last_success_unix_seconds {
            Some(at) if status.up => at - status.duration_seconds > asked,
            _ => status.polled_once,
        };
        readings.sources.iter().all(fresh).then_some(readings)
    })
}

#[test]
#[ignore = "not a test: the process that Reader starts"]
fn serve() {
    let runtime = runtime();
    let _inside = runtime.enter();
    let pollers = Pollers::start(options(), &nobody());
    for request in std::io::stdin().lines().map_while(Result::ok) {
        let readings = fresh(&pollers);
        let mut text = "BEGIN\n".to_owned();
        match request.as_str() {
            "read" => values(&readings).iter().for_each(|(name, value)| {
                let _ = writeln!(text, "{name} {value}");
            }),
            "states" => readings.sources.iter().for_each(|status| {
                let _ = writeln!(text, "{} {}", status.source, status.error.as_deref().unwrap_or_default());
            }),
            other => panic!("unknown request {other}"),
        }
        println!("\n{text}END");
    }
}
