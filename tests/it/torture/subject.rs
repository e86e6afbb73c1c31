//! Who counts: hangup, or a peer beside it. All are programs that can be killed and asked for their counts.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::load::Routes;
use super::site::Site;
use crate::support::hangup::{Hangup, command};
use crate::support::process::Process;
use crate::support::scrape::Scrape;
use crate::support::{free_port, http, wait_for};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Hangup,
    Mtail,
    Linemux,
}

pub struct Subject {
    pub program: Program,
    pub port: u16,
    site: PathBuf,
    process: Option<Process>,
    /// How often it was started.
    lives: u32,
    /// More arguments of hangup.
    more: Vec<String>,
}

impl Subject {
    /// Starts it. What it keeps, and its port, are the same after every [`Subject::kill`].
    pub fn start(program: Program, site: &Site) -> Subject {
        Subject::with(program, site, &[])
    }

    pub fn with(program: Program, site: &Site, more: &[&str]) -> Subject {
        std::fs::write(site.dir().join("hangup.yml"), "{}\n").expect("writable");
        let (port, site, more) = (free_port(), site.dir().to_owned(), more.iter().map(ToString::to_string).collect());
        let mut subject = Subject { program, port, site, process: None, lives: 0, more };
        subject.restart();
        subject
    }

    pub fn restart(&mut self) {
        self.lives += 1;
        let process = match self.program {
            Program::Hangup => Hangup::spawn(&mut self.hangup()).process,
            Program::Mtail => Process::spawn(&mut self.mtail()),
            Program::Linemux => Process::spawn(&mut self.linemux()),
        };
        self.process = Some(process);
        let is_ready = |answer: &http::Response| answer.status == 200;
        wait_for("the reader to serve", || http::get(&self.addr(), "/metrics").ok().filter(is_ready));
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process = None;
    }

    pub fn signal(&self, signal: i32) {
        self.process.as_ref().expect("it runs").signal(signal);
    }

    pub fn output(&self) -> Vec<String> {
        self.process.as_ref().map(Process::output).unwrap_or_default()
    }

    pub fn name(&self) -> &'static str {
        match self.program {
            Program::Hangup => "hangup",
            Program::Mtail => "mtail",
            Program::Linemux => "linemux",
        }
    }

    /// The counter of all lines, for Prometheus.
    pub fn lines_metric(&self) -> &'static str {
        match self.program {
            Program::Hangup => r#"hangup_log_lines_total{result="parsed",log=~".*/access.log"}"#,
            Program::Mtail => r#"lines_total{job="mtail"}"#,
            Program::Linemux => r#"lines_total{job="linemux"}"#,
        }
    }

    pub fn addr(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn scrape(&self) -> Scrape {
        let answer = http::get(&self.addr(), "/metrics");
        let answer = answer.unwrap_or_else(|error| panic!("{} does not answer: {error}", self.name()));
        assert_eq!(answer.status, 200, "{}: {}", self.name(), answer.text());
        Scrape::parse(&answer.text())
    }

    /// What it has counted of the samples with these labels, by route.
    pub fn counted(&self, labels: &[(&str, &str)]) -> Routes {
        let family = if self.program == Program::Hangup { "hangup_http_requests_total" } else { "requests_total" };
        let mut routes = Routes::new();
        for sample in self.scrape().select(family, labels).filter(|sample| sample.value > 0.0) {
            *routes.entry(sample.labels["route"].clone()).or_default() += sample.value as u64;
        }
        routes
    }

    fn log(&self) -> PathBuf {
        self.site.join("logs/access.log")
    }

    fn hangup(&self) -> Command {
        let mut hangup = command();
        hangup.arg(format!("--web.listen-address={}", self.addr()));
        hangup.arg(format!("--nginx.config={}", self.site.join("nginx.conf").display()));
        hangup.arg(format!("--path.state={}", self.site.join("state").display()));
        // Routes are slices of the run, far more than a site has.
        hangup.args(["--nginx.from=start", "--nginx.scrape-uri="]);
        hangup.arg(format!("--config.file={}", self.site.join("hangup.yml").display()));
        hangup.args([
            "--web.enable-lifecycle",
            "--limits.routes=4000",
            "--limits.series=1000000",
            "--routes.admit-after=1",
        ]);
        // Other buckets cost histograms, and nothing else.
        hangup.args(self.lives.is_multiple_of(2).then_some("--histogram.buckets=0.1,1"));
        hangup.args(&self.more);
        hangup
    }

    fn mtail(&self) -> Command {
        let programs = self.site.join("mtail");
        std::fs::create_dir_all(&programs).expect("writable");
        std::fs::write(programs.join("requests.mtail"), MTAIL).expect("writable");
        let mut mtail = Command::new("mtail");
        mtail.arg("-progs").arg(programs).arg("-logs").arg(self.log());
        mtail.args(["-address", "127.0.0.1", "-port", &self.port.to_string(), "-poll_interval", "250ms"]);
        mtail
    }

    fn linemux(&self) -> Command {
        let mut linemux = Command::new(linemux_program());
        linemux.arg(self.log()).arg(self.addr());
        linemux
    }
}

/// The same two counts that hangup is asked for.
const MTAIL: &str = r#"
counter lines_total
counter requests_total by route
/"GET (?P<route>\S+) HTTP/ {
  lines_total++
  requests_total[$route]++
}
"#;

/// Built by `make torture PEERS=1`.
fn linemux_program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/linemux/release/linemux-peer")
}
