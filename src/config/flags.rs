//! The command line, built from the table of settings. Usage errors are clap's, with exit code 64.
//! Does not know: what the commands do.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command as Clap};

use super::layers::{Layer, SettingValue};
use super::origin::Origin;
use super::setting::AnySetting;
use super::settings::{self, SECTIONS};
use super::value_type::{ListStyle, Syntax};

/// The exit code of a command line that cannot be understood (EX_USAGE of sysexits.h).
pub const EXIT_USAGE: u8 = 64;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Serve,
    Check,
    Report(Report),
    /// With the flags of its own, and its part if one is named.
    Demo(ArgMatches),
}

/// `hangup report`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// `-` is standard input.
    pub files: Vec<PathBuf>,
    pub error_logs: Vec<PathBuf>,
    pub json: bool,
}

/// A command line, understood.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub command: Command,
    /// The settings it gives.
    pub flags: Layer,
}

/// Reads a command line, program name first. `demo` is the subcommand `hangup demo`, which brings flags of its own.
/// `Err` holds help, version or the usage error: print it, then exit with [`exit_code`].
pub fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    demo: Clap,
) -> Result<Invocation, clap::Error> {
    let matches = command(demo).try_get_matches_from(args)?;
    Ok(Invocation { command: chosen(&matches), flags: given(innermost(&matches)) })
}

/// 0 after help and version, 64 after a usage error.
pub fn exit_code(error: &clap::Error) -> u8 {
    if error.use_stderr() { EXIT_USAGE } else { 0 }
}

/// The whole command line, for parsing and for the README's test.
pub fn command(demo: Clap) -> Clap {
    Clap::new("hangup")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Shows who abandoned each request, in which phase, and why.")
        .after_help(AFTER_HELP)
        .args_override_self(true)
        .disable_help_subcommand(true)
        .args(
            SECTIONS.iter().flat_map(|section| section.settings.iter().map(|setting| flag(*setting, section.heading))),
        )
        .subcommand(Clap::new("serve").about("Follow the logs, poll, serve metrics (what `hangup` alone does)"))
        .subcommand(
            Clap::new("check")
                .about("Print every value with its origin, try each source, lint nginx")
                .after_help(CHECK_HELP),
        )
        .subcommand(report())
        .subcommand(demo)
}

const AFTER_HELP: &str = "\
Every flag is also an environment variable and a key of the file: --web.listen-address is
HANGUP_WEB_LISTEN_ADDRESS, and in YAML `web: {listen_address: [\":10499\"]}`. Flags win over variables,
variables over the file, the file over what nginx.conf says, that over the defaults. In a variable,
the values of a list stand on lines of their own; addresses, networks and seconds also between commas.
An empty value means none. With no configuration at all, everything is read out of nginx.conf.";

const CHECK_HELP: &str = "\
Exit code: 0 where hangup can see all it was asked to see, 1 where it cannot (a problem), 64 for a
command line it does not understand. Advice on nginx's own settings does not change the exit code.";

fn report() -> Clap {
    let files = Arg::new("files").value_name("FILE").num_args(0..).value_parser(clap::value_parser!(PathBuf));
    let error_logs = Arg::new("error-log").long("error-log").value_name("FILE").action(ArgAction::Append);
    let format = Arg::new("format").long("format").value_parser(["text", "json"]).default_value("text");
    Clap::new("report")
        .about("Summarise existing log files (plain, .gz, `-` for standard input), without a server")
        .arg(files.help("Logs; access and error logs are told apart by their content"))
        .arg(
            error_logs
                .value_parser(clap::value_parser!(PathBuf))
                .help("A log that is an error log whatever it looks like"),
        )
        .arg(format.help("How to print"))
}

fn flag(setting: &dyn AnySetting, heading: &'static str) -> Arg {
    let arg = Arg::new(setting.name())
        .long(setting.name())
        .value_name(setting.form().placeholder)
        .help(help(setting))
        .help_heading(heading)
        .global(true)
        .action(if setting.is_list() { ArgAction::Append } else { ArgAction::Set });
    match setting.form().syntax {
        Syntax::Choice(words) => arg.value_parser(PossibleValuesParser::new(words())).hide_possible_values(true),
        Syntax::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        _ => arg,
    }
}

/// The row's help, with what a reader asks next: how often, which words, what if not given.
fn help(setting: &dyn AnySetting) -> String {
    let mut help = setting.help().to_owned();
    let mut bracket = Vec::new();
    if setting.is_list() {
        bracket.push("repeatable".to_owned());
    }
    if let Syntax::Choice(words) = setting.form().syntax {
        bracket.push(words().join("|"));
    }
    let default = setting.default_texts();
    match default.as_slice() {
        [] => {}
        [first, .., last] if setting.form().list_style == ListStyle::OneLine => {
            bracket.push(format!("default: {first} … {last}"));
        }
        [_, _, ..] => bracket.push(format!("default: {} built-in ones", default.len())),
        [only] => bracket.push(format!("default: {only}")),
    }
    if !bracket.is_empty() {
        help.push_str(&format!(" [{}]", bracket.join("; ")));
    }
    help
}

fn chosen(matches: &ArgMatches) -> Command {
    match matches.subcommand() {
        Some(("check", _)) => Command::Check,
        Some(("report", matches)) => Command::Report(report_of(matches)),
        Some(("demo", matches)) => Command::Demo(matches.clone()),
        _ => Command::Serve,
    }
}

fn report_of(matches: &ArgMatches) -> Report {
    let paths = |name: &str| matches.get_many(name).into_iter().flatten().cloned().collect();
    let json = matches.get_one::<String>("format").is_some_and(|format| format == "json");
    Report { files: paths("files"), error_logs: paths("error-log"), json }
}

/// Flags may stand before or after the command; the innermost matches hold them all.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
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
