//! The configuration: precedence, defaults, discovery in nginx.conf, and where each value came from.
//! Knows: every setting and who wins. Does not know: how to run anything; files, environment and CPUs are handed in.
//!
//! Precedence, the last wins: defaults, nginx.conf, configuration file, environment, flags. A list is replaced
//! as a whole, never joined. Logs that a person names keep the format nginx.conf gives them, if it knows them.

pub mod blind;
mod build;
mod counting;
pub mod discover;
pub mod flags;
mod glob;
mod layers;
mod logs;
mod origin;
mod os_files;
mod polling;
mod resolved;
mod setting;
pub mod settings;
mod slo;
mod types;
mod value_type;
mod values;
pub mod web_file;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tracing::level_filters::LevelFilter;

pub use self::discover::Loaded;
pub use self::discover::access_logs::AccessLine;
pub use self::discover::sources::Sources;
pub use self::discover::status::StatusPage;
pub use self::glob::unescaped;
pub use self::layers::{Layer, SettingValue};
pub use self::logs::{LogKind, LogSpec};
pub use self::origin::{Finding, Origin, Place, Problem, Weight};
pub use self::os_files::OsFiles;
pub use self::resolved::{Printed, Settings, Value};
pub use self::slo::{Slo, Threshold};
pub use self::value_type::{Form, ListStyle, Syntax};
pub use self::values::{ListenAddress, Named};
use crate::dialect::nginx::conf::Files;
use crate::dialect::nginx::log_format::LogFormat;
use crate::envelope::Envelope;
use crate::input::{self, tail};
use crate::poll;
use crate::record::Level;
use crate::tally;
use crate::web::ClientAddresses;

/// Everything the process is built from.
#[derive(Debug)]
pub struct Config {
    pub web: Web,
    pub logs: Vec<LogSpec>,
    /// What `--nginx.log-format` names, for logs that are not among these.
    pub given_format: Option<LogFormat>,
    /// What stands around the lines of all logs. `None`: found out line by line.
    pub envelope: Option<Envelope>,
    /// What is read: the paths of [`Config::logs`], in their order.
    pub inputs: input::Settings,
    pub status_pages: Vec<StatusPage>,
    pub poll: poll::Options,
    pub state: Option<State>,
    /// How requests are told apart and counted. Its `logs` are the paths of [`Config::logs`].
    pub tally: tally::Options,
    /// Families, and labels they go without.
    pub without: Vec<Named<String>>,
    /// Whether native histograms are offered.
    pub native_histograms: bool,
    /// What is normal here, for the alerts.
    pub slo: Slo,
    pub logging: Logging,
    /// The finest stretch of the diagnosis.
    pub diagnosis_resolution: Duration,
    /// The timeouts in front of nginx, the outermost first.
    pub chain: Vec<Hop>,
    /// How nginx.conf says its access logs are written, those that are not followed included.
    pub described: Described,
    /// What nginx.conf says beside the logs; nothing where none was read.
    pub nginx: discover::Facts,
    /// The files that all this about nginx was read from.
    pub sources: Sources,
    /// Every setting with its value, as it was given.
    pub settings: Settings,
    /// What is given beside nginx.conf: the file, the environment and the flags.
    pub given: Layer,
    /// What of nginx.conf could not be read, the first of it.
    pub unread: Option<Finding>,
    /// What was wrong without being fatal, and what was decided on the way.
    pub findings: Vec<Finding>,
}

/// The access logs of nginx.conf and their formats.
#[derive(Debug, Default)]
pub struct Described {
    pub formats: discover::formats::Formats,
    pub logs: Vec<discover::written::WrittenLog>,
}

impl Config {
    /// The least severe level that a followed error log is written at, as far as is known: one that nginx.conf says
    /// nothing of may hold every level. `None`: no error log is followed.
    pub fn least_error_level(&self) -> Option<Level> {
        let levels = self.logs.iter().filter_map(|log| match log.kind {
            LogKind::Error { level } => Some(level.unwrap_or(Level::Debug)),
            LogKind::Access { .. } => None,
        });
        levels.min()
    }

    /// Goes on following logs that are not among these.
    pub fn keep_following(&mut self, logs: Vec<LogSpec>) {
        self.tally.logs.extend(logs.iter().map(|log| log.path.clone()));
        let source = |log: &LogSpec| tail::Source { pattern: log.path.clone(), from: tail::StartFrom::Start };
        self.inputs.logs.extend(logs.iter().map(source));
        self.logs.extend(logs);
    }
}

/// The exporter's own HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    pub listen: Vec<ListenAddress>,
    pub telemetry_path: String,
    pub enable_lifecycle: bool,
    /// By which `POST /-/reload` may be asked for.
    pub hostnames: Vec<String>,
    pub client_addresses: ClientAddresses,
    /// The last abandoned requests are shown.
    pub abandoned_requests: bool,
    /// The web configuration file: TLS, users.
    pub file: Option<PathBuf>,
    /// Sockets come from systemd instead of [`Web::listen`].
    pub systemd_socket: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub directory: PathBuf,
    pub interval: Duration,
}

/// How hangup itself logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    pub level: LevelFilter,
    pub encoding: LogEncoding,
}

/// How a line of hangup's own log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEncoding {
    Logfmt,
    Json,
}

/// One layer of the way to nginx, and how long it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub name: String,
    pub timeout: Duration,
    pub origin: Origin,
}

/// The world outside, by value: tests hand in maps.
pub struct Environment<'a> {
    pub variables: &'a BTreeMap<String, String>,
    pub files: &'a dyn Files,
    /// Processors that are online: what `worker_processes auto` means where no worker runs.
    pub cpus: u32,
}

/// The processors that are online, as nginx counts them for `worker_processes auto`: neither hangup's own affinity nor
/// its quota, which its unit may set, says anything about nginx.
pub fn online_cpus(files: &dyn Files) -> u32 {
    let list = files.read(Path::new("/sys/devices/system/cpu/online")).unwrap_or_default();
    let ranges = String::from_utf8_lossy(&list);
    let count = |range: &str| -> Option<u32> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        (last.parse::<u32>().ok()? + 1).checked_sub(first.parse().ok()?)
    };
    let counted = ranges.trim().split(',').filter_map(count).sum();
    if counted > 0 { counted } else { std::thread::available_parallelism().map_or(1, |n| n.get() as u32) }
}

/// Resolves the configuration. `Err` holds everything that must be put right before hangup can start.
pub fn load(flags: &Layer, environment: &Environment<'_>) -> Result<Config, Vec<Problem>> {
    let (given, mut unknown) = given(flags, environment)?;
    match resolve(given, environment.files, environment.cpus) {
        Ok(config) if unknown.is_empty() => Ok(config),
        Ok(_) => Err(unknown),
        Err(problems) => {
            unknown.extend(problems);
            Err(unknown)
        }
    }
}

/// Discovers anew, with what else was given before: a configuration file that somebody is writing is not read.
pub fn rediscover(given: &Layer, files: &dyn Files, cpus: u32) -> Result<Config, Vec<Problem>> {
    resolve(given.clone(), files, cpus)
}

fn resolve(given: Layer, files: &dyn Files, cpus: u32) -> Result<Config, Vec<Problem>> {
    let proc_root = settings::PATH_PROCFS.resolve(given.written(&settings::PATH_PROCFS));
    let found =
        nginx_conf(given.get(&settings::NGINX_CONFIG), &discover::Machine { files, proc_root: &proc_root, cpus })?;
    let findings = found.findings.clone();
    let settings = Settings::new(layers::discovered(&found).merge(given.clone()));
    build::config(settings, given, found, findings)
}

/// The files that the path or glob of a log leads to.
pub fn files_of(pattern: &str) -> Vec<PathBuf> {
    OsFiles.glob(Path::new(pattern))
}

/// When the nginx that runs with the main file of `config` loaded its configuration. `None`: nobody can tell.
pub fn loaded(config: &Config, files: &dyn Files, now_ns: i64) -> Option<discover::Loaded> {
    let (main, proc_root) =
        (config.settings.get(&settings::NGINX_CONFIG)?, config.settings.get(&settings::PATH_PROCFS));
    discover::loaded(&main, &discover::Machine { files, proc_root: &proc_root, cpus: 1 }, now_ns)
}

/// Where hangup listens, and its web configuration file, whatever nginx's configuration is. `Err`: what must be put right
/// to tell.
pub fn within_reach(
    flags: &Layer,
    environment: &Environment<'_>,
) -> Result<(Vec<ListenAddress>, Option<PathBuf>), Vec<Problem>> {
    let (given, mut problems) = given(flags, environment)?;
    let written = given.written(&settings::WEB_LISTEN_ADDRESS);
    let wrong = |value: &origin::Written| {
        let what = setting::AnySetting::check(&settings::WEB_LISTEN_ADDRESS, &value.text).err()?;
        Some(Problem::new(value.origin.clone(), what))
    };
    problems.extend(written.into_iter().flatten().filter_map(wrong));
    if !problems.is_empty() {
        return Err(problems);
    }
    let file = settings::WEB_CONFIG_FILE.resolve(given.written(&settings::WEB_CONFIG_FILE));
    Ok((settings::WEB_LISTEN_ADDRESS.resolve(written), file))
}

/// What file, environment and flags say together, and the variables that are none.
fn given(flags: &Layer, environment: &Environment<'_>) -> Result<(Layer, Vec<Problem>), Vec<Problem>> {
    let (variables, unknown) = layers::from_env(environment.variables);
    let given = variables.merge(flags.clone());
    let file = match given.get(&settings::CONFIG_FILE).and_then(|given| given.values.last()) {
        Some(named) => config_file(named, environment.files)?,
        None => Layer::default(),
    };
    Ok((file.merge(given), unknown))
}

fn config_file(named: &origin::Written, files: &dyn Files) -> Result<Layer, Vec<Problem>> {
    let path = Path::new(&named.text);
    let unreadable = |what: String| {
        vec![Problem::new(
            named.origin.clone(),
            format!("{} cannot be read: {what}; name another file or none", named.text),
        )]
    };
    let bytes = files.read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
    yaml::read(path, &text)
}

/// Discovery. A host without the file at its usual place, or at any other that its nginx tells, has no nginx, and is
/// served all the same; a file that somebody named must be there.
fn nginx_conf(given: Option<&SettingValue>, machine: &discover::Machine<'_>) -> Result<discover::Found, Vec<Problem>> {
    let Some(path) = settings::NGINX_CONFIG.resolve(given.map(|given| given.values.as_slice())) else {
        return Ok(discover::Found::default());
    };
    match (machine.files.read(&path), given) {
        (Ok(_), _) => Ok(discover::read(&path, machine)),
        (Err(error), None) => Ok(match discover::main_file(machine) {
            Some(elsewhere) => discover::read(&elsewhere, machine).found_at(&elsewhere),
            None => discover::Found::without(&path, &error),
        }),
        (Err(error), Some(given)) => {
            let text = format!(
                "{} cannot be read: {error}; name nginx's main file, or nothing for no discovery",
                path.display()
            );
            Err(vec![Problem::new(given.origin.clone(), text)])
        }
    }
}
