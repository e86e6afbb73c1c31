mod file;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::discover::tests::Map;
use super::settings::{self, AnySetting, CONFIG_FILE};
use super::values::ListenAddress;
use super::{Config, Environment, LogKind, Origin, Problem, SettingValue, flags, load};
use crate::input::tail::StartFrom;
use crate::tally::BOUNDS_MS;

/// Loads with files, variables and flags handed in.
fn loaded(files: &[(&str, &str)], env: &[(&str, &str)], args: &[&str]) -> Result<Config, Vec<Problem>> {
    let line = std::iter::once("hangup").chain(args.iter().copied());
    let invocation = flags::parse(line, clap::Command::new("demo")).expect("a right command line");
    let variables: BTreeMap<String, String> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&invocation.flags, &Environment { variables: &variables, files: &Map::of(files), cpus: 4 })
}

fn good(files: &[(&str, &str)], env: &[(&str, &str)], args: &[&str]) -> Config {
    loaded(files, env, args).expect("a right configuration")
}

fn problems(files: &[(&str, &str)], env: &[(&str, &str)], args: &[&str]) -> Vec<String> {
    loaded(files, env, args).expect_err("a wrong configuration").iter().map(ToString::to_string).collect()
}

/// A setting's values with their origins.
fn of(config: &Config, name: &str) -> Vec<String> {
    let rows = config.settings.printed().into_iter().filter(|row| row.name == name);
    rows.map(|row| format!("{} {}", row.value, row.origin)).collect()
}

const NGINX: (&str, &str) = (
    "/etc/nginx/nginx.conf",
    "error_log /e info;\nhttp {\n log_format f '$status $request_time';\n access_log /l f;\n\
     server { server_name a;\n location /s { stub_status; } } }",
);

#[test]
fn nothing_given_is_all_defaults() {
    let config = good(&[], &[], &[]);
    assert_eq!(config.web.listen, [ListenAddress { host: String::new(), port: 10499 }]);
    assert_eq!((config.web.telemetry_path.as_str(), config.web.enable_lifecycle), ("/metrics", false));
    assert_eq!(
        (config.settings.get(&settings::NGINX_FROM), config.inputs.tail.line_bytes_max),
        (StartFrom::End, 65536)
    );
    assert_eq!(config.poll.stub_status_timeout, Duration::from_secs(2));
    assert_eq!((config.state.is_none(), config.logs.len()), (true, 0));
    assert_eq!(config.tally.bounds_ms, BOUNDS_MS);
    assert_eq!(config.tally.long_after_ms, 1000);
    let said: Vec<String> = config.findings.iter().map(ToString::to_string).collect();
    assert!(
        said[0].starts_with("/etc/nginx/nginx.conf cannot be read (entity not found), so nothing was discovered"),
        "{said:?}"
    );
    let nothing = "no log and no stub_status page is known, so only the host's own signals are served";
    assert_eq!(said[1], format!("no nginx found: {nothing}"));
    assert_eq!(config.findings[1].weight, super::Weight::Problem);
    let unwanted = good(&[], &[], &["--nginx.config="]).findings;
    assert_eq!((unwanted[0].text.as_str(), unwanted[0].weight), (nothing, super::Weight::Note));
}

#[test]
fn every_setting_has_names_of_its_own() {
    let mut seen = BTreeSet::new();
    for setting in settings::all() {
        assert!(seen.insert(setting.env()), "{} twice", setting.env());
        assert_eq!(setting.key().is_none(), setting.name() == CONFIG_FILE.name);
        let dots = setting.key().unwrap_or_default().matches('.').count();
        assert!(dots < 2, "{}: the file has one level of groups", setting.name());
    }
    // No key may be both a value and a mapping.
    let keys: Vec<String> = settings::all().filter_map(AnySetting::key).collect();
    for key in &keys {
        assert!(!keys.iter().any(|other| other.starts_with(&format!("{key}."))), "{key} is a group, too");
    }
    flags::command(clap::Command::new("demo")).debug_assert();
}

#[test]
fn the_last_layer_wins() {
    let file = ("/h.yml", "poll:\n  timeout: 4s\n");
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    let layers: [(Pairs<'_>, Pairs<'_>, &[&str], &str); 4] = [
        (&[], &[], &[], "2s default"),
        (&[file], &[("HANGUP_CONFIG_FILE", "/h.yml")], &[], "4s /h.yml:2"),
        (&[file], &[("HANGUP_POLL_TIMEOUT", "5s")], &["--config.file=/h.yml"], "5s HANGUP_POLL_TIMEOUT"),
        (
            &[file],
            &[("HANGUP_POLL_TIMEOUT", "5s")],
            &["--config.file=/h.yml", "--poll.timeout=6s"],
            "6s --poll.timeout",
        ),
    ];
    for (files, env, args, expected) in layers {
        assert_eq!(of(&good(files, env, args), "poll.timeout"), [expected]);
    }
}

#[test]
fn a_list_is_replaced_as_a_whole() {
    let found = good(&[NGINX], &[], &[]);
    assert_eq!(of(&found, "nginx.access-log"), ["/l /etc/nginx/nginx.conf:4"]);
    let named = good(&[NGINX], &[], &["--nginx.access-log=/x", "--nginx.access-log=/l"]);
    assert_eq!(of(&named, "nginx.access-log"), ["/x --nginx.access-log", "/l --nginx.access-log"]);
    assert_eq!(of(&named, "nginx.error-log"), ["/e /etc/nginx/nginx.conf:1"], "the other list stays");
    let none = good(&[NGINX], &[("HANGUP_NGINX_ACCESS_LOG", "")], &[]);
    assert_eq!(of(&none, "nginx.access-log"), ["(none) HANGUP_NGINX_ACCESS_LOG"]);
    let lines = good(&[], &[("HANGUP_NGINX_ACCESS_LOG", "/a,b\n/c")], &[]);
    assert_eq!(of(&lines, "nginx.access-log"), ["/a,b HANGUP_NGINX_ACCESS_LOG", "/c HANGUP_NGINX_ACCESS_LOG"]);
    let commas = good(&[], &[("HANGUP_WEB_LISTEN_ADDRESS", ":1, [::1]:2")], &[]);
    assert_eq!(commas.web.listen.len(), 2);
}

#[test]
fn discovery_can_be_turned_elsewhere_or_off() {
    assert_eq!(of(&good(&[NGINX], &[], &[]), "nginx.scrape-uri"), ["http://127.0.0.1/s /etc/nginx/nginx.conf:6"]);
    let off = good(&[NGINX], &[], &["--nginx.config="]);
    assert_eq!((off.logs.len(), off.nginx.read), (0, false));
    assert_eq!(
        problems(&[NGINX], &[], &["--nginx.config=/gone"]),
        ["--nginx.config: /gone cannot be read: entity not found; name nginx's main file, or nothing for no discovery"]
    );
    let broken = good(&[("/n", "http { include /gone.conf;\n")], &[], &["--nginx.config=/n"]);
    assert!(broken.findings.iter().any(|finding| finding.weight == super::Weight::Problem), "told, and not fatal");
}

#[test]
fn logs_have_the_format_that_fits_what_was_said() {
    #[track_caller]
    fn check(args: &[&str], expected: &[&str]) {
        let config = good(&[NGINX], &[], args);
        let formats: Vec<String> = config
            .logs
            .iter()
            .filter_map(|log| match &log.kind {
                LogKind::Access { format_name, server, .. } => Some(format!("{} {format_name} {server}", log.path)),
                LogKind::Error { .. } => None,
            })
            .collect();
        assert_eq!(formats, expected, "{args:?}");
    }
    check(&[], &["/l f a"]);
    check(&["--nginx.access-log=/l"], &["/l f a"]);
    check(&["--nginx.access-log=/other"], &["/other combined all"]);
    check(&["--nginx.access-log=/other", "--nginx.log-format=f"], &["/other f all"]);
    check(&["--nginx.log-format=kv"], &["/l kv a"]);
    check(&["--nginx.log-format=$status $request_time"], &["/l (given) a"]);
    let unknown = &problems(&[NGINX], &[], &["--nginx.log-format=nosuch"])[0];
    assert!(
        unknown
            .starts_with("--nginx.log-format: invalid format `nosuch`; write the name of a log_format of nginx.conf, that of a preset (hangup, ")
    );
    assert_eq!(
        problems(&[NGINX], &[], &["--nginx.log-format=$request"]),
        [
            "--nginx.log-format: the log format has no $status, so nothing can be said about who gave up; add $status to it"
        ]
    );
}

#[test]
fn the_tally_is_told_what_is_known_beforehand() {
    let config = good(&[NGINX], &[], &["--nginx.access-log=/l", "--nginx.access-log=/x"]);
    let servers: Vec<&str> = config.tally.known_servers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(servers, ["a", "all"]);
    assert_eq!(config.tally.logs, ["/l", "/x", "/e"]);
}

#[test]
fn errors_in_variables_and_flags_name_them() {
    assert_eq!(
        problems(&[], &[("HANGUP_POLL_INTERVAL", "soon")], &["--web.listen-address=10499", "--probes.addresses=x,::1"]),
        [
            "HANGUP_POLL_INTERVAL: invalid duration `soon`; write a whole number and its unit, as in 500ms, 2s or 1m30s",
            "--probes.addresses: invalid network `x`; write 10.0.0.0/8, fd00::/8 or a single address",
            "--web.listen-address: invalid address `10499`; write :10499, 127.0.0.1:10499 or [::1]:10499",
        ]
    );
}

#[test]
fn an_unknown_variable_is_refused_and_kubernetes_own_are_not() {
    assert_eq!(
        problems(&[], &[("HANGUP_POLL_INTERVALL", "1s"), ("HANGUP_ZZZZZZ", "x"), ("HANGUP_POLL_TIMEOUT", "5")], &[]),
        [
            "HANGUP_POLL_INTERVALL: there is no such variable; the nearest is `HANGUP_POLL_INTERVAL`",
            "HANGUP_ZZZZZZ: there is no such variable; `hangup help` lists all of them",
            "HANGUP_POLL_TIMEOUT: invalid duration `5`; write a whole number and its unit, as in 500ms, 2s or 1m30s",
        ]
    );
    for name in [
        "HANGUP_SERVICE_HOST",
        "HANGUP_SERVICE_PORT",
        "HANGUP_SERVICE_PORT_METRICS",
        "HANGUP_PORT",
        "HANGUP_PORT_10499_TCP",
        "HANGUP_PORT_10499_TCP_ADDR",
        "HANGUP_WEB_SERVICE_HOST",
        "HANGUP_WEB_PORT",
        "HANGUP_WEB_PORT_10499_TCP_PROTO",
    ] {
        good(&[], &[(name, "tcp://10.0.0.1:10499")], &[]);
    }
    for name in ["HANGUP_EXPORT", "HANGUP_WEB_PORTS", "HANGUP_WEB_SERVICE", "HANGUP_WEB_PORT_LISTEN"] {
        assert_eq!(problems(&[], &[(name, "x")], &[]).len(), 1, "{name}");
    }
}

#[test]
fn command_lines() {
    use flags::Command;
    let command = |args: &[&str]| {
        let line = std::iter::once("hangup").chain(args.iter().copied());
        flags::parse(line, clap::Command::new("demo").subcommand(clap::Command::new("clients")))
            .map(|invocation| invocation.command)
    };
    assert_eq!(command(&[]).expect("serve"), Command::Serve);
    assert_eq!(command(&["serve", "--log.level=debug"]).expect("serve"), Command::Serve);
    assert_eq!(command(&["--log.level=debug", "check"]).expect("check"), Command::Check(flags::Check::default()));
    assert!(matches!(command(&["demo"]).expect("demo"), Command::Demo(own) if own.subcommand_name().is_none()));
    assert!(
        matches!(command(&["demo", "clients"]).expect("part"), Command::Demo(own) if own.subcommand_name() == Some("clients"))
    );
    let Command::Report(report) =
        command(&["report", "a.gz", "-", "--error-log", "e", "--format=json"]).expect("report")
    else {
        panic!("a report was asked for")
    };
    assert_eq!((report.files.len(), report.error_logs.len(), report.json), (2, 1, true));
    assert!(matches!(command(&["check", "--format=json"]).expect("check"), Command::Check(check) if check.json));
    assert_eq!(command(&["completions", "zsh"]).expect("completions"), Command::Completions(flags::Shell::Zsh));
    let code = |args: &[&str]| command(args).expect_err("no command").exit_code();
    for args in [
        &["--nosuch"][..],
        &["frobnicate"],
        &["--nginx.from=middle"],
        &["report", "--web.telemetry-path=/m", "a"],
        &["--web.telemetry-path=/m", "report", "a"],
        &["report", "--log.level", "debug"],
        &["demo", "clients", "--poll.timeout=1s"],
        &["man", "--nginx.config="],
    ] {
        assert_eq!(code(args), flags::EXIT_USAGE, "{args:?}");
    }
    for args in [&["--help"][..], &["--version"], &["help"], &["help", "report"], &["help", "demo", "clients"]] {
        assert_eq!(code(args), 0, "{args:?}");
    }
}

#[test]
fn a_report_without_a_log_reads_what_is_piped_in() {
    let report = flags::Report::default;
    assert_eq!(report().or_standard_input(false).expect("a pipe").files, [std::path::PathBuf::from("-")]);
    assert_eq!(report().or_standard_input(true).expect_err("a terminal").exit_code(), flags::EXIT_USAGE);
    let named = flags::Report { error_logs: vec!["e".into()], ..report() };
    assert!(named.or_standard_input(true).expect("a log is named").files.is_empty());
}

/// Each command lists its own flags and the settings it uses, and nothing that it would refuse.
#[test]
fn the_help_of_a_command_is_about_that_command() {
    let help = |path: &[&str]| {
        let mut command = flags::command(clap::Command::new("demo").subcommand(clap::Command::new("clients")));
        command.build();
        let inner =
            path.iter().fold(&mut command, |command, name| command.find_subcommand_mut(name).expect("a command"));
        inner.render_long_help().to_string()
    };
    let (all, check, report) = (help(&[]), help(&["check"]), help(&["report"]));
    for setting in settings::all() {
        let flag = format!("--{} ", setting.name());
        let written =
            |help: &str| help.lines().any(|line| line.trim_start().replace(['[', '=', '<'], " ").starts_with(&flag));
        assert!(written(&all) && written(&check), "{flag}");
        let used = flags::OF_REPORT.iter().any(|used| used.name() == setting.name());
        assert_eq!(written(&report), used, "{flag}");
        assert!(!written(&help(&["demo", "clients"])), "{flag}");
    }
    assert!(report.contains("--error-log") && !all.contains("--error-log"), "{all}");
}

/// How requests are counted is the same for a log that is followed and one that is finished.
#[test]
fn a_report_counts_by_the_same_settings() {
    let section = settings::SECTIONS.iter().find(|section| section.heading == "How requests are counted");
    // A report leaves nothing out, so it needs no bound.
    let of_others = [
        settings::CHAIN.name,
        settings::HISTOGRAM_ROUTE_BUCKETS.name,
        settings::METRICS_NATIVE_HISTOGRAMS.name,
        settings::METRICS_WITHOUT.name,
        settings::LIMITS_SERIES.name,
        settings::LIMITS_IDLE.name,
        // A diagnosis has one threshold for each.
        settings::SLO_ABANDONED_PAGE.name,
    ];
    for setting in section.expect("it is there").settings {
        let used = flags::OF_REPORT.iter().any(|used| used.name() == setting.name());
        assert_ne!(used, of_others.contains(&setting.name()), "{}", setting.name());
    }
}

#[test]
fn a_wrong_value_has_the_same_words_everywhere() {
    let parsed = |args: &[&str]| {
        let line = std::iter::once("hangup").chain(args.iter().copied());
        flags::parse(line, clap::Command::new("demo")).expect_err("a wrong value")
    };
    let words = |usage: flags::Usage| match usage {
        flags::Usage::Own(text) => text,
        flags::Usage::Clap(error) => panic!("in clap's words: {error}"),
    };
    let choice = "log.level: invalid value `loud`; write error, warn, info or debug";
    assert_eq!(words(parsed(&["--log.level=loud"])), format!("--{choice}"));
    assert_eq!(problems(&[], &[("HANGUP_LOG_LEVEL", "loud")], &[])[0], choice.replace("log.level", "HANGUP_LOG_LEVEL"));
    assert_eq!(words(parsed(&["report", "--format", "xml"])), "--format: invalid value `xml`; write text or json");
}

#[test]
fn flags_before_and_after_the_command_count() {
    let config = good(&[], &[], &["--poll.timeout=3s", "check", "--web.enable-lifecycle", "--poll.timeout=4s"]);
    assert_eq!(config.poll.stub_status_timeout, Duration::from_secs(4));
    assert!(config.web.enable_lifecycle);
}

#[test]
fn every_setting_refuses_what_it_cannot_read() {
    // Any text is a path.
    for setting in settings::all().filter(|setting| setting.form().placeholder != "PATH") {
        let name = setting.env();
        let found = problems(&[], &[(&name, "[ (")], &[]);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{name}: ")), "{name}: {found:?}");
    }
}

/// `--help` and the README print defaults: pasted, they give the same value.
#[test]
fn a_default_pasted_is_the_default() {
    for setting in settings::all() {
        let default = setting.default_texts();
        let pasted = SettingValue::of(setting, Origin::Flag(setting.name()), &default);
        for text in &default {
            assert_eq!(setting.check(text), Ok(()), "{}", setting.name());
        }
        assert_eq!(setting.texts(Some(&pasted.values)), default, "{}", setting.name());
    }
}

#[test]
fn values_are_printed_as_they_are_read() {
    #[track_caller]
    fn check(setting: &dyn AnySetting, text: &str, expected: &str) {
        let given = SettingValue::of(setting, Origin::Flag(setting.name()), &[text.to_owned()]);
        assert_eq!(setting.texts(Some(&given.values)).join(" "), expected, "{}={text}", setting.name());
    }
    check(&settings::STATE_INTERVAL, "1m30s", "90s");
    check(&settings::STATE_INTERVAL, "1500ms", "1500ms");
    check(&settings::ABANDONMENT_LONG_AFTER, "250ms", "250ms");
    check(&settings::HISTOGRAM_BUCKETS, "0.25,1.50,300", "0.25 1.5 300");
    check(&settings::LOG_LINE_BYTES_MAX, "131072", "128KiB");
    check(&settings::LOG_LINE_BYTES_MAX, "2097152", "2MiB");
    check(&settings::LOG_LINE_BYTES_MAX, "5000", "5000");
    check(&settings::WEB_LISTEN_ADDRESS, ":1,[::1]:2,h:3", ":1 [::1]:2 h:3");
    check(&settings::WEB_LISTEN_ADDRESS, "", ":10499");
    check(&settings::WEB_ENABLE_LIFECYCLE, "on", "true");
    check(&settings::ROUTES_PATTERNS, "api = ^/api/", "api=^/api/");
    check(&settings::CHAIN, "CDN=100s\nLB=1m", "CDN=100s LB=60s");
    check(&settings::NGINX_CONFIG, "", "");
    check(&settings::LOG_LEVEL, "warn", "warn");
}

/// The one list of what a reload cannot change; everything else in the table is read again by it.
#[test]
fn what_needs_a_restart_is_told_by_name() {
    const YAML: &str = "web: {listen_address: [':1'], telemetry_path: /m, enable_lifecycle: yes, hostname: [a.b], client_addresses: nobody}\n\
                        path: {state: /s}\nstate: {interval: 1s}\nhistogram: {buckets: [1]}\nlog: {level: debug, format: json}\n";
    let named = ["--config.file=/h.yml"];
    let running = good(&[("/h.yml", "{}\n")], &[], &named).settings;
    let changed = good(&[("/h.yml", YAML)], &[], &named).settings;
    let names = [
        "web.listen-address",
        "web.telemetry-path",
        "web.enable-lifecycle",
        "web.hostname",
        "web.client-addresses",
        "path.state",
        "histogram.buckets",
        "log.format",
    ];
    assert_eq!(changed.needing_restart(&running), names);
    assert_eq!(running.needing_restart(&changed), names, "what is taken out of the file is a change, too");
    let same = "state: {interval: 5000ms}\npoll: {interval: 1s}\nweb: {listen_address: []}\n";
    let same = good(&[("/h.yml", same)], &[], &named).settings;
    assert_eq!(
        same.needing_restart(&running),
        Vec::<&str>::new(),
        "the same values in other words, and one that is taken"
    );
}

#[test]
fn a_host_of_many_sites_keeps_to_the_limits() {
    let sites: String = (0..40).map(|n| format!("server {{ server_name s{n}; }}\n")).collect();
    let config = good(&[("/etc/nginx/nginx.conf", &format!("http {{ {sites} }}"))], &[], &[]);
    assert_eq!(config.tally.known_servers.len(), config.tally.servers.limit);
    assert_eq!(config.nginx.timeouts.iter().filter(|timeout| timeout.directive == "send_timeout").count(), 31);
    let said = config.findings[0].to_string();
    assert!(said.starts_with("nginx.conf has 41 servers, and the limit is 32"), "{said}");
}

#[test]
fn passwords_are_not_printed() {
    let config = good(&[], &[], &["--nginx.scrape-uri=http://me:secret@h:1/s@t"]);
    assert_eq!(of(&config, "nginx.scrape-uri"), ["http://***@h:1/s@t --nginx.scrape-uri"]);
    assert_eq!(config.status_pages[0].uri, "http://me:secret@h:1/s@t");
    // Nor where it cannot be meant.
    for wrong in ["http://me:sec ret@h/s", "me:secret@h:1/s", "http://me:sec/ret@h:1/s", "http://me:secret@h:80800/s"] {
        let said = problems(&[], &[], &[&format!("--nginx.scrape-uri={wrong}")]).concat();
        assert!(said.contains("@h") && !said.contains("me:") && !said.contains("ret@"), "{said}");
    }
}

#[test]
fn a_page_is_asked_for_the_host_that_a_person_names() {
    let host = |args: &[&str]| good(&[NGINX], &[], args).status_pages[0].host.clone();
    assert_eq!(host(&["--nginx.scrape-uri=http://127.0.0.1:81/s"]), None);
    let named = ["--nginx.scrape-uri=http://127.0.0.1:81/s", "--nginx.scrape-host=status.example"];
    assert_eq!(host(&named).as_deref(), Some("status.example"));
}
