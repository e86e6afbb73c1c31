//! The built binary, serving on a port of its own choice.

use super::http::{self, Response};
use super::nginx::Nginx;
use super::process::Process;
use super::scrape::Scrape;
use super::wait_for;
use std::process::Command;

pub struct Hangup {
    pub process: Process,
    pub addr: String,
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hangup"));
    command.env_clear();
    command
}

impl Hangup {
    /// `hangup --web.listen-address=127.0.0.1:0 ARGS…`, once it serves.
    pub fn start(args: &[&str]) -> Hangup {
        Hangup::spawn(command().arg("--web.listen-address=127.0.0.1:0").args(args))
    }

    /// Beside this nginx, from its configuration alone, counting from the first line.
    pub fn beside(nginx: &Nginx, args: &[&str]) -> Hangup {
        let conf = format!("--nginx.config={}", nginx.conf().display());
        Hangup::start(&[&[conf.as_str(), "--nginx.from=start"], args].concat())
    }

    pub fn spawn(command: &mut Command) -> Hangup {
        let mut process = Process::spawn(command);
        let addr = wait_for("hangup to say where it listens", || {
            let output = process.output();
            if let Ok(Some(status)) = process.child.try_wait() {
                panic!("hangup ended with {status}: {output:#?}");
            }
            output.iter().find_map(|line| Some(line.split_once("address=")?.1.split([' ', '"']).next()?.to_owned()))
        });
        Hangup { process, addr }
    }

    pub fn get(&self, path: &str) -> Response {
        http::get(&self.addr, path).unwrap_or_else(|e| panic!("GET {path} from {}: {e}", self.addr))
    }

    pub fn post(&self, path: &str) -> Response {
        http::post(&self.addr, path).unwrap_or_else(|e| panic!("POST {path} to {}: {e}", self.addr))
    }

    #[track_caller]
    pub fn scrape(&self) -> Scrape {
        Scrape::parse(&self.get("/metrics").text())
    }

    /// Scrapes until the lines of all logs are read and `condition` holds.
    #[track_caller]
    pub fn scrape_until(&self, what: &str, condition: impl Fn(&Scrape) -> bool) -> Scrape {
        wait_for(what, || Some(self.scrape()).filter(|s| condition(s)))
    }
}
