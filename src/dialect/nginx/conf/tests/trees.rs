//! Whole trees of files: what Debian installs, and a host of several sites (accepted by nginx -t, but for the stream block,
//! which needs a module).

use super::{problems, shown};
use crate::dialect::nginx::conf::{Directive, Files, parse};
use std::path::{Path, PathBuf};

/// A directory of the repository that stands for another one (`/etc/nginx`).
struct Tree {
    root: PathBuf,
    stands_for: &'static str,
}

impl Tree {
    fn new(name: &str, stands_for: &'static str) -> Self {
        Tree { root: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/conf").join(name), stands_for }
    }
    fn real(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix(self.stands_for).unwrap())
    }
}

impl Files for Tree {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.real(path))
    }
    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        let real = self.real(pattern);
        let paths = glob::glob(real.to_str().unwrap()).unwrap().map(Result::unwrap);
        paths.map(|path| Path::new(self.stands_for).join(path.strip_prefix(&self.root).unwrap())).collect()
    }
}

/// All directives of one name, wherever they stand.
fn named<'a>(directives: &'a [Directive], name: &str) -> Vec<&'a Directive> {
    let below = |directive: &'a Directive| {
        let own = (directive.name == name).then_some(directive);
        own.into_iter().chain(named(&directive.block, name))
    };
    directives.iter().flat_map(below).collect()
}

#[test]
fn the_tree_debian_installs() {
    let conf = parse(Path::new("/etc/nginx/nginx.conf"), &Tree::new("debian", "/etc/nginx"));
    assert_eq!(problems(&conf), Vec::<String>::new());
    let names: Vec<_> = conf.directives.iter().map(|directive| directive.name.as_str()).collect();
    assert_eq!(names, ["user", "worker_processes", "pid", "error_log", "events", "http"]);
    assert_eq!(named(&conf.directives, "worker_connections")[0].args, ["768"]);
    assert_eq!(named(&conf.directives, "access_log")[0].args, ["/var/log/nginx/access.log"]);
    let server = named(&conf.directives, "server")[0];
    assert_eq!(server.file, Path::new("/etc/nginx/sites-enabled/default"));
    assert_eq!(shown(&server.block[..2]), "listen <80> <default_server>; listen <[::]:80> <default_server>");
    // What stands in blocks of data is of no interest, and may be much.
    assert!(named(&conf.directives, "types")[0].block.is_empty());
}

#[test]
fn a_host_of_several_sites() {
    let conf = parse(Path::new("/etc/nginx/nginx.conf"), &Tree::new("sites", "/etc/nginx"));
    assert_eq!(problems(&conf), Vec::<String>::new());
    let all = &conf.directives;
    let names: Vec<_> = named(all, "server_name").iter().map(|directive| directive.args.join(" ")).collect();
    assert_eq!(names, ["a.example *.a.example", "b.example"]);
    let formats = named(all, "log_format");
    assert_eq!(formats[0].args[3], "\"$http_user_agent\" $request_time");
    let json = r#"{"time":"$time_iso8601","status":"$status","request_time":"$request_time"}"#;
    assert_eq!((formats[1].args[1].as_str(), formats[1].args[2..].concat().as_str()), ("escape=json", json));
    let shows = |name: &str| shown(&named(all, name).into_iter().cloned().collect::<Vec<_>>());
    assert_eq!(
        shows("map"),
        "map <$http_upgrade> <$connection_upgrade> {default <upgrade>;  <close>; ~^{.*}$ <braces>}"
    );
    assert_eq!(shows("geo"), "geo <$internal> {default <0>; 10.0.0.0/8 <1>; include <snippets/ranges.geo>}");
    let logs: Vec<_> = named(all, "access_log").iter().map(|directive| directive.args[0].as_str()).collect();
    assert_eq!(logs, ["logs/access_${pid}.log", "logs/a.${server_port}.log"]);
    assert_eq!(shows("proxy_connect_timeout"), "proxy_connect_timeout <5s>");
    assert_eq!(shows("if"), "if <($request_method> <=> <POST> <)> {set <$post> <1>}");
    assert_eq!(named(all, "location")[1].args, ["~", r"^/v\d{1,3}/(?<id>[^/;{]+)$"]);
    assert_eq!(named(all, "return")[1].args, ["200", "it's # no comment"]);
    assert_eq!(shows("add_header"), "add_header <X-Text> <say \"hi\";\tthen {leave}>; add_header <X-Path> <C:\new>");
    assert_eq!(
        shows("stream"),
        "stream {server {listen <127.0.0.1:18082>; proxy_pass <127.0.0.1:9002>; proxy_timeout <10m>}}"
    );
}
