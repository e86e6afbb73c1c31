//! Makes of a row the series that hangup beside such an nginx would export, as promtool's input.
//!
//! Counters are whole numbers, as real ones are: a site with a request a minute has long flat stretches.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::row::{Effect, Only, Own, Row};

const UPSTREAM: &str = "10.0.0.7:8080";
const LOG: &str = "/var/log/nginx/access.log";

/// A series and its value at every scrape.
type All = BTreeMap<String, Vec<Sample>>;

#[derive(Clone, Copy, PartialEq)]
enum Sample {
    Value(f64),
    Stale,
    Nothing,
}

/// What is added to counters and what gauges are at one moment, by series.
#[derive(Default)]
struct Moment {
    rates: BTreeMap<String, f64>,
    gauges: BTreeMap<String, f64>,
}

/// The row's `input_series`, indented for a promtool test that has a sample every `interval` seconds.
pub fn series(row: &Row, interval: u32) -> String {
    assert_eq!(row.scrape % interval, 0, "{}: no such scrape interval beside the others", row.name);
    let mut all = All::new();
    for slot in 0..row.instances {
        play(row, slot, &mut all);
    }
    let mut text = String::new();
    for (name, samples) in &all {
        let values = written(samples, row.scrape / interval);
        writeln!(text, "      - series: '{name}'\n        values: '{values}'").expect("a string");
    }
    text
}

/// promtool knows no plain list with gaps but `_` and `stale`. Each sample has `places` places.
fn written(samples: &[Sample], places: u32) -> String {
    let word = |sample: &Sample| match sample {
        Sample::Value(value) => value.to_string(),
        Sample::Stale => "stale".to_owned(),
        Sample::Nothing => "_".to_owned(),
    };
    let gap = if places > 1 { format!(" _x{}", places - 1) } else { String::new() };
    samples.iter().map(word).collect::<Vec<_>>().join(&format!("{gap} "))
}

fn play(row: &Row, slot: u32, all: &mut All) {
    let mut counters: BTreeMap<String, f64> = BTreeMap::new();
    let mut before = String::new();
    for step in 0..=row.length / row.scrape {
        let second = step * row.scrape;
        let instance = instance(row, slot, second);
        if instance != before {
            counters.clear();
            end(all, &format!("instance=\"{before}\""), step);
            before.clone_from(&instance);
        }
        let labels = format!("job=\"{}\", instance=\"{instance}\"", row.name);
        let mut moment = Moment::default();
        let gone = has(row, slot, second, "gone");
        if !gone {
            let served = requests(row, slot, second, &mut moment);
            around(row, slot, second, served, &mut moment);
        }
        for (name, rate) in &moment.rates {
            let counter = counters.entry(name.clone()).or_default();
            *counter += rate * f64::from(if step == 0 { 0 } else { row.scrape });
        }
        let failed = row.fails > 0 && step % row.fails == row.fails - 1 || has(row, slot, second, "hangup-down");
        if !failed && !gone {
            for (name, value) in counters.iter().map(|(name, value)| (name, value.floor())) {
                put(all, &with(name, &labels), step, Sample::Value(value));
            }
            for (name, value) in &moment.gauges {
                put(all, &with(name, &labels), step, Sample::Value(*value));
            }
        }
        if !gone {
            put(all, &format!("up{{{labels}}}"), step, Sample::Value(f64::from(u8::from(!failed))));
        }
        end_what_has_no_sample(all, &format!("{{{labels}"), step);
    }
}

fn instance(row: &Row, slot: u32, second: u32) -> String {
    match row.lives {
        0 => format!("web{slot}:10499"),
        // Not all are replaced in the same moment.
        lives => format!("10.1.{slot}.{}:10499", (second + slot * lives / row.instances) / lives),
    }
}

fn put(all: &mut All, name: &str, step: u32, sample: Sample) {
    let samples = all.entry(name.to_owned()).or_default();
    samples.resize(step as usize, Sample::Nothing);
    samples.push(sample);
}

/// Prometheus marks a series stale in the first scrape that does not show it.
fn end_what_has_no_sample(all: &mut All, labels: &str, step: u32) {
    for (_, samples) in all.iter_mut().filter(|(name, _)| name.contains(labels)) {
        if samples.len() == step as usize && matches!(samples.last(), Some(Sample::Value(_))) {
            samples.push(Sample::Stale);
        }
    }
}

fn end(all: &mut All, labels: &str, step: u32) {
    if labels != "instance=\"\"" {
        for (_, samples) in all.iter_mut().filter(|(name, _)| name.contains(labels)) {
            if samples.len() == step as usize {
                samples.push(Sample::Stale);
            }
        }
    }
}

fn with(name: &str, labels: &str) -> String {
    match name.split_once('{') {
        Some((metric, own)) => format!("{metric}{{{labels}, {own}"),
        None => format!("{name}{{{labels}}}"),
    }
}

/// Whether an effect on the whole instance is there at this second.
fn has(row: &Row, slot: u32, second: u32, kind: &str) -> bool {
    let now = |effect: &&Effect| acts(row, effect, second);
    row.trouble.iter().filter(now).any(|effect| effect.kind == kind && concerns(effect, slot, "", ""))
}

fn acts(row: &Row, effect: &Effect, second: u32) -> bool {
    let since = second.saturating_sub(row.from);
    row.troubled(second) && since > effect.after && since <= effect.until
}

fn concerns(effect: &Effect, slot: u32, server: &str, route: &str) -> bool {
    match &effect.only {
        None => true,
        Some(Only::Instance(only)) => *only == slot,
        Some(Only::Server(only)) => only == server,
        Some(Only::Route(only)) => only == route,
    }
}

/// What the access log and, where a failure has words for it, the error log say. Returns the requests a second.
fn requests(row: &Row, slot: u32, second: u32, moment: &mut Moment) -> f64 {
    let silent = ["nginx-dead", "log-stops"].iter().any(|kind| has(row, slot, second, kind));
    let troubled = |effect: &Effect| acts(row, effect, second);
    let mut total = 0.0;
    for (server, route, share) in &row.routes {
        let effects = || row.trouble.iter().filter(|effect| troubled(effect) && concerns(effect, slot, server, route));
        let scale = |kind: &str| effects().filter(|effect| effect.kind == kind).map(|effect| effect.share).sum::<f64>();
        let mut rate = row.rps * share * (1.0 - scale("vanish")) * (1.0 + scale("surge"));
        if silent {
            rate = 0.0;
        }
        total += rate;
        let at = format!("server=\"{server}\", route=\"{route}\"");
        let mut add = |name: String, share: f64| *moment.rates.entry(name).or_default() += rate * share;
        let mut good = 1.0 - row.background;
        add(status(&at, 499), row.background);
        for patience in ["long", "short"] {
            add(abandoned(&at, patience), row.background / 2.0);
        }
        for effect in effects() {
            good -= failure(&at, effect, &mut add);
        }
        for code in [502, 503, 504] {
            add(status(&at, code), 0.0);
        }
        add(gave_up(&at, "server", "admission", 503), 0.0);
        add(status(&at, 200), good.max(0.0));
        if row.mapped {
            let labels = format!("server=\"{server}\", upstream=\"{UPSTREAM}\", outcome=\"ok\"");
            add(format!("hangup_upstream_response_duration_seconds_count{{{labels}}}"), good.max(0.0));
        }
    }
    moment.rates.insert(format!("hangup_log_lines_total{{log=\"{LOG}\", result=\"parsed\"}}"), total);
    if !row.logged {
        let of_access_log = ["hangup_http_", "hangup_upstream_response_", "hangup_log_lines_"];
        moment.rates.retain(|name, _| !of_access_log.iter().any(|family| name.starts_with(family)));
    }
    total
}

/// Adds what an effect does; returns the share of the requests that do not end well.
fn failure(at: &str, effect: &Effect, add: &mut impl FnMut(String, f64)) -> f64 {
    let share = effect.share;
    let upstream =
        |family: &str, label: &str| format!("hangup_upstream_{family}_total{{upstream=\"{UPSTREAM}\", {label}}}");
    let code = match effect.kind.as_str() {
        "leave-long" | "leave-short" => {
            add(abandoned(at, &effect.kind[6..]), share);
            499
        }
        "refused" => {
            add(upstream("failures", "kind=\"refused\""), share);
            502
        }
        "no-live" => {
            add("hangup_upstream_failures_total{upstream=\"backend\", kind=\"no_live\"}".to_owned(), share);
            502
        }
        "connect-timeout" => {
            add(upstream("timeouts", "phase=\"connect\""), share);
            504
        }
        "answer-timeout" => {
            add(upstream("timeouts", "phase=\"header\""), share);
            504
        }
        // The next server of the group answers: nobody sees it.
        "retried" => {
            add(upstream("failures", "kind=\"refused\""), share);
            return 0.0;
        }
        "limit-req" | "maintenance" => {
            add(gave_up(at, "server", "admission", 503), share);
            if effect.kind == "limit-req" {
                add("hangup_nginx_exhausted_total{resource=\"request_rate\"}".to_owned(), share);
            }
            503
        }
        "download-cut" | "upload-cut" => {
            let (phase, code) = if effect.kind == "download-cut" { ("body", 200) } else { ("request", 400) };
            add(gave_up(at, "client", phase, code), share);
            code
        }
        code => match code.parse() {
            Ok(code) => code,
            Err(_) => return 0.0,
        },
    };
    if code != 200 {
        add(status(at, code), share);
    }
    if code == 200 { 0.0 } else { share }
}

fn status(at: &str, code: u16) -> String {
    format!("hangup_http_requests_total{{{at}, method=\"GET\", status=\"{code}\"}}")
}

fn abandoned(at: &str, patience: &str) -> String {
    format!("hangup_http_abandoned_total{{{at}, method=\"GET\", patience=\"{patience}\", agent=\"user\"}}")
}

fn gave_up(at: &str, party: &str, phase: &str, code: u16) -> String {
    format!("hangup_http_gave_up_total{{{at}, party=\"{party}\", phase=\"{phase}\", code=\"{code}\"}}")
}

/// The status page, the log file, and the row's own series.
fn around(row: &Row, slot: u32, second: u32, logged: f64, moment: &mut Moment) {
    let is = |kind: &str| has(row, slot, second, kind);
    if row.stub {
        let dead = is("nginx-dead") || is("status-page-gone");
        moment.gauges.insert("nginx_up".to_owned(), f64::from(u8::from(!dead)));
        let served = if is("log-stops") { row.rps } else { logged };
        if !dead {
            moment.rates.insert("nginx_http_requests_total".to_owned(), served + 0.2);
        }
    }
    moment.gauges.insert(format!("hangup_log_up{{log=\"{LOG}\"}}"), 1.0);
    let still = is("nginx-dead") || is("log-stops") || is("vanish");
    let last = if still { row.from } else { second };
    moment.gauges.insert(format!("hangup_log_last_line_timestamp_seconds{{log=\"{LOG}\"}}"), f64::from(last));
    for Own { name, before, during, until, .. } in
        row.series.iter().filter(|own| own.only.is_none_or(|only| only == slot))
    {
        let now = row.troubled(second) && second.saturating_sub(row.from) <= *until;
        let value = if now { *during } else { *before };
        let counter = name
            .split('{')
            .next()
            .is_some_and(|metric| ["_total", "_count", "_sum", "_bucket"].iter().any(|end| metric.ends_with(end)));
        if counter {
            *moment.rates.entry(name.clone()).or_default() += value;
        } else if !value.is_nan() {
            moment.gauges.insert(name.clone(), value);
        }
    }
}
