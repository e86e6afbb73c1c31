use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{lint, run};
use crate::config::{Config, Environment, OsFiles, flags, load};
use crate::permission::nobody::as_nobody;
use crate::terminal::Terminal;

const PLAIN: Terminal = Terminal { columns: None, colours: false };

fn config(args: &[&str]) -> Config {
    let line = ["hangup", "--web.listen-address=127.0.0.1:0"].into_iter().chain(args.iter().copied());
    let flags = flags::parse(line, clap::Command::new("demo")).expect("a right command line").flags;
    load(&flags, &Environment { variables: &BTreeMap::new(), files: &OsFiles, cpus: 2 }).expect("a right configuration")
}

/// A configuration file in a directory of its own, with `DIR` in its text standing for that directory.
fn host(conf: &str, logs: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = dir.path().to_str().expect("a plain path").to_owned();
    fs::write(dir.path().join("nginx.conf"), conf.replace("DIR", &root)).expect("written");
    for (name, text) in logs {
        fs::write(dir.path().join(name), text).expect("written");
    }
    dir
}

/// The page and the exit code, with the directory's name taken out again.
fn page(dir: &Path, args: &[&str]) -> (String, u8) {
    let root = dir.to_str().expect("a plain path");
    let conf = format!("--nginx.config={root}/nginx.conf");
    let args: Vec<String> = args.iter().map(|arg| arg.replace("DIR", root)).chain([conf]).collect();
    let mut out = Vec::new();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let code = run(&config(&args), false, PLAIN, &mut out).expect("a vector takes everything");
    // Unwrapped: where the lines break depends on the directory's name.
    let text = String::from_utf8(out).expect("text").replace(root, "DIR");
    (text.split_whitespace().collect::<Vec<_>>().join(" "), code)
}

#[track_caller]
fn says(page: &str, expected: &[&str]) {
    for sentence in expected {
        assert!(page.contains(sentence), "not said: {sentence}\nin: {page}");
    }
}

const COMBINED_LINE: &str = r#"10.0.0.1 - - [21/Nov/2026:14:17:26 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8""#;

#[test]
fn logs_are_tried_with_their_format() {
    let good = format!("{COMBINED_LINE}\n").repeat(300);
    let conf = "http { access_log DIR/a.log; server { server_name a; } }";
    let dir = host(conf, &[("a.log", &good)]);
    let (text, code) = page(dir.path(), &[]);
    says(
        &text,
        &["ok DIR/a.log: 200 of the last 200 lines fit the format combined", "log_format hangup '$remote_addr"],
    );
    assert_eq!(code, 0, "advice is no problem: {text}");

    let dir = host(conf, &[("a.log", &format!("{COMBINED_LINE}\nwhat is \x01this\n{COMBINED_LINE}\nhalf a li"))]);
    let (text, code) = page(dir.path(), &[]);
    says(
        &text,
        &[
            "note DIR/a.log: 2 of the last 3 lines fit the format combined; the first that does not: what is \u{fffd}this",
        ],
    );
    assert_eq!(code, 0);

    let dir = host(conf, &[("a.log", &good)]);
    let (text, code) = page(dir.path(), &["--nginx.log-format=$status $request_time"]);
    says(
        &text,
        &["PROBLEM DIR/a.log: 0 of the last 200 lines fit the format (given), 200 fit the preset combined \
                   (--nginx.log-format=combined); the first that does not: 10.0.0.1 - -"],
    );
    assert_eq!(code, super::EXIT_PROBLEMS);
}

#[test]
fn logs_that_cannot_be_read_are_told() {
    let dir = host("http { access_log DIR/a.log; server { } }", &[]);
    says(&page(dir.path(), &[]).0, &["PROBLEM DIR/a.log does not exist (yet); it is followed as soon as it appears"]);
    let varying = host("http { access_log DIR/$host.log; server { } }", &[]);
    says(
        &page(varying.path(), &[]).0,
        &["note DIR/$host.log: there is none yet; nginx creates each with its first request"],
    );
    let nowhere = host("http { access_log DIR/none/$host.log; server { } }", &[]);
    says(&page(nowhere.path(), &[]).0, &["PROBLEM DIR/none/$host.log does not exist (yet)"]);
    fs::create_dir(dir.path().join("a.log")).expect("made");
    says(
        &page(dir.path(), &[]).0,
        &["PROBLEM DIR/a.log cannot be read: it is no regular file but DIR/a.log; log to a file"],
    );
}

#[test]
fn a_status_page_that_does_not_answer_is_a_problem() {
    let dir = host("http { access_log off; server { listen 127.0.0.1:1; location /s { stub_status; } } }", &[]);
    let (text, code) = page(dir.path(), &["--poll.timeout=200ms"]);
    says(&text, &["PROBLEM stub_status", "127.0.0.1:1"]);
    assert_eq!(code, super::EXIT_PROBLEMS);
}

/// What the lints say of a configuration, each up to its first newline.
#[track_caller]
fn lints(conf: &str, args: &[&str], expected: &[&str]) {
    let dir = host(conf, &[]);
    let path = format!("--nginx.config={}/nginx.conf", dir.path().display());
    let args: Vec<&str> = args.iter().copied().chain([path.as_str()]).collect();
    let root = dir.path().to_str().expect("a plain path");
    let said: Vec<String> = lint::all(&config(&args))
        .iter()
        .map(|finding| finding.to_string().replace(root, "DIR").lines().next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(said, expected, "{conf}");
}

/// An nginx nothing is to be said about, but for what stands in `http`.
fn fine(http: &str) -> String {
    format!(
        "worker_rlimit_nofile 2048;\nerror_log DIR/e info;\nhttp {{ log_format f '$status $request_time $upstream_addr \
         $upstream_connect_time $upstream_header_time $upstream_response_time $request_completion'; access_log DIR/a f;\n\
         server {{ server_name s; listen 127.0.0.1:1; location /s {{ stub_status; }} {http} }} }}"
    )
}

#[test]
fn lints_name_what_could_be_better() {
    lints(&fine(""), &[], &[]);
    lints(
        &fine("location / { proxy_pass http://x; }"),
        &[],
        &[
            "proxy_connect_timeout is 60s (server s), which hides network faults behind long waits; 5s to 15s is enough: \
           write `proxy_connect_timeout 5s;`",
        ],
    );
    let proxied = fine("location / { proxy_pass http://x; proxy_connect_timeout 5s; }");
    lints(&proxied, &[], &[]);
    lints(&proxied, &["--chain=CDN=100s", "--chain=LB=70s"], &[]);
    lints(
        &proxied,
        &["--chain=CDN=30s", "--chain=LB=50s"],
        &[
            "--chain: CDN waits 30s and LB behind it 50s: CDN gives up first, which shows as 499; raise it above 50s, or lower LB",
            "--chain: LB waits 50s and nginx's proxy_read_timeout of server s behind it 60s: LB gives up first, which shows \
           as 499; raise it above 60s, or lower nginx's proxy_read_timeout of server s",
        ],
    );
    lints(
        &fine("").replace("2048", "1000"),
        &[],
        &[
            "DIR/nginx.conf:1: worker_rlimit_nofile 1000 is below twice the 512 worker_connections, so a proxying worker \
           runs out of files first; write `worker_rlimit_nofile 1024;`",
        ],
    );
    lints(
        &fine("").replace("info", "crit"),
        &[],
        &["DIR/nginx.conf:2: at level crit upstream timeouts and failures, and clients that leave, are not in DIR/e; \
           write `error_log DIR/e info;` in place of it to see why and in which phase"],
    );
    lints(
        &fine("").replace("$request_completion", "x"),
        &[],
        &["DIR/nginx.conf:3: the log format f lacks $request_completion, so it cannot show clients that left in the \
           middle of a response; replace it by:"],
    );
    lints(
        "worker_rlimit_nofile 9999; error_log /dev/null; http { access_log off; server { } }",
        &[],
        &[
            "no access log can be followed, so no request is counted; write `access_log /var/log/nginx/access.log;` or name \
           one with --nginx.access-log",
            "no error log can be followed, so upstream timeouts have no phase; write `error_log /var/log/nginx/error.log info;`",
            "there is no stub_status page, so connections (active, reading, writing, dropped) stay unknown; add this to http:",
        ],
    );
}

/// What is advised about the logs of this `http`, lines to paste included.
#[track_caller]
fn advised(http: &str, args: &[&str], expected: &[&str]) {
    let around = format!("worker_rlimit_nofile 9999;\nerror_log DIR/e info;\nhttp {{\n{http}\n}}");
    let dir = host(&around, &[]);
    let path = format!("--nginx.config={}/nginx.conf", dir.path().display());
    let args: Vec<&str> = args.iter().copied().chain([path.as_str()]).collect();
    let root = dir.path().to_str().expect("a plain path");
    let said: Vec<String> =
        super::logging::log_formats(&config(&args)).iter().map(|it| it.to_string().replace(root, "DIR")).collect();
    assert_eq!(said, expected, "{http}");
}

const HANGUP: &str = "log_format hangup '$remote_addr - $remote_user [$time_local] \"$request\" $status '\n    \
     '$body_bytes_sent \"$http_referer\" \"$http_user_agent\" '\n    \
     'host=\"$server_name\" rt=$request_time done=\"$request_completion\" '\n    \
     'length=\"$sent_http_content_length\" uaddr=\"$upstream_addr\" '\n    \
     'ustatus=\"$upstream_status\" uct=\"$upstream_connect_time\" '\n    \
     'uht=\"$upstream_header_time\" urt=\"$upstream_response_time\" '\n    'id=$request_id';";

const COMBINED_LACKS: &str = "the log format combined lacks $request_time $upstream_addr $upstream_status $upstream_connect_time \
     $upstream_header_time $upstream_response_time $request_completion, so it cannot show how long clients waited before \
     they left";

#[test]
fn a_log_is_replaced_and_never_joined_by_a_second_one() {
    let define = "define this in http, above its use";
    advised(
        "access_log DIR/a.log combined buffer=32k flush=1s;\nserver { }",
        &[],
        &[&format!(
            "DIR/nginx.conf:4: {COMBINED_LACKS}; {define}: replace the access_log, since a second one would count each \
             request twice:\n{HANGUP}\naccess_log DIR/a.log hangup buffer=32k flush=1s;  # replaces DIR/nginx.conf:4"
        )],
    );
    // Every line that names the file, and paths with variables as they are written.
    advised(
        "server { access_log DIR/a.log; }\nserver { server_name b; access_log DIR/a.log; }\n\
         server { server_name c; access_log DIR/sites/$host.log; }",
        &[],
        &[&format!(
            "DIR/nginx.conf:4: {COMBINED_LACKS}; {define}: replace these access_log lines, since second ones would count \
             each request twice:\n{HANGUP}\naccess_log DIR/a.log hangup;  # replaces DIR/nginx.conf:4\n\
             access_log DIR/a.log hangup;  # replaces DIR/nginx.conf:5\n\
             access_log DIR/sites/$host.log hangup;  # replaces DIR/nginx.conf:6"
        )],
    );
    // A format that has it all is there already.
    advised(
        &format!("{HANGUP}\nserver {{ access_log DIR/a.log; }}"),
        &[],
        &[&format!(
            "DIR/nginx.conf:11: {COMBINED_LACKS}; log_format hangup (DIR/nginx.conf:4) has all of it: replace the access_log, \
             since a second one would count each request twice:\n\
             access_log DIR/a.log hangup;  # replaces DIR/nginx.conf:11"
        )],
    );
    // Its name is taken by one that has not.
    advised(
        "log_format hangup '$request';\nserver { access_log DIR/a.log; }",
        &[],
        &[&format!(
            "DIR/nginx.conf:5: {COMBINED_LACKS}; {define}: replace the access_log, since a second one would count each \
             request twice:\n{}\naccess_log DIR/a.log hangup_2;  # replaces DIR/nginx.conf:5",
            HANGUP.replace("hangup", "hangup_2")
        )],
    );
    // Nobody wrote a line; somebody named a pattern.
    advised(
        "",
        &["--nginx.access-log=DIR/*.log"],
        &[&format!(
            "--nginx.access-log: {COMBINED_LACKS}; {define}: name it in place of the format that their access_log has now, \
             rather than in a second one:\n{HANGUP}\n"
        )],
    );
}

#[test]
fn quiet_error_logs_are_told_together() {
    let http = "http { access_log off; server { error_log DIR/a; } server { error_log DIR/b; } server { error_log DIR/c; } \
                server { error_log DIR/d error; } server { error_log DIR/x crit; } }";
    let dir = host(&format!("error_log DIR/e info;\n{http}"), &[]);
    let config = config(&[&format!("--nginx.config={}/nginx.conf", dir.path().display())]);
    let root = dir.path().to_str().expect("a plain path");
    let said: Vec<String> =
        super::logging::error_logs(&config).iter().map(|it| it.to_string().replace(root, "DIR")).collect();
    assert_eq!(
        said,
        [
            "DIR/nginx.conf:2: at level error clients that leave or are too slow are not in DIR/a, DIR/b, DIR/c and 1 more; \
             write `error_log DIR/a info;`, and likewise for the others, in place of the lines they have to see why and in \
             which phase",
            "DIR/nginx.conf:2: at level crit upstream timeouts and failures, and clients that leave, are not in DIR/x; write \
             `error_log DIR/x info;` in place of it to see why and in which phase",
        ]
    );
}

#[test]
fn a_directory_that_may_be_entered_and_not_listed_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = host("error_log DIR/logs/e.log; http { access_log DIR/logs/a.log; }", &[]);
    let set_mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    set_mode(dir.path(), 0o755);
    fs::create_dir(dir.path().join("logs")).expect("made");
    for name in ["logs/a.log", "logs/e.log"] {
        fs::write(dir.path().join(name), "").expect("written");
    }
    set_mode(&dir.path().join("logs"), 0o711);
    let (text, code) = as_nobody(|| page(dir.path(), &[]));
    says(&text, &["logs cannot be listed", "let hangup's user read that directory"]);
    assert_eq!(code, 0, "{text}");
    let (text, code) = as_nobody(|| page(dir.path(), &["--nginx.access-log=DIR/logs/*.log"]));
    says(&text, &["logs cannot be listed"]);
    assert_eq!(code, 1, "{text}");
}

#[test]
fn what_serving_needs_is_tried() {
    let dir = host("http {}", &[]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it has one");
    let answer = std::thread::spawn(move || {
        let (mut client, _) = taken.accept().expect("the check asks");
        std::io::Write::write_all(&mut client, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").expect("it listens");
    });
    let (text, _) = page(dir.path(), &[&format!("--web.listen-address={address}"), "--path.state=DIR/a/b"]);
    says(&text, &[&format!("PROBLEM {address} cannot be served on: "), "ok DIR/a/b: hangup serve creates it"]);
    answer.join().expect("it answered");
    assert!(!dir.path().join("a").exists(), "a check leaves nothing behind");
    let held = crate::state::StateDirectory::open(&dir.path().join("state")).expect("creatable");
    let (text, code) = page(dir.path(), &["--path.state=DIR/state"]);
    says(&text, &["ok 127.0.0.1:0 is free", "PROBLEM DIR/state is in use by another hangup"]);
    assert_eq!(code, super::EXIT_PROBLEMS);
    drop(held);
    says(&page(dir.path(), &["--path.state=DIR/state"]).0, &["ok DIR/state: the state can be kept there"]);
    says(
        &page(dir.path(), &["--path.state=DIR/nginx.conf"]).0,
        &["PROBLEM state directory DIR/nginx.conf cannot be opened"],
    );
}

#[test]
fn json_says_the_same() {
    let dir = host("http { access_log DIR/a.log; server { server_name a; } }", &[("a.log", COMBINED_LINE)]);
    let conf = format!("--nginx.config={}/nginx.conf", dir.path().display());
    let mut out = Vec::new();
    run(&config(&[&conf]), true, PLAIN, &mut out).expect("a vector takes everything");
    let page: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!((page["schema"].as_u64(), page["problems"].as_u64()), (Some(1), Some(0)), "{page}");
    let settings = page["settings"].as_array().expect("rows");
    assert!(
        settings.iter().any(|row| row["name"] == "poll.timeout" && row["value"] == "2s" && row["origin"] == "default")
    );
    let findings = page["findings"].as_array().expect("entries");
    let format =
        findings.iter().find(|entry| entry["verbatim"].as_str().is_some_and(|it| it.contains("log_format hangup")));
    let format = format.expect("the line to paste");
    assert_eq!(
        (format["result"].as_str(), format["origin"].as_str().map(|it| it.ends_with("nginx.conf:1"))),
        (Some("advice"), Some(true))
    );
    let mut out = Vec::new();
    let problem = crate::config::Problem::new(crate::config::Origin::Env("HANGUP_X".to_owned()), "wrong");
    super::refused(&[problem], true, PLAIN, &mut out).expect("a vector takes everything");
    let page: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!((page["problems"].as_u64(), page["findings"][0]["origin"].as_str()), (Some(1), Some("HANGUP_X")));
}
