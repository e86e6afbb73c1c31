//! Counts as version 2 of the snapshot had them (hangup 0.1): arrays in the order of that version's label values, and
//! the dropped connections beside the tally. Knows: those orders, which never change any more.
//! Does not know: what the counters mean.

use serde_json::{Map, Value, json};

const OUTCOMES: &[&str] = &["ok", "abandoned", "cut_short", "timeout", "error"];
const UPSTREAM_TIMES: &[&str] = &["connect", "header", "response"];
const LINE_RESULTS: &[&str] = &["parsed", "unparsed", "too_long", "skipped"];
const LEVELS: &[&str] = &["debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"];
const CLASSES: &[&str] =
    &["upstream_timeout", "upstream_failure", "client_failure", "exhausted", "routine", "unclassified"];
const TIMEOUT_PHASES: &[&str] = &["connect", "tls", "send", "header", "body", "upgraded", "other"];
#[rustfmt::skip]
const UPSTREAM_FAILURES: &[&str] = &[
    "refused", "reset", "closed_early", "no_live", "invalid_response", "header_too_big", "unreachable", "resolve",
    "queue_full", "connect_other", "tls", "rejected", "temporarily_disabled",
];
#[rustfmt::skip]
const CLIENT_FAILURES: &[&str] = &[
    "closed_waiting", "closed_connecting", "closed_body", "closed_request", "closed_tls", "closed_stream",
    "closed_upload", "closed_other", "timed_out_request", "timed_out_body", "timed_out_send", "timed_out_tls", "reset",
    "tls_failed", "too_large_body", "invalid_request", "idle_closed",
];
const RESOURCES: &[&str] =
    &["worker_connections", "open_files", "ports", "memory", "request_rate", "connections", "disk"];

/// The same counts in today's form. What is not as version 2 wrote it is left alone, and refused or dropped when it is
/// read.
pub fn from_version_2(mut tally: Value) -> Value {
    let dropped = tally["dropped"].take();
    let mut counted = tally["counted"].take();
    for cell in cells(&mut counted["http"]) {
        name(&mut cell["durations"], OUTCOMES);
    }
    for times in cells(&mut counted["upstreams"]["times"]) {
        elements(times).for_each(|durations| name(durations, OUTCOMES));
        name(times, UPSTREAM_TIMES);
    }
    name_errors(&mut counted["errors"]);
    elements(&mut counted["logs"]).for_each(|log| name(&mut log["lines"], LINE_RESULTS));
    let page = |page: &Value| json!({ "address": page[0], "dropped": page[1] });
    counted["connections"] = dropped.as_array().into_iter().flatten().map(page).collect();
    counted
}

fn name_errors(errors: &mut Value) {
    for upstream in elements(&mut errors["upstreams"]).filter(|upstream| upstream.is_object()) {
        name(&mut upstream["timeouts"], TIMEOUT_PHASES);
        name(&mut upstream["failures"], UPSTREAM_FAILURES);
    }
    name(&mut errors["clients"], CLIENT_FAILURES);
    name(&mut errors["exhausted"], RESOURCES);
    elements(&mut errors["messages"]).for_each(|by_class| name(by_class, CLASSES));
    name(&mut errors["messages"], LEVELS);
}

/// The values of a table of cells, each of which stood behind its pair of ids.
fn cells(table: &mut Value) -> impl Iterator<Item = &mut Value> {
    elements(&mut table["cells"]).map(|cell| &mut cell[1])
}

fn elements(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    list.as_array_mut().into_iter().flatten()
}

/// Puts each value of an array under its name.
fn name(values: &mut Value, names: &[&str]) {
    let Value::Array(list) = values.take() else { return };
    let named: Map<String, Value> = names.iter().map(|name| (*name).to_owned()).zip(list).collect();
    *values = Value::Object(named);
}
