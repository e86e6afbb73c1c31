//! The tables of the page: who gave up, what stands out, the last to leave, what is read and what cannot be seen.

use maud::{Markup, html};

use crate::diagnosis::{Answer, LogState};
use crate::wording::{failures, gave_up, people_lines, per_second, percent, seconds, server, shown, windows};

/// A table that scrolls by itself where the screen is narrow, and can be reached by keyboard then.
fn table(label: &str, head: &[(&str, bool)], body: &Markup) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for (title, number) in head { th.number[*number] scope="col" { (title) } } } }
                tbody { (body) }
            }
        }
    }
}

const fn word(title: &str) -> (&str, bool) {
    (title, false)
}

const fn number(title: &str) -> (&str, bool) {
    (title, true)
}

fn titles(answer: &Answer) -> Vec<String> {
    windows(answer).iter().map(|(label, _)| format!("last {label}")).collect()
}

pub(super) fn who_gave_up(answer: &Answer) -> Markup {
    let (windows, titles) = (windows(answer), titles(answer));
    let mut head = vec![word("Who"), word("Phase"), word("Status")];
    head.extend(titles.iter().map(|title| number(title)));
    let rows = gave_up(answer);
    let body = html! {
        tr {
            td { "all requests" } td {} td {}
            @for (_, window) in &windows { td.number { (per_second(window.requests as f64 / window.seconds.max(1.0))) } }
        }
        tr {
            td { "users lost" } td {} td {}
            @for (_, window) in &windows { td.number { (percent(window.lost_ratio())) } }
        }
        @for ([party, phase, code], rates) in &rows {
            tr {
                td { (party) } td { (phase) } td { (code) }
                @for rate in rates { td.number { (per_second(*rate)) } }
            }
        }
    };
    html! {
        section aria-labelledby="who" {
            h2 id="who" { "Who gave up, in which phase" }
            @if rows.is_empty() { p.dim { "Nobody gave up in the last hour." } }
            (table("Who gave up, by window", &head, &body))
        }
    }
}

/// Routes and upstreams of the middle window.
pub(super) fn stand_out(answer: &Answer) -> Markup {
    let routes = html! {
        @for row in &answer.routes {
            tr {
                td.name { (server(&row.server)) } td.name { (row.route) }
                td.number { (row.requests) } td.number { (row.left) } td.number { (row.errors) }
            }
        }
    };
    let upstreams = html! {
        @for row in &answer.upstreams {
            tr {
                td.name { (row.upstream) } td.number { (row.answered) } td.number { (row.failed) }
                td.name { (failures(&row.failures)) }
            }
        }
    };
    let head = [word("Server"), word("Route"), number("Requests"), number("Left"), number("Errors")];
    html! {
        section aria-labelledby="where" {
            h2 id="where" { "Where, now" }
            @if answer.routes.is_empty() && answer.upstreams.is_empty() { p.dim { "No route and no upstream stands out." } }
            @if !answer.routes.is_empty() { (table("Routes that stand out now", &head, &routes)) }
            @if !answer.upstreams.is_empty() {
                (table(
                    "Upstreams that stand out now",
                    &[word("Upstream"), number("Answered"), number("Failed"), word("By the error log")],
                    &upstreams,
                ))
            }
        }
    }
}

/// Who they are and what their leaving costs.
pub(super) fn people(answer: &Answer) -> Markup {
    html! {
        @if !(answer.busiest_sources.is_empty() && answer.patience.is_empty() && answer.wasted.is_empty()) {
            section aria-labelledby="people" {
                h2 id="people" { "Those who leave" }
                ul { @for line in people_lines(answer) { li { (line) } } }
            }
        }
    }
}

pub(super) fn abandoned(answer: &Answer) -> Markup {
    let body = html! {
        @for row in &answer.abandoned {
            tr {
                td.number { time datetime=(row.time) { (row.time) } } td.name { (server(&row.server)) }
                td.name { (row.method) " " (row.route) } td.number { (seconds(row.waited_seconds)) }
                td.name { (row.upstream.as_deref().unwrap_or("–")) } td.name { (row.request_id.as_deref().unwrap_or("–")) }
            }
        }
    };
    let head = [word("Time"), word("Server"), word("Route"), number("Waited"), word("Upstream"), word("Request id")];
    html! {
        @if !answer.abandoned.is_empty() {
            section aria-labelledby="last" {
                h2 id="last" { "The last to leave" }
                (table("The last abandoned requests", &head, &body))
            }
        }
    }
}

pub(super) fn unclassified(answer: &Answer) -> Markup {
    let body = html! {
        @for row in &answer.unclassified {
            tr {
                td.number { (row.count) } td { (row.level) } td.name { (row.pattern) }
                td.name { (row.sample.as_deref().unwrap_or("shown only to readers on this machine")) }
            }
        }
    };
    let head = [number("Entries"), word("Level"), word("Pattern"), word("One of them")];
    html! {
        @if !answer.unclassified.is_empty() {
            section aria-labelledby="unknown" {
                h2 id="unknown" { "Error-log entries that no rule knows" }
                p.dim { "Since the counts began; numbers, addresses and names are folded to #." }
                (table("Error-log entries that no rule knows", &head, &body))
            }
        }
    }
}

/// Logs and sources, the worst first.
pub(super) fn read(answer: &Answer) -> Markup {
    html! {
        section aria-labelledby="read" {
            h2 id="read" { "What hangup reads" }
            (states("Logs", "No log is followed.", &answer.logs))
            (states("Sources", "Nothing is polled.", &answer.sources))
        }
    }
}

fn states(title: &str, nothing: &str, states: &[LogState]) -> Markup {
    let body = html! {
        @for one in states {
            @let bad = one.state == "down" || one.sentence.contains("do not fit");
            tr { td.name { (one.name) } td.bad[bad] { (shown(&one.state)) } td.name.bad[bad] { (one.sentence) } }
        }
    };
    html! {
        h3 { (title) }
        @if states.is_empty() { p.dim { (nothing) } } @else {
            (table(title, &[word("Name"), word("State"), word("What it does, or what is wrong")], &body))
        }
    }
}

pub(super) fn not_visible(answer: &Answer) -> Markup {
    let body = html! {
        @for row in &answer.not_visible {
            tr { td.name { (row.log) } td { (row.signal) } td.name { code { (row.needs) } } }
        }
    };
    html! {
        @if !answer.not_visible.is_empty() {
            section aria-labelledby="blind" {
                h2 id="blind" { "Not visible here" }
                (table(
                    "What is not visible, and what would show it",
                    &[word("Log or source"), word("Not visible"), word("Add")],
                    &body,
                ))
            }
        }
    }
}
