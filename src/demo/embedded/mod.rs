//! The embedded demo: the traces an nginx in trouble leaves, without an nginx.
//! Knows: which files and pages a host with nginx has. Does not know: who reads them.
//!
//! The simulation is pure ([`Generator::step`]); files, clock and the status page stand around it.

mod access_line;
mod conf;
mod error_line;
mod exchange;
mod generator;
pub mod incidents;
mod kernel;
mod proc_tree;
#[cfg(test)]
mod process_tests;
mod site;
mod status;
mod stories;
#[cfg(test)]
mod tests;
mod traffic;
mod writer;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

pub use access_line::LOG_FORMAT;
pub use generator::{Generator, Output, Totals};
pub use kernel::KernelCounts;
pub use status::StatusPage;

use proc_tree::ProcTree;
use writer::Writer;

/// How often the simulation goes on. Short enough that lines seem to flow.
const TICK: Duration = Duration::from_millis(50);
/// After a pause of the machine (a suspended laptop) the simulation does not make up for all of it at once.
const CATCH_UP_MAX: Duration = Duration::from_secs(2);
const RATE_MAX: f64 = 5_000.0;
const SPEED_MAX: f64 = 100.0;

/// An nginx in trouble, simulated: needs no nginx, walks through the incidents in a loop
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// Directory for the logs, nginx.conf and proc tree (default: a new one for the temporary files, removed at the end)
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Address of the demo's stub_status page
    #[arg(long, default_value = "127.0.0.1:0")]
    pub status_listen: SocketAddr,
    /// How many times faster than life the incidents go by
    #[arg(long, default_value = "1")]
    pub speed: f64,
    /// Requests per second in healthy times
    #[arg(long, default_value = "100")]
    pub rate: f64,
    /// The same seed gives the same traffic
    #[arg(long, default_value = "499")]
    pub seed: u64,
}

impl Default for DemoArgs {
    fn default() -> DemoArgs {
        DemoArgs { dir: None, status_listen: ([127, 0, 0, 1], 0).into(), speed: 1.0, rate: 100.0, seed: 499 }
    }
}

impl DemoArgs {
    /// Where the demo goes where nobody has said.
    pub fn directory(&self) -> PathBuf {
        let own = || std::env::temp_dir().join(format!("hangup-demo-{}", std::process::id()));
        self.dir.clone().unwrap_or_else(own)
    }
}

/// Everything is in place: point hangup at `nginx_conf` and `proc_root`, then [`run`](Demo::run).
#[derive(Debug)]
pub struct Demo {
    pub dir: PathBuf,
    pub nginx_conf: PathBuf,
    pub access_log: PathBuf,
    pub error_log: PathBuf,
    /// For `--path.procfs`: the kernel's part of the incidents cannot be shown in the real /proc.
    pub proc_root: PathBuf,
    pub status_url: String,
    pub log_format: &'static str,
    listener: TcpListener,
    writer: Writer,
    proc_tree: ProcTree,
    generator: Generator,
    speed: f64,
    remove_at_end: bool,
}

/// Writes the directory and opens the status page's port, so that everything can be found before the first line.
pub fn prepare(dir: &Path, args: &DemoArgs) -> anyhow::Result<Demo> {
    check_range("--speed", args.speed, SPEED_MAX)?;
    check_range("--rate", args.rate, RATE_MAX)?;
    let remove_at_end = args.dir.is_none();
    make_directory(dir, remove_at_end)
        .with_context(|| format!("cannot make {}; choose another with --dir", dir.display()))?;
    let listener = TcpListener::bind(args.status_listen)
        .with_context(|| format!("cannot listen on {}; choose another with --status-listen", args.status_listen))?;
    listener.set_nonblocking(true).context("cannot prepare the status page's socket")?;
    let address = listener.local_addr().context("the status page's socket has no address")?;
    let in_dir = |name: &str| dir.join(name);
    let (nginx_conf, access_log, error_log) = (in_dir("nginx.conf"), in_dir("access.log"), in_dir("error.log"));
    let text = conf::text(dir, address)?;
    std::fs::write(&nginx_conf, text).with_context(|| format!("cannot write {}", nginx_conf.display()))?;
    let writer =
        Writer::open(&access_log, &error_log).with_context(|| format!("cannot write logs into {}", dir.display()))?;
    let generator = Generator::new(args.seed, args.rate);
    let proc_tree = ProcTree::new(in_dir("proc"));
    proc_tree.write(generator.kernel()).with_context(|| format!("cannot write {}", proc_tree.root().display()))?;
    Ok(Demo {
        dir: dir.to_owned(),
        nginx_conf,
        access_log,
        error_log,
        proc_root: proc_tree.root().to_owned(),
        status_url: format!("http://{address}{}", site::STATUS_PATH),
        log_format: LOG_FORMAT,
        listener,
        writer,
        proc_tree,
        generator,
        speed: args.speed,
        remove_at_end,
    })
}

impl Demo {
    /// Walks through the incidents over and over, in real time times speed, until `shutdown`.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let page = Arc::new(Mutex::new(self.generator.status()));
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        let outcome = tokio::select! {
            () = shutdown => Ok(()),
            never = status::serve(listener, Arc::clone(&page)) => match never {},
            ended = self.simulate(&page) => ended,
        };
        if self.remove_at_end {
            std::fs::remove_dir_all(&self.dir).with_context(|| format!("cannot remove {}", self.dir.display()))?;
        }
        outcome
    }

    /// Everything that happens in one stretch of time, written out. For harnesses that drive the demo themselves.
    pub fn step(&mut self, simulated: Duration) -> anyhow::Result<()> {
        let mut out = Output::default();
        self.generator.step(unix_millis(), simulated.as_millis() as u64, &mut out);
        self.writer.write(&out).with_context(|| format!("cannot write logs into {}", self.dir.display()))
    }

    async fn simulate(&mut self, page: &Mutex<StatusPage>) -> anyhow::Result<()> {
        let mut ticks = tokio::time::interval(TICK);
        let mut before = tokio::time::Instant::now();
        let mut announced = None;
        let mut elapsed = Duration::ZERO;
        loop {
            let now = ticks.tick().await;
            let passed = now.saturating_duration_since(before).min(CATCH_UP_MAX).mul_f64(self.speed);
            before = now;
            let turn = incidents::turn_at(elapsed);
            self.generator.set_cause(turn.cause);
            if announced != Some(turn.number) {
                announced = Some(turn.number);
                turn.announcement(elapsed.div_f64(self.speed)).iter().for_each(|line| println!("{line}"));
            }
            elapsed += passed;
            self.step(passed)?;
            self.proc_tree.write(self.generator.kernel()).context("cannot write the demo's proc tree")?;
            *page.lock().unwrap_or_else(PoisonError::into_inner) = self.generator.status();
        }
    }
}

fn check_range(flag: &str, value: f64, max: f64) -> anyhow::Result<()> {
    if !(value > 0.0 && value <= max) {
        bail!("{flag} {value} is out of range; more than 0, at most {max}");
    }
    Ok(())
}

/// A directory of our own must be new: in a shared /tmp somebody else could have put it, or a link, there before.
fn make_directory(dir: &Path, must_be_new: bool) -> io::Result<()> {
    match must_be_new {
        true => std::fs::DirBuilder::new().mode(0o700).create(dir),
        false => std::fs::create_dir_all(dir),
    }
}

fn unix_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as u64)
}
