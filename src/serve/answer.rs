//! Completes what the windows say by what only the running process knows: its host, its logs and sources, the last
//! abandoned requests. What is wrong stands first. Does not know: how any of it looks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::logs::{Log, Misfit};
use super::nginx_watch::Standing;
use super::shared::View;
use crate::diagnosis::{Answer, LogState, UnknownEntry};
use crate::poll::{Readings, SourceStatus};
use crate::tally::{LineResult, Tally, Unclassified};

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
        not_visible: told.view.configured.not_visible.clone(),
        problems: problems(told, &unfit),
        logs: worst_first(told.view.logs.iter().map(|log| log_state(log, &unfit))),
        sources: worst_first(told.readings.sources.iter().map(source)),
        unclassified: unclassified(tally),
        ..answer.with_people(tally, now_ms, abandoned)
    }
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
