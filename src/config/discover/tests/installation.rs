use std::collections::BTreeMap;
use std::path::Path;

use super::{Map, findings, found_beside, read};

/// A machine's files with processes in it: `(pid, title, parent)`.
fn machine(files: &[(&str, &str)], processes: &[(u32, &str, u32)]) -> Map {
    let mut map: BTreeMap<_, _> = Map::of(files).0;
    for (pid, title, parent) in processes {
        map.insert(format!("/proc/{pid}/cmdline").into(), format!("{title}\0\0"));
        map.insert(format!("/proc/{pid}/stat").into(), format!("{pid} (nginx) S {parent} {pid} {pid} 0"));
    }
    Map(map)
}

/// Logs and workers of `main`.
#[track_caller]
fn check(main: &str, files: &Map, access: &str, error: &[&str], workers: u64) {
    let found = read(Path::new(main), files, 8);
    let access_logs: Vec<&str> = found.access_logs.iter().map(|log| log.path.as_str()).collect();
    let error_logs: Vec<&str> = found.error_logs.iter().map(|log| log.path.as_str()).collect();
    assert_eq!((access_logs.as_slice(), error_logs.as_slice()), ([access].as_slice(), error), "{main}");
    assert_eq!(found.facts.workers.as_ref().expect("read").processes.value, workers, "{main}");
    assert_eq!(findings(&found).iter().filter(|text| text.contains("guess")).count(), 0);
}

const CONF: &str = "worker_processes auto; http { server { } }";
const RELATIVE: &str = "worker_processes auto; error_log log/e; http { server { access_log log/a; } }";
const DEBIAN: &str = "\u{1}configure arguments: --with-cc-opt='-O2 -g' --prefix=/usr/share/nginx \
                      --conf-path=/etc/nginx/nginx.conf --http-log-path=/var/log/nginx/access.log \
                      --error-log-path=stderr\0";
const OPENRESTY: &str = "configure arguments: --prefix=/usr/local/openresty/nginx --with-pcre-jit\n";

#[test]
fn the_binary_that_was_compiled_for_the_file_tells() {
    let files = machine(&[("/etc/nginx/nginx.conf", CONF), ("/usr/sbin/nginx", DEBIAN)], &[]);
    check("/etc/nginx/nginx.conf", &files, "/var/log/nginx/access.log", &[], 8);
    let files = machine(&[("/etc/nginx/nginx.conf", RELATIVE), ("/usr/sbin/nginx", DEBIAN)], &[]);
    check("/etc/nginx/nginx.conf", &files, "/usr/share/nginx/log/a", &["/usr/share/nginx/log/e"], 8);
    let conf = "/usr/local/openresty/nginx/conf/nginx.conf";
    let files = machine(&[(conf, CONF), ("/usr/local/openresty/nginx/sbin/nginx", OPENRESTY)], &[]);
    let logs = "/usr/local/openresty/nginx/logs";
    check(conf, &files, &format!("{logs}/access.log"), &[&format!("{logs}/error.log")], 8);
    // The same file by another name, as a distribution links it.
    let files = machine(
        &[("/etc/openresty/nginx.conf", CONF), (conf, CONF), ("/usr/local/openresty/nginx/sbin/nginx", OPENRESTY)],
        &[],
    );
    check("/etc/openresty/nginx.conf", &files, &format!("{logs}/access.log"), &[&format!("{logs}/error.log")], 8);
}

#[test]
fn a_build_from_source_has_its_logs_beside_its_conf() {
    let files = machine(&[("/opt/x/conf/nginx.conf", CONF), ("/usr/sbin/nginx", DEBIAN)], &[]);
    check("/opt/x/conf/nginx.conf", &files, "/opt/x/logs/access.log", &["/opt/x/logs/error.log"], 8);
    let files = machine(&[("/opt/x/conf/nginx.conf", RELATIVE)], &[]);
    check("/opt/x/conf/nginx.conf", &files, "/opt/x/log/a", &["/opt/x/log/e"], 8);
}

#[test]
fn the_master_that_runs_with_the_file_tells_more() {
    let worker = "nginx: worker process";
    let files = machine(
        &[("/etc/nginx/nginx.conf", CONF), ("/usr/sbin/nginx", DEBIAN)],
        &[
            (10, "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;", 1),
            (11, worker, 10),
            (12, worker, 10),
            (13, "nginx: worker process is shutting down", 10),
            (14, "nginx: cache manager process", 10),
            (20, "nginx: master process /usr/sbin/nginx -c /srv/other.conf", 1),
            (21, worker, 20),
            (30, "vi /etc/nginx/nginx.conf", 1),
        ],
    );
    check("/etc/nginx/nginx.conf", &files, "/var/log/nginx/access.log", &[], 2);
    // Its options move what was compiled in.
    let title = "nginx: master process /opt/gitlab/embedded/sbin/nginx -p /var/opt/gitlab/nginx -e /var/log/e";
    let gitlab = "/var/opt/gitlab/nginx/conf/nginx.conf";
    let binary = ("/opt/gitlab/embedded/sbin/nginx", "configure arguments: --prefix=/opt/gitlab/embedded\0");
    let files = machine(&[(gitlab, CONF), binary], &[(10, title, 1), (11, worker, 10)]);
    check(gitlab, &files, "/var/opt/gitlab/nginx/logs/access.log", &["/var/log/e"], 1);
    // `-p .` is relative to a directory nobody tells.
    let files = machine(
        &[("/srv/app/conf/nginx.conf", CONF)],
        &[(10, "nginx: master process nginx -p . -c conf/nginx.conf", 1)],
    );
    check("/srv/app/conf/nginx.conf", &files, "/srv/app/logs/access.log", &["/srv/app/logs/error.log"], 8);
    let files = machine(
        &[
            ("/etc/angie/angie.conf", CONF),
            ("/usr/sbin/angie", "configure arguments: --prefix=/etc/angie --conf-path=/etc/angie/angie.conf\0"),
        ],
        &[
            (10, "angie: master process v1.5.0 #1 [/usr/sbin/angie -c /etc/angie/angie.conf]", 1),
            (11, "angie: worker process #1", 10),
        ],
    );
    check("/etc/angie/angie.conf", &files, "/etc/angie/logs/access.log", &["/etc/angie/logs/error.log"], 1);
    // Two that may be meant: nothing is known of either.
    let twice = [
        (10, "nginx: master process nginx -c /etc/nginx/nginx.conf", 1),
        (20, "nginx: master process nginx -c /etc/nginx/nginx.conf", 1),
    ];
    let files = machine(&[("/etc/nginx/nginx.conf", CONF), ("/usr/sbin/nginx", DEBIAN)], &twice);
    check("/etc/nginx/nginx.conf", &files, "/var/log/nginx/access.log", &[], 8);
}

#[test]
fn servers_are_named_as_they_are_logged() {
    let files = [("/proc/sys/kernel/hostname", "Web-1\n")];
    let found = found_beside(
        "http { log_format j escape=json '$status $server_name'; \
         server { server_name Www.Example.COM b; } server { server_name $hostname; } server { server_name ~^(.+)\\.net$; } \
         server { access_log /j j; server_name ~^(.+)\\.org$; } }",
        &files,
    );
    assert_eq!(found.facts.servers, ["www.example.com", "web-1", r"~^(.+)\x5C.net$", r"~^(.+)\\.org$"]);
}
