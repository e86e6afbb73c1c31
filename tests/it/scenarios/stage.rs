//! nginx between upstreams and clients of the demo, hangup beside it, and the books of both sides.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use hangup::demo::clients::plan::Plan;
use hangup::demo::clients::report::{Report, Run};
use hangup::demo::clients::{self, Target};
use hangup::demo::upstream::{Blackhole, Upstream};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;

use super::books::{self, Books};
use crate::support::hangup::Hangup;
use crate::support::nginx::{Nginx, Site};
use crate::support::scrape::Scrape;
use crate::support::{PATIENCE, wait_for};

/// Where upstreams live and clients come from.
pub struct Troupe {
    runtime: Runtime,
}

/// nginx and hangup, running.
pub struct Stage {
    troupe: Troupe,
    pub nginx: Nginx,
    pub hangup: Hangup,
    /// Addresses of upstreams and what they are called in the books.
    names: Vec<(String, &'static str)>,
}

impl Troupe {
    pub fn new() -> Troupe {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Troupe { runtime: runtime.expect("threads") }
    }

    pub fn upstream(&self) -> Upstream {
        self.runtime.block_on(Upstream::start(ANY)).expect("a loopback port")
    }

    pub fn blackhole(&self) -> Blackhole {
        self.runtime.block_on(Blackhole::start(ANY)).expect("a full accept queue")
    }

    /// An address that refuses connections for as long as this lives: bound, so that nobody else gets it.
    pub fn refusing(&self) -> (TcpSocket, SocketAddr) {
        let _guard = self.runtime.enter();
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(ANY).expect("a loopback port");
        let address = socket.local_addr().expect("its address");
        (socket, address)
    }

    /// `routes` are route labels and the regex of their paths.
    pub fn stage(self, site: Site<'_>, names: &[(&'static str, SocketAddr)], flags: &[&str]) -> Stage {
        let nginx = Nginx::start(site);
        let hangup = Hangup::beside(&nginx, &[ROUTES, flags].concat());
        wait_for("hangup to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
        let names = names.iter().map(|(name, address)| (address.to_string(), *name)).collect();
        Stage { troupe: self, nginx, hangup, names }
    }
}

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// `/cart/…` is route `cart`, and so on.
const ROUTES: &[&str] = &[
    "--routes.patterns=cart=^/cart/",
    "--routes.patterns=search=^/search/",
    "--routes.patterns=health=^/health$",
    "--routes.admit-after=1000000",
];

/// A proxied location, for [`Site::server`].
pub fn proxied(location: &str, to: SocketAddr, more: &str) -> String {
    format!("location {location} {{ proxy_pass http://{to}; {more} }}\n")
}

impl Stage {
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.troupe.runtime.block_on(future)
    }

    /// All plans at once, to their ends.
    pub fn visit(&self, plans: &[Plan]) -> Run {
        let target = Target::new(self.nginx.addr().parse().expect("host and port"));
        self.block_on(clients::run(&target, plans, PATIENCE, std::future::pending()))
    }

    /// Connections on which these requests were sent, all of which the upstream has seen.
    pub fn waiting(&self, upstream: &Upstream, requests: &[String]) -> Vec<TcpStream> {
        let seen_before = upstream.served.counts().total.requests;
        let streams = self.block_on(async {
            let mut streams = Vec::new();
            for request in requests {
                let mut stream = TcpStream::connect(self.nginx.addr()).await.expect("nginx listens");
                stream.write_all(request.as_bytes()).await.expect("nginx reads");
                streams.push(stream);
            }
            streams
        });
        self.seen_by(upstream, seen_before + requests.len() as u64);
        streams
    }

    pub fn seen_by(&self, upstream: &Upstream, requests: u64) {
        wait_for("all requests to reach the upstream", || {
            (upstream.served.counts().total.requests >= requests).then_some(())
        });
    }

    /// Ends nginx, waits until hangup has read everything, and hands over what it counted.
    #[track_caller]
    pub fn end(&mut self) -> (Books, Scrape) {
        self.nginx.quit();
        let lines = self.lines();
        let scrape = self.hangup.scrape_until("hangup to read all lines", |scrape| {
            scrape.sum("hangup_log_lines_total", &[]) >= lines as f64
        });
        assert_eq!(scrape.sum("hangup_log_lines_total", &[]), lines as f64, "lines counted, and lines in the files");
        let requests = scrape.sum("hangup_http_requests_total", &[]);
        assert_eq!(requests, self.nginx.access_lines().len() as f64, "requests counted, and lines of the access log");
        let counted = scrape.0.iter().filter(|s| s.name.starts_with("hangup_http_") && s.value > 0.0);
        let stray = counted.into_iter().find(|s| s.labels.get("server").is_some_and(|name| name != "shop.example"));
        assert!(stray.is_none(), "counted for another server: {stray:?}");
        (books::of(&scrape, &self.names), scrape)
    }

    /// [`Stage::end`], and the books must be these.
    #[track_caller]
    pub fn expect(mut self, expected: &[(&str, u64)]) {
        let (books, _) = self.end();
        self.compare(&books, expected);
    }

    /// A count of 0 is the same as a line that is not there.
    #[track_caller]
    pub fn compare(&self, books: &Books, expected: &[(&str, u64)]) {
        let differences = books::differences(books, expected);
        assert!(differences.is_empty(), "the books differ:\n{differences}\n{}", self.excerpt());
    }

    pub fn count_in_error_log(&self, text: &str) -> u64 {
        let log = std::fs::read(self.nginx.path("error.log")).expect("nginx wrote it");
        String::from_utf8_lossy(&log).lines().filter(|line| line.contains(text)).count() as u64
    }

    fn excerpt(&self) -> String {
        let told = |line: &&str| !line.contains("[notice]");
        self.logs().lines().filter(told).take(40).map(|line| format!("  {line}\n")).collect()
    }

    fn logs(&self) -> String {
        let of = |name| std::fs::read(self.nginx.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&[of("access.log"), of("error.log")].concat()).into_owned()
    }

    fn lines(&self) -> usize {
        self.logs().bytes().filter(|b| *b == b'\n').count()
    }
}

/// One plan's part of a run.
pub fn of<'a>(run: &'a Run, plan: &str) -> &'a Report {
    &run.plans.iter().find(|p| p.plan == plan).unwrap_or_else(|| panic!("no plan {plan} in {run:?}")).report
}

/// Long enough that each of them is `long`, whatever the machine is busy with.
pub const LONG: Duration = Duration::from_secs(2);
