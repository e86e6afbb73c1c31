//! The configuration: precedence, defaults, discovery in nginx.conf, and where each value came from.
//! Knows: every setting and who wins. Does not know: how to run anything; files, environment and CPUs are handed in.
//!
//! Precedence, the last wins: defaults, nginx.conf, configuration file, environment, flags. A list is replaced
//! as a whole, never joined. Logs that a person names keep the format nginx.conf gives them, if it knows them.

mod build;
mod counting;
pub mod discover;
pub mod flags;
mod layers;
mod logs;
mod origin;
mod os_files;
mod polling;
mod reader;
pub mod settings;
mod values;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::discover::status::StatusPage;
pub use self::layers::{Layer, Resolved, said};
pub use self::logs::{LogKind, LogSpec};
pub use self::origin::{Finding, Origin, Place, Problem, Weight};
pub use self::os_files::OsFiles;
pub use self::values::ListenAddress;
use crate::dialect::nginx::conf::Files;
use crate::dialect::nginx::log_format::LogFormat;
use crate::input::tail::StartFrom;
use crate::poll;
use crate::tally;

/// Everything the process is built from.
#[derive(Debug)]
pub struct Config {
    pub web: Web,
    pub logs: Vec<LogSpec>,
    /// What `--nginx.log-format` names, for logs that are not among these.
    pub given_format: Option<LogFormat>,
    /// Where a log without saved state is begun, if it is there at start-up.
    pub from: StartFrom,
    pub status_pages: Vec<StatusPage>,
    pub poll: poll::Options,
    pub state: Option<State>,
    /// How requests are told apart and counted. Its `logs` are the paths of [`Config::logs`].
    pub tally: tally::Options,
    /// A longer line is counted as `too_long` and not read.
    pub line_bytes_max: usize,
    pub logging: Logging,
    /// The timeouts in front of nginx, the outermost first.
    pub chain: Vec<Hop>,
    /// What nginx.conf says beside the logs; nothing where none was read.
    pub nginx: discover::Facts,
    /// Every value, for `hangup check`.
    pub settings: Vec<Resolved>,
    /// What was wrong without being fatal, and what was decided on the way.
    pub findings: Vec<Finding>,
}

/// The exporter's own HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    pub listen: Vec<ListenAddress>,
    pub telemetry_path: String,
    pub enable_lifecycle: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub directory: PathBuf,
    pub interval: Duration,
}

/// How hangup itself logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    pub json: bool,
}

/// One layer of the way to nginx, and how long it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub name: String,
    pub timeout: Duration,
    pub origin: Origin,
}

/// The world outside, by value: tests hand in maps.
pub struct Edges<'a> {
    pub env: &'a BTreeMap<String, String>,
    pub files: &'a dyn Files,
    /// What `worker_processes auto` means here.
    pub cpus: u32,
}

/// Resolves the configuration. `Err` holds everything that must be put right before hangup can start.
pub fn load(flags: &Layer, edges: &Edges<'_>) -> Result<Config, Vec<Problem>> {
    let (env, mut findings) = layers::from_env(edges.env);
    let file = match layers::config_file(flags, &env) {
        Some(named) => config_file(&named, edges.files)?,
        None => Layer::new(),
    };
    let said = layers::over(layers::over(file, env), flags.clone());
    let found = nginx_conf(&said, edges)?;
    findings.extend(found.findings.iter().cloned());
    let merged = layers::over(layers::over(layers::defaults(), found.layer()), said);
    build::config(merged, found, findings)
}

fn config_file(named: &layers::Written, files: &dyn Files) -> Result<Layer, Vec<Problem>> {
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

/// Discovery. A host without the file at its usual place has no nginx, and is served all the same;
/// a file that somebody named must be there.
fn nginx_conf(said: &Layer, edges: &Edges<'_>) -> Result<discover::Found, Vec<Problem>> {
    let setting = said.get("nginx.config");
    let path = match setting {
        None => settings::NGINX_CONFIG,
        Some(said) => match said.values.last() {
            None => return Ok(discover::Found::default()),
            Some(written) => &written.text,
        },
    };
    let path = Path::new(path);
    match (edges.files.read(path), setting) {
        (Ok(_), _) => Ok(discover::read(path, edges.files, edges.cpus)),
        (Err(error), None) => Ok(discover::Found::without(path, &error)),
        (Err(error), Some(said)) => {
            let text = format!(
                "{} cannot be read: {error}; name nginx's main file, or nothing for no discovery",
                path.display()
            );
            Err(vec![Problem::new(said.origin.clone(), text)])
        }
    }
}
