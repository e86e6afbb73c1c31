//! A new configuration while the log is written to and turned over: nothing is lost, nothing counted twice,
//! and a bad one changes nothing.

use std::net::TcpStream;
use std::time::Duration;

use super::load::Load;
use super::outcome::Outcome;
use super::rotation::Style;
use super::run::{Run, SETTLED, settled};
use super::short::{RATE, TIME};
use super::subject::{Program, Subject};
use crate::support::free_port;
use crate::support::{http, wait_for};

/// A virtual host with a log and a format of its own.
fn second_server(run: &Run, port: u16) -> String {
    let log = run.site.logs().join("second.log");
    format!(
        "log_format second '$status|$request_time|$request';\n\
         server {{ listen 127.0.0.1:{port}; server_name second.example; access_log {} second;\n\
         location / {{ return 204; }} }}",
        log.display()
    )
}

fn post_reload(subject: &Subject) -> u16 {
    http::post(&subject.addr(), "/-/reload").expect("an answer").status
}

fn success(subject: &Subject) -> f64 {
    subject.scrape().one("hangup_config_reload_success", &[])
}

#[test]
fn reloads_under_load_lose_nothing_and_take_a_new_server_and_a_new_format() {
    let mut run = Run::start(Style::Create, &[Program::Hangup]);
    let port = free_port();
    let servers = second_server(&run, port);
    run.site.add_servers(&servers);
    wait_for("nginx to serve the second server", || TcpStream::connect(("127.0.0.1", port)).ok());
    let second = Load::start(port, RATE / 4);
    let mut reloads = 0;
    run.load(RATE, TIME, |subjects, elapsed| {
        // By turns: the signal, and the request.
        if elapsed > Duration::from_millis(300) * (reloads + 1) {
            reloads += 1;
            match reloads % 2 {
                0 => assert_eq!(post_reload(&subjects[0]), 200),
                _ => subjects[0].signal(libc::SIGHUP),
            }
        }
    });
    let second = second.stop();
    run.hold_ground_truth(second.values().sum());
    assert!(reloads > 5, "{reloads} reloads");
    let subject = &run.subjects[0];
    let counted = settled(&run.written, SETTLED, || subject.counted(&[("server", "shop.example")]));
    assert!(Outcome::of(&run.written, &counted).is_exact(), "{:?}", Outcome::of(&run.written, &counted));
    let counted = settled(&second, SETTLED, || subject.counted(&[("server", "second.example")]));
    assert!(Outcome::of(&second, &counted).is_exact(), "{:?}", Outcome::of(&second, &counted));
    assert_eq!(success(subject), 1.0);
}

#[test]
fn a_bad_configuration_leaves_the_old_one_counting_and_is_told() {
    let mut run = Run::start(Style::RenameUsr1Soon, &[Program::Hangup]);
    let file = run.site.dir().join("hangup.yml");
    let mut step = 0;
    run.load(RATE, TIME, |subjects, elapsed| {
        let subject = &subjects[0];
        if elapsed > Duration::from_secs(1) * (step + 1) {
            step += 1;
            if step == 1 {
                std::fs::write(&file, "nginx: {acess_log: [/tmp/x]}\n").expect("writable");
                subject.signal(libc::SIGHUP);
                wait_for("the refusal to show", || (success(subject) == 0.0).then_some(()));
                assert_eq!(post_reload(subject), 500);
                let told = || subject.output().iter().filter(|line| line.contains("acess_log")).count();
                // What a process wrote is read by a thread, which may be behind the answer.
                wait_for("a line for each refusal", || (told() >= 2).then_some(()));
                assert_eq!(told(), 2, "each refusal in one line: {:#?}", subject.output());
            }
            if step == 2 {
                std::fs::write(&file, "{}\n").expect("writable");
                subject.signal(libc::SIGHUP);
                wait_for("the good one to show", || (success(subject) == 1.0).then_some(()));
            }
        }
    });
    let counted = run.counted(&run.subjects[0]);
    assert!(step >= 2 && Outcome::of(&run.written, &counted).is_exact(), "{:?}", Outcome::of(&run.written, &counted));
    assert_eq!(http::get(&run.subjects[0].addr(), "/-/ready").expect("an answer").status, 200);
}
