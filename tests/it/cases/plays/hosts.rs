//! Hosts whose configuration and logs are computed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{beside, combined, display, unless};
use crate::cases::{Missing, run};
use crate::support::hangup::Hangup;
use crate::support::scrape::Scrape;
use crate::support::wait_for;

/// The labels of the two families must be the same words, whatever these are for a regex.
pub fn one_label_for_each_server(dir: &Path) -> Missing {
    let scrape = run::read(&beside(dir), 2);
    let requests = values(&scrape, "hangup_http_requests_total", "server");
    let timeouts = values(&scrape, "hangup_nginx_timeout_seconds", "server");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("Linux").trim().to_lowercase();
    let known = requests.is_subset(&timeouts) && requests.contains("www.example.com") && requests.len() == 2;
    unless(known && timeouts.contains(host.as_str()), || {
        format!("requests of {requests:?}, timeouts of {timeouts:?}; the host is {host}")
    })
}

pub fn half_a_million_entries(dir: &Path) -> Missing {
    let entry = |n: u32| format!("{}.{}.{}.0/24 1;\n", 1 + n / 65_536 % 200, n / 256 % 256, n % 256);
    fs::write(dir.join("geo.conf"), (0..500_001).map(entry).collect::<String>()).expect("writable");
    Missing::new()
}

/// Four times the sites may cost this many times the processor time: about four where it grows with the number of logs,
/// 16 where it grows with its square. (What it costs in a released binary stands in docs/benchmarks.md.)
const GROWTH_MAX: f64 = 8.0;

pub fn thousands_of_logs(dir: &Path) -> Missing {
    let seconds = |sites: usize| {
        let dir = dir.join(sites.to_string());
        lay_out_a_panel(&dir, sites);
        let hangup = beside(&dir);
        wait_for("the logs to be followed", || (hangup.get("/-/ready").status == 200).then_some(()));
        processor_seconds(hangup.process.child.id())
    };
    let (few, many) = (seconds(500), seconds(2_000));
    unless(many < few * GROWTH_MAX, || format!("500 sites cost {few} s of processor time, 2,000 cost {many} s"))
}

/// utime and stime of proc_pid_stat(5), in hundredths on every Linux.
fn processor_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process of ours");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in brackets");
    fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
}

/// Two logs for each site, all in one directory.
fn lay_out_a_panel(dir: &Path, sites: usize) {
    fs::create_dir(dir).expect("a directory");
    for folder in ["sites", "log"] {
        fs::create_dir(dir.join(folder)).expect("a directory");
    }
    let text = display(dir, "events {}\nerror_log @DIR@/log/error.log;\nhttp { include @DIR@/sites/*; }\n");
    fs::write(dir.join("nginx.conf"), text).expect("writable");
    fs::write(dir.join("log/error.log"), "").expect("writable");
    for n in 0..sites {
        for kind in ["access", "error"] {
            fs::write(dir.join(format!("log/d{n}.{kind}.log")), "").expect("writable");
        }
        let logs = format!("access_log @DIR@/log/d{n}.access.log combined; error_log @DIR@/log/d{n}.error.log;");
        let names = format!("server_name d{n}.example.com www.d{n}.example.com; {logs}");
        let site = format!(
            "server {{ listen 80; {names} location / {{ try_files $uri /index.php; }}\n  \
             location ~ \\.php$ {{ fastcgi_pass unix:/run/php/d{n}.sock; fastcgi_read_timeout {}; }} }}\n\
             server {{ listen 443; {names} location / {{ proxy_pass http://127.0.0.1:8080; }} }}\n",
            60 + n % 7 * 30,
        );
        fs::write(dir.join(format!("sites/d{n}.conf")), display(dir, &site)).expect("writable");
    }
}

/// On one processor of several: nginx starts a worker for each that is online, wherever hangup may run.
pub fn workers_for_each_online_cpu(dir: &Path) -> Missing {
    let online = fs::read_to_string("/sys/devices/system/cpu/online").expect("Linux");
    let cpus: u32 = online.trim().split(',').map(|range| span(range, '-')).sum();
    let mut command = Command::new("taskset");
    command.args(["-c", "0", env!("CARGO_BIN_EXE_hangup"), "--web.listen-address=127.0.0.1:0"]);
    command.arg(display(dir, "--nginx.config=@DIR@/nginx.conf"));
    let scrape = Hangup::spawn(&mut command).scrape();
    let limit = scrape.sum("hangup_nginx_connections_limit", &[]);
    unless(limit == f64::from(cpus) * 1000.0, || format!("{limit} connections on {cpus} processors"))
}

/// How many numbers `3` or `0-3` names.
fn span(range: &str, between: char) -> u32 {
    let number = |text: &str| text.parse::<u32>().expect("a number");
    range.split_once(between).map_or(1, |(first, last)| number(last) - number(first) + 1)
}

pub fn a_log_for_each_of_600_servers(dir: &Path) -> Missing {
    let server = |n: usize| {
        let (name, log) = (format!("s{n}.example"), dir.join(format!("logs/s{n}.log")));
        fs::write(&log, combined("/")).expect("writable");
        format!("server {{ listen 80; server_name {name}; access_log {}; }}\n", log.display())
    };
    fs::create_dir(dir.join("logs")).expect("a directory");
    fs::write(dir.join("logs/error.log"), "").expect("writable");
    let servers: String = (0..600).map(server).collect();
    let conf = format!("error_log {}/logs/error.log info;\nevents {{}}\nhttp {{\n{servers}}}\n", dir.display());
    fs::write(dir.join("nginx.conf"), conf).expect("writable");
    let scrape = run::read(&beside(dir), 600);
    let followed = scrape.select("hangup_log_up", &[]).filter(|s| s.value == 1.0).count();
    unless(followed == 601, || format!("{followed} of 601 logs are followed"))
}

/// 30 sites of one kind with 62 routes each on one nginx.
pub fn the_shared_host(dir: &Path) -> Missing {
    const SERIES_MAX: usize = 10_000;
    let mut lines = String::new();
    for site in 0..30 {
        for route in 0..62 {
            for (turn, status) in [200, 200, 200, 200, 200, 200, 200, 301, 404, 499, 502, 504].into_iter().enumerate() {
                let (method, own) =
                    (["GET", "POST"][turn % 2], if status == 499 { "-".to_owned() } else { status.to_string() });
                writeln!(
                    lines,
                    "192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] \"{method} /app/page{} HTTP/1.1\" {status} 0 \"-\" \"x\" \
                     host=\"s{site}.example\" rt=0.{:03} done=\"OK\" length=\"0\" uaddr=\"unix:/run/php/s{site}.sock\" \
                     ustatus=\"{own}\" uct=\"0.001\" uht=\"0.002\" urt=\"0.003\" id=0123456789abcdef0123456789abcdef",
                    letters(route),
                    turn * 80 + 10,
                )
                .expect("memory");
            }
        }
    }
    let count = lines.lines().count() as u64;
    fs::write(dir.join("access.log"), lines).expect("writable");
    // The series of the host must not be those of whatever else runs on this machine.
    let proc = concat!("--path.procfs=", env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/proc/6.12");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hangup"));
    command.args(["--web.listen-address=127.0.0.1:0", "--nginx.from=start", proc]);
    command.arg(display(dir, "--nginx.config=@DIR@/nginx.conf"));
    let scrape = run::read(&Hangup::spawn(&mut command), count);
    let (all, requests) = (scrape.0.len(), scrape.sum("hangup_http_requests_total", &[]));
    unless(all < SERIES_MAX && requests == count as f64, || format!("{all} series for {requests} of {count} requests"))
}

/// A path that no rule takes for a number.
fn letters(n: u32) -> String {
    let letter = |n: u32| char::from(b'a' + (n % 26) as u8);
    [letter(n / 26), letter(n), 'x'].iter().collect()
}

fn values<'a>(scrape: &'a Scrape, family: &str, label: &str) -> BTreeSet<&'a str> {
    let counted = scrape.0.iter().filter(|s| s.name == family && s.value > 0.0);
    counted.filter_map(|s| s.labels.get(label).map(String::as_str)).collect()
}
