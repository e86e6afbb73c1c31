//! A scrape in which every family has a sample, fed through the real parsers and the real tally.

use crate::diagnosis::Cause;
use crate::dialect::nginx::log_format::{Escape, LogFormat};
use crate::dialect::nginx::stub_status::StubStatus;
use crate::kernel::connections::{Connections, Side};
use crate::kernel::conntrack::{self, Conntrack};
use crate::kernel::listen_queue::Place;
use crate::kernel::messages::Messages;
use crate::kernel::netdev::ReceiveDrops;
use crate::kernel::sock_diag::TcpSocket;
use crate::kernel::sysctl::Sysctl;
use crate::kernel::upstream_paths::UpstreamPath;
use crate::kernel::{Count, Counter, netstat, softnet};
use crate::metrics::{
    Backlog, Build, Diagnosed, EvidenceSample, LogSample, NginxConf, Reload, Scrape, Slo, StateSample, Threshold,
    Timeout,
};
use crate::poll::{Listener, ProcessSample, Readings, SourceStatus, StubReading};
use crate::record::{
    ClientFailure, Column, ErrorRecord, Event, Level, Resource, Sight, Time, TimeoutPhase, UpstreamFailure,
};
use crate::tally::{LineResult, Options, ReadTimeouts, RoutePattern, Tally};
use crate::verdict;

pub(super) const NOW_MS: i64 = 1_795_270_646_000;

const FORMAT: &str = r#"$remote_addr [$msec] "$request" $status $request_time "$http_user_agent" id=$request_id ua="$upstream_addr" us="$upstream_status" uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time""#;

const LINES: [&str; 5] = [
    r#"203.0.113.9 [1795270640.001] "GET /api/orders/1 HTTP/1.1" 200 0.040 "curl" id=aa11 ua="10.0.0.2:9001" us="200" uct="0.001" uht="0.039" urt="0.040""#,
    r#"203.0.113.9 [1795270640.101] "GET /api/orders/2 HTTP/1.1" 200 0.000 "curl" id=aa12 ua="-" us="-" uct="-" uht="-" urt="-""#,
    r#"203.0.113.9 [1795270640.201] "POST /api/orders/3 HTTP/1.1" 504 6.001 "curl" id=aa13 ua="10.0.0.2:9001, 10.0.0.3:9001" us="504, 504" uct="0.001, 0.001" uht="-, -" urt="3.000, 3.001""#,
    r#"198.51.100.4 [1795270641.201] "GET /healthz HTTP/1.1" 499 0.011 "kube-probe/1.30" id=aa14 ua="10.0.0.2:9001" us="-" uct="0.001" uht="-" urt="0.011""#,
    r#"198.51.100.4 [1795270641.301] "GET /ws HTTP/1.1" 101 312.000 "curl" id=aa15 ua="10.0.0.2:9001" us="101" uct="0.001" uht="0.002" urt="312.000""#,
];

/// Enough of them, waiting for one time and every ten seconds, to make a cliff, a busiest source, a period and a patience.
const ABANDONED: &str = r#"10.1.2.3 [TIME] "GET /api/orders/4 HTTP/1.1" 499 5.001 "app/1.0" id=bb01 ua="10.0.0.3:9001" us="-" uct="0.001" uht="-" urt="5.001""#;
const ABANDONED_TIMES: usize = 40;
/// A keep-alive race, and enough of it to be an incident.
const FAILED: &str = r#"203.0.113.9 [1795270645.000] "GET /api/orders/5 HTTP/1.1" 502 0.001 "curl" id=cc01 ua="10.0.0.3:9001" us="502" uct="0.000" uht="-" urt="0.001""#;
const FAILED_TIMES: usize = 6;

fn abandoned(at: usize) -> String {
    ABANDONED.replace("TIME", &format!("{}.000", 1_795_270_642 - 10 * (ABANDONED_TIMES - 1 - at)))
}

pub(super) fn scrape(tally: &Tally) -> Scrape<'_> {
    Scrape {
        now_ms: NOW_MS,
        tally,
        readings: readings(),
        logs: vec![log()],
        conf: NginxConf {
            connections_limit: Some(3072),
            limits: vec![("worker_connections", 768), ("worker_processes", 4)],
            backlogs: vec![Backlog { address: "0.0.0.0".to_owned(), port: "80".to_owned(), backlog: 511 }],
            keepalives: vec![("10.0.0.3:9001".to_owned(), 60.0)],
            timeouts: vec![
                timeout("proxy_read_timeout", 60.0),
                timeout("client_header_timeout", 0.5),
                Timeout { location: Some("/events".to_owned()), ..timeout("proxy_read_timeout", 3600.0) },
            ],
        },
        slo: Slo {
            abandoned_ticket: vec![threshold(None, None, 0.02), threshold(Some("shop"), Some("/pay"), 0.005)],
            abandoned_page: vec![threshold(None, None, 0.1), threshold(Some("shop"), None, 0.2)],
            gateway_errors_page: vec![threshold(None, Some("/poll"), 0.5)],
        },
        build: Build { version: "0.1.0", revision: Some("72668b6") },
        reload: Reload { success: true, success_timestamp_seconds: 1_795_270_000.25 },
        nginx_config_read: Some(1_795_270_000.5),
        state: Some(StateSample {
            up: true,
            last_save_timestamp_seconds: Some(1_795_270_645.0),
            failures: 2,
            set_aside: 1,
        }),
        error_level: Some(Level::Info),
        diagnosed: Some(Diagnosed {
            servers: vec!["shop".to_owned()],
            holds: [("shop".to_owned(), Cause::SlowUpstream), (String::new(), Cause::SlowUpstream)].into(),
            evidence: vec![EvidenceSample {
                server: "shop".to_owned(),
                cause: Cause::SlowUpstream,
                signal: "users who left (499)".to_owned(),
                value: 0.25,
            }],
        }),
        connections_cut: vec![("crowded", 0), ("stalled_reader", 3)],
        web_refused: vec![("password", 2), ("handshake", 0)],
        without: Vec::new(),
    }
}

/// A scrape of which nothing is known but that hangup runs.
pub(super) fn bare(tally: &Tally) -> Scrape<'_> {
    Scrape {
        readings: Readings::default(),
        logs: Vec::new(),
        conf: NginxConf::default(),
        slo: Slo::default(),
        error_level: None,
        build: Build { version: "0.1.0", revision: None },
        state: None,
        diagnosed: None,
        ..scrape(tally)
    }
}

/// A name that needs every escape there is.
const SERVER: &str = "sh\\op \"1\"\nx";

pub(super) fn tally() -> Tally {
    let mut tally = Tally::new(Options {
        bounds_ms: vec![50, 5_000],
        route_patterns: vec![RoutePattern::new("^/api/orders/", "/api/orders/:id").unwrap()],
        known_upstreams: vec!["10.0.0.2:9001".to_owned()],
        logs: vec!["/var/log/nginx/access.log".to_owned()],
        known_servers: vec![(SERVER.to_owned(), Sight::of(&Column::ALL))],
        read_timeouts: vec![ReadTimeouts { server: SERVER.to_owned(), general: 60_000, locations: Vec::new() }],
        ..Options::default()
    });
    let server = tally.server(SERVER.as_bytes(), Sight::of(&Column::ALL));
    let format = LogFormat::compile(FORMAT, Escape::Default).unwrap();
    let mut add = |lines: &[String], until_ms: i64| {
        for line in lines {
            let record = format.parse(line.as_bytes()).unwrap();
            tally.add_request(&record, &verdict::judge(&record), server, NOW_MS);
            tally.add_line(0, LineResult::Parsed, line.len() as u64 + 1);
        }
        tally.observe_totals(until_ms);
    };
    add(&LINES.map(str::to_owned), NOW_MS - 50_000);
    add(&(0..ABANDONED_TIMES).map(abandoned).collect::<Vec<_>>(), NOW_MS - 40_000);
    add(&[FAILED; FAILED_TIMES].map(str::to_owned), NOW_MS - 10_000);
    tally.add_line(0, LineResult::Unparsed, 10);
    for (level, event, upstream) in [
        (Level::Error, Event::UpstreamTimeout(TimeoutPhase::Header), Some(&b"10.0.0.2:9001"[..])),
        (Level::Error, Event::UpstreamFailure(UpstreamFailure::Refused), Some(b"10.0.0.3:9001")),
        (Level::Info, Event::ClientFailure(ClientFailure::ClosedWaiting), None),
        (Level::Alert, Event::Exhausted(Resource::WorkerConnections), None),
        (Level::Warn, Event::Unclassified, None),
    ] {
        tally.add_error(&ErrorRecord { level, event, upstream, text: b"it broke", time: Time::Absent });
    }
    tally.observe_connections(PAGE, 120, 117);
    tally
}

const PAGE: &str = "http://127.0.0.1/stub_status";

pub(super) fn page(address: &str) -> StubReading {
    let status =
        StubStatus { active: 9, accepts: 120, handled: 117, requests: 400, reading: 1, writing: 6, waiting: 2 };
    StubReading { address: address.to_owned(), polled_once: true, status: Some(status) }
}

fn readings() -> Readings {
    let mut connections = Connections::of_ports([(Side::Upstream, 9000)]);
    let ends = ([10, 0, 0, 1], [10, 0, 0, 2]);
    let (local, remote) = ((ends.0, 40_000).into(), (ends.1, 9000).into());
    connections.add(&TcpSocket { local, remote, state: 2, recv_queue: 0, send_queue: 1, inode: 7, info: None });
    let upstream_paths = vec![UpstreamPath {
        upstream: remote,
        connections: 3,
        round_trip_seconds: Some(0.0025),
        idle_seconds: Some(4.9),
        sent_segments: 5000,
        retransmitted_segments: 7,
        unanswered_syns: 1,
    }];
    let mut kernel_messages = Messages::default();
    kernel_messages.add("nf_conntrack: table full, dropping packet");
    Readings {
        stub_status: vec![page(PAGE)],
        conntrack: Some(Conntrack {
            entries: Some(65_400),
            entries_limit: Some(65_536),
            buckets: Some(16_384),
            counters: counts(conntrack::COUNTERS, [3452, 1290, 4].into_iter().chain(5..)),
        }),
        listeners: Some(vec![
            listener(Place::Tcp([127, 0, 0, 1].into(), 9000), 511),
            listener(Place::Unix("/run/app.sock".into()), 4),
        ]),
        connections: Some(connections.counts().filter(|row| row.count > 0).collect()),
        upstream_paths: Some(upstream_paths),
        tcp: Some(counts(netstat::COUNTERS, 1..)),
        softnet: Some(counts(softnet::COUNTERS, 7..)),
        netdev: Some(vec![ReceiveDrops { device: "eth0".to_owned(), drops: 9 }]),
        sysctls: Some(vec![Sysctl { name: "net.core.somaxconn", value: 4096 }]),
        kernel_messages: Some(kernel_messages),
        process: Some(ProcessSample {
            cpu_seconds: 1.75,
            resident_memory_bytes: 9_437_184,
            virtual_memory_bytes: 104_857_600,
            open_fds: 17,
            max_fds: Some(1024),
            start_time_unix_seconds: 1_795_270_000.5,
            threads: 6,
        }),
        sources: vec![
            source("stub_status", true, true),
            source("conntrack", false, true),
            source("not asked yet", false, false),
        ],
    }
}

/// All counters of a table.
fn counts<Column>(table: &[Counter<Column>], values: impl Iterator<Item = u64>) -> Vec<Count> {
    table.iter().zip(values).map(|(row, value)| Count { name: row.name, value }).collect()
}

fn listener(place: Place, length: u64) -> Listener {
    Listener { place, length, limit: 512, length_peak: length + 1 }
}

fn source(name: &str, up: bool, polled_once: bool) -> SourceStatus {
    SourceStatus {
        source: name.to_owned(),
        up,
        available: true,
        polled_once,
        last_success_unix_seconds: up.then_some(1_795_270_645.5),
        duration_seconds: 0.002,
        error: None,
    }
}

fn log() -> LogSample {
    LogSample {
        log: "/var/log/nginx/access.log".to_owned(),
        up: true,
        unread_bytes: 512,
        lost_bytes: 0,
        lost_datagrams: Some(3),
        read_errors: 1,
        lag_seconds: Some(0.25),
        last_line_timestamp_seconds: Some(1_795_270_642.0),
        rotations: vec![("renamed", 2), ("truncated", 0)],
        product: "nginx",
        format: "custom".to_owned(),
        visible: vec![("patience", true), ("origin", false)],
        fits: Some(true),
    }
}

fn threshold(server: Option<&str>, route: Option<&str>, ratio: f64) -> Threshold {
    Threshold { server: server.map(str::to_owned), route: route.map(str::to_owned), ratio }
}

fn timeout(directive: &str, seconds: f64) -> Timeout {
    Timeout { directive: directive.to_owned(), server: "shop".to_owned(), location: None, seconds }
}
