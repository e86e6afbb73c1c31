//! What nginx.conf tells a follower: the logs and their formats, the status page, timeouts, limits, upstreams.
//! Knows: what the directives mean and how they are inherited. Does not know: settings, or whether a file can be read.

pub mod access_logs;
pub mod error_logs;
pub mod formats;
pub mod listen;
pub mod prefix;
pub mod scope;
pub mod status;
pub mod timeouts;
pub mod upstreams;
pub mod workers;
pub mod written;

#[cfg(test)]
pub(super) mod tests;

use std::path::Path;

use self::access_logs::AccessLog;
use self::error_logs::ErrorLog;
use self::formats::Formats;
use self::listen::Listen;
use self::prefix::Prefix;
use self::scope::Tree;
use self::status::StatusPage;
use self::timeouts::Timeout;
use self::workers::Workers;
use self::written::WrittenLog;
use super::origin::{Finding, Origin, Place, Weight};
use crate::dialect::nginx::conf::{self, Directive, Files};

/// What is known of an nginx beside its logs and its status page.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether a configuration was read at all.
    pub read: bool,
    pub timeouts: Vec<Timeout>,
    pub workers: Option<Workers>,
    pub listens: Vec<Listen>,
    /// `host:port` and `unix:/path` of upstream servers, and names of upstream groups, as the logs will name them.
    pub upstreams: Vec<String>,
    /// The labels of all servers.
    pub servers: Vec<String>,
    /// Of these, the ones that log no request: nothing will be counted for them.
    pub silent_servers: Vec<String>,
}

/// All that was discovered.
#[derive(Debug, Default)]
pub struct Found {
    pub access_logs: Vec<AccessLog>,
    pub error_logs: Vec<ErrorLog>,
    pub status_page: Option<StatusPage>,
    pub formats: Formats,
    /// Every access log that goes to a file, followed or not.
    pub written: Vec<WrittenLog>,
    pub facts: Facts,
    pub findings: Vec<Finding>,
}

/// Reads nginx's main file and all it includes. What cannot be read is a finding.
pub fn read(main: &Path, files: &dyn Files, cpus: u32) -> Found {
    let conf = conf::parse(main, files);
    let mut findings: Vec<Finding> = conf.problems.iter().map(unread).collect();
    let tree = Tree::new(&conf.directives);
    let prefix = Prefix::new(main, files);
    let formats = Formats::new(&tree, &mut findings);
    let access_logs = access_logs::find(&tree, &formats, &prefix, &mut findings);
    let written = written::find(&tree, &prefix);
    let error_logs = error_logs::find(&tree, &prefix, &mut findings);
    let status_page = status::find(&tree, &mut findings);
    let facts = Facts {
        read: true,
        timeouts: timeouts::find(&tree),
        workers: Some(workers::find(&tree, cpus)),
        listens: tree.servers.iter().flat_map(|server| listen::of(server)).collect(),
        upstreams: upstreams::find(&tree),
        servers: tree.labels(),
        silent_servers: tree.silent_labels(),
    };
    Found { access_logs, error_logs, status_page, formats, written, facts, findings }
}

impl Found {
    /// Nothing, because there is no nginx.conf at the usual place.
    pub fn without(path: &Path, error: &std::io::Error) -> Found {
        let text = format!(
            "{} cannot be read ({error}), so nothing was discovered; name nginx's main file with --nginx.config, \
             or the logs with --nginx.access-log and --nginx.error-log",
            path.display()
        );
        Found { findings: vec![Finding::new(Weight::Note, None, text)], ..Found::default() }
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
