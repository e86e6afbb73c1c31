//! What nginx.conf says changes while hangup runs: it notices by itself, loses no line, and says what it cannot see.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::hangup::Hangup;
use crate::support::nginx::log_format;
use crate::support::process::Process;
use crate::support::scrape::Scrape;
use crate::support::{free_port, http, wait_for};

const NGINX: &str = "/usr/sbin/nginx";

/// How soon a change is to be seen.
const SOON: Duration = Duration::from_secs(5);

/// An nginx whose http block a test writes, and writes again.
struct Site {
    dir: tempfile::TempDir,
    ports: [u16; 3],
    process: Option<Process>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.process.iter_mut().for_each(Process::terminate);
    }
}

impl Site {
    /// With the product's format defined.
    fn start(http: &str) -> Site {
        Site::start_without_format(&format!("{}\n{http}", log_format()))
    }

    fn start_without_format(http: &str) -> Site {
        let dir = tempfile::tempdir().expect("a directory");
        Command::new("chmod").arg("755").arg(dir.path()).status().expect("chmod");
        let mut site = Site { dir, ports: [free_port(), free_port(), free_port()], process: None };
        site.write_whole(http);
        let mut command = Command::new(NGINX);
        command.arg("-p").arg(site.dir.path()).arg("-c").arg(site.conf());
        site.process = Some(Process::spawn(&mut command));
        wait_for("nginx to listen", || std::net::TcpStream::connect(("127.0.0.1", site.ports[0])).ok());
        site
    }

    fn conf(&self) -> PathBuf {
        self.path("nginx.conf")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, http: &str) {
        self.write_whole(&format!("{}\n{http}", log_format()));
    }

    /// `DIR`, `PORT0` to `PORT2` stand for its own.
    fn write_whole(&self, http: &str) {
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|it| format!("{it}_temp_path DIR/{it};\n"))
            .concat();
        let text = format!(
            "daemon off; worker_processes 2; pid DIR/nginx.pid; error_log DIR/error.log info;\n\
             events {{ worker_connections 128; }}\nhttp {{\n{temporary}\n{http}\n}}\n"
        );
        let mut text = text.replace("DIR", &self.dir.path().display().to_string());
        for (n, port) in self.ports.iter().enumerate() {
            text = text.replace(&format!("PORT{n}"), &port.to_string());
        }
        fs::write(self.conf(), text).expect("writable");
    }

    fn reload(&self) {
        self.process.as_ref().expect("it runs").signal(libc::SIGHUP);
    }

    fn get(&self, site: usize, path: &str) -> bool {
        http::get(&format!("127.0.0.1:{}", self.ports[site]), path).is_ok()
    }

    fn hangup(&self) -> Hangup {
        Hangup::start(&[&format!("--nginx.config={}", self.conf().display()), "--nginx.from=start"])
    }
}

fn requests(scrape: &Scrape) -> f64 {
    scrape.sum("hangup_http_requests_total", &[])
}

fn page(hangup: &Hangup) -> String {
    http::get_with(&hangup.addr, "/", "Accept: text/html\r\n").expect("a page").text()
}

fn unparsed(scrape: &Scrape) -> f64 {
    scrape.sum("hangup_log_lines_total", &[("result", "unparsed")])
}

const COMBINED: &str =
    "access_log DIR/access.log;\nserver { listen 127.0.0.1:PORT0; server_name a.example; return 200 a; }";
const TIMED: &str =
    "access_log DIR/access.log hangup;\nserver { listen 127.0.0.1:PORT0; server_name a.example; return 200 a; }";

/// The first scene: requests come all the time, and nobody tells hangup anything.
#[test]
fn a_format_that_changes_under_traffic_loses_nothing() {
    let site = Site::start(COMBINED);
    let hangup = site.hangup();
    let done = AtomicBool::new(false);
    let asked = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let ask = |_: &u32| !done.load(Ordering::Relaxed);
            (0..).take_while(ask).filter(|n| site.get(0, &format!("/r{n}"))).count()
        });
        hangup.scrape_until("requests", |scrape| requests(scrape) > 20.0);
        site.write(TIMED);
        site.reload();
        let began = Instant::now();
        hangup.scrape_until("the new format", |scrape| {
            scrape.sum("hangup_http_request_duration_seconds_count", &[]) > 20.0
        });
        assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
        hangup.scrape_until("the new configuration", |scrape| {
            scrape.one("hangup_log_visible", &[("signal", "patience")]) == 1.0
        });
        done.store(true, Ordering::Relaxed);
        asking.join().expect("no panic")
    });
    let scrape = hangup.scrape_until("all of them", |scrape| requests(scrape) >= asked as f64);
    let log = site.path("access.log").display().to_string();
    assert_eq!((requests(&scrape), unparsed(&scrape)), (asked as f64, 0.0));
    assert_eq!(scrape.one("hangup_log_fits", &[("log", &log)]), 1.0);
}

/// Its log is read from the first byte, though it was there before hangup knew.
#[test]
fn a_new_site_is_taken_up() {
    let site = Site::start(COMBINED);
    let hangup = Hangup::start(&[&format!("--nginx.config={}", site.conf().display())]);
    wait_for("hangup to be ready", || (hangup.get("/-/ready").status == 200).then_some(()));
    site.write(&format!(
        "{COMBINED}\nserver {{ listen 127.0.0.1:PORT1; server_name b.example; access_log DIR/b.log hangup; return 200 b; }}"
    ));
    site.reload();
    wait_for("the new site", || site.get(1, "/first").then_some(()));
    (0..4).for_each(|n| assert!(site.get(1, &format!("/r{n}"))));
    let count = site.path("b.log");
    let began = Instant::now();
    let scrape = hangup.scrape_until("the new site", |scrape| {
        scrape.sum("hangup_http_requests_total", &[("server", "b.example")]) > 0.0
    });
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
    let lines = fs::read_to_string(count).expect("nginx wrote it").lines().count();
    assert_eq!((scrape.sum("hangup_http_requests_total", &[("server", "b.example")]), lines), (5.0, 5));

    // It goes again, and with it its log.
    site.write(COMBINED);
    site.reload();
    let log = site.path("b.log").display().to_string();
    hangup.scrape_until("the log to be let go", |scrape| scrape.select("hangup_log_up", &[("log", &log)]).count() == 0);
}

#[test]
fn an_edit_that_nginx_has_not_loaded_blinds_nobody() {
    let site = Site::start(COMBINED);
    let hangup = site.hangup();
    site.get(0, "/before");
    hangup.scrape_until("a request", |scrape| requests(scrape) == 1.0);
    // Nobody edits within the hundredths of a second in which a worker's age is told.
    std::thread::sleep(Duration::from_millis(300));
    site.write(&TIMED.replace("access.log", "other.log"));
    wait_for("the page to say so", || page(&hangup).contains("nginx has not loaded it").then_some(()));
    site.get(0, "/between");
    hangup.scrape_until("a request that is logged as before", |scrape| requests(scrape) == 2.0);
    site.reload();
    wait_for("the new log", || site.path("other.log").exists().then_some(()));
    wait_for("the page to be at peace", || (!page(&hangup).contains("nginx has not loaded it")).then_some(()));
    // Workers of before may take a request as long as they are there.
    (0..3).for_each(|_| assert!(site.get(0, "/after")));
    let scrape = hangup.scrape_until("all requests", |scrape| requests(scrape) == 5.0);
    assert_eq!(unparsed(&scrape), 0.0);
}

/// nginx goes on with a file that hangup may not read: what was followed still is, and one sentence says so.
#[test]
fn a_change_that_cannot_be_followed_is_told_once_and_stops_nothing() {
    let site = Site::start(COMBINED);
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_hangup")]);
    command.arg("--web.listen-address=127.0.0.1:0").arg(format!("--nginx.config={}", site.conf().display()));
    let hangup = Hangup::spawn(command.arg("--nginx.from=start"));
    site.get(0, "/before");
    hangup.scrape_until("a request", |scrape| requests(scrape) == 1.0);

    let secret = site.path("secret.conf");
    fs::write(&secret, "client_max_body_size 2m;\n").expect("writable");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("ours");
    std::thread::sleep(Duration::from_millis(300));
    site.write(&format!("include DIR/secret.conf;\n{COMBINED}"));
    site.reload();
    wait_for("the page to say so", || page(&hangup).contains("older than nginx").then_some(()));
    assert!(page(&hangup).contains("secret.conf"), "{}", page(&hangup));
    (0..3).for_each(|_| assert!(site.get(0, "/between")));
    hangup.scrape_until("requests that are logged as before", |scrape| requests(scrape) == 4.0);

    // Somebody who may read it asks, once a running hangup has had its time.
    let asked = || {
        let mut check = crate::support::hangup::command();
        check.arg("check").arg(format!("--nginx.config={}", site.conf().display()));
        let output = check.arg(format!("--web.listen-address={}", hangup.addr)).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        said.contains("the hangup that runs has an older configuration than nginx").then_some(())
    };
    wait_for("check to say so", asked);
    let told = hangup.process.output().iter().filter(|line| line.contains("not reloaded")).count();
    assert_eq!(told, 1, "{:#?}", hangup.process.output());

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("ours");
    wait_for("the page to be at peace", || (!page(&hangup).contains("older than nginx")).then_some(()));
    site.get(0, "/after");
    hangup.scrape_until("another request", |scrape| requests(scrape) == 5.0);
}

/// The same where no nginx can be seen, and nginx.conf is no nginx.conf any more.
#[test]
fn a_broken_configuration_leaves_the_old_one_counting() {
    let dir = tempfile::tempdir().expect("a directory");
    let (conf, log) = (dir.path().join("nginx.conf"), dir.path().join("access.log"));
    let good = format!("events {{}}\nhttp {{ access_log {}; server {{ listen 127.0.0.1:1; }} }}\n", log.display());
    fs::write(&conf, &good).expect("writable");
    let line = "192.0.2.1 - - [27/Nov/2026:21:40:40 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";
    fs::write(&log, line).expect("writable");
    let hangup = Hangup::start(&[&format!("--nginx.config={}", conf.display()), "--nginx.from=start"]);
    hangup.scrape_until("a request", |scrape| requests(scrape) == 1.0);
    let successes = |scrape: &Scrape| scrape.one("hangup_config_reload_success", &[]);
    assert_eq!(successes(&hangup.scrape()), 1.0);

    fs::write(&conf, good.trim_end().trim_end_matches('}')).expect("writable");
    wait_for("the page to say so", || page(&hangup).contains("goes on with what it was before").then_some(()));
    assert_eq!(successes(&hangup.scrape()), 0.0);
    fs::write(&log, line.repeat(3)).expect("writable");
    hangup.scrape_until("requests of a broken time", |scrape| requests(scrape) == 3.0);
    fs::remove_file(&conf).expect("ours");
    wait_for("the page to say what is missing", || page(&hangup).contains("No such file").then_some(()));

    fs::write(&conf, &good).expect("writable");
    hangup.scrape_until("the configuration to be in order", |scrape| successes(scrape) == 1.0);
    assert!(!page(&hangup).contains("goes on with what it was before"), "{}", page(&hangup));
    let told = hangup.process.output().iter().filter(|line| line.contains("not reloaded")).count();
    assert_eq!(told, 2, "once each: {:#?}", hangup.process.output());
}

/// hangup begins with an nginx.conf that nginx has not loaded.
#[test]
fn lines_of_before_an_edit_are_read_by_whoever_comes_after_it() {
    let site = Site::start(COMBINED);
    site.write(TIMED);
    let hangup = site.hangup();
    (0..6).for_each(|_| assert!(site.get(0, "/")));
    let scrape = hangup.scrape_until("the requests", |scrape| requests(scrape) >= 6.0);
    assert_eq!(unparsed(&scrape), 0.0);
    assert_eq!(scrape.one("hangup_log_visible", &[("signal", "patience")]), 0.0, "these lines have no time");
}

/// Lines that fit nothing at all: told by a metric, on the page, and in hangup's own log, once.
#[test]
fn lines_that_fit_nothing_are_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = dir.path().join("access.log");
    fs::write(&log, "something else entirely\n".repeat(20)).expect("writable");
    let path = log.display().to_string();
    let flags =
        [&format!("--nginx.access-log={path}"), "--nginx.config=", "--nginx.log-format=combined", "--nginx.from=start"];
    let hangup = Hangup::start(&flags);
    hangup.scrape_until("the metric", |scrape| {
        scrape.select("hangup_log_fits", &[("log", &path)]).any(|it| it.value == 0.0)
    });
    let shown = page(&hangup);
    assert!(shown.contains("DOWN") && shown.contains("fit no format"), "{shown}");
    hangup.scrape_until("the unparsed lines", |scrape| unparsed(scrape) == 20.0);
    let told = hangup.process.output().iter().filter(|line| line.contains("fit no format")).count();
    assert_eq!(told, 1, "{:#?}", hangup.process.output());
}

/// The second scene: the lines of the README, beside the `access_log` that Debian's nginx.conf has.
#[test]
fn the_readmes_first_step_counts_each_request_once() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("readable");
    let (_, block) = readme.split_once("```nginx\n").expect("a block for nginx.conf");
    let (block, _) = block.split_once("```").expect("its end");
    let step = block.replace("/var/log/nginx", "DIR").replace("127.0.0.1:8080", "127.0.0.1:PORT1");
    let stock = fs::read_to_string("/etc/nginx/nginx.conf").expect("Debian's");
    let own = stock.lines().find(|line| line.trim().starts_with("access_log ")).expect("Debian logs").trim();
    let site = Site::start_without_format(&format!(
        "{}\n{step}\nserver {{ listen 127.0.0.1:PORT0; server_name shop.example; return 200 a; }}",
        own.replace("/var/log/nginx", "DIR")
    ));
    let hangup = site.hangup();
    (0..7).for_each(|_| assert!(site.get(0, "/")));
    let scrape = hangup.scrape_until("the requests", |scrape| requests(scrape) >= 7.0);
    assert_eq!((requests(&scrape), unparsed(&scrape)), (7.0, 0.0));
    assert_eq!(scrape.sum("hangup_http_request_duration_seconds_count", &[]), 7.0, "by the format that has a time");
}

/// The third scene: what the upstream answered is its own answer or nobody's, and never nginx's.
#[test]
fn a_backends_503_is_never_nginx_refusing() {
    const MAIN: &str = "log_format main '$remote_addr - $remote_user [$time_local] \"$request\" '\n\
        '$status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" \"$http_x_forwarded_for\"';";
    for (format, party) in [("combined", "unknown"), ("main", "unknown"), ("hangup", "upstream")] {
        let site = Site::start(&format!(
            "{MAIN}\nserver {{ listen 127.0.0.1:PORT0; server_name a.example; access_log DIR/access.log {format};\n\
             location / {{ proxy_pass http://127.0.0.1:PORT1; }} }}\n\
             server {{ listen 127.0.0.1:PORT1; access_log off; return 503; }}"
        ));
        let hangup = site.hangup();
        (0..3).for_each(|_| assert!(site.get(0, "/pay")));
        let scrape = hangup.scrape_until("the answers", |scrape| {
            scrape.sum("hangup_http_requests_total", &[("status", "503")]) == 3.0
        });
        let by = |party: &str| scrape.sum("hangup_http_gave_up_total", &[("party", party), ("code", "503")]);
        assert_eq!((by(party), by("server")), (3.0, 0.0), "{format}");
    }
}
