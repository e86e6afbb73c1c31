//! Completes what the windows say by what only the running process knows: its host, its logs and sources, the last
//! abandoned requests. What is wrong stands first. Does not know: how any of it looks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::logs::{Log, Misfit};
use super::nginx_watch::Standing;
use super::shared::View;
use crate::diagnosis::{Answer, BusySource, LeadTime, LeftRequest, LogState, Patience, UnknownEntry, Wasted};
use crate::poll::{Readings, SourceStatus};
use crate::tally::{Abandoned, LineResult, MethodClass, Overview, PATIENCE_QUANTILES, Tally, Unclassified};

/// What is told to people, beside the numbers.
pub(super) struct Telling {
    pub host: String,
    /// The last abandoned requests.
    pub abandoned: bool,
}

/// What an answer is completed from.
pub(super) struct Told<'a> {
    pub view: &'a View,
    pub readings: Readings,
    pub reload_failure: Option<String>,
    /// How nginx.conf stands to what nginx runs.
    pub nginx: Standing,
    pub saving_fails: bool,
    pub telling: &'a Telling,
}

/// Logs and sources that are told of: as many as anybody reads. The worst stand first, so none of those is lost.
const ROWS_MAX: usize = 100;

pub(super) fn complete(answer: Answer, told: &Told<'_>, now_ms: i64) -> Answer {
    let tally = &told.view.tally;
    let unfit = unfit_lines(tally);
    let abandoned = if told.telling.abandoned { tally.last_abandoned() } else { Vec::new() };
    Answer {
        hangup: env!("CARGO_PKG_VERSION").to_owned(),
        host: told.telling.host.clone(),
        now: rfc3339(now_ms),
        not_visible: told.view.configured.not_visible.clone(),
        busiest_sources: busiest(tally, now_ms),
        abandoned: abandoned.into_iter().map(left).collect(),
        problems: problems(told, &unfit),
        logs: worst_first(told.view.logs.iter().map(|log| log_state(log, &unfit))),
        sources: worst_first(told.readings.sources.iter().map(source)),
        patience: patience(tally),
        wasted: wasted(tally),
        leads: leads(tally, now_ms),
        unclassified: unclassified(tally),
        ..answer
    }
}

/// To the second.
fn rfc3339(unix_ms: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1000)).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}

fn left(one: Abandoned) -> LeftRequest {
    LeftRequest {
        time: rfc3339(one.unix_ms),
        server: one.server,
        method: one.method.to_owned(),
        route: one.route,
        waited_seconds: one.waited_ms.map(|ms| f64::from(ms) / 1000.0),
        upstream: one.upstream,
        request_id: one.request_id,
    }
}

fn busiest(tally: &Tally, now_ms: i64) -> Vec<BusySource> {
    let rows = Overview::of(tally, now_ms, 0).sources.into_iter().map(|row| BusySource {
        server: row.server,
        kind: row.kind.to_owned(),
        ratio: row.ratio,
        address: Some(row.address),
    });
    rows.collect()
}

/// By log: lines that do not fit, and all.
fn unfit_lines(tally: &Tally) -> BTreeMap<&str, (u64, u64)> {
    let mut lines: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in tally.log_lines() {
        let (unfit, all) = lines.entry(row.log).or_default();
        *unfit += if matches!(row.result, LineResult::Unparsed | LineResult::TooLong) { row.count } else { 0 };
        *all += row.count;
    }
    lines
}

fn problems(told: &Told<'_>, unfit: &BTreeMap<&str, (u64, u64)>) -> Vec<String> {
    let reload = told
        .reload_failure
        .as_ref()
        .map(|what| format!("The last reload failed, and hangup goes on with its old configuration: {what}"));
    let saving = told
        .saving_fails
        .then(|| "hangup's state cannot be saved: a restart would count lines twice or not at all.".to_owned());
    let now: BTreeSet<&str> =
        told.view.logs.iter().filter(|log| log.misfit.is_some()).map(|log| log.sample.log.as_str()).collect();
    let most_do_not_fit = unfit.iter().filter(|(log, (unfit, all))| *unfit * 2 > *all || now.contains(*log));
    let nginx = told.nginx.sentence();
    let unread = most_do_not_fit.map(|(log, (unfit, all))| {
        format!("{unfit} of {all} lines of {log} do not fit the format it is read in: `hangup check` shows the first of them.")
    });
    reload.into_iter().chain(nginx).chain(saving).chain(unread).take(ROWS_MAX).collect()
}

const UP: &str = "up";
const DOWN: &str = "down";
const WAITING: &str = "waiting";

fn worst_first(states: impl Iterator<Item = LogState>) -> Vec<LogState> {
    let mut states: Vec<LogState> = states.collect();
    states.sort_by_key(|one| Reverse((one.state == DOWN, one.state == WAITING, one.sentence.contains("do not fit"))));
    states.truncate(ROWS_MAX);
    states
}

fn source(status: &SourceStatus) -> LogState {
    let state = match (status.polled_once, status.up) {
        (true, true) => UP,
        (true, false) if status.available => DOWN,
        _ => WAITING,
    };
    LogState {
        name: status.source.clone(),
        state: state.to_owned(),
        sentence: status.error.clone().unwrap_or_default(),
    }
}

fn log_state(log: &Log, unfit: &BTreeMap<&str, (u64, u64)>) -> LogState {
    let state = if log.sample.up && log.misfit.is_none() { UP } else { DOWN };
    let misfit = log.misfit.as_ref().map(|_| Misfit::SENTENCE.to_owned());
    let unfit = unfit.get(log.sample.log.as_str()).filter(|(unfit, _)| *unfit > 0);
    let unfit = unfit.map(|(unfit, all)| format!("; {unfit} of {all} lines do not fit"));
    let behind = format!("{} bytes to read{}", log.sample.unread_bytes, unfit.unwrap_or_default());
    LogState {
        name: log.sample.log.clone(),
        state: state.to_owned(),
        sentence: log.error.clone().or(misfit).unwrap_or(behind),
    }
}

fn patience(tally: &Tally) -> Vec<Patience> {
    let rows = tally.patience().map(|row| Patience {
        server: row.server.to_owned(),
        departures: row.departures,
        left_after_seconds: PATIENCE_QUANTILES
            .into_iter()
            .zip(row.seconds)
            .filter_map(|(share, seconds)| Some((share, seconds?)))
            .collect(),
    });
    rows.take(ROWS_MAX).collect()
}

/// By server.
fn wasted(tally: &Tally) -> Vec<Wasted> {
    let mut by_server: BTreeMap<&str, Wasted> = BTreeMap::new();
    for row in tally.wasted().filter(|row| row.seconds > 0.0) {
        let wasted = by_server
            .entry(row.server)
            .or_insert_with(|| Wasted { server: row.server.to_owned(), ..Wasted::default() });
        wasted.seconds += row.seconds;
        wasted.unsafe_seconds += if row.method_class == MethodClass::Unsafe { row.seconds } else { 0.0 };
    }
    by_server.into_values().take(ROWS_MAX).collect()
}

fn unclassified(tally: &Tally) -> Vec<UnknownEntry> {
    /// As many kinds as anybody looks through.
    const KINDS_MAX: usize = 10;
    let rows = tally.unclassified().into_iter().take(KINDS_MAX);
    rows.map(|Unclassified { level, pattern, count, sample }| UnknownEntry {
        level,
        pattern,
        count,
        sample: Some(sample),
    })
    .collect()
}

fn leads(tally: &Tally, now_ms: i64) -> Vec<LeadTime> {
    let rows = tally
        .leads(now_ms)
        .filter_map(|row| Some(LeadTime { server: row.server.to_owned(), going_on: row.is_on, seconds: row.seconds? }));
    rows.take(ROWS_MAX).collect()
}
