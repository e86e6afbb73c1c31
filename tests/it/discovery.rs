//! A host with Debian's nginx: hangup finds everything by itself, and `check` says where it found it and what is wrong.

use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

use hangup::config::settings;

use crate::support::debian::{self, Host};
use crate::support::hangup::{Hangup, command};
use crate::support::scrape::Scrape;
use crate::support::{http, wait_for};

const NOBODY: u32 = 65534;

/// Asks the site for what it serves: five good answers and three refused upstreams.
fn visit(get: impl Fn(&str)) {
    (0..5).for_each(|n| get(&format!("/cart/{n}")));
    (0..3).for_each(|n| get(&format!("/down/{n}")));
}

const UPSTREAM: &str = "127.0.0.1:1";

fn has_followed(scrape: &Scrape) -> bool {
    scrape.sum("hangup_http_requests_total", &[("server", "shop.example")]) >= 8.0
        && scrape.sum("hangup_upstream_failures_total", &[("upstream", UPSTREAM)]) >= 3.0
        && scrape.sum("nginx_http_requests_total", &[]) >= 8.0
}

/// All that the site's configuration leads to.
#[track_caller]
fn assert_everything_was_found(scrape: &Scrape, logs: &str) {
    let shop = ("server", "shop.example");
    assert_eq!(scrape.sum("hangup_http_requests_total", &[shop, ("status", "200")]), 5.0);
    assert_eq!(scrape.sum("hangup_http_requests_total", &[shop, ("status", "502")]), 3.0);
    assert_eq!(scrape.sum("hangup_http_request_duration_seconds_count", &[shop]), 8.0, "the format has $request_time");
    assert_eq!(scrape.sum("hangup_http_gave_up_total", &[("party", "upstream"), ("phase", "connect")]), 3.0);
    assert_eq!(scrape.one("hangup_upstream_tries_total", &[("upstream", UPSTREAM), ("status", "502")]), 3.0);
    assert_eq!(scrape.one("hangup_upstream_failures_total", &[("upstream", UPSTREAM), ("kind", "refused")]), 3.0);
    for name in ["shop.access.log", "shop.error.log"] {
        assert_eq!(scrape.one("hangup_log_up", &[("log", &format!("{logs}/{name}"))]), 1.0, "{name}");
    }
    assert_eq!(scrape.sum("hangup_log_lines_total", &[("result", "unparsed")]), 0.0);
    assert_eq!(scrape.one("nginx_up", &[]), 1.0);
    assert_eq!(scrape.one("hangup_source_up", &[("source", "stub_status")]), 1.0);
    let cpus = std::thread::available_parallelism().expect("countable").get() as f64;
    assert_eq!(scrape.one("hangup_nginx_connections_limit", &[]), 768.0 * cpus, "Debian's worker_connections");
    let read_timeout = [("directive", "proxy_read_timeout"), shop];
    assert_eq!(scrape.one("hangup_nginx_timeout_seconds", &read_timeout), 7.0);
}

#[test]
fn the_path_of_nginx_conf_is_all_it_needs() {
    let host = Host::moved();
    let _nginx = host.start();
    let hangup = Hangup::start(&[&format!("--nginx.config={}/nginx.conf", host.etc().display())]);
    wait_for("hangup to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
    visit(|path| drop(http::get(&host.addr(), path)));
    let scrape = hangup.scrape_until("everything", has_followed);
    assert_everything_was_found(&scrape, &host.log().display().to_string());
}

/// Debian's own paths and no argument at all, in namespaces of their own: files, network and processes of this
/// machine stay as they are.
#[test]
fn without_any_argument_it_finds_everything() {
    let host = Host::in_place();
    let script = "mount --bind \"$HOST/etc/nginx\" /etc/nginx && mount --bind \"$HOST/var/log/nginx\" /var/log/nginx && \
        mount --bind \"$HOST/var/lib/nginx\" /var/lib/nginx && mount --bind \"$HOST/run\" /run && \
        ip link set lo up && nginx && exec \"$HANGUP\"";
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--net", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-c", script]);
    unshare.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let hangup = Hangup::spawn(unshare.env("HOST", host.dir.path()).env("HANGUP", env!("CARGO_BIN_EXE_hangup")));
    assert!(hangup.addr.ends_with(":10499"), "it listens on {}", hangup.addr);

    let inside = |url: &str| {
        let pid = hangup.process.child.id().to_string();
        let curl = ["--net", "--target", &pid, "curl", "--silent", "--max-time", "20", "-H", "Host: shop.example", url];
        let output = Command::new("nsenter").args(curl).output().expect("nsenter");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    wait_for("hangup to be ready", || inside("http://127.0.0.1:10499/-/ready").contains("is ready").then_some(()));
    visit(|path| drop(inside(&format!("http://127.0.0.1{path}"))));
    let scrape = wait_for("everything", || {
        let scrape = Scrape::parse(&inside("http://127.0.0.1:10499/metrics"));
        // nginx's page is polled every five seconds.
        has_followed(&scrape).then_some(scrape)
    });
    assert_everything_was_found(&scrape, "/var/log/nginx");
    assert_eq!(scrape.one("hangup_log_up", &[("log", "/var/log/nginx/access.log")]), 1.0, "the default site's");
    assert_eq!(scrape.one("hangup_log_up", &[("log", "/var/log/nginx/error.log")]), 1.0);
}

fn check(host: &Host, more: impl FnOnce(&mut Command)) -> (i32, String) {
    let mut check = command();
    check.arg("check").arg(format!("--nginx.config={}/nginx.conf", host.etc().display()));
    more(&mut check);
    told(check.output().expect("it runs"))
}

fn told(output: Output) -> (i32, String) {
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().expect("it ends by itself"), text)
}

/// The cells of a setting's row, a long value and its origin on lines of their own included.
fn row<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let mut words = page.split_whitespace().skip_while(|word| *word != name);
    assert!(words.next().is_some(), "{name} is not on the page:\n{page}");
    words.take(40).collect()
}

/// The page is folded at a width; this undoes it.
fn flat(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn check_prints_each_value_with_its_origin() {
    let host = Host::moved();
    let _nginx = host.start();
    visit(|path| drop(http::get(&host.addr(), path)));
    let (code, page) = check(&host, |check| {
        check.arg("--log.level=warn").env("HANGUP_POLL_INTERVAL", "9s");
    });
    assert_eq!(code, 0, "{page}");
    let (etc, log) = (host.etc().display().to_string(), host.log().display().to_string());
    let site = format!("{etc}/sites-enabled/shop");
    let status = format!("http://127.0.0.1:{}/stub_status", host.status_port);
    let expected = [
        ("nginx.config", format!("{etc}/nginx.conf"), "--nginx.config".to_owned()),
        ("nginx.access-log", format!("{log}/shop.access.log"), format!("{site}:{}", debian::ACCESS_LOG_LINE)),
        ("nginx.error-log", format!("{log}/shop.error.log"), format!("{site}:{}", debian::ERROR_LOG_LINE)),
        ("nginx.scrape-uri", status.clone(), format!("{site}:{}", debian::STUB_STATUS_LINE)),
        ("poll.interval", "9s".to_owned(), "HANGUP_POLL_INTERVAL".to_owned()),
        ("log.level", "warn".to_owned(), "--log.level".to_owned()),
        ("poll.timeout", "2s".to_owned(), "default".to_owned()),
        ("worker_connections", "768".to_owned(), format!("{etc}/nginx.conf:8")),
    ];
    for (name, value, origin) in expected {
        let row = row(&page, name);
        let at = row.iter().position(|word| *word == value);
        let at = at.unwrap_or_else(|| panic!("{name} is not {value}:\n{page}"));
        assert_eq!(row[at + 1], origin, "{name} {value}");
    }
    for setting in settings::all() {
        assert!(page.contains(&format!("  {} ", setting.name())), "{} is not on the page:\n{page}", setting.name());
    }
    let flat = flat(&page);
    for said in ["8 of the last 8 lines fit the format shop", "stub_status", "conntrack", "0 problems"] {
        assert!(flat.contains(said), "`{said}` is not on the page:\n{page}");
    }
}

#[test]
fn it_says_which_user_lacks_which_group() {
    let host = Host::moved();
    let _nginx = host.start();
    visit(|path| drop(http::get(&host.addr(), path)));
    let (code, page) = check(&host, |check| {
        check.uid(NOBODY).gid(NOBODY);
    });
    assert_eq!(code, 1, "{page}");
    let flat = flat(&page);
    let path = host.log().join("shop.access.log");
    let named = |text: &str| {
        for part in [&path.display().to_string(), "0640 www-data:adm", "nobody", "group adm"] {
            assert!(text.contains(part), "`{part}` is not in what is said:\n{text}");
        }
    };
    named(&flat);

    let mut serve = command();
    serve.arg(format!("--nginx.config={}/nginx.conf", host.etc().display())).arg("--web.listen-address=127.0.0.1:0");
    let hangup = Hangup::spawn(serve.uid(NOBODY).gid(NOBODY));
    let log = path.display().to_string();
    let scrape = hangup.scrape_until("a first look", |s| s.select("hangup_log_up", &[("log", &log)]).next().is_some());
    assert_eq!(scrape.one("hangup_log_up", &[("log", &log)]), 0.0);
    named(&hangup.get("/").text());
}

#[test]
fn exit_codes_tell_usage_from_problems() {
    let run = |args: &[&str]| told(command().args(args).output().expect("it runs"));
    let (code, said) = run(&["check", "--no-such-flag"]);
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("--no-such-flag"), "{said}");
    assert_eq!(run(&["chekc"]).0, 64);
    assert_eq!(run(&["check", "--nginx.config="]).0, 0, "no nginx is no problem: the host's signals are served");
    let (code, said) = run(&["check", "--nginx.config=/nowhere/nginx.conf"]);
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("/nowhere/nginx.conf"), "{said}");
    let (code, said) = run(&["check", "--nginx.config=", "--nginx.access-log=/nowhere/access.log"]);
    assert_eq!(code, 1, "{said}");
    for args in [&["demo", "--web.listen-address=zz"][..], &["healthy", "--web.listen-address=zz"]] {
        let (code, said) = run(args);
        assert_eq!((code, said.contains("--web.listen-address: invalid address `zz`; write ")), (64, true), "{said}");
    }
    let (code, said) = run(&["demo", "--speed=zz"]);
    assert_eq!((code, said.contains("--speed: invalid value `zz`; write a number")), (64, true), "{said}");
    for args in ["serve", "check", "healthy", "demo"] {
        let (code, said) = told(command().arg(args).env("HANGUP_LOG_LEVL", "info").output().expect("it runs"));
        assert_eq!((code, said.contains("the nearest is `HANGUP_LOG_LEVEL`")), (64, true), "{args}: {said}");
    }
    let (code, said) = run(&["check", "--nginx.config=", "--poll.timeout=5"]);
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("--poll.timeout") && said.contains("5s") || said.contains("500ms"), "{said}");
}
