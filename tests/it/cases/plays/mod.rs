//! What a `case.yml` cannot say: inputs that are computed, and scenes of several acts. Each gets the case's directory
//! before its steps are run, and says what is missing.

mod files;
mod hosts;

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Missing;
use crate::support::hangup::{self, Hangup};

type Play = fn(&Path) -> Missing;

pub const ALL: &[(&str, Play)] = &[
    ("confs/17-server-names-as-nginx-logs-them", hosts::one_label_for_each_server),
    ("confs/22-over-500k-directives-in-geo", hosts::half_a_million_entries),
    ("confs/31-thousands-of-logs-in-one-directory", hosts::thousands_of_logs),
    ("peers/01-worker-processes-auto", hosts::workers_for_each_online_cpu),
    ("peers/04-status-000-worker-shutdown", cut_by_nginx_itself),
    ("peers/05-600-vhost-logs", hosts::a_log_for_each_of_600_servers),
    ("peers/07-series", hosts::the_shared_host),
    ("peers/08-dir-0711", files::a_directory_that_cannot_be_listed),
    ("peers/10-stream-near-timeout", streams_are_near_no_timeout),
    ("peers/13-olddir", files::rotated_into_another_directory_meanwhile),
    ("peers/16-estale", files::a_stale_handle_is_opened_again),
    ("peers/17-own-stdout", files::its_own_output_is_no_log),
];

/// Says `what` unless `holds`.
fn unless(holds: bool, what: impl FnOnce() -> String) -> Missing {
    if holds { Missing::new() } else { vec![what()] }
}

fn combined(target: &str) -> String {
    format!("192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] \"GET {target} HTTP/1.1\" 200 2 \"-\" \"x\"\n")
}

fn display(dir: &Path, argument: &str) -> String {
    argument.replace("@DIR@", &dir.display().to_string())
}

/// hangup beside the case's nginx.conf, from the first line on.
fn beside(dir: &Path) -> Hangup {
    Hangup::start(&[&display(dir, "--nginx.config=@DIR@/nginx.conf"), "--nginx.from=start"])
}

/// Three requests that nginx ended when `worker_shutdown_timeout` was over: two before an answer (status 000), one in
/// mid-body.
fn cut_by_nginx_itself(dir: &Path) -> Missing {
    let mut command = hangup::command();
    command.args(["report", "--format", "json", "--nginx.config="]).arg(dir.join("access.log"));
    let output = command.output().expect("hangup");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = report["gave_up"].as_array().expect("rows");
    let count = |party: &str| -> u64 {
        rows.iter().filter(|row| row["party"] == party).filter_map(|row| row["count"].as_u64()).sum()
    };
    unless(count("server") >= 2 && count("client") == 0, || format!("gave up: {rows:?}"))
}

/// promtool over the shipped rules.
fn streams_are_near_no_timeout(dir: &Path) -> Missing {
    let alerts = Path::new(env!("CARGO_MANIFEST_DIR")).join("alerts");
    for file in ["hangup.rules.yml", "hangup.alerts.yml"] {
        fs::copy(alerts.join(file), dir.join(file)).expect("shipped");
    }
    let output =
        Command::new("promtool").args(["test", "rules", "test.yml"]).current_dir(dir).output().expect("promtool");
    unless(output.status.success(), || String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
