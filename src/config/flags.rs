//! The command line, built from the table of settings. Usage errors have exit code 64.
//! Does not know: what the commands do.

mod commands;
mod help;
mod usage;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Command as Clap};
pub use clap_complete::Shell;

use super::layers::{Layer, SettingValue};
use super::origin::Origin;
use super::settings;

pub use commands::{OF_REPORT, command};
pub use usage::{EXIT_USAGE, Usage};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Serve,
    Check(Check),
    Report(Report),
    Top(Top),
    /// With the flags of its own, and its part if one is named.
    Demo(ArgMatches),
    /// Ask a running hangup whether it answers.
    Healthy,
    /// Print the manual page.
    Man,
    /// Print a shell's completions.
    Completions(Shell),
}

/// `hangup check`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    pub json: bool,
}

/// `hangup report`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// `-` is standard input.
    pub files: Vec<PathBuf>,
    pub error_logs: Vec<PathBuf>,
    pub json: bool,
}

/// `hangup top`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Top {
    /// Logs that are read; with none of them and no error log, a running hangup is asked.
    pub files: Vec<PathBuf>,
    pub error_logs: Vec<PathBuf>,
    /// Where the hangup runs that is asked.
    pub web: Option<String>,
    /// One frame.
    pub once: bool,
}

impl Report {
    /// Without any log, what comes on standard input is meant. Nothing comes there from a terminal.
    pub fn or_standard_input(mut self, is_terminal: bool) -> Result<Report, Usage> {
        let none = self.files.is_empty() && self.error_logs.is_empty();
        if none && is_terminal {
            return Err(Usage::new("report", "no log is named, and standard input is a terminal"));
        }
        if none {
            self.files.push(PathBuf::from("-"));
        }
        Ok(self)
    }
}

/// A command line, understood.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub command: Command,
    /// The settings it gives.
    pub flags: Layer,
}

/// Reads a command line, program name first. `demo` is the subcommand `hangup demo`, which brings flags of its own.
/// `Err` holds help, version or the usage error.
pub fn parse(args: impl IntoIterator<Item = impl Into<OsString> + Clone>, demo: Clap) -> Result<Invocation, Usage> {
    let mut command = command(demo);
    let matches = command.try_get_matches_from_mut(args).map_err(Usage::of_clap)?;
    let (path, inner) = innermost(&matches);
    commands::refuse_unused(&path, inner)?;
    Ok(Invocation { command: chosen(&matches), flags: given(inner) })
}

/// The manual page, in the form that `man -l` takes.
pub fn manual(demo: Clap, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    help::manual(command(demo), out)
}

/// A script that completes the command line in this shell.
pub fn completions(shell: Shell, demo: Clap, out: &mut dyn std::io::Write) {
    clap_complete::generate(shell, &mut command(demo), "hangup", &mut &mut *out);
}

fn chosen(matches: &ArgMatches) -> Command {
    match matches.subcommand() {
        Some(("check", matches)) => Command::Check(Check { json: is_json(matches) }),
        Some(("report", matches)) => Command::Report(report_of(matches)),
        Some(("top", matches)) => Command::Top(top_of(matches)),
        Some(("demo", matches)) => Command::Demo(matches.clone()),
        Some(("healthy", _)) => Command::Healthy,
        Some(("man", _)) => Command::Man,
        Some(("completions", matches)) => {
            Command::Completions(matches.get_one("shell").copied().expect("it is required"))
        }
        _ => Command::Serve,
    }
}

fn report_of(matches: &ArgMatches) -> Report {
    Report { files: paths(matches, "files"), error_logs: paths(matches, "error-log"), json: is_json(matches) }
}

fn top_of(matches: &ArgMatches) -> Top {
    let web = matches.get_one::<String>("web").cloned();
    Top { files: paths(matches, "files"), error_logs: paths(matches, "error-log"), web, once: matches.get_flag("once") }
}

fn paths(matches: &ArgMatches, name: &str) -> Vec<PathBuf> {
    matches.get_many(name).into_iter().flatten().cloned().collect()
}

fn is_json(matches: &ArgMatches) -> bool {
    matches.get_one::<String>("format").is_some_and(|format| format == "json")
}

/// Flags may stand before or after the command; the innermost matches hold them all. The names lead there.
fn innermost(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut path, mut inner) = (Vec::new(), matches);
    while let Some((name, next)) = inner.subcommand() {
        path.push(name);
        inner = next;
    }
    (path, inner)
}

fn given(matches: &ArgMatches) -> Layer {
    let mut layer = Layer::default();
    for setting in settings::all() {
        if let Some(texts) = matches.get_many::<String>(setting.name()) {
            let texts: Vec<String> = texts.cloned().collect();
            layer.set(setting, SettingValue::of(setting, Origin::Flag(setting.name()), &texts));
        }
    }
    layer
}
