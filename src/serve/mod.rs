//! `hangup serve`: builds everything from a configuration and lets it run until a signal.
//! Knows every room, decides nothing.

mod answer;
mod clock;
mod configured;
mod control;
mod counting;
mod embedded;
mod facts;
mod follow;
mod front;
mod job_slot;
mod logging;
mod logs;
mod newer;
mod nginx_conf;
mod nginx_watch;
mod not_visible;
mod open_files;
mod pages;
mod reload;
mod runtime;
mod shared;
mod slo;
mod snapshot_writer;
mod systemd;
mod why;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::config::{self, Config, Environment, Layer, OsFiles, Problem, blind};
use crate::healthy::Target;
use crate::state::Found;
use crate::tally::Tally;
use crate::web::{self, Gate, OwnNames, TelemetryPath};
pub use embedded::demo;
use follow::{Follow, Resumed};
use nginx_watch::NginxWatch;
use pages::{Live, Telling, start_pollers};
use reload::Reloader;
pub use runtime::runtime;
use snapshot_writer::OpenState;
use why::Why;

/// Loads the configuration from the real world: files, environment, CPUs.
pub fn load(flags: &Layer) -> Result<Config, Vec<Problem>> {
    in_environment(|environment| config::load(flags, environment))
}

/// The same, where the web configuration file has to be right, too.
pub fn load_to_serve(flags: &Layer) -> Result<Config, Vec<Problem>> {
    let config = load(flags)?;
    let front = config.web.file.as_ref().map(|file| config::web_file::read(file, &OsFiles));
    front.transpose().map(|_| config)
}

/// How a hangup that was started likewise is reached.
pub fn within_reach(flags: &Layer) -> Result<Target, Vec<Problem>> {
    let (addresses, file) = in_environment(|environment| config::within_reach(flags, environment))?;
    let front = file.map(|file| config::web_file::read(&file, &OsFiles)).transpose()?;
    Ok(Target { addresses, is_tls: front.is_some_and(|front| front.is_tls()) })
}

fn in_environment<T>(read: impl FnOnce(&Environment<'_>) -> T) -> T {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        // A value that is no text is refused by whoever reads it.
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .collect();
    read(&Environment { variables: &variables, files: &OsFiles, cpus: config::online_cpus(&OsFiles) })
}

/// Serves until `shutdown` resolves, SIGINT or SIGTERM. SIGHUP reloads.
pub async fn run(flags: Layer, config: Config, shutdown: impl Future<Output = ()>) -> Result<()> {
    let began = SystemTime::now();
    let (_log, log_level) = logging::init(&config.logging);
    // Before anything is announced: a signal nobody catches yet would end the process on the spot.
    let (ended, hangups, _others) = (terminated()?, signal(SignalKind::hangup())?, signals_of_others()?);
    for finding in config.findings.iter().chain(&blind::findings(&config.logs)) {
        info!(message = %finding);
    }
    open_files::raise();
    let telemetry_path: TelemetryPath = config.web.telemetry_path.parse()?;
    let refusals = Arc::default();
    let gate = front::gate(&config.web, &refusals)?;
    let listeners = front::listeners(&config.web).await?;
    let (state, saved) = saved(&config)?;
    let outcome = state.as_ref().map(|state| Arc::clone(&state.outcome));
    let mut follow = Follow::start(&config, saved, state)?;
    let (shared, shown) = (Arc::clone(&follow.shared), Arc::clone(&follow.shown));
    let pollers = Mutex::new(start_pollers(&config, &shared));
    let control = follow.control();
    let reloader = Reloader::new(flags, &config, control.clone());
    let lifecycle = config.web.enable_lifecycle;
    let config = Arc::new(config);
    let watch = NginxWatch::of(Arc::clone(&config), began);
    let (seen, watch) = (Mutex::new(watch.seen()), Mutex::new(watch));
    let (cuts, turn, ready) = (Arc::default(), Mutex::new(()), AtomicBool::new(false));
    let live = Arc::new(Live {
        shared,
        shown,
        control,
        pollers,
        ready,
        reloader,
        log_level,
        lifecycle,
        state: outcome,
        cuts: Arc::clone(&cuts),
        refusals,
        turn,
        why: Why::new(config.diagnosis_resolution),
        telling: Telling { host: hostname().unwrap_or_default(), abandoned: config.web.abandoned_requests },
        watch,
        seen,
    });
    let config = &config;
    let client_addresses = config.web.client_addresses;
    let options = web::Options { telemetry_path, own_names: own_names(config), client_addresses };
    let router = web::router(Arc::clone(&live) as Arc<dyn web::Pages>, options);
    for listener in &listeners {
        info!(address = %listener.local_addr()?, "serving");
    }
    let tasks = start_tasks(&live, hangups, &gate, config.web.file.clone());
    let ended = first_of(ended, follow.failed());
    let ended = async {
        first_of(shutdown, ended).await;
        systemd::stopping();
    };
    web::serve(open_files::free(), cuts, gate, listeners, router, ended).await;
    tasks.iter().for_each(JoinHandle::abort);
    follow.stop()
}

/// Opens the state directory, if there is one, and what an earlier run left in it. Positions are of use without counts.
fn saved(config: &Config) -> Result<(Option<OpenState>, Option<Resumed>)> {
    let Some(state) = &config.state else { return Ok((None, None)) };
    let (open, found) = OpenState::open(state)?;
    let resumed = found.map(|Found { positions, counts, .. }| {
        let (tally, changed) = match counts {
            Ok(counted) => Tally::restore(config.tally.clone(), &counted),
            Err(_) => (Tally::new(config.tally.clone()), None),
        };
        changed.iter().for_each(|what| warn!("{what}"));
        Resumed { positions, tally }
    });
    Ok((Some(open), resumed))
}

/// The names this host is set to be reached by.
fn own_names(config: &Config) -> OwnNames {
    let listen = config.web.listen.iter().map(|address| address.host.clone());
    OwnNames::new(config.web.hostnames.iter().cloned().chain(listen).chain(hostname()))
}

/// This host's name, as its kernel has it.
pub fn hostname() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned())
}

fn terminated() -> Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}

/// What scripts send to nginx (USR1: reopen logs, USR2: upgrade) reaches the wrong process at times, and would end it.
fn signals_of_others() -> Result<[Signal; 2]> {
    Ok([signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?])
}

async fn first_of(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    tokio::select! { () = one => {}, () = other => {} }
}

/// What goes on beside serving.
fn start_tasks(live: &Arc<Live>, hangups: Signal, gate: &Arc<Gate>, web_file: Option<PathBuf>) -> [JoinHandle<()>; 5] {
    [
        tokio::spawn(look_again_and_again(Arc::clone(live))),
        tokio::spawn(reload_on_hangup(Arc::clone(live), hangups)),
        tokio::spawn(notice_changes(Arc::clone(live))),
        tokio::spawn(systemd::attend(Arc::clone(live) as Arc<dyn web::Pages>, Arc::clone(&live.shared))),
        tokio::spawn(front::follow(Arc::clone(gate), web_file)),
    ]
}

/// The windows of the diagnosis go on whether anybody asks or not.
async fn look_again_and_again(live: Arc<Live>) {
    loop {
        let looking = Arc::clone(&live);
        // A look that panicked is a bug, which its message tells; the next one may do better.
        let _ = tokio::task::spawn_blocking(move || looking.look()).await;
        tokio::time::sleep(live.why.every).await;
    }
}

/// After a reload the next waits so long. Signals that come meanwhile are one.
const RELOAD_PAUSE: Duration = Duration::from_millis(500);

async fn reload_on_hangup(live: Arc<Live>, mut hangups: Signal) {
    while hangups.recv().await.is_some() {
        let live = Arc::clone(&live);
        // The outcome is logged and exported by the reload itself.
        let _ = tokio::task::spawn_blocking(move || web::Pages::reload(&*live)).await;
        tokio::time::sleep(RELOAD_PAUSE).await;
    }
}

/// Looks at nginx.conf again and again.
async fn notice_changes(live: Arc<Live>) {
    let mut pause = FIRST_LOOK;
    loop {
        tokio::time::sleep(pause).await;
        let live = Arc::clone(&live);
        pause = tokio::task::spawn_blocking(move || live.notice()).await.unwrap_or(FIRST_LOOK);
    }
}

const FIRST_LOOK: Duration = Duration::from_secs(2);
