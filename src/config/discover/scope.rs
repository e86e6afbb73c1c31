//! nginx's contexts: main, http, server and the locations in it, and which directive is in effect where.
//! Does not know: what a directive means.

use crate::dialect::nginx::conf::Directive;

/// The label of a server without a name of its own.
pub const NAMELESS: &str = "default";

/// A configuration seen by its servers.
pub struct Tree<'a> {
    pub main: &'a [Directive],
    pub servers: Vec<Server<'a>>,
}

/// One `server` of `http`.
pub struct Server<'a> {
    pub block: &'a Directive,
    /// The server's own context first, then its locations, each before those in it.
    pub scopes: Vec<Scope<'a>>,
}

/// One context with those around it.
#[derive(Clone)]
pub struct Scope<'a> {
    /// The directives of main, http, server, …, the innermost last.
    levels: Vec<&'a [Directive]>,
    /// The blocks inside the server that lead here, the innermost last.
    pub path: Vec<&'a Directive>,
}

/// Blocks in a server in which requests are handled under directives of their own.
const NESTED: &[&str] = &["location", "if", "limit_except"];

impl<'a> Tree<'a> {
    pub fn new(main: &'a [Directive]) -> Tree<'a> {
        let mut servers = Vec::new();
        for http in blocks(main, "http") {
            let around = Scope { levels: vec![main, &http.block], path: Vec::new() };
            servers.extend(blocks(&http.block, "server").map(|block| Server::new(block, &around)));
        }
        Tree { main, servers }
    }

    /// The contexts of `http` itself; one in any configuration nginx accepts.
    pub fn http(&self) -> impl Iterator<Item = &'a Directive> {
        blocks(self.main, "http")
    }

    /// The main context alone.
    pub fn main_scope(&self) -> Scope<'a> {
        Scope { levels: vec![self.main], path: Vec::new() }
    }

    /// Each server's label once, in the order of the file.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for server in &self.servers {
            let label = server.label();
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    }

    /// The labels of the servers that log no request at all, as status pages often do.
    pub fn silent_labels(&self) -> Vec<String> {
        let is_off = |scope: &Scope<'_>| scope.effective("access_log").iter().any(|line| line.args == ["off"]);
        let silent = self.servers.iter().filter(|server| server.scopes.iter().all(is_off));
        silent.map(Server::label).collect()
    }
}

impl<'a> Server<'a> {
    fn new(block: &'a Directive, around: &Scope<'a>) -> Server<'a> {
        let mut scopes = Vec::new();
        around.enter(block, true, &mut scopes);
        Server { block, scopes }
    }

    /// All names of all its `server_name` lines.
    pub fn names(&self) -> Vec<&'a str> {
        let lines = self.block.block.iter().filter(|directive| directive.name == "server_name");
        lines.flat_map(|directive| directive.args.iter().map(String::as_str)).collect()
    }

    /// What `$server_name` would say: the first name, without the dot that stands for all subdomains
    /// (source: ngx_http_core_merge_srv_conf in ngx_http_core_module.c).
    pub fn label(&self) -> String {
        let first = self.names().first().copied().unwrap_or_default();
        let name = first.strip_prefix('.').unwrap_or(first);
        if name.is_empty() { NAMELESS.to_owned() } else { name.to_owned() }
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
        let at = |level: &&'a [Directive]| -> Vec<&'a Directive> { level.iter().filter(|d| d.name == name).collect() };
        self.levels.iter().rev().map(at).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The directives of this very level.
    pub fn own(&self, name: &str) -> impl Iterator<Item = &'a Directive> {
        self.levels.last().copied().unwrap_or_default().iter().filter(move |d| d.name == name)
    }

    fn enter(&self, block: &'a Directive, is_server: bool, scopes: &mut Vec<Scope<'a>>) {
        let mut inner = self.clone();
        inner.levels.push(&block.block);
        if !is_server {
            inner.path.push(block);
        }
        scopes.push(inner.clone());
        for nested in block.block.iter().filter(|d| NESTED.contains(&d.name.as_str())) {
            inner.enter(nested, false, scopes);
        }
    }
}

fn blocks<'a>(directives: &'a [Directive], name: &'static str) -> impl Iterator<Item = &'a Directive> {
    directives.iter().filter(move |d| d.name == name)
}
