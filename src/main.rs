//! The command line: which command, and how its errors reach a person.

use std::process::ExitCode;

use clap::{Args, FromArgMatches};
use hangup::config::Layer;
use hangup::config::flags::{self, Command, Invocation};
use hangup::demo::{self, ClientsArgs, UpstreamArgs};
use hangup::serve;

fn main() -> ExitCode {
    let parts = [
        UpstreamArgs::augment_args(clap::Command::new("upstream").about("A backend that misbehaves on request")),
        ClientsArgs::augment_args(clap::Command::new("clients").about("Clients that lose patience, and count when")),
    ];
    let invocation = match flags::parse(std::env::args_os(), parts) {
        Ok(invocation) => invocation,
        Err(error) => {
            // Nothing is left to do when not even that can be printed.
            let _ = error.print();
            return ExitCode::from(flags::exit_code(&error));
        }
    };
    match run(invocation) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hangup: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(invocation: Invocation) -> anyhow::Result<ExitCode> {
    let Invocation { command, flags } = invocation;
    match command {
        Command::Serve => serve_command(flags),
        _ => Ok(ExitCode::FAILURE),
    }
}

fn serve_command(flags: Layer) -> anyhow::Result<ExitCode> {
    let config = match serve::load(&flags) {
        Ok(config) => config,
        Err(problems) => {
            for problem in problems {
                eprintln!("hangup: {problem}");
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    runtime()?.block_on(serve::run(flags, config, std::future::pending()))?;
    Ok(ExitCode::SUCCESS)
}

/// Serving needs little: what is fast runs on threads of its own.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
