//! Impatient clients that keep exact books of what they did to a server.
//! Knows: plans and how to carry them out together. Does not know: nginx, or how it logs what was done to it.

mod act;
pub mod plan;
pub mod report;
pub mod scenario;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::span;
use act::Visitor;
use plan::Plan;
use report::{Ending, PlanReport, Report, Run};

/// Visits under way at once; a plan that wants more waits, so that a stuck server cannot eat all descriptors.
const VISITS_AT_ONCE_MAX: usize = 4000;
/// After the time is up, visits under way may finish for this long. A visit that does not is counted as interrupted,
/// and what its earlier requests came to is not known: long visits make for inexact books.
const GRACE: Duration = Duration::from_secs(15);
const RATE_MAX: f64 = 10_000.0;
/// One visit in 100 s: slower than that, a run would end before it began.
const RATE_MIN: f64 = 0.01;

/// Impatient clients; what they know they did is printed as JSON at the end, also after ctrl-C
#[derive(Debug, Clone, clap::Args)]
pub struct ClientsArgs {
    /// The server to visit, http:// only: these clients misbehave, so point them at your own
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// How long to go on (each scenario gets its share of `all`)
    #[arg(long, default_value = "60s", value_parser = span::parse)]
    pub duration: Duration,
    /// Visits per second
    #[arg(long, default_value = "50")]
    pub rate: f64,
    /// What goes wrong; `all` takes them in turn
    #[arg(long, default_value = "all", value_parser = PossibleValuesParser::new(scenario::names()))]
    pub scenario: String,
}

/// Where visits go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub address: SocketAddr,
    /// For the Host header.
    pub host: String,
    /// What stands before every path.
    pub prefix: String,
}

impl Target {
    pub fn new(address: SocketAddr) -> Target {
        Target { address, host: address.to_string(), prefix: String::new() }
    }

    /// Reads `http://host:port/prefix` and asks the resolver once.
    pub async fn resolve(url: &str) -> anyhow::Result<Target> {
        let Some(rest) = url.strip_prefix("http://") else {
            bail!("`{url}` does not begin with http://; the clients speak plain HTTP only");
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let with_port = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let mut found =
            tokio::net::lookup_host(&with_port).await.with_context(|| format!("cannot find {with_port}"))?;
        let address = found.next().with_context(|| format!("{with_port} has no address"))?;
        let prefix = path.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Ok(Target { address, host: host.to_owned(), prefix })
    }
}

/// Carries out one plan to its end, or until `stop`: then no visit begins any more, and those under way have
/// [`GRACE`] to end. Every visit is bounded by its plan, so this is too.
pub async fn carry_out(target: &Target, plan: &Plan, stop: impl Future<Output = ()>) -> Report {
    let mut crowd = Crowd::default();
    let stopped = tokio::select! {
        biased;
        () = stop => true,
        () = crowd.send_all(target, plan) => false,
    };
    if stopped {
        // Elapsed or not: who is still under way afterwards is counted as interrupted.
        let _ = tokio::time::timeout(GRACE, crowd.come_back()).await;
    }
    crowd.report()
}

/// All plans of one scenario at once.
pub async fn run(target: &Target, plans: &[Plan], lasts: Duration, stop: impl Future<Output = ()>) -> Run {
    let began = Instant::now();
    let (halt, halted) = tokio::sync::watch::channel(false);
    let mut running = JoinSet::new();
    for plan in plans.iter().cloned() {
        let (target, mut halted) = (target.clone(), halted.clone());
        running.spawn(async move {
            let stop = async {
                // An error means that the other end is gone, which is a reason to stop as well.
                let _ = halted.wait_for(|halt| *halt).await;
            };
            let report = carry_out(&target, &plan, stop).await;
            PlanReport { plan: plan.name, report }
        });
    }
    let mut reports = Vec::new();
    let mut stop = pin!(stop);
    let time_up = tokio::time::sleep(lasts);
    tokio::pin!(time_up);
    let mut open = true;
    loop {
        tokio::select! {
            finished = running.join_next() => match finished {
                Some(report) => reports.push(report.expect("a plan does not panic")),
                None => break,
            },
            () = &mut time_up, if open => open = halt.send(true).is_err(),
            () = &mut stop, if open => open = halt.send(true).is_err(),
        }
    }
    Run::new(reports, began.elapsed())
}

/// Visits as told by the command line, then prints what was done as JSON on stdout.
pub async fn run_clients(args: ClientsArgs) -> anyhow::Result<()> {
    if !(args.rate > 0.0 && args.rate <= RATE_MAX) {
        bail!("--rate {} is out of range; more than 0, at most {RATE_MAX} visits a second", args.rate);
    }
    let target = Target::resolve(&args.url).await?;
    let chosen = scenario::chosen(&args.scenario);
    let lasts = args.duration / chosen.len().max(1) as u32;
    let mut done = serde_json::Map::new();
    let mut interrupted = false;
    for scenario in chosen {
        eprintln!("{}: {} ({})", scenario.name, scenario.what, scenario.needs);
        let plans = (scenario.plans)(args.rate);
        let stop = async {
            interrupted = tokio::signal::ctrl_c().await.is_ok();
        };
        let run = run(&target, &plans, lasts, stop).await;
        done.insert(scenario.name.to_owned(), serde_json::to_value(run)?);
        if interrupted {
            break;
        }
    }
    println!("{}", serde_json::to_string_pretty(&done)?);
    Ok(())
}

/// The visits of one plan.
#[derive(Default)]
struct Crowd {
    under_way: JoinSet<Vec<Ending>>,
    report: Report,
}

impl Crowd {
    async fn send_all(&mut self, target: &Target, plan: &Plan) {
        let plan = Arc::new(plan.clone());
        let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / plan.rate.clamp(RATE_MIN, RATE_MAX)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for number in 0..plan.visits {
            ticks.tick().await;
            while let Some(finished) = self.under_way.try_join_next() {
                self.book(finished);
            }
            if self.under_way.len() >= VISITS_AT_ONCE_MAX
                && let Some(finished) = self.under_way.join_next().await
            {
                self.book(finished);
            }
            self.under_way.spawn(Visitor::new(target.clone(), Arc::clone(&plan), number).visit());
            self.report.visits += 1;
        }
        self.come_back().await;
    }

    async fn come_back(&mut self) {
        while let Some(finished) = self.under_way.join_next().await {
            self.book(finished);
        }
    }

    fn book(&mut self, finished: Result<Vec<Ending>, tokio::task::JoinError>) {
        finished.expect("a visit does not panic").into_iter().for_each(|ending| self.report.add(ending));
    }

    fn report(mut self) -> Report {
        (0..self.under_way.len()).for_each(|_| self.report.add(Ending::Interrupted));
        self.report
    }
}
