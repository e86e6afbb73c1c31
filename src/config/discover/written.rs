//! Which file is written in which format, for all files that nginx.conf names: also for those that are not followed.
//! Knows: `access_log` and its inheritance. Does not know: which of them to follow, or whether a file is there.

use std::collections::{BTreeMap, BTreeSet};

use super::access_logs::{label_of_unnamed, patterns};
use super::formats::Formats;
use super::prefix::Prefix;
use super::scope::Tree;
use super::syslog;

/// An access log as nginx writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLog {
    /// A glob; for all but paths with variables it matches the one file. Or the address of a syslog server.
    pub path: String,
    /// The name of its `log_format`.
    pub format: String,
    /// The label of lines that name no server.
    pub server: String,
}

/// Every access log that goes to a file or to syslog, each path and format once.
pub fn find(tree: &Tree<'_>, formats: &Formats, prefix: &Prefix<'_>) -> Vec<WrittenLog> {
    let mut servers: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for server in &tree.servers {
        for line in server.scopes.iter().flat_map(|scope| scope.effective("access_log")) {
            let Some(path) = line.args.first().filter(|path| can_be_read(path)) else { continue };
            let format = line.args.get(1).map_or("combined", String::as_str);
            servers.entry((path, format)).or_default().insert(&server.label);
        }
    }
    let log = |((path, format), servers): ((&str, &str), BTreeSet<&str>)| {
        let full = || prefix.full(path).path;
        let path = match syslog::address(path) {
            Some(address) => address,
            None if path.contains('$') => patterns::of(&full()),
            None => glob::Pattern::escape(&full()),
        };
        let known = formats.get(format).ok();
        let server = label_of_unnamed(&servers, known.as_ref().map(|named| &named.format));
        WrittenLog { path, format: format.to_owned(), server }
    };
    servers.into_iter().map(log).collect()
}

fn can_be_read(target: &str) -> bool {
    let is_file = target != "off" && !["syslog:", "pipe:", "/dev/"].iter().any(|other| target.starts_with(other));
    is_file || syslog::address(target).is_some()
}
