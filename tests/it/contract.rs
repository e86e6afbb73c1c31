//! The public surface, written down here by hand: a name that dashboards and rules stand on does not change by accident.

use std::collections::BTreeMap;

use hangup::config::settings::{self, AnySetting, Reload};
use hangup::metrics::{Family, Kind, families};

/// Families and their labels.
#[rustfmt::skip]
const FAMILIES: &[(&str, Kind, &[&str])] = &[
    // `agent` stands in these two only where the request was no user's.
    ("hangup_http_requests_total", Kind::Counter, &["server", "route", "method", "status", "agent"]),
    ("hangup_http_request_duration_seconds", Kind::Histogram, &["server", "route", "outcome"]),
    ("hangup_http_gave_up_total", Kind::Counter, &["server", "route", "party", "phase", "code", "agent"]),
    ("hangup_http_abandoned_total", Kind::Counter, &["server", "route", "method", "patience", "agent"]),
    ("hangup_http_abandoned_busiest_source_ratio", Kind::Gauge, &["server", "source_kind"]),
    ("hangup_http_abandoned_cliff_seconds", Kind::Gauge, &["server"]),
    ("hangup_http_abandoned_cliff_ratio", Kind::Gauge, &["server"]),
    ("hangup_upstream_wasted_seconds_total", Kind::Counter, &["server", "route", "upstream", "method_class"]),
    ("hangup_diagnosis", Kind::Gauge, &["server", "cause"]),
    ("hangup_diagnosis_evidence", Kind::Gauge, &["server", "cause", "signal"]),
    ("hangup_http_patience_seconds", Kind::Summary, &["server"]),
    ("hangup_http_abandoned_lead_seconds", Kind::Gauge, &["server"]),
    ("hangup_http_abandoned_period_seconds", Kind::Gauge, &["server"]),
    ("hangup_http_abandoned_period_ratio", Kind::Gauge, &["server"]),
    ("hangup_upstream_keepalive_races_total", Kind::Counter, &["upstream"]),
    ("hangup_upstream_connect_duration_seconds", Kind::Histogram, &["server", "upstream", "outcome"]),
    ("hangup_upstream_header_duration_seconds", Kind::Histogram, &["server", "upstream", "outcome"]),
    ("hangup_upstream_response_duration_seconds", Kind::Histogram, &["server", "upstream", "outcome"]),
    ("hangup_upstream_tries_total", Kind::Counter, &["upstream", "status"]),
    ("hangup_upstream_timeouts_total", Kind::Counter, &["upstream", "phase"]),
    ("hangup_upstream_failures_total", Kind::Counter, &["upstream", "kind"]),
    ("hangup_client_failures_total", Kind::Counter, &["kind"]),
    ("hangup_nginx_exhausted_total", Kind::Counter, &["resource"]),
    ("hangup_nginx_failures_total", Kind::Counter, &["kind"]),
    ("hangup_error_log_messages_total", Kind::Counter, &["level", "class"]),
    // `addr` stands there only where several pages are polled.
    ("nginx_up", Kind::Gauge, &["addr"]),
    ("nginx_connections_accepted", Kind::Unknown, &["addr"]),
    ("nginx_connections_handled", Kind::Unknown, &["addr"]),
    ("nginx_connections_active", Kind::Gauge, &["addr"]),
    ("nginx_connections_reading", Kind::Gauge, &["addr"]),
    ("nginx_connections_writing", Kind::Gauge, &["addr"]),
    ("nginx_connections_waiting", Kind::Gauge, &["addr"]),
    ("nginx_http_requests_total", Kind::Counter, &["addr"]),
    ("hangup_nginx_connections_dropped_total", Kind::Counter, &["addr"]),
    ("hangup_nginx_connections_limit", Kind::Gauge, &[]),
    ("hangup_nginx_timeout_seconds", Kind::Gauge, &["directive", "server", "location"]),
    ("hangup_upstream_keepalive_timeout_seconds", Kind::Gauge, &["upstream"]),
    ("hangup_upstream_tcp_rtt_seconds", Kind::Gauge, &["upstream"]),
    ("hangup_upstream_tcp_idle_seconds", Kind::Gauge, &["upstream"]),
    ("hangup_upstream_tcp_sent_segments", Kind::Gauge, &["upstream"]),
    ("hangup_upstream_tcp_retransmitted_segments", Kind::Gauge, &["upstream"]),
    ("hangup_upstream_tcp_unanswered_syns", Kind::Gauge, &["upstream"]),
    ("hangup_conntrack_entries", Kind::Gauge, &[]),
    ("hangup_conntrack_entries_limit", Kind::Gauge, &[]),
    ("hangup_conntrack_buckets", Kind::Gauge, &[]),
    ("hangup_conntrack_insert_failed_total", Kind::Counter, &[]),
    ("hangup_conntrack_drop_total", Kind::Counter, &[]),
    ("hangup_conntrack_early_drop_total", Kind::Counter, &[]),
    ("hangup_conntrack_error_total", Kind::Counter, &[]),
    ("hangup_conntrack_invalid_total", Kind::Counter, &[]),
    ("hangup_log_lines_total", Kind::Counter, &["log", "result"]),
    ("hangup_log_bytes_total", Kind::Counter, &["log"]),
    ("hangup_log_unread_bytes", Kind::Gauge, &["log"]),
    ("hangup_log_lag_seconds", Kind::Gauge, &["log"]),
    ("hangup_log_last_line_timestamp_seconds", Kind::Gauge, &["log"]),
    ("hangup_log_rotations_total", Kind::Counter, &["log", "kind"]),
    ("hangup_log_up", Kind::Gauge, &["log"]),
    ("hangup_source_up", Kind::Gauge, &["source"]),
    ("hangup_source_last_success_timestamp_seconds", Kind::Gauge, &["source"]),
    ("hangup_source_duration_seconds", Kind::Gauge, &["source"]),
    ("hangup_series_limit_hits_total", Kind::Counter, &["label"]),
    ("hangup_series", Kind::Gauge, &[]),
    ("hangup_series_limit", Kind::Gauge, &[]),
    ("hangup_series_ended_requests_total", Kind::Counter, &[]),
    ("hangup_build_info", Kind::Gauge, &["version", "revision"]),
    ("hangup_config_reload_success", Kind::Gauge, &[]),
    ("hangup_config_reload_success_timestamp_seconds", Kind::Gauge, &[]),
    ("hangup_web_connections_cut_total", Kind::Counter, &["reason"]),
    ("hangup_web_refused_total", Kind::Counter, &["reason"]),
    ("process_cpu_seconds_total", Kind::Counter, &[]),
    ("process_open_fds", Kind::Gauge, &[]),
    ("process_max_fds", Kind::Gauge, &[]),
    ("process_resident_memory_bytes", Kind::Gauge, &[]),
    ("process_virtual_memory_bytes", Kind::Gauge, &[]),
    ("process_start_time_seconds", Kind::Gauge, &[]),
];

/// Flags, with their default where one was promised.
const FLAGS: &[(&str, &[&str])] = &[
    ("config.file", &[]),
    ("web.listen-address", &[":10499"]),
    ("web.telemetry-path", &["/metrics"]),
    ("web.enable-lifecycle", &["false"]),
    ("web.hostname", &[]),
    ("web.client-addresses", &["loopback"]),
    ("limits.series", &["20000"]),
    ("limits.idle", &["3600s"]),
    ("histogram.route-buckets", &[]),
    ("metrics.without", &[]),
    ("nginx.config", &["/etc/nginx/nginx.conf"]),
    ("nginx.from", &["end"]),
    ("nginx.access-log", &[]),
    ("nginx.error-log", &[]),
    ("nginx.log-format", &[]),
    ("nginx.scrape-uri", &[]),
    ("path.procfs", &["/proc"]),
    ("path.state", &[]),
    ("abandonment.long-after", &["1s"]),
    ("log.level", &["info"]),
    ("log.format", &["logfmt"]),
];

const REPEATABLE: &[&str] = &[
    "web.listen-address",
    "web.hostname",
    "nginx.access-log",
    "nginx.error-log",
    "nginx.scrape-uri",
    "histogram.route-buckets",
    "metrics.without",
];

/// The bounds that dashboards draw at: the timeouts people configure.
#[rustfmt::skip]
const BUCKETS: &[&str] = &[
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5",
    "10", "15", "20", "30", "45", "60", "90", "100", "120", "300",
];

#[test]
fn promised_families_are_exported_under_their_names_and_labels() {
    let exported: BTreeMap<&str, &Family> = families().map(|family| (family.name, family)).collect();
    for (name, kind, labels) in FAMILIES {
        let family = exported.get(name).unwrap_or_else(|| panic!("{name} was promised and is not exported"));
        assert_eq!((family.kind, family.labels), (*kind, *labels), "{name}");
    }
}

#[test]
fn no_family_stands_outside_the_conventions() {
    let mut seen = BTreeMap::new();
    for family in families() {
        let Family { name, kind, help, labels, .. } = family;
        assert!(seen.insert(name, ()).is_none(), "{name} twice");
        let prefixed = ["hangup_", "process_", "nginx_"].iter().any(|prefix| name.starts_with(prefix));
        assert!(prefixed, "{name} has a prefix of its own");
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name} is a {kind:?}");
        assert!(help.ends_with('.') && help.starts_with(char::is_uppercase), "{name}: {help:?} is no sentence");
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        assert!(plain(name) && labels.iter().all(|label| plain(label)), "{name}{labels:?}");
    }
}

#[test]
fn promised_flags_are_settings_with_their_defaults() {
    for (name, default) in FLAGS {
        let setting = settings::all().find(|setting| setting.name() == *name);
        let setting = setting.unwrap_or_else(|| panic!("--{name} was promised and is no setting"));
        assert_eq!(setting.default_texts(), *default, "--{name}");
        assert_eq!(setting.is_list(), REPEATABLE.contains(name), "--{name} repeatable");
    }
    assert_eq!(settings::HISTOGRAM_BUCKETS.default_texts(), BUCKETS);
}

/// One test, since with `UPDATE_EXPECT=1` both tables are written to one file.
#[test]
fn the_readme_lists_all_flags_and_metrics() {
    held("flags", &table(&["Flag", "Variable", "Key", "Default", "What"], settings::all().map(flag_row)));
    held("metrics", &table(&["Metric", "Type", "Labels", "What"], families().map(metric_row)));
}

fn flag_row(setting: &dyn AnySetting) -> Vec<String> {
    let defaults: Vec<String> = setting.default_texts().iter().map(|text| code(text)).collect();
    let default = if defaults.len() > 3 {
        format!("{} … {}", defaults[0], defaults[defaults.len() - 1])
    } else {
        defaults.join(" ")
    };
    let restart = setting.reload() == Reload::NeedsRestart && setting.key().is_some();
    let notes = [(setting.is_list(), "repeatable"), (restart, "needs a restart")];
    let notes: Vec<&str> = notes.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    let help = format!("{}{notes}", setting.help());
    vec![
        code(&format!("--{}", setting.name())),
        code(&setting.env()),
        setting.key().map_or(String::new(), |key| code(&key)),
        default,
        help,
    ]
}

fn metric_row(family: &Family) -> Vec<String> {
    let labels: Vec<String> = family.labels.iter().map(|label| code(label)).collect();
    vec![code(family.name), format!("{:?}", family.kind).to_lowercase(), labels.join(" "), family.help.to_owned()]
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    format!("{}|{}\n{}", line(&head), "---|".repeat(head.len()), rows.map(|row| line(&row)).collect::<String>())
}

/// README.md holds this between `<!-- name -->` and `<!-- /name -->`. With `UPDATE_EXPECT=1` it is put there.
#[track_caller]
fn held(name: &str, expected: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("README.md");
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let begin = readme.find(&open).unwrap_or_else(|| panic!("README.md has no {open}")) + open.len();
    let end = begin + readme[begin..].find(&close).unwrap_or_else(|| panic!("README.md has no {close}"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let updated = format!("{}{expected}{}", &readme[..begin], &readme[end..]);
        std::fs::write(path, updated).expect("README.md is writable");
    } else if &readme[begin..end] != expected {
        panic!(
            "the {name} in README.md are not those of the code; UPDATE_EXPECT=1 cargo test --test it readme writes them anew"
        );
    }
}
