use super::{findings, found};

const SITE: &str =
    "log_format timed '$status $request_time $upstream_response_time $upstream_connect_time $upstream_header_time';";

/// The access logs of an `http` block as `path format server`, and all that is said about it.
#[track_caller]
fn access(http: &str, logs: &[&str], said: &[&str]) {
    let found = found(&format!("http {{ {SITE}\n{http} }}"));
    let got: Vec<String> =
        found.access_logs.iter().map(|log| format!("{} {} {}", log.path, log.format.name, log.server)).collect();
    assert_eq!(got, logs, "logs of {http}");
    assert_eq!(findings(&found), said, "findings of {http}");
}

#[test]
fn access_logs_are_inherited_as_nginx_does() {
    // The default of the packages.
    access("server { server_name a; }", &["/var/log/nginx/access.log combined a"], &[]);
    access("", &[], &[]);
    access("access_log /l timed; server { server_name a b; }", &["/l timed a"], &[]);
    access("access_log /l; server { server_name a; } server { server_name b; }", &["/l combined all"], &[]);
    // The plain and the TLS server of one name.
    access("access_log /l; server { server_name a; } server { server_name .a; }", &["/l combined a"], &[]);
    access("access_log /l; server { }", &["/l combined default"], &[]);
    access(
        "access_log /l; server { server_name a; access_log /a timed; } server { server_name b; }",
        &["/a timed a", "/l combined b"],
        &[],
    );
    access(
        "access_log /l; server { server_name a; location / { access_log off; } location /x { access_log /x; } }",
        &["/l combined a", "/x combined a"],
        &[],
    );
    access("access_log off; server { server_name a; }", &[], &[]);
    access(
        "server { server_name a; location / { location /in { if ($x) { access_log /i; } } } access_log /l; }",
        &["/l combined a", "/i combined a"],
        &[],
    );
}

#[test]
fn no_request_is_followed_twice() {
    // The log that tells more is taken.
    access(
        "server { server_name a; access_log /plain; access_log /timed timed; }",
        &["/timed timed a"],
        &["/etc/nginx/nginx.conf:2: /plain is not followed: the same requests are in /timed"],
    );
    // One that has all requests is worth more than one that tells more about some.
    access(
        "server { server_name a; access_log /some timed if=$x; access_log /all; }",
        &["/all combined a"],
        &[
            "/etc/nginx/nginx.conf:2: /some has an if=: requests that do not meet it are in no count",
            "/etc/nginx/nginx.conf:2: /some is not followed: the same requests are in /all",
        ],
    );
    // A location with one of them alone decides for the server, too.
    access(
        "server { server_name a; access_log /plain; access_log /timed timed; location /x { access_log /plain; } }",
        &["/plain combined a"],
        &["/etc/nginx/nginx.conf:2: /timed is not followed: the same requests are in /plain"],
    );
    access(
        "server { server_name a; access_log /a; access_log /b; location /a { access_log /a; } location /b { access_log /b; } }",
        &["/a combined a", "/b combined a"],
        &["/etc/nginx/nginx.conf:2: /a and /b hold the same requests, which are counted twice; write only one"],
    );
    access("server { server_name a; access_log /l; access_log /l; }", &["/l combined a"], &[]);
}

#[test]
fn what_cannot_be_followed_is_told() {
    access(
        "server { access_log syslog:server=10.0.0.1 timed; }",
        &[],
        &[
            "/etc/nginx/nginx.conf:2: this log goes to syslog, which hangup does not read; add an access_log to a file beside it",
        ],
    );
    access(
        "server { access_log /dev/stdout; }",
        &[],
        &["/etc/nginx/nginx.conf:2: /dev/stdout cannot be followed; add an access_log to a file that hangup can read"],
    );
    access(
        "server { access_log /l timed gzip=9; }",
        &[],
        &["/etc/nginx/nginx.conf:2: /l is written compressed and cannot be followed; leave out its gzip"],
    );
    access(
        "server { access_log /l nowhere; }",
        &[],
        &["/etc/nginx/nginx.conf:2: /l is not followed: its log_format nowhere is not defined in what could be read"],
    );
    access(
        "access_log /l; server { access_log /a; }",
        &["/a combined default"],
        &["/etc/nginx/nginx.conf:2: /l is not followed: no server writes to it, each has its own"],
    );
    access(
        "server { server_name a; access_log /l timed buffer=32k; }",
        &["/l timed a"],
        &[
            "/etc/nginx/nginx.conf:2: /l is buffered without flush=: lines come late, on a quiet site by hours; add flush=1s",
        ],
    );
    access(
        "server { server_name a; access_log /l; } server { server_name b; access_log /l timed; }",
        &["/l combined all"],
        &["/etc/nginx/nginx.conf:2: /l is written in two formats, combined (/etc/nginx/nginx.conf:2) and timed; \
           give each its own file"],
    );
    access(
        "log_format bad '$request'; server { access_log /l bad; }",
        &[],
        &[
            "/etc/nginx/nginx.conf:2: log_format bad: the log format has no $status, so nothing can be said about who \
             gave up; add $status to it",
            "/etc/nginx/nginx.conf:2: /l is not followed: its log_format bad cannot be used: the log format has no \
             $status, so nothing can be said about who gave up; add $status to it",
        ],
    );
}

#[test]
fn paths_with_variables_become_globs_where_that_is_safe() {
    access("server { access_log /logs/$host.log; }", &["/logs/*.log combined default"], &[]);
    access(
        "server { access_log /logs/${host}/$server_port/a[1].log; }",
        &["/logs/*/*/a[[]1[]].log combined default"],
        &[],
    );
    let refused = |path: &str, reason: &str| {
        format!(
            "/etc/nginx/nginx.conf:2: the name of this log holds variables, and {path} {reason}; \
             name its files with --nginx.access-log"
        )
    };
    access(
        "server { access_log /logs/access.$host; }",
        &[],
        &[&refused("/logs/access.*", "would match rotated files, too")],
    );
    access("server { access_log /$host/a.log; }", &[], &[&refused("/*/a.log", "could be anywhere")]);
    access(
        "server { server_name a; access_log /logs/$host.log; } server { server_name b; access_log /logs/b.log; }",
        &["/logs/b.log combined b"],
        &[&refused("/logs/*.log", "would match /logs/b.log, too")],
    );
}
