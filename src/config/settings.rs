//! The one table of settings: flag, environment variable, key, default and help all come from a row of it.
//! Does not know: what a value does.

use crate::tally::PROBE_AGENTS;

/// What a value looks like. Decides the placeholder in the help and how a list is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Path,
    Address,
    Switch,
    Duration,
    Size,
    Count,
    Choice(&'static [&'static str]),
    Regex,
    Network,
    Seconds,
    Uri,
    /// `NAME=VALUE`; in the file a mapping of `name` and the key given here.
    Named(&'static str),
}

impl Kind {
    /// The word that stands for a value in the help.
    pub fn placeholder(self) -> &'static str {
        match self {
            Kind::Text => "TEXT",
            Kind::Path => "PATH",
            Kind::Address => "HOST:PORT",
            Kind::Switch => "BOOL",
            Kind::Duration => "DURATION",
            Kind::Size => "SIZE",
            Kind::Count => "N",
            Kind::Choice(_) => "CHOICE",
            Kind::Regex => "REGEX",
            Kind::Network => "CIDR",
            Kind::Seconds => "SECONDS",
            Kind::Uri => "URI",
            Kind::Named(_) => "NAME=VALUE",
        }
    }

    /// Splits one flag or variable into the values of a list. A newline always separates; a comma does
    /// where no value can contain one (a regex, a path pattern and a URI can).
    pub fn split(self, text: &str) -> Vec<String> {
        let comma = matches!(self, Kind::Address | Kind::Network | Kind::Seconds);
        let parts = text.split(move |c| c == '\n' || (comma && c == ','));
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The flag without its dashes. The other names are derived from it.
    pub name: &'static str,
    pub kind: Kind,
    /// Whether it is a list.
    pub repeats: bool,
    /// The default as a person would write it; empty: none.
    pub default: &'static [&'static str],
    pub help: &'static str,
}

impl Setting {
    /// `web.listen-address` → `HANGUP_WEB_LISTEN_ADDRESS`.
    pub fn env(&self) -> String {
        format!("HANGUP_{}", self.name.replace(['.', '-'], "_").to_uppercase())
    }

    /// `web.listen-address` → `web.listen_address`, the dot a level of the file. `None`: not a key of the file.
    pub fn key(&self) -> Option<String> {
        (self.name != CONFIG_FILE).then(|| self.name.replace('-', "_"))
    }
}

/// The setting with this name.
pub fn named(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// The file cannot name itself: the one setting that is no key.
pub const CONFIG_FILE: &str = "config.file";

/// Where every distribution keeps it. A host without this file is no error, one without a named file is.
pub const NGINX_CONFIG: &str = "/etc/nginx/nginx.conf";

/// Shaped by timeouts rather than page loads: the steps stand where proxies, balancers and clients give up.
pub const BUCKETS: &[&str] = &[
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "15", "20", "30", "45", "60", "90",
    "100", "120", "300",
];

const fn one(name: &'static str, kind: Kind, default: &'static [&'static str], help: &'static str) -> Setting {
    Setting { name, kind, repeats: false, default, help }
}

const fn list(name: &'static str, kind: Kind, default: &'static [&'static str], help: &'static str) -> Setting {
    Setting { name, kind, repeats: true, default, help }
}

/// Every setting there is, in the order of the help.
pub const SETTINGS: &[Setting] = &[
    one(CONFIG_FILE, Kind::Path, &[], "configuration file in YAML"),
    one("nginx.config", Kind::Path, &[NGINX_CONFIG], "nginx's main file, for discovery; empty: no discovery"),
    list("nginx.access-log", Kind::Path, &[], "access log to follow, globs allowed; replaces the discovered ones"),
    list("nginx.error-log", Kind::Path, &[], "error log to follow, globs allowed; replaces the discovered ones"),
    one(
        "nginx.log-format",
        Kind::Text,
        &[],
        "log_format text, preset, or name of one in nginx.conf, for all access logs",
    ),
    list("nginx.scrape-uri", Kind::Uri, &[], "stub_status page: http://…, https://… or unix:/socket:/path"),
    one("nginx.from", Kind::Choice(&["end", "start"]), &["end"], "where a log that is there at start-up is begun"),
    one("nginx.pid", Kind::Count, &[], "a process of an nginx in another network namespace: its /proc/PID/net is read"),
    list("web.listen-address", Kind::Address, &[":10499"], "address to serve on; port 0 picks a free one"),
    one("web.telemetry-path", Kind::Text, &["/metrics"], "path of the metrics"),
    one("web.enable-lifecycle", Kind::Switch, &["false"], "allow POST /-/reload"),
    one("path.procfs", Kind::Path, &["/proc"], "where the host's /proc is mounted"),
    one(
        "path.state",
        Kind::Path,
        &[],
        "directory that keeps offsets and counts over a restart; empty: nothing is kept",
    ),
    one("state.interval", Kind::Duration, &["5s"], "how often the state is saved"),
    one("poll.interval", Kind::Duration, &["5s"], "how often stub_status and /proc are read"),
    one("poll.timeout", Kind::Duration, &["2s"], "how long stub_status may take to answer"),
    one("abandonment.long-after", Kind::Duration, &["1s"], "from when on an abandoned request counts as long"),
    list("routes.patterns", Kind::Named("match"), &[], "route label and the regex of its paths, first match wins"),
    one(
        "routes.admit-after",
        Kind::Count,
        &["10"],
        "requests a folded path needs before it becomes a route of its own",
    ),
    list("probes.agents", Kind::Regex, PROBE_AGENTS, "user agents that are health probes, in any case"),
    list("probes.addresses", Kind::Network, &[], "client addresses that are health probes"),
    list("histogram.buckets", Kind::Seconds, BUCKETS, "upper bounds of the duration histograms"),
    one("limits.routes", Kind::Count, &["64"], "most values of the label route"),
    one("limits.servers", Kind::Count, &["32"], "most values of the label server"),
    one("limits.upstreams", Kind::Count, &["128"], "most values of the label upstream"),
    list("chain", Kind::Named("timeout"), &[], "timeouts in front of nginx (CDN, balancer), the outermost first"),
    one("log.line-bytes-max", Kind::Size, &["64KiB"], "longest line that is read; longer ones are counted as too_long"),
    one("log.level", Kind::Choice(&["error", "warn", "info", "debug"]), &["info"], "what hangup itself logs"),
    one("log.format", Kind::Choice(&["logfmt", "json"]), &["logfmt"], "how hangup itself logs"),
];
