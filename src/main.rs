//! The command line: which command, and how its errors reach a person.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;

use anyhow::Result;
use clap::{ArgMatches, Args, FromArgMatches};
use hangup::config::flags::{self, Command, EXIT_USAGE, Invocation, Usage};
use hangup::config::settings::NGINX_LOG_FORMAT;
use hangup::config::{Config, Layer, ListenAddress, LogKind, Problem};
use hangup::demo::{self, ClientsArgs, DemoArgs, UpstreamArgs};
use hangup::record::Sight;
use hangup::report::{self, Described, DescribedLog, NamedFormat, RefusedFormat};
use hangup::terminal::Terminal;
use hangup::{check, healthy, serve, top};

/// The report's tables, where there is no terminal.
const REPORT_COLUMNS: usize = 80;
/// Longer lines are hard to follow from end to end.
const REPORT_COLUMNS_MAX: usize = 140;

fn main() -> ExitCode {
    let run = match flags::parse(std::env::args_os(), demo_command()) {
        Ok(invocation) => run(invocation),
        Err(usage) => Err(Stop::Usage(usage)),
    };
    match run {
        Ok(code) => code,
        Err(Stop::Usage(usage)) => {
            // Nothing is left to do when not even that can be printed.
            let _ = usage.print();
            ExitCode::from(usage.exit_code())
        }
        // `hangup report … | head` has seen enough.
        Err(Stop::Failure(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(Stop::Failure(error)) => {
            eprintln!("hangup: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Why a command ends before it is done.
enum Stop {
    Usage(Usage),
    Failure(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Stop {
        Stop::Failure(error)
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
    DemoArgs::augment_args(demo).subcommands([upstream, clients])
}

fn run(invocation: Invocation) -> Result<ExitCode, Stop> {
    let Invocation { command, flags } = invocation;
    match command {
        Command::Demo(matches) => return Ok(run_demo(&matches, flags)?),
        Command::Check(asked) => return Ok(run_check(asked, &flags)?),
        Command::Serve => {
            let serve = |config| serve::runtime()?.block_on(serve::run(flags.clone(), config, std::future::pending()));
            return Ok(with_config(serve::load_to_serve(&flags), serve)?);
        }
        Command::Report(asked) => {
            let asked = asked.or_standard_input(stdin().is_terminal()).map_err(Stop::Usage)?;
            let report = |config| report::run(report_options(asked, config), &mut stdout().lock());
            return Ok(with_config(serve::load(&flags), report)?);
        }
        Command::Top(asked) => return Ok(run_top(asked, flags)?),
        Command::Healthy => return Ok(run_healthy(&flags)),
        Command::Man => flags::manual(demo_command(), &mut stdout().lock()).map_err(anyhow::Error::from)?,
        Command::Completions(shell) => flags::completions(shell, demo_command(), &mut stdout().lock()),
    }
    Ok(ExitCode::SUCCESS)
}

fn with_config(loaded: Result<Config, Vec<Problem>>, run: impl FnOnce(Config) -> Result<()>) -> Result<ExitCode> {
    match loaded {
        Ok(config) => run(config).map(|()| ExitCode::SUCCESS),
        Err(problems) => Ok(told(&problems)),
    }
}

fn told(problems: &[Problem]) -> ExitCode {
    problems.iter().for_each(|problem| eprintln!("hangup: {problem}"));
    refused(problems)
}

fn refused(problems: &[Problem]) -> ExitCode {
    let is_usage = problems.iter().any(|problem| problem.is_usage);
    if is_usage { ExitCode::from(EXIT_USAGE) } else { ExitCode::FAILURE }
}

fn run_healthy(flags: &Layer) -> ExitCode {
    match serve::within_reach(flags) {
        Ok(target) => match healthy::ask(&target) {
            Ok(()) => ExitCode::SUCCESS,
            Err(what) => {
                eprintln!("hangup: {what}");
                ExitCode::FAILURE
            }
        },
        Err(problems) => told(&problems),
    }
}

fn run_check(asked: flags::Check, flags: &Layer) -> Result<ExitCode> {
    let mut out = stdout().lock();
    let terminal = Terminal::of_stdout();
    let code = match serve::load(flags) {
        Ok(config) => ExitCode::from(check::run(&config, asked.json, terminal, &mut out)?),
        Err(problems) => {
            check::refused(&problems, asked.json, terminal, &mut out)?;
            refused(&problems)
        }
    };
    out.flush()?;
    Ok(code)
}

/// A running hangup can be asked whatever is wrong with the configuration.
fn run_top(asked: flags::Top, flags: Layer) -> Result<ExitCode> {
    let target = match serve::within_reach(&flags) {
        Ok(target) => target,
        Err(problems) => return Ok(told(&problems)),
    };
    let listens = target.addresses.first().filter(|address| address.port != 0);
    let listens = listens.map(|address| {
        let host = address.within_reach().first().map_or_else(String::new, |host| (*host).to_owned());
        let scheme = if target.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", ListenAddress { host, port: address.port })
    });
    let from_logs = !(asked.files.is_empty() && asked.error_logs.is_empty());
    let terminal = Terminal::of_stdout();
    let (named, once) = (asked.web.is_some(), asked.once);
    let address = asked.web.clone().or(listens).filter(|_| !from_logs);
    let options = top::Options {
        address,
        named,
        logs: Box::new(move || top_logs(asked, &flags)),
        host: serve::hostname().unwrap_or_default(),
        once,
        terminal,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(top::run(options));
    // A name that is still being looked up, or a key that is still awaited, is nobody's concern any more.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

/// Those that were named, or those that a hangup here would follow.
fn top_logs(asked: flags::Top, flags: &Layer) -> Result<top::Logs> {
    let config = serve::load(flags).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", problems.join("; "))
    })?;
    let (mut files, mut error_logs) = (asked.files, asked.error_logs);
    if files.is_empty() && error_logs.is_empty() {
        for log in config.logs.iter().filter(|log| log.stream().is_none()) {
            let of = if matches!(log.kind, LogKind::Error { .. }) { &mut error_logs } else { &mut files };
            of.extend(hangup::config::files_of(&log.path).into_iter().filter(|path| path.is_file()));
        }
    }
    let abandoned = config.web.abandoned_requests;
    Ok(top::Logs { options: report_options(flags::Report { files, error_logs, json: false }, config), abandoned })
}

fn report_options(asked: flags::Report, config: Config) -> report::Options {
    report::Options {
        files: asked.files,
        error_logs: asked.error_logs,
        json: asked.json,
        width: Terminal::of_stdout().columns.map_or(REPORT_COLUMNS, |columns| columns.min(REPORT_COLUMNS_MAX)),
        format: given_format(&config),
        described: described(&config),
        envelope: config.envelope,
        line_bytes_max: config.inputs.tail.line_bytes_max,
        tally: hangup::tally::Options {
            logs: Vec::new(),
            // Their names are taken from the first line on; what none of them logs is no zero.
            known_servers: names(config.tally.known_servers),
            known_upstreams: Vec::new(),
            ..config.tally
        },
    }
}

fn names(servers: Vec<(String, Sight)>) -> Vec<(String, Sight)> {
    servers.into_iter().map(|(name, _)| (name, Sight::default())).collect()
}

/// A format that was written out has no name.
fn given_format(config: &Config) -> Option<NamedFormat> {
    let written = config.settings.get(&NGINX_LOG_FORMAT)?;
    let name = if written.contains('$') { "as given".to_owned() } else { written };
    let place = Some(config.settings.origin(&NGINX_LOG_FORMAT).to_string());
    config.given_format.clone().map(|format| NamedFormat { name, place, format: format.into() })
}

fn described(config: &Config) -> Described {
    let names: BTreeSet<&str> = config.described.logs.iter().map(|log| log.format.as_str()).collect();
    let defined = config.described.formats.usable().cloned();
    // nginx has one that nobody defines.
    let built_in =
        names.iter().filter_map(|name| config.described.formats.get(name).ok()).filter(|it| it.place.is_none());
    let formats = defined.chain(built_in).map(|format| NamedFormat {
        place: format.place.as_ref().map(ToString::to_string),
        name: format.name,
        format: format.format.into(),
    });
    let refused = config.described.formats.refused().map(|(name, refused)| RefusedFormat {
        name: name.to_owned(),
        place: refused.place.to_string(),
        why: refused.why.clone(),
    });
    let logs = config.described.logs.iter().map(|log| DescribedLog {
        path: log.path.clone(),
        format: log.format.clone(),
        server: log.server.clone(),
    });
    Described {
        is_read: config.nginx.read,
        formats: formats.collect(),
        refused: refused.collect(),
        logs: logs.collect(),
    }
}

fn run_demo(matches: &ArgMatches, flags: Layer) -> Result<ExitCode> {
    let runtime = serve::runtime()?;
    match matches.subcommand() {
        Some(("upstream", part)) => runtime.block_on(demo::run_upstream(UpstreamArgs::from_arg_matches(part)?))?,
        Some(("clients", part)) => runtime.block_on(demo::run_clients(ClientsArgs::from_arg_matches(part)?))?,
        _ => {
            let served = runtime.block_on(serve::demo(DemoArgs::from_arg_matches(matches)?, flags))?;
            return Ok(served.map_or_else(|problems| told(&problems), |()| ExitCode::SUCCESS));
        }
    }
    Ok(ExitCode::SUCCESS)
}
