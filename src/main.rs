//! The command line: which command, and how its errors reach a person.

#![forbid(unsafe_code)]

use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;

use anyhow::Result;
use clap::{ArgMatches, Args, FromArgMatches};
use hangup::config::flags::{self, Command, Invocation};
use hangup::config::{Config, Layer, LogKind};
use hangup::demo::{self, ClientsArgs, DemoArgs, UpstreamArgs};
use hangup::report::{self, Known};
use hangup::{check, serve};

fn main() -> ExitCode {
    let invocation = match flags::parse(std::env::args_os(), demo_command()) {
        Ok(invocation) => invocation,
        Err(error) => {
            // Nothing is left to do when not even that can be printed.
            let _ = error.print();
            return ExitCode::from(flags::exit_code(&error));
        }
    };
    match run(invocation) {
        Ok(code) => code,
        // `hangup report … | head` has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hangup: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.into_iter().any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn demo_command() -> clap::Command {
    let command = |name: &'static str, about: &'static str| clap::Command::new(name).about(about);
    let upstream = UpstreamArgs::augment_args(command("upstream", "A backend that misbehaves on request"));
    let clients = ClientsArgs::augment_args(command("clients", "Clients that lose patience, and count when they do"));
    let demo = command("demo", "An nginx in trouble, acted out and served: needs no nginx");
    DemoArgs::augment_args(demo).disable_help_subcommand(true).subcommands([upstream, clients])
}

fn run(invocation: Invocation) -> Result<ExitCode> {
    let Invocation { command, flags } = invocation;
    match command {
        Command::Demo(matches) => run_demo(&matches, flags),
        Command::Check => run_check(&flags),
        Command::Serve => {
            with_config(&flags, |config| block_on(serve::run(flags.clone(), config, std::future::pending())))
        }
        Command::Report(asked) => {
            with_config(&flags, |config| report::run(report_options(asked, config), &mut stdout().lock()))
        }
    }
}

fn with_config(flags: &Layer, run: impl FnOnce(Config) -> Result<()>) -> Result<ExitCode> {
    match serve::load(flags) {
        Ok(config) => run(config).map(|()| ExitCode::SUCCESS),
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("hangup: {problem}"));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn run_check(flags: &Layer) -> Result<ExitCode> {
    let mut out = stdout().lock();
    let coloured = out.is_terminal();
    let code = match serve::load(flags) {
        Ok(config) => check::run(&config, coloured, &mut out),
        Err(problems) => check::refused(&problems, coloured, &mut out),
    };
    out.flush()?;
    Ok(ExitCode::from(code?))
}

fn report_options(asked: flags::Report, config: Config) -> report::Options {
    let known = config.logs.iter().filter_map(|log| match &log.kind {
        LogKind::Access { format, server, .. } => {
            Some(Known { path: log.path.clone(), format: format.clone().into(), server: server.clone() })
        }
        LogKind::Error { .. } => None,
    });
    report::Options {
        files: asked.files,
        error_logs: asked.error_logs,
        json: asked.json,
        format: config.given_format.map(Into::into),
        known: known.collect(),
        server: "all".to_owned(),
        line_bytes_max: config.inputs.tail.line_bytes_max,
        tally: hangup::tally::Options {
            logs: Vec::new(),
            known_servers: Vec::new(),
            known_upstreams: Vec::new(),
            series: hangup::tally::SeriesLimit::NONE,
            ..config.tally
        },
    }
}

fn run_demo(matches: &ArgMatches, flags: Layer) -> Result<ExitCode> {
    match matches.subcommand() {
        Some(("upstream", part)) => block_on(demo::run_upstream(UpstreamArgs::from_arg_matches(part)?))?,
        Some(("clients", part)) => block_on(demo::run_clients(ClientsArgs::from_arg_matches(part)?))?,
        _ => block_on(serve::demo(DemoArgs::from_arg_matches(matches)?, flags))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Serving needs little: reading and polling the host have threads of their own.
fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(work);
    // Whatever still hangs, such as resolving a name, is not waited for.
    runtime.shutdown_background();
    result
}
