//! Plays the steps of a case.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::case::{Case, Step, Want};
use super::want::{self, Got};
use super::{Missing, folder, plays};
use crate::support::hangup::Hangup;
use crate::support::scrape::Scrape;

/// Reading the few lines of a case takes much less.
const READING_MAX: Duration = Duration::from_secs(10);
/// A command that takes longer hangs.
const COMMAND_SECONDS_MAX: &str = "20";
const HANGUP: &str = env!("CARGO_BIN_EXE_hangup");

/// What `name` misses.
pub fn play(name: &str, case: &Case) -> Missing {
    let dir = folder::copy(name, case);
    let play = plays::ALL.iter().find(|(played, _)| *played == name);
    let mut missing = play.map_or_else(Missing::new, |(_, play)| play(dir.path()));
    assert!(play.is_some() || !case.steps.is_empty(), "{name} does nothing");
    for (nth, step) in case.steps.iter().enumerate() {
        let got = if step.serve.is_empty() { command(step, dir.path()) } else { server(step, dir.path()) };
        let unmet = unmet(step, &got, dir.path());
        missing.extend(unmet.into_iter().map(|what| format!("step {}: {what}", nth + 1)));
    }
    missing
}

fn unmet(step: &Step, got: &Got, dir: &Path) -> Missing {
    let first = want::missing(&step.want, got, dir);
    let second = |other: &Want| want::missing(other, got, dir);
    match step.or.as_ref().map(second) {
        Some(second) if second.is_empty() || first.is_empty() => Missing::new(),
        Some(second) => first.into_iter().chain(second.into_iter().map(|what| format!("nor {what}"))).collect(),
        None => first,
    }
}

/// These words, to be run in the case's directory.
fn program(words: &[&[String]], dir: &Path) -> Command {
    let words: Vec<String> = words.concat().iter().map(|word| folder::fill(word, dir)).collect();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(dir);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn command(step: &Step, dir: &Path) -> Got {
    let limit = ["timeout", COMMAND_SECONDS_MAX].map(str::to_owned);
    let mut program = program(&[&limit, &step.under, &[HANGUP.to_owned()], &step.run], dir);
    program.stdin(if step.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    let into = step.into.as_ref().map(|name| dir.join(name));
    match &into {
        Some(path) => {
            let file = File::create(path).expect("writable");
            program.stdout(file.try_clone().expect("a descriptor")).stderr(file);
        }
        None => drop(program.stdout(Stdio::piped()).stderr(Stdio::piped())),
    }
    let began = Instant::now();
    let mut child = program.spawn().unwrap_or_else(|e| panic!("cannot start {program:?}: {e}"));
    if let Some(file) = &step.stdin {
        let bytes = std::fs::read(dir.join(file)).expect("readable");
        // Who is not interested closes it.
        let _ = child.stdin.take().expect("piped").write_all(&bytes);
    }
    let output = child.wait_with_output().expect("a child of ours");
    let stdout = into.map_or(output.stdout, |path| std::fs::read(path).expect("readable"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Got {
        exit: output.status.code(),
        stdout: text(&stdout),
        stderr: text(&output.stderr),
        seconds: began.elapsed().as_secs_f64(),
        ..Got::default()
    }
}

fn server(step: &Step, dir: &Path) -> Got {
    let began = Instant::now();
    let hangup = [HANGUP, "--web.listen-address=127.0.0.1:0"].map(str::to_owned);
    let hangup = Hangup::spawn(&mut program(&[&step.under, &hangup, &step.serve], dir));
    let scrape = read(&hangup, step.lines);
    let page = hangup.get("/").text();
    Got {
        stderr: hangup.process.output().join("\n"),
        seconds: began.elapsed().as_secs_f64(),
        page: Some(page),
        scrape: Some(scrape),
        ..Got::default()
    }
}

/// The metrics once so many lines were read.
pub fn read(hangup: &Hangup, lines: u64) -> Scrape {
    let began = Instant::now();
    loop {
        let scrape = hangup.scrape();
        let read = scrape.sum("hangup_log_lines_total", &[]);
        if read >= lines as f64 {
            return scrape;
        }
        assert!(began.elapsed() < READING_MAX, "{read} of {lines} lines are read");
        std::thread::sleep(Duration::from_millis(20));
    }
}
