//! Rotations, directories and handles of the awkward kind.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{combined, display, unless};
use crate::cases::{Missing, run};
use crate::support::hangup::{self, Hangup};
use crate::support::scrape::Scrape;
use crate::support::{http, wait_for};

fn append(path: &Path, targets: std::ops::RangeInclusive<u32>) {
    let old = fs::read_to_string(path).unwrap_or_default();
    let lines: String = targets.map(|n| combined(&format!("/r{n}"))).collect();
    fs::write(path, old + &lines).expect("writable");
}

fn nobody(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_hangup")]);
    command.args(["--nginx.config=", "--nginx.log-format=combined", "--state.interval=1s"]);
    command.arg(display(dir, "--nginx.access-log=@DIR@/log/access.log"));
    command.arg(display(dir, "--path.state=@DIR@/state")).args(arguments);
    command
}

/// /var/log/nginx is 0711 root:root in Fedora's and RHEL's package: its files can be opened and not found.
pub fn a_directory_that_cannot_be_listed(dir: &Path) -> Missing {
    let (log, state) = (dir.join("log"), dir.join("state"));
    fs::create_dir(&log).expect("a directory");
    fs::create_dir(&state).expect("a directory");
    std::os::unix::fs::chown(&state, Some(65534), Some(65534)).expect("as root");
    fs::write(log.join("access.log"), "").expect("writable");
    fs::set_permissions(&log, fs::Permissions::from_mode(0o711)).expect("ours");
    counted_over_a_rotation(&log.join("access.log"), &log.join("access.log.1"), &|arguments| nobody(dir, arguments))
}

/// logrotate's `olddir`, while hangup is down.
pub fn rotated_into_another_directory_meanwhile(dir: &Path) -> Missing {
    for folder in ["log", "old", "state"] {
        fs::create_dir(dir.join(folder)).expect("a directory");
    }
    let log = dir.join("log/access.log");
    fs::write(&log, "").expect("writable");
    let command = |arguments: &[&str]| {
        let mut command = hangup::command();
        command.args(["--nginx.config=", "--nginx.log-format=combined", "--state.interval=1s"]);
        command.arg(display(dir, "--nginx.access-log=@DIR@/log/access.log"));
        command.arg(display(dir, "--path.state=@DIR@/state")).args(arguments);
        command
    };
    counted_over_a_rotation(&log, &dir.join("old/access.log.1"), &command)
}

/// Three lines while it runs, five while it does not, a rotation, two more: ten, or what is lost is counted.
fn counted_over_a_rotation(log: &Path, rotated: &Path, command: &dyn Fn(&[&str]) -> Command) -> Missing {
    let start = || Hangup::spawn(&mut command(&["--web.listen-address=127.0.0.1:0"]));
    let mut first = start();
    // What is written before it looks for the first time is history.
    wait_for("the log to be followed", || (first.scrape().sum("hangup_log_up", &[]) == 1.0).then_some(()));
    append(log, 1..=3);
    run::read(&first, 3);
    first.process.terminate();
    append(log, 4..=8);
    fs::rename(log, rotated).expect("renamed");
    append(log, 9..=10);
    let second = start();
    // What was rotated away is looked for a while before it is given up.
    let end = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        let scrape = second.scrape();
        let parsed = scrape.sum("hangup_log_lines_total", &[("result", "parsed")]);
        if parsed == 10.0 || std::time::Instant::now() > end {
            return unless(parsed == 10.0, || format!("{parsed} of 10 lines are counted"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// NFS: the file behind the descriptor is gone, and the path leads to the same inode number. strace plays the server,
/// and sees whether the file is opened again.
pub fn a_stale_handle_is_opened_again(dir: &Path) -> Missing {
    let (log, trace) = (dir.join("access.log"), dir.join("trace"));
    append(&log, 1..=1);
    let mut command = Command::new("strace");
    // -I2: it ends by a signal, which it hands on to hangup; killed, it would leave that running.
    command.args(["-f", "-qq", "-I2", "-P"]).arg(&log).arg("-o").arg(&trace);
    command.args(["-e", "trace=openat,pread64", "-e", "inject=pread64:error=ESTALE:when=6+"]);
    command.args([env!("CARGO_BIN_EXE_hangup"), "--web.listen-address=127.0.0.1:0", "--nginx.from=start"]);
    command.args(["--nginx.config=", "--nginx.log-format=combined"]);
    command.arg(display(dir, "--nginx.access-log=@DIR@/access.log"));
    let mut hangup = Hangup::spawn(&mut command);
    let seen = |what: &str| fs::read_to_string(&trace).unwrap_or_default().matches(what).count();
    let mut n = 1;
    wait_for("a read to fail", || {
        n += 1;
        append_in_place(&log, n);
        std::thread::sleep(Duration::from_millis(50));
        (seen("ESTALE") > 0).then_some(())
    });
    let before = fs::read_to_string(&trace).unwrap_or_default();
    let opened = before[..before.find("ESTALE").unwrap_or(0)].matches("openat(").count();
    std::thread::sleep(Duration::from_secs(3));
    hangup.process.terminate();
    unless(seen("openat(") > opened, || format!("opened {opened} times before the handle was stale, never after"))
}

fn append_in_place(path: &Path, n: u32) {
    let mut file = File::options().append(true).open(path).expect("there");
    std::io::Write::write_all(&mut file, combined(&format!("/r{n}")).as_bytes()).expect("writable");
}

/// The official image's access.log leads to /dev/stdout, which is hangup's own where hangup opens it.
pub fn its_own_output_is_no_log(dir: &Path) -> Missing {
    let (log, output) = (dir.join("access.log"), dir.join("hangup.log"));
    std::os::unix::fs::symlink("/dev/stdout", &log).expect("linkable");
    let file = File::create(&output).expect("writable");
    let mut command = hangup::command();
    command
        .args(["--web.listen-address=127.0.0.1:0", "--nginx.config=", "--nginx.from=start"])
        .arg(display(dir, "--nginx.access-log=@DIR@/access.log"));
    command.stdin(Stdio::null()).stdout(file.try_clone().expect("a descriptor")).stderr(file);
    let mut child = command.spawn().expect("hangup");
    let text = || fs::read_to_string(&output).expect("readable");
    let address = wait_for("hangup to say where it listens", || {
        text().lines().find_map(|line| Some(line.split_once("address=")?.1.split([' ', '"']).next()?.to_owned()))
    });
    // It has said a line or two, which it would read.
    std::thread::sleep(Duration::from_millis(500));
    let scrape = Scrape::parse(&http::get(&address, "/metrics").expect("an answer").text());
    child.kill().and_then(|()| child.wait()).expect("a child of ours");
    let read = scrape.sum("hangup_log_lines_total", &[]);
    let said = text().contains("/dev/stdout");
    unless(read == 0.0 && said, || format!("{read} lines of its own are read; it says {}", text()))
}
