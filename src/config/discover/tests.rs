mod access_logs;
mod installation;
mod status;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::listen::Address;
use super::{Found, Machine};
use crate::dialect::nginx::conf::Files;

/// Files by path.
#[derive(Default)]
pub(crate) struct Map(pub BTreeMap<PathBuf, String>);

impl Map {
    pub(crate) fn of(files: &[(&str, &str)]) -> Map {
        Map(files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect())
    }
}

impl Files for Map {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        let pattern = glob::Pattern::new(&pattern.to_string_lossy()).expect("tests use right patterns");
        self.0.keys().filter(|path| pattern.matches_path(path)).cloned().collect()
    }
}

const MAIN: &str = "/etc/nginx/nginx.conf";

fn read(main: &Path, files: &dyn Files, cpus: u32) -> Found {
    super::read(main, &Machine { files, proc_root: Path::new("/proc"), cpus })
}

pub(super) fn found(conf: &str) -> Found {
    found_beside(conf, &[])
}

fn found_beside(conf: &str, files: &[(&str, &str)]) -> Found {
    let all: Vec<(&str, &str)> = files.iter().copied().chain([(MAIN, conf)]).collect();
    read(Path::new(MAIN), &Map::of(&all), 8)
}

fn findings(found: &Found) -> Vec<String> {
    found.findings.iter().map(ToString::to_string).collect()
}

#[test]
fn relative_paths_are_found_under_the_usual_prefixes() {
    #[track_caller]
    fn check(main: &str, there: &[&str], expected: &str) {
        let files: Vec<(&str, &str)> = there.iter().map(|path| (*path, "")).collect();
        let conf = "http { server { access_log logs/a.log; } }";
        let all: Vec<_> = files.into_iter().chain([(main, conf)]).collect();
        let found = read(Path::new(main), &Map::of(&all), 1);
        assert_eq!(found.access_logs[0].path, expected);
        assert_eq!(found.findings.is_empty(), !there.is_empty(), "a guess is told, a file is believed");
    }
    check(MAIN, &["/etc/nginx/logs/a.log"], "/etc/nginx/logs/a.log");
    check(MAIN, &["/usr/share/nginx/logs/a.log"], "/usr/share/nginx/logs/a.log");
    check(MAIN, &["/var/log/nginx/a.log"], "/var/log/nginx/a.log");
    check("/opt/t/nginx.conf", &["/opt/t/logs/a.log"], "/opt/t/logs/a.log");
    check(MAIN, &[], "/etc/nginx/logs/a.log");
}

#[test]
fn error_logs_come_with_their_levels() {
    #[track_caller]
    fn check(conf: &str, there: &[(&str, &str)], expected: &[&str], said: usize) {
        let found = found_beside(conf, there);
        let logs: Vec<String> =
            found.error_logs.iter().map(|log| format!("{} {}", log.path, log.level.as_str())).collect();
        assert_eq!(logs, expected, "{conf}");
        assert_eq!(found.findings.len(), said, "{conf}: {:?}", findings(&found));
    }
    check("error_log /e;", &[], &["/e error"], 0);
    check(
        "error_log /e info; http { server { error_log /s warn; location / { error_log /x debug_http; } } }",
        &[],
        &["/e info", "/s warn", "/x debug"],
        0,
    );
    check("error_log /e; http { error_log /e info; server { } }", &[], &["/e info"], 0);
    // Nothing configured: the usual file, if it is there (Debian's build logs to stderr).
    check("http { server { } }", &[], &[], 0);
    check("http { server { } }", &[("/var/log/nginx/error.log", "")], &["/var/log/nginx/error.log error"], 0);
    // Both hold the errors.
    check("error_log /e; error_log /i info;", &[], &["/i info"], 1);
    check(
        "error_log stderr; http { error_log syslog:server=x; server { error_log memory:1m; } server { } }",
        &[],
        &[],
        3,
    );
    check("error_log /dev/null;", &[], &[], 0);
    // A file beside has the same lines.
    check("error_log stderr; error_log /e; error_log syslog:server=x;", &[], &["/e error"], 2);
    // Those of TCP and mail proxies, and one that no server inherits yet.
    check(
        "error_log /e; stream { error_log /t info; server { listen 1; } } mail { error_log /m; server { listen 2; } }",
        &[],
        &["/e error", "/t info", "/m error"],
        0,
    );
    check("error_log /e; http { error_log /h; }", &[], &["/e error", "/h error"], 0);
}

#[test]
fn timeouts_are_those_in_effect() {
    #[track_caller]
    fn check(http: &str, directive: &str, expected: &[&str]) {
        let found = found(&format!("http {{ {http} }}"));
        let timeouts = found.facts.timeouts.iter().filter(|timeout| timeout.directive == directive);
        let got: Vec<String> = timeouts
            .map(|t| {
                let location = t.location.iter().map(|location| format!(", location {location}"));
                format!("{}{} {:?} {}", t.server, location.collect::<String>(), t.value, t.origin)
            })
            .collect();
        assert_eq!(got, expected, "{http}");
    }
    let at = "/etc/nginx/nginx.conf:1";
    check("server { server_name a; }", "send_timeout", &["a 60s default"]);
    check("server { server_name a; }", "keepalive_timeout", &["a 75s default"]);
    check("send_timeout 5; server { server_name a; }", "send_timeout", &[&format!("a 5s {at}")]);
    check("keepalive_timeout 1m30s 20s; server { }", "keepalive_timeout", &[&format!("default 90s {at}")]);
    // Told only where requests are passed on.
    check("server { }", "proxy_read_timeout", &[]);
    check("server { location / { proxy_pass http://x; } }", "proxy_read_timeout", &["default 60s default"]);
    check("server { location / { proxy_pass http://x; } }", "fastcgi_read_timeout", &[]);
    check(
        "proxy_read_timeout 10s; server { location / { proxy_pass http://x; proxy_read_timeout 300s; } }",
        "proxy_read_timeout",
        &[&format!("default 300s {at}")],
    );
    // Most locations decide, and of equally many the shortest: the others are told beside it.
    let location =
        |path: &str, seconds: u32| format!("location {path} {{ proxy_pass http://x; proxy_read_timeout {seconds}; }}");
    let default = |seconds: u32| format!("default {seconds}s {at}");
    let at_location = |path: &str, seconds: u32| format!("default, location {path} {seconds}s {at}");
    let three = format!("server {{ {} {} {} }}", location("/a", 5), location("/b", 5), location("/c", 90));
    check(&three, "proxy_read_timeout", &[&default(5), &at_location("/c", 90)]);
    let two = format!("server {{ {} {} }}", location("/a", 3600), location("/c", 5));
    check(&two, "proxy_read_timeout", &[&default(5), &at_location("/a", 3600)]);
    // Most requests go to `/`, however few its locations are.
    let root = format!("server {{ {} {} {} }}", location("/", 90), location("/b", 5), location("~ c$", 5));
    check(&root, "proxy_read_timeout", &[&at_location("/b", 5), &default(90)]);
}

#[test]
fn workers_have_nginx_defaults() {
    #[track_caller]
    fn check(conf: &str, expected: (u64, u64, Option<u64>)) {
        let workers = found(conf).facts.workers.expect("a configuration was read");
        let nofile = workers.rlimit_nofile.map(|limit| limit.value);
        assert_eq!((workers.processes.value, workers.connections.value, nofile), expected, "{conf}");
    }
    check("", (1, 512, None));
    check("worker_processes auto; events { worker_connections 1024; } worker_rlimit_nofile 9;", (8, 1024, Some(9)));
    check("worker_processes 3; events { }", (3, 512, None));
}

#[test]
fn upstreams_are_named_as_the_log_names_them() {
    let found = found(
        "http { upstream app { server 10.0.0.1; server 10.0.0.2:81 backup; server [::1]:82; server app.example; \
         server unix:/run/a.sock; } \
         server { location /a { proxy_pass http://127.0.0.1:9000/x; } location /b { proxy_pass http://app; } \
         location /c { fastcgi_pass unix:/run/php.sock; } location /d { proxy_pass http://unix:/run/b.sock:/uri; } \
         location /e { proxy_pass https://192.0.2.1; } location /f { grpc_pass grpcs://192.0.2.2; } \
         location /g { proxy_pass http://$backend; } location /h { proxy_pass http://127.0.0.1:9000; } } }",
    );
    let expected = [
        "app",
        "10.0.0.1:80",
        "10.0.0.2:81",
        "[::1]:82",
        "unix:/run/a.sock",
        "127.0.0.1:9000",
        "unix:/run/php.sock",
        "unix:/run/b.sock",
        "192.0.2.1:443",
        "192.0.2.2:443",
    ];
    let mut got = found.facts.upstreams.clone();
    let mut expected = expected.map(str::to_owned).to_vec();
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
}

#[test]
fn listens_are_spelt_as_the_kernel_spells_them() {
    #[track_caller]
    fn check(conf: &str, expected: &[&str]) {
        let found = found(conf);
        let sockets = super::listen::sockets(found.facts.listens.iter());
        let shown = |listen: &&super::listen::Listen| {
            let address = match &listen.address {
                Address::Tcp(ip, port) => format!("{ip} {port}"),
                Address::Named(name, port) => format!("?{name} {port}"),
                Address::Unix(path) => format!("unix:{path}"),
            };
            let backlog = listen.backlog.map(|backlog| format!(" {backlog}")).unwrap_or_default();
            format!("{address}{backlog}{}", if listen.datagrams { " udp" } else { "" })
        };
        assert_eq!(sockets.iter().map(shown).collect::<Vec<_>>(), expected, "{conf}");
    }
    check("http { server { listen 80 backlog=4096; listen unix:/s; } }", &["0.0.0.0 80 4096", "unix:/s"]);
    check("http { server { } }", &["0.0.0.0 80"]);
    check("http { server { listen *:81; listen [::]:81; listen [::1]; } }", &["0.0.0.0 81", ":: 81", "::1 80"]);
    check(
        "http { server { listen [0::0]:81; listen localhost:82; listen a.example:83; } }",
        &[":: 81", "127.0.0.1 82", "?a.example 83"],
    );
    check("http { server { listen 127.0.0.1:8080-8082; } }", &["127.0.0.1 8080", "127.0.0.1 8081", "127.0.0.1 8082"]);
    check("http { server { listen 443 quic; listen 443 ssl; } }", &["0.0.0.0 443 udp", "0.0.0.0 443"]);
    // A wildcard's socket serves the specific address, too, but for one that has options of its own.
    check("http { server { listen 80; } server { listen 127.0.0.1:80 default_server; } }", &["0.0.0.0 80"]);
    check("http { server { listen 80; listen 127.0.0.1:80 bind; } }", &["0.0.0.0 80", "127.0.0.1 80"]);
    check(
        "stream { server { listen 15432 backlog=77; } server { listen 53 udp; } } mail { server { listen 10143; } }",
        &["0.0.0.0 15432 77", "0.0.0.0 53 udp", "0.0.0.0 10143"],
    );
}

#[test]
fn what_tcp_is_passed_to_is_an_upstream() {
    let found =
        found("stream { upstream db { server 10.0.0.9:5432; } server { listen 1; proxy_pass 192.0.2.1:5432; } }");
    assert_eq!(found.facts.upstreams, ["db", "10.0.0.9:5432", "192.0.2.1:5432"]);
    assert!(!found.facts.serves_http);
}

#[test]
fn idle_connections_to_upstreams_are_kept_for_a_time() {
    let found = found(
        "http { upstream a { server 10.0.0.9; server app:80; keepalive 8; }
                upstream b { server 10.0.0.9; server 10.0.0.8:81; keepalive 4; keepalive_timeout 75s; }
                upstream c { server 10.0.0.7; } upstream d { server 10.0.0.6; keepalive 0; } }",
    );
    let kept: Vec<_> = found.facts.keepalives.iter().map(|kept| (kept.upstream.as_str(), kept.timeout)).collect();
    let seconds = Duration::from_secs;
    assert_eq!(kept, [("10.0.0.8:81", seconds(75)), ("10.0.0.9:80", seconds(75)), ("a", seconds(60))]);
}

#[test]
fn debian_as_installed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/conf/debian");
    let found = read(&root.join("nginx.conf"), &crate::config::OsFiles, 2);
    assert_eq!(found.access_logs.len(), 1);
    let log = &found.access_logs[0];
    assert_eq!((log.path.as_str(), log.format.name.as_str()), ("/var/log/nginx/access.log", "combined"));
    assert_eq!(found.error_logs[0].path, "/var/log/nginx/error.log");
    assert_eq!(found.status_page, None);
    assert_eq!(found.facts.workers.expect("read").slots(), 2 * 768);
}
