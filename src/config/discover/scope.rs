//! nginx's contexts: main, http, server and the locations in it, and which directive is in effect where.
//! Does not know: what a directive means.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::server_name;
use crate::dialect::nginx::conf::Directive;
use crate::dialect::nginx::log_format::Escape;

/// A configuration seen by its servers.
pub struct Tree<'a> {
    pub main: &'a [Directive],
    /// The servers of `http`.
    pub servers: Vec<Server<'a>>,
    /// Those of `stream` and `mail`, which serve no requests.
    pub others: Vec<Server<'a>>,
}

/// One `server`.
pub struct Server<'a> {
    pub block: &'a Directive,
    /// The server's own context first, then its locations, each before those in it.
    pub scopes: Vec<Scope<'a>>,
    /// What `$server_name` says of it in its log, or [`server_name::NAMELESS`].
    pub label: String,
}

/// One context with those around it.
#[derive(Clone)]
pub struct Scope<'a> {
    /// The directives of main, http, server, …, the innermost last.
    levels: Vec<Level<'a>>,
    /// The blocks inside the server that lead here, the innermost last.
    pub path: Vec<&'a Directive>,
}

/// The directives of one block, without the blocks in it that are contexts of their own: a host may have thousands of
/// servers, each of which asks what stands beside them.
type Level<'a> = Rc<[&'a Directive]>;

/// Blocks in a server in which requests are handled under directives of their own.
const NESTED: &[&str] = &["location", "if", "limit_except"];
/// Blocks in which directives are not inherited from the level they stand in.
const APART: &[&str] = &["http", "stream", "mail", "events", "server", "upstream", "location", "if", "limit_except"];

impl<'a> Tree<'a> {
    /// `hostname`: what `server_name $hostname` stands for.
    pub fn new(main: &'a [Directive], hostname: &str) -> Tree<'a> {
        let servers = |context: &'static str| -> Vec<Server<'a>> {
            let mut servers = Vec::new();
            for around in blocks(main, context) {
                let scope = Scope { levels: vec![level(main), level(&around.block)], path: Vec::new() };
                let escapes = escapes(&around.block);
                let names = Names { hostname, escapes };
                servers.extend(blocks(&around.block, "server").map(|block| Server::new(block, &scope, &names)));
            }
            servers
        };
        let others = servers("stream").into_iter().chain(servers("mail")).collect();
        Tree { main, servers: servers("http"), others }
    }

    /// The contexts of `http` itself; one in any configuration nginx accepts.
    pub fn http(&self) -> impl Iterator<Item = &'a Directive> {
        blocks(self.main, "http")
    }

    /// Those of `stream`.
    pub fn stream(&self) -> impl Iterator<Item = &'a Directive> {
        blocks(self.main, "stream")
    }

    /// The main context alone.
    pub fn main_scope(&self) -> Scope<'a> {
        Scope { levels: vec![level(self.main)], path: Vec::new() }
    }

    /// The contexts of `http`, with main around them.
    pub fn http_scopes(&self) -> impl Iterator<Item = Scope<'a>> {
        self.http().map(|http| Scope { levels: vec![level(self.main), level(&http.block)], path: Vec::new() })
    }

    /// Each server's label once, in the order of the file.
    pub fn labels(&self) -> Vec<String> {
        unique(self.servers.iter().map(|server| server.label.clone()))
    }

    /// The labels of the servers that log no request at all, as status pages often do.
    pub fn silent_labels(&self) -> Vec<String> {
        let is_off = |scope: &Scope<'_>| scope.effective("access_log").iter().any(|line| line.args == ["off"]);
        let silent = self.servers.iter().filter(|server| server.scopes.iter().all(is_off));
        silent.map(|server| server.label.clone()).collect()
    }
}

/// What makes a name what it is in a log.
struct Names<'n> {
    hostname: &'n str,
    /// By the name of the log format.
    escapes: BTreeMap<&'n str, Escape>,
}

impl<'a> Server<'a> {
    fn new(block: &'a Directive, around: &Scope<'a>, names: &Names<'_>) -> Server<'a> {
        let mut scopes = Vec::new();
        around.enter(block, true, &mut scopes);
        let first = server_names(block).next().unwrap_or_default();
        let format = scopes[0].effective("access_log").first().and_then(|line| line.args.get(1)).map(String::as_str);
        let escape = format.and_then(|name| names.escapes.get(name)).copied().unwrap_or(Escape::Default);
        Server { block, scopes, label: server_name::logged(first, names.hostname, escape) }
    }

    /// All names of all its `server_name` lines.
    pub fn names(&self) -> Vec<&'a str> {
        server_names(self.block).collect()
    }

    /// The server's own context.
    pub fn own(&self) -> &Scope<'a> {
        &self.scopes[0]
    }
}

impl<'a> Scope<'a> {
    /// The directives of this name in effect here: those of the innermost level that has any, since in nginx
    /// a level that has its own replaces the outer ones.
    pub fn effective(&self, name: &str) -> Vec<&'a Directive> {
        let at =
            |level: &Level<'a>| -> Vec<&'a Directive> { level.iter().copied().filter(|d| d.name == name).collect() };
        self.levels.iter().rev().map(at).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The directives of this very level.
    pub fn own(&self, name: &str) -> impl Iterator<Item = &'a Directive> {
        self.levels.last().into_iter().flat_map(|level| level.iter().copied()).filter(move |d| d.name == name)
    }

    /// The location this is in, as it is written; empty in the server itself.
    pub fn location(&self) -> String {
        let location = self.path.iter().rev().find(|block| block.name == "location");
        location.map(|block| block.args.join(" ")).unwrap_or_default()
    }

    fn enter(&self, block: &'a Directive, is_server: bool, scopes: &mut Vec<Scope<'a>>) {
        let mut inner = self.clone();
        inner.levels.push(level(&block.block));
        if !is_server {
            inner.path.push(block);
        }
        scopes.push(inner.clone());
        for nested in block.block.iter().filter(|d| NESTED.contains(&d.name.as_str())) {
            inner.enter(nested, false, scopes);
        }
    }
}

/// Each of them once, in their order.
pub fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

fn level(directives: &[Directive]) -> Level<'_> {
    directives.iter().filter(|directive| !APART.contains(&directive.name.as_str())).collect()
}

fn blocks<'a>(directives: &'a [Directive], name: &'static str) -> impl Iterator<Item = &'a Directive> {
    directives.iter().filter(move |d| d.name == name)
}

fn server_names(block: &Directive) -> impl Iterator<Item = &str> {
    let lines = block.block.iter().filter(|directive| directive.name == "server_name");
    lines.flat_map(|directive| directive.args.iter().map(String::as_str))
}

/// The `escape=` of each log_format.
fn escapes(http: &[Directive]) -> BTreeMap<&str, Escape> {
    let formats = http.iter().filter(|directive| directive.name == "log_format");
    let escape = |line: &Directive| match line.args.get(1).map(String::as_str) {
        Some("escape=json") => Escape::Json,
        Some("escape=none") => Escape::None,
        _ => Escape::Default,
    };
    formats.filter_map(|line| Some((line.args.first()?.as_str(), escape(line)))).collect()
}
