//! What the command line says of itself: texts below the flags, a row's help, the manual page.
//! Does not know: which flags there are.

use std::io::{self, Write};

use clap::Command as Clap;

use super::super::setting::AnySetting;
use super::super::value_type::{ListStyle, Syntax};

pub(super) const AFTER_HELP: &str = "\
Every flag is also an environment variable and a key of the file: --web.listen-address is HANGUP_WEB_LISTEN_ADDRESS, \
and in YAML `web: {listen_address: [\":10499\"]}`. Flags win over variables, variables over the file, the file over what \
nginx.conf says, that over the defaults. In a variable, the values of a list stand on lines of their own; addresses, \
networks and seconds also between commas. An empty value means none. With no configuration at all, everything is read \
out of nginx.conf.";

pub(super) const CHECK_HELP: &str = "\
Exit code: 0 where hangup can see all it was asked to see, 1 where it cannot (a problem), 64 for a command line or a \
configuration that it does not understand. Advice on nginx's own settings does not change the exit code.";

pub(super) const REPORT_HELP: &str = "\
Formats are tried in this order: --nginx.log-format, the one in which nginx.conf writes this very file, the others of \
nginx.conf, those known by name. Exit code: 0 with a report, 1 where a log cannot be read or fits no format, 64 for a \
command line that is not understood.";

pub(super) const TOP_HELP: &str = "\
Keys: ↑ ↓ (k j) choose a route, Enter opens it, Esc goes back; s sorts by the next column, r reverses; PgUp, PgDn, Home \
and End scroll; q ends. Straight from the logs, the last hour of the access logs is told, an error log from now on, and \
nothing of the host. Exit code: 0, 1 where neither a hangup answers nor a log can be read, 64 for a command line that is \
not understood.";

/// The row's help, with what a reader asks next: how often, which words, what if not given.
pub(super) fn of_setting(setting: &dyn AnySetting) -> String {
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

/// One page of all commands, each with the flags of its own; the settings stand once, with those of `hangup` itself.
pub(super) fn manual(mut command: Clap, out: &mut dyn Write) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(&mut &mut *out)?;
    command.build();
    for part in command.get_subcommands().filter(|part| part.get_name() != "help") {
        let own = part.get_arguments().filter(|arg| !arg.is_global_set() && !arg.is_hide_set());
        let own: Vec<_> = own.filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version")).collect();
        writeln!(out, ".SH \"HANGUP {}\"", part.get_name().to_uppercase())?;
        writeln!(out, "{}", part.get_about().cloned().unwrap_or_default())?;
        for arg in own {
            let name = arg.get_long().map_or_else(|| arg.get_id().to_string(), |long| format!("--{long}"));
            let help = arg.get_help().cloned().unwrap_or_default();
            writeln!(out, ".TP\n\\fB{}\\fR\n{help}", name.replace('-', "\\-"))?;
        }
    }
    Ok(())
}
