//! The commands, each with the flags of its own and the settings that it uses.
//! Does not know: what they do.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command as Clap};
use clap_complete::Shell;

use super::super::setting::AnySetting;
use super::super::settings::{
    ABANDONMENT_LONG_AFTER, CONFIG_FILE, HISTOGRAM_BUCKETS, LIMITS_ROUTES, LIMITS_SERVERS, LIMITS_UPSTREAMS,
    LOG_ENVELOPE, LOG_LINE_BYTES_MAX, NGINX_ACCESS_LOG, NGINX_CONFIG, NGINX_ERROR_LOG, NGINX_LOG_FORMAT, PATH_PROCFS,
    PROBES_ADDRESSES, PROBES_AGENTS, ROUTES_ADMIT_AFTER, ROUTES_IGNORED, ROUTES_PATTERNS, SECTIONS,
    SLO_ABANDONED_TICKET, SLO_GATEWAY_ERRORS_PAGE, WEB_ABANDONED_REQUESTS, WEB_CONFIG_FILE, WEB_LISTEN_ADDRESS, all,
};
use super::super::value_type::Syntax;
use super::help::{AFTER_HELP, CHECK_HELP, REPORT_HELP, TOP_HELP, of_setting};
use super::usage::Usage;

/// The version, and what it was built from.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (revision ", env!("HANGUP_REVISION"), ")");
/// Longer lines of help are hard to read.
const HELP_COLUMNS_MAX: usize = 110;

/// The settings that `hangup report` uses. Any other is refused there: who gives one expects something of it.
pub const OF_REPORT: &[&dyn AnySetting] = &[
    &CONFIG_FILE,
    &NGINX_CONFIG,
    &NGINX_LOG_FORMAT,
    &ABANDONMENT_LONG_AFTER,
    &ROUTES_PATTERNS,
    &ROUTES_ADMIT_AFTER,
    &ROUTES_IGNORED,
    &PROBES_AGENTS,
    &PROBES_ADDRESSES,
    &HISTOGRAM_BUCKETS,
    &LIMITS_ROUTES,
    &LIMITS_SERVERS,
    &LIMITS_UPSTREAMS,
    &LOG_ENVELOPE,
    &LOG_LINE_BYTES_MAX,
    &SLO_ABANDONED_TICKET,
    &SLO_GATEWAY_ERRORS_PAGE,
];

/// Which settings a command uses.
#[derive(Clone, Copy)]
enum Uses {
    All,
    Only(&'static [&'static dyn AnySetting]),
    /// Those of `hangup report`, and these.
    ReportAnd(&'static [&'static dyn AnySetting]),
}

/// Those of `hangup healthy`.
const OF_HEALTHY: &[&dyn AnySetting] = &[&CONFIG_FILE, &WEB_LISTEN_ADDRESS, &WEB_CONFIG_FILE];

/// Those of `hangup top`, beside what reading logs needs.
const OF_TOP: &[&dyn AnySetting] = &[
    &WEB_LISTEN_ADDRESS,
    &WEB_CONFIG_FILE,
    &WEB_ABANDONED_REQUESTS,
    &NGINX_ACCESS_LOG,
    &NGINX_ERROR_LOG,
    &PATH_PROCFS,
];

const NOTHING: Uses = Uses::Only(&[]);

impl Uses {
    /// By the names of the command and its part.
    fn of(path: &[&str]) -> Uses {
        match path {
            [] | ["serve" | "check" | "demo"] => Uses::All,
            ["report"] => Uses::Only(OF_REPORT),
            ["top"] => Uses::ReportAnd(OF_TOP),
            ["healthy"] => Uses::Only(OF_HEALTHY),
            _ => NOTHING,
        }
    }

    fn include(self, setting: &dyn AnySetting) -> bool {
        let is_in = |settings: &[&dyn AnySetting]| settings.iter().any(|used| used.name() == setting.name());
        match self {
            Uses::All => true,
            Uses::Only(settings) => is_in(settings),
            Uses::ReportAnd(settings) => is_in(OF_REPORT) || is_in(settings),
        }
    }
}

/// The whole command line, for parsing, for the help and for the README's test.
pub fn command(demo: Clap) -> Clap {
    let commands = [serve(), check(), report(), top(), demo, healthy(), man(), completions()];
    Clap::new("hangup")
        .version(VERSION)
        .about("Shows who abandoned each request, in which phase, and why.")
        .after_help(AFTER_HELP)
        .max_term_width(HELP_COLUMNS_MAX)
        .args_override_self(true)
        .args(SECTIONS.iter().flat_map(|section| section.settings.iter().map(|it| flag(*it, section.heading))))
        .subcommands(commands.map(|command| with_its_settings(command, &[])))
}

/// What a command does not use is no flag in its help. It is known all the same, so that it can be refused by name.
fn with_its_settings(command: Clap, above: &[&str]) -> Clap {
    let name = command.get_name().to_owned();
    let path: Vec<&str> = above.iter().copied().chain([name.as_str()]).collect();
    let uses = Uses::of(&path);
    let unused = all().filter(|setting| !uses.include(*setting));
    let hidden = unused.map(|setting| flag(setting, "").global(false).hide(true)).collect::<Vec<_>>();
    command.args(hidden).mut_subcommands(|part| with_its_settings(part, &path))
}

/// Refuses a flag that the command would ignore.
pub(super) fn refuse_unused(path: &[&str], matches: &ArgMatches) -> Result<(), Usage> {
    let uses = Uses::of(path);
    let given = |setting: &&dyn AnySetting| matches.get_many::<String>(setting.name()).is_some();
    match all().filter(|setting| !uses.include(*setting)).find(given) {
        Some(setting) => {
            let command = path.join(" ");
            Err(Usage::new(&command, format!("--{} has no meaning for `hangup {command}`", setting.name())))
        }
        None => Ok(()),
    }
}

fn serve() -> Clap {
    Clap::new("serve").about("Follow the logs, poll, serve metrics (what `hangup` alone does)")
}

fn check() -> Clap {
    Clap::new("check")
        .about("Print every value with its origin, try each source, lint nginx")
        .after_help(CHECK_HELP)
        .arg(format())
}

fn report() -> Clap {
    Clap::new("report")
        .about("Summarise existing log files, without a server")
        .after_help(REPORT_HELP)
        .args(logs(
            "Logs, also packed (.gz .xz .zst .bz2); `-`, or none: standard input; access and error logs are told apart \
             by their content",
        ))
        .arg(format())
}

fn top() -> Clap {
    let web = Arg::new("web").long("web").value_name("URL");
    Clap::new("top")
        .about("Show the diagnosis live in a terminal: of a running hangup, or straight from the logs")
        .after_help(TOP_HELP)
        .args(logs("Logs to read instead of asking a running hangup; none: those that a hangup here would follow"))
        .arg(web.help(
            "Where the hangup runs that is asked, such as http://10.0.0.7:10499 [default: where --web.listen-address says]",
        ))
        .arg(Arg::new("once").long("once").action(ArgAction::SetTrue).help("Print one frame, and end"))
}

/// The arguments that name logs.
fn logs(help: &'static str) -> [Arg; 2] {
    let paths = |arg: Arg| arg.value_name("FILE").value_parser(clap::value_parser!(PathBuf));
    let error_logs = Arg::new("error-log").long("error-log").action(ArgAction::Append);
    [
        paths(Arg::new("files").num_args(0..)).help(help),
        paths(error_logs).help("A log that is an error log whatever it looks like [repeatable]"),
    ]
}

fn healthy() -> Clap {
    Clap::new("healthy").about("Exit with 0 if a running hangup answers (a container's health check)")
}

fn man() -> Clap {
    Clap::new("man").about("Print the manual page: `hangup man | man -l -`")
}

fn completions() -> Clap {
    let shell = Arg::new("shell").value_name("SHELL").required(true).value_parser(clap::value_parser!(Shell));
    Clap::new("completions").about("Print completions for a shell, to be sourced by it").arg(shell)
}

fn format() -> Arg {
    Arg::new("format").long("format").value_parser(["text", "json"]).default_value("text").help("How to print")
}

fn flag(setting: &dyn AnySetting, heading: &'static str) -> Arg {
    let arg = Arg::new(setting.name())
        .long(setting.name())
        .value_name(setting.form().placeholder)
        .help(of_setting(setting))
        .help_heading(heading)
        .global(true)
        .action(if setting.is_list() { ArgAction::Append } else { ArgAction::Set });
    match setting.form().syntax {
        Syntax::Choice(words) => arg.value_parser(PossibleValuesParser::new(words())).hide_possible_values(true),
        Syntax::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        _ => arg,
    }
}
