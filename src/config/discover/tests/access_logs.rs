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
        &["/etc/nginx/nginx.conf:2: /some is not followed: the same requests are in /all"],
    );
    access(
        "server { server_name a; access_log /some timed if=$x; }",
        &["/some timed a"],
        &["/etc/nginx/nginx.conf:2: requests that do not meet the if= of /some are in no count"],
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
    access(
        "server { server_name a; access_log /l;\naccess_log /l; }",
        &["/l combined a"],
        &[
            "/etc/nginx/nginx.conf:3: /l has each request twice, since /etc/nginx/nginx.conf:2 names it as well; take one of \
           the two lines out",
        ],
    );
}

#[test]
fn what_cannot_be_followed_is_told() {
    access(
        "server { access_log syslog:server=10.0.0.1 timed; }",
        &[],
        &[
            "/etc/nginx/nginx.conf:2: this log goes to syslog, which hangup does not read by itself: hangup can receive it itself in place of what listens there, with --nginx.access-log=syslog:udp://10.0.0.1:514; or add one to a file beside it",
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
        &["/etc/nginx/nginx.conf:2: /l is written in two formats, combined (/etc/nginx/nginx.conf:2) and timed \
           (/etc/nginx/nginx.conf:2); give each its own file"],
    );
    access(
        "server { server_name a; access_log /l;\naccess_log /l timed; }",
        &["/l timed a"],
        &[
            "/etc/nginx/nginx.conf:3: /l has each request twice, since /etc/nginx/nginx.conf:2 names it as well; those in \
           the format timed are counted: take the line of combined out",
        ],
    );
    access(
        "log_format bad '$request'; server { access_log /l bad; }",
        &[],
        &["/etc/nginx/nginx.conf:2: /l is not followed: its log_format bad cannot be used: the log format has no \
             $status, so nothing can be said about who gave up; add $status to it"],
    );
}

#[test]
fn beside_a_file_with_the_same_requests_nothing_is_a_problem() {
    let beside = |what: &str| format!("/etc/nginx/nginx.conf:2: {what} is not followed: the same requests are in /l");
    for what in
        ["syslog:server=10.0.0.1", "/dev/stdout", "/dev/stderr", "/traffic", "/logs/access.$host", "pipe:rotate"]
    {
        let format = if what == "/traffic" { "bytes" } else { "combined" };
        access(
            &format!(
                "log_format bytes '$bytes_sent'; server {{ server_name a; access_log {what} {format}; access_log /l; }}"
            ),
            &["/l combined a"],
            &[&beside(what)],
        );
    }
    access(
        "access_log syslog:server=10.0.0.1; server { server_name a; access_log /l; }",
        &["/l combined a"],
        &["/etc/nginx/nginx.conf:2: syslog:server=10.0.0.1 is not followed: no server writes to it, each has its own"],
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
            "/etc/nginx/nginx.conf:2: {path} cannot be followed: a pattern for its variables {reason}; \
             name its files with --nginx.access-log"
        )
    };
    access(
        "server { access_log /logs/access.$host; }",
        &[],
        &[&refused("/logs/access.$host", "would match rotated files, too")],
    );
    access("server { access_log /$host/a.log; }", &[], &[&refused("/$host/a.log", "could be anywhere")]);
    access(
        "server { server_name a; access_log /logs/$host.log; } server { server_name b; access_log /logs/b.log; }",
        &["/logs/b.log combined b"],
        &[&refused("/logs/$host.log", "would match /logs/b.log, too")],
    );
}

#[test]
fn logs_that_share_the_requests_out_are_all_followed() {
    const SPLIT: &str = "map $status $good { ~^[23] 1; default 0; } map $status $bad { ~^[23] 0; default 1; }";
    access(
        &format!(
            "{SPLIT} server {{ server_name a; access_log /good combined if=$good; access_log /bad timed if=$bad; }}"
        ),
        &["/bad timed a", "/good combined a"],
        &[],
    );
    access(
        &format!(
            "{SPLIT} server {{ server_name a; access_log /l combined if=$good; access_log /l combined if=$bad; }}"
        ),
        &["/l combined a"],
        &[],
    );
    // What neither of them lets through is in no count.
    access(
        "map $status $ok { ~^2 1; } map $status $gone { 499 1; }\nserver { server_name a; access_log /o combined if=$ok; access_log /g combined if=$gone; }",
        &["/o combined a", "/g combined a"],
        &["/etc/nginx/nginx.conf:3: requests that meet none of the if= of /o, /g are in no count"],
    );
    // Nobody knows whether a request can be in both.
    access(
        "server { server_name a; access_log /x combined if=$x; access_log /y combined if=$y; }",
        &["/x combined a"],
        &[
            "/etc/nginx/nginx.conf:2: /y is not followed: some of its requests may be in /x, too; if none are, name both \
             with --nginx.access-log",
            "/etc/nginx/nginx.conf:2: requests that do not meet the if= of /x are in no count",
        ],
    );
}
