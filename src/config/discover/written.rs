//! Which file is written in which format, for all files that nginx.conf names: also for those that are not followed.
//! Knows: `access_log` and its inheritance. Does not know: which of them to follow, or whether a file is there.

use std::collections::{BTreeMap, BTreeSet};

use super::access_logs::{SHARED, patterns};
use super::prefix::Prefix;
use super::scope::Tree;

/// An access log as nginx writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLog {
    /// A glob; for all but paths with variables it matches the one file.
    pub path: String,
    /// The name of its `log_format`.
    pub format: String,
    /// The label of the server that writes it, or [`SHARED`].
    pub server: String,
}

/// Every access log that goes to a file, each path and format once.
pub fn find(tree: &Tree<'_>, prefix: &Prefix<'_>) -> Vec<WrittenLog> {
    let mut servers: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for server in &tree.servers {
        for line in server.scopes.iter().flat_map(|scope| scope.effective("access_log")) {
            let Some(path) = line.args.first().filter(|path| is_file(path)) else { continue };
            let format = line.args.get(1).map_or("combined", String::as_str);
            servers.entry((path, format)).or_default().insert(server.label.clone());
        }
    }
    let log = |((path, format), servers): ((&str, &str), BTreeSet<String>)| {
        let full = prefix.full(path).path;
        let path = if path.contains('$') { patterns::of(&full) } else { glob::Pattern::escape(&full) };
        let only = servers.iter().next().filter(|_| servers.len() == 1);
        let server = only.map_or_else(|| SHARED.to_owned(), Clone::clone);
        WrittenLog { path, format: format.to_owned(), server }
    };
    servers.into_iter().map(log).collect()
}

fn is_file(target: &str) -> bool {
    target != "off" && !["syslog:", "pipe:", "/dev/"].iter().any(|other| target.starts_with(other))
}
