//! The one table of settings. A row has the setting's name, type, default, help, and whether a reload takes it; flag,
//! environment variable, key of the file, `--help`, README and `hangup check` all come from it.
//! Does not know: what a value does. Who needs one asks with the row: `settings.get(&POLL_INTERVAL)`.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing::level_filters::LevelFilter;

use super::setting::Reload::{Applied, NeedsRestart};
pub use super::setting::{AnySetting, Arity, AtLeastOne, List, One, Optional, Reload, Setting};
use super::slo::{THRESHOLD, Threshold};
use super::values::{ListenAddress, Named};
use super::{LogEncoding, setting, types};
use crate::envelope::Envelope;
use crate::input::tail::{self, StartFrom};
use crate::poll;
use crate::tally::{self, PROBE_AGENTS, RoutePattern};
use crate::web::ClientAddresses;

/// A heading of the help, and the settings below it.
pub struct Section {
    pub heading: &'static str,
    pub settings: &'static [&'static dyn AnySetting],
}

/// Every setting there is, in the order of the help.
pub fn all() -> impl Iterator<Item = &'static dyn AnySetting> {
    SECTIONS.iter().flat_map(|section| section.settings).copied()
}

/// Makes a static of each row, and one list of all. A row is
/// `NAME: type = name, how it is written, default, reload, help`.
/// A default comes from the part of hangup that uses the value, where that has one.
macro_rules! settings {
    ($($heading:literal { $($name:ident: $type:ty = $($row:expr),+;)+ })+) => {
        $($(pub static $name: $type = Setting::new($($row),+);)+)+
        pub static SECTIONS: &[Section] = &[$(Section { heading: $heading, settings: &[$(&$name),+] }),+];
    };
}

settings! {
    "Configuration" {
        CONFIG_FILE: Setting<PathBuf, Optional> =
            setting::CONFIG_FILE, &types::PATH, || None, NeedsRestart,
            "configuration file in YAML";
    }
    "nginx inputs" {
        // Where every distribution keeps it. A host without this file is no error, one without a named file is.
        NGINX_CONFIG: Setting<PathBuf, Optional> =
            "nginx.config", &types::PATH, || Some("/etc/nginx/nginx.conf".into()), Applied,
            "nginx's main file, for discovery; empty: no discovery";
        NGINX_ACCESS_LOG: Setting<String, List> =
            "nginx.access-log", &types::LOG, Vec::new, Applied,
            "access log to follow, globs allowed; `-`, syslog:udp://HOST:PORT, syslog:unix:PATH; replaces the discovered ones";
        NGINX_ERROR_LOG: Setting<String, List> =
            "nginx.error-log", &types::LOG, Vec::new, Applied,
            "error log to follow, written likewise; replaces the discovered ones";
        NGINX_LOG_FORMAT: Setting<String, Optional> =
            "nginx.log-format", &types::TEXT, || None, Applied,
            "log_format text, preset, or name of one in nginx.conf, for all access logs";
        NGINX_SCRAPE_URI: Setting<String, List> =
            "nginx.scrape-uri", &types::URI, Vec::new, Applied,
            "stub_status page: http://…, https://… or unix:/socket:/path";
        NGINX_SCRAPE_HOST: Setting<String, Optional> =
            "nginx.scrape-host", &types::HOSTNAME, || None, Applied,
            "Host to ask the stub_status pages for, where the address alone leads to another server";
        NGINX_FROM: Setting<StartFrom> =
            "nginx.from", &types::START_FROM, StartFrom::default, Applied,
            "where to start reading a log that already exists";
        NGINX_PID: Setting<u32, Optional> =
            "nginx.pid", &types::PID, || None, Applied,
            "a process of an nginx in another network namespace: its /proc/PID/net is read";
    }
    "Serving" {
        WEB_LISTEN_ADDRESS: Setting<ListenAddress, AtLeastOne> =
            "web.listen-address", &types::ADDRESS,
            || vec![ListenAddress { host: String::new(), port: 10499 }], NeedsRestart,
            "address to serve on; port 0 picks a free one";
        // What is in the file may change at any time.
        WEB_CONFIG_FILE: Setting<PathBuf, Optional> =
            "web.config.file", &types::PATH, || None, NeedsRestart,
            "TLS, users, limits: exporter-toolkit's web configuration file, read anew whenever it changes";
        WEB_SYSTEMD_SOCKET: Setting<bool> =
            "web.systemd-socket", &types::SWITCH, || false, NeedsRestart,
            "serve on the sockets that systemd hands over, instead of on addresses";
        WEB_TELEMETRY_PATH: Setting<String> =
            "web.telemetry-path", &types::URL_PATH, || "/metrics".to_owned(), NeedsRestart,
            "path of the metrics";
        WEB_ENABLE_LIFECYCLE: Setting<bool> =
            "web.enable-lifecycle", &types::SWITCH, || false, NeedsRestart,
            "allow POST /-/reload";
        WEB_HOSTNAME: Setting<String, List> =
            "web.hostname", &types::HOSTNAME, Vec::new, NeedsRestart,
            "name by which POST /-/reload may be asked for, beside addresses and names without a dot";
        WEB_CLIENT_ADDRESSES: Setting<ClientAddresses> =
            "web.client-addresses", &types::CLIENT_ADDRESSES, ClientAddresses::default, NeedsRestart,
            "who sees addresses of clients on the page: loopback readers only, others a prefix (/24, /48), or nobody";
        WEB_ABANDONED_REQUESTS: Setting<bool> =
            "web.abandoned-requests", &types::SWITCH, || true, NeedsRestart,
            "show the last 50 abandoned requests on the page: time, route, wait, upstream, request id";
    }
    "Paths, state and polling" {
        PATH_PROCFS: Setting<PathBuf> =
            "path.procfs", &types::PATH, || poll::Options::default().proc_root, Applied,
            "where the host's /proc is mounted";
        PATH_STATE: Setting<PathBuf, Optional> =
            "path.state", &types::PATH, || None, NeedsRestart,
            "directory that keeps offsets and counts over a restart; empty: nothing is kept";
        STATE_INTERVAL: Setting<Duration> =
            "state.interval", &types::DURATION, || Duration::from_secs(5), Applied,
            "how often the state is saved";
        POLL_INTERVAL: Setting<Duration> =
            "poll.interval", &types::DURATION, || poll::Options::default().host_interval, Applied,
            "how often stub_status and /proc are read";
        POLL_TIMEOUT: Setting<Duration> =
            "poll.timeout", &types::DURATION, || poll::Options::default().stub_status_timeout, Applied,
            "how long stub_status may take to answer";
        // Three looks to a stretch.
        DIAGNOSIS_RESOLUTION: Setting<Duration> =
            "diagnosis.resolution", &types::DURATION, || Duration::from_secs(15), NeedsRestart,
            "finest stretch of time of the diagnosis, whose windows are 4, 20 and 240 of them long";
    }
    "How requests are counted" {
        // Where it would become a new bucket, a reload refuses it.
        ABANDONMENT_LONG_AFTER: Setting<u32> =
            "abandonment.long-after", &types::DURATION_MS, || tally::Options::default().long_after_ms, Applied,
            "wait after which an abandoned request counts as long";
        ROUTES_PATTERNS: Setting<RoutePattern, List> =
            "routes.patterns", &types::ROUTE, Vec::new, Applied,
            "route label and the regex of its paths, first match wins";
        ROUTES_IGNORED: Setting<RoutePattern, List> =
            "routes.ignored", &types::ROUTE, Vec::new, Applied,
            "routes that last until their client leaves (streams, WebSocket, long polls): no abandonment, no duration";
        ROUTES_ADMIT_AFTER: Setting<u64> =
            "routes.admit-after", &types::COUNT, || tally::Options::default().routes.threshold, Applied,
            "requests a folded path needs before it becomes a route of its own";
        PROBES_AGENTS: Setting<String, List> =
            "probes.agents", &types::REGEX, || PROBE_AGENTS.iter().map(ToString::to_string).collect(), Applied,
            "user agents that are health probes, in any case";
        PROBES_ADDRESSES: Setting<IpNet, List> =
            "probes.addresses", &types::NETWORK, Vec::new, Applied,
            "client addresses that are health probes";
        HISTOGRAM_BUCKETS: Setting<u32, List> =
            "histogram.buckets", &types::SECONDS_MS, || tally::Options::default().bounds_ms, NeedsRestart,
            "upper bounds of the duration histograms";
        HISTOGRAM_ROUTE_BUCKETS: Setting<u32, List> =
            "histogram.route-buckets", &types::SECONDS_MS, Vec::new, Applied,
            "those of histogram.buckets that duration histograms by route have; empty: all";
        METRICS_NATIVE_HISTOGRAMS: Setting<bool> =
            "metrics.native-histograms", &types::SWITCH, || true, Applied,
            "offer native histograms, for which some versions of Prometheus drop the classic buckets that the rules read";
        METRICS_WITHOUT: Setting<Named<String>, List> =
            "metrics.without", &types::FAMILY_LABEL, Vec::new, Applied,
            "family and a label it goes without, summed: hangup_http_request_duration_seconds=route";
        LIMITS_SERIES: Setting<usize> =
            "limits.series", &types::SERIES_LIMIT, || tally::SeriesLimit::DEFAULT.series, Applied,
            "most series of an exposition; past a quarter of it, what is seldom is counted as other";
        LIMITS_IDLE: Setting<Duration> =
            "limits.idle", &types::DURATION, || Duration::from_secs(3600), Applied,
            "once places are wanted, what had fewer requests than routes.admit-after in this time gives its place up";
        LIMITS_ROUTES: Setting<usize> =
            "limits.routes", &types::LABEL_LIMIT, || tally::Options::default().routes.limit, Applied,
            "most values of the label route";
        LIMITS_SERVERS: Setting<usize> =
            "limits.servers", &types::LABEL_LIMIT, || tally::Options::default().servers.limit, Applied,
            "most values of the label server";
        LIMITS_UPSTREAMS: Setting<usize> =
            "limits.upstreams", &types::LABEL_LIMIT, || tally::Options::default().upstreams.limit, Applied,
            "most values of the label upstream";
        SLO_ABANDONED_TICKET: Setting<Threshold, List> =
            "slo.abandoned-ticket", &THRESHOLD, Vec::new, Applied,
            "share of users who leave that the alerts call normal up to here, then a ticket; 1 % where nothing is set";
        SLO_ABANDONED_PAGE: Setting<Threshold, List> =
            "slo.abandoned-page", &THRESHOLD, Vec::new, Applied,
            "the same for a page; 5 % where nothing is set";
        SLO_GATEWAY_ERRORS_PAGE: Setting<Threshold, List> =
            "slo.gateway-errors-page", &THRESHOLD, Vec::new, Applied,
            "share of 502, 503, 504 and the like for a page, of servers; 1 % where nothing is set";
        CHAIN: Setting<Named<Duration>, List> =
            "chain", &types::TIMEOUT, Vec::new, Applied,
            "timeouts in front of nginx (CDN, balancer), the outermost first";
    }
    "Lines and logging" {
        LOG_ENVELOPE: Setting<Option<Envelope>> =
            "log.envelope", &types::ENVELOPE, || None, Applied,
            "what a container or a log daemon puts around each line";
        LOG_LINE_BYTES_MAX: Setting<usize> =
            "log.line-bytes-max", &types::LINE_BYTES, || tail::Options::default().line_bytes_max, Applied,
            "longest line that is read; longer ones are counted as too_long";
        LOG_LEVEL: Setting<LevelFilter> =
            "log.level", &types::LEVEL, || LevelFilter::INFO, Applied,
            "hangup's own log level";
        LOG_FORMAT: Setting<LogEncoding> =
            "log.format", &types::LOG_ENCODING, || LogEncoding::Logfmt, NeedsRestart,
            "how hangup itself logs";
    }
}
