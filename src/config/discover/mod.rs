//! What nginx.conf tells a follower: the logs and their formats, the status page, timeouts, limits, upstreams.
//! Knows: what the directives mean and how they are inherited. Does not know: settings, or whether a file can be read.

pub mod access_logs;
mod build;
pub mod error_logs;
pub mod formats;
mod installation;
pub mod keepalive;
pub mod listen;
mod loaded;
mod master;
pub mod pasted;
pub mod prefix;
mod read_timeouts;
pub mod scope;
mod server_name;
pub mod sources;
pub mod status;
mod syslog;
pub mod timeouts;
pub mod upstreams;
pub mod workers;
pub mod written;

#[cfg(test)]
pub(super) mod tests;

use std::path::{Path, PathBuf};

use self::access_logs::AccessLog;
use self::error_logs::ErrorLog;
use self::formats::Formats;
pub use self::installation::main_file;
use self::keepalive::Keepalive;
use self::listen::Listen;
pub use self::loaded::{Loaded, loaded};
use self::prefix::Prefix;
use self::scope::Tree;
use self::sources::{Recording, Sources};
use self::status::StatusPage;
use self::timeouts::Timeout;
use self::workers::Workers;
use self::written::WrittenLog;
use super::origin::{Finding, Origin, Place, Weight};
use crate::dialect::nginx::conf::{self, Directive, Files};
use crate::tally::ReadTimeouts;

/// What is known of an nginx beside its logs and its status page.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether a configuration was read at all.
    pub read: bool,
    pub timeouts: Vec<Timeout>,
    /// Those between two reads of an upstream, of every location.
    pub read_timeouts: Vec<ReadTimeouts>,
    pub workers: Option<Workers>,
    pub listens: Vec<Listen>,
    /// `host:port` and `unix:/path` of upstream servers, and names of upstream groups, as the logs will name them.
    pub upstreams: Vec<String>,
    /// The servers of each group, where they have addresses.
    pub groups: Vec<(String, Vec<String>)>,
    pub keepalives: Vec<Keepalive>,
    /// The labels of all servers.
    pub servers: Vec<String>,
    /// Of these, the ones that log no request: nothing will be counted for them.
    pub silent_servers: Vec<String>,
    /// Whether it serves HTTP at all. One that only passes TCP or mail on has no requests.
    pub serves_http: bool,
    /// Whether there is a stub_status location, be it one that cannot be reached.
    pub has_status_page: bool,
}

/// All that was discovered.
#[derive(Debug, Default)]
pub struct Found {
    /// The main file, where it was not named and not at its usual place.
    pub main: Option<PathBuf>,
    pub access_logs: Vec<AccessLog>,
    pub error_logs: Vec<ErrorLog>,
    pub status_page: Option<StatusPage>,
    pub formats: Formats,
    /// Every access log that goes to a file, followed or not.
    pub written: Vec<WrittenLog>,
    pub facts: Facts,
    /// What was read.
    pub sources: Sources,
    /// What could not be read, the first of it.
    pub unread: Option<Finding>,
    pub findings: Vec<Finding>,
}

/// The machine that nginx runs on, as far as it says what nginx.conf means.
pub struct Machine<'a> {
    pub files: &'a dyn Files,
    /// Where processes are looked for.
    pub proc_root: &'a Path,
    /// Processors that are online: what `worker_processes auto` means where no worker runs.
    pub cpus: u32,
}

/// Reads nginx's main file and all it includes. What cannot be read is a finding.
pub fn read(main: &Path, machine: &Machine<'_>) -> Found {
    let files = machine.files;
    let recording = Recording::new(files);
    let conf = conf::parse(main, &recording);
    let sources = recording.sources();
    let mut findings: Vec<Finding> = conf.problems.iter().map(unread).collect();
    let unread = findings.first().cloned();
    let tree = Tree::new(&conf.directives, &hostname(machine));
    let installation = installation::find(main, machine);
    let prefix = Prefix::new(main, files, installation.build);
    let formats = Formats::new(&tree, &mut findings);
    let access_logs = access_logs::find(&tree, &formats, &prefix, &mut findings);
    let written = written::find(&tree, &formats, &prefix);
    let error_logs = error_logs::find(&tree, &prefix, &mut findings);
    let status_page = status::find(&tree, &mut findings);
    let listens = tree.servers.iter().flat_map(listen::of).chain(tree.others.iter().flat_map(listen::written));
    let facts = Facts {
        read: true,
        timeouts: timeouts::find(&tree),
        read_timeouts: read_timeouts::find(&tree),
        workers: Some(workers::find(&tree, installation.workers.unwrap_or(u64::from(machine.cpus)))),
        listens: listens.collect(),
        upstreams: upstreams::find(&tree),
        groups: upstreams::groups(&tree),
        keepalives: keepalive::find(&tree),
        servers: tree.labels(),
        silent_servers: tree.silent_labels(),
        serves_http: tree.http().next().is_some(),
        has_status_page: status::is_anywhere(&tree),
    };
    Found { main: None, access_logs, error_logs, status_page, formats, written, facts, sources, unread, findings }
}

/// As gethostname(2) has it, wherever /proc is mounted.
fn hostname(machine: &Machine<'_>) -> String {
    let bytes = machine.files.read(&machine.proc_root.join("sys/kernel/hostname")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

impl Found {
    /// Says that the main file was found elsewhere than at its usual place.
    pub fn found_at(mut self, path: &Path) -> Found {
        let text = format!("{} is read: it is where this machine's nginx has its configuration", path.display());
        self.findings.push(Finding::new(Weight::Note, None, text));
        self.main = Some(path.to_owned());
        self
    }

    /// Nothing, because there is no nginx.conf at the usual place.
    pub fn without(path: &Path, error: &std::io::Error) -> Found {
        let text = format!(
            "{} cannot be read ({error}), so nothing was discovered; name nginx's main file with --nginx.config, \
             or the logs with --nginx.access-log and --nginx.error-log",
            path.display()
        );
        let findings = vec![Finding::new(Weight::Note, None, text)];
        Found { findings, sources: Sources::missing(path), ..Found::default() }
    }
}

/// A directive's place.
pub fn place(directive: &Directive) -> Place {
    Place { file: directive.file.clone(), line: directive.line }
}

/// A directive as an origin.
pub fn origin(directive: &Directive) -> Origin {
    Origin::NginxConf(place(directive))
}

fn unread(error: &conf::ConfError) -> Finding {
    Finding::at(Weight::Problem, &Place { file: error.file.clone(), line: error.line }, error.what.clone())
}
