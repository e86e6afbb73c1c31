//! `hangup serve`: builds everything from a configuration and lets it run until a signal.
//! Knows every room, decides nothing.

mod embedded;
mod follow;
mod logging;
mod pages;
mod plan;
mod reload;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

use crate::config::{self, Config, Edges, Layer, OsFiles, Problem};
use crate::web::{self, TelemetryPath};
pub use embedded::demo;
use follow::Follow;
use pages::Live;
use plan::Plan;
use reload::Reloader;

/// Loads the configuration from the real world: files, environment, CPUs.
pub fn load(flags: &Layer) -> Result<Config, Vec<Problem>> {
    let env: BTreeMap<String, String> = std::env::vars().collect();
    let cpus = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    config::load(flags, &Edges { env: &env, files: &OsFiles, cpus })
}

/// Serves until `shutdown` resolves, SIGINT or SIGTERM. SIGHUP reloads.
pub async fn run(flags: Layer, config: Config, shutdown: impl Future<Output = ()>) -> Result<()> {
    logging::init(&config.logging);
    for finding in &config.findings {
        info!(message = %finding);
    }
    let telemetry_path: TelemetryPath = config.web.telemetry_path.parse()?;
    let listeners = bind(&config).await?;
    let plan = Plan::of(&config)?;
    let (follow, shared) = Follow::start(&plan)?;
    let reloader = Reloader::new(flags, &config, follow.control());
    let live = Arc::new(Live::new(shared, plan, reloader, config.web.enable_lifecycle));
    let router = web::router(Arc::clone(&live) as Arc<dyn web::Pages>, &telemetry_path);
    for listener in &listeners {
        info!(address = %listener.local_addr()?, "serving");
    }
    let reloads = tokio::spawn(reload_on_hangup(Arc::clone(&live)));
    web::serve(listeners, router, first_of(shutdown, terminated()?)).await;
    reloads.abort();
    follow.stop();
    Ok(())
}

async fn bind(config: &Config) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in &config.web.listen {
        // Without a host: every address, IPv4 ones included (`::` is dual-stack unless bindv6only is set).
        let hosts: &[&str] = if address.host.is_empty() { &["::", "0.0.0.0"] } else { &[&address.host] };
        listeners.push(bind_first(hosts, address.port).await.with_context(|| {
            format!(
                "cannot listen on {}:{}; name another address with --web.listen-address",
                address.host, address.port
            )
        })?);
    }
    Ok(listeners)
}

/// The first of these hosts that can be bound: a kernel without IPv6 has no `::`.
async fn bind_first(hosts: &[&str], port: u16) -> std::io::Result<TcpListener> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for host in hosts {
        match TcpListener::bind((*host, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn terminated() -> Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}

async fn first_of(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    tokio::select! { () = one => {}, () = other => {} }
}

async fn reload_on_hangup(live: Arc<Live>) {
    let mut hangups: Signal = match signal(SignalKind::hangup()) {
        Ok(signal) => signal,
        Err(error) => return warn!(%error, "SIGHUP cannot be caught; restart hangup to reload"),
    };
    while hangups.recv().await.is_some() {
        let live = Arc::clone(&live);
        // The outcome is logged and exported by the reload itself.
        let _ = tokio::task::spawn_blocking(move || web::Pages::reload(&*live)).await;
    }
}
