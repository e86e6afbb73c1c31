//! `kubectl logs -f … | hangup --nginx.access-log=-`, with the real binary.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Command;

use crate::support::hangup::Hangup;

const LINE: &str = "192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"-\"\n";
const LEFT: &str = "192.0.2.7 - - [21/Nov/2026:14:17:27 +0000] \"GET /a HTTP/1.1\" 499 0 \"-\" \"-\"\n";

/// What comes is counted while the pipe is open, also a line in two pieces; after its end hangup serves on.
#[test]
fn lines_of_a_pipe_are_counted_and_its_end_is_no_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let fifo = dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("it starts").success());
    let mut command = Command::new("sh");
    command.env_clear().args(["-c", r#"pipe=$1; shift; exec "$@" < "$pipe""#, "sh"]).arg(&fifo);
    command.args([env!("CARGO_BIN_EXE_hangup"), "--nginx.config=", "--web.listen-address=127.0.0.1:0"]);
    command.args(["--nginx.access-log=-", "--nginx.log-format=combined"]);
    let writer = std::thread::spawn(move || OpenOptions::new().write(true).open(fifo).expect("a reader comes"));
    let hangup = Hangup::spawn(&mut command);
    let mut pipe = writer.join().expect("no panic");
    let counted = |status: &str, count: f64| {
        hangup.scrape_until("the lines to be counted", |scrape| {
            scrape.sum("hangup_http_requests_total", &[("status", status)]) == count
        });
    };
    pipe.write_all(LINE.repeat(3).as_bytes()).expect("read");
    counted("200", 3.0);
    let (first, second) = LEFT.split_at(30);
    pipe.write_all(first.as_bytes()).expect("read");
    counted("499", 0.0);
    pipe.write_all(second.as_bytes()).expect("read");
    counted("499", 1.0);
    // The last line has no line break: the pipe ends with it.
    pipe.write_all(LINE.trim_end().as_bytes()).expect("read");
    drop(pipe);
    let scrape = hangup.scrape_until("the end to be seen", |scrape| scrape.one("hangup_log_up", &[]) == 0.0);
    assert_eq!(scrape.sum("hangup_http_requests_total", &[]), 5.0, "the last line is whole, too");
    assert_eq!(hangup.get("/-/healthy").status, 200);
}
