//! The page as plain text of 80 columns, for curl and for a terminal.

use std::fmt::Write;

use super::tables::{failures, people_lines, shown};
use super::timeline;
use super::words::{causes, clock, gave_up, measured, per_second, percent, place, seconds, server, windows};
use crate::diagnosis::{Answer, LogState};

const COLUMNS: usize = 80;

/// The whole page.
pub(in crate::web) fn plain(answer: &Answer) -> String {
    let mut out = String::new();
    line(&mut out, "", &format!("hangup on {}: {}", answer.host, clock(answer)));
    out.push('\n');
    let word = if answer.trouble { "TROUBLE: " } else { "" };
    line(&mut out, "", &format!("{word}{}", answer.sentence));
    answer.problems.iter().for_each(|problem| line(&mut out, "  ", &format!("WRONG: {problem}")));
    why(&mut out, answer);
    if answer.timeline.len() > 1 {
        title(&mut out, "When");
        line(&mut out, "  ", &timeline::words(&answer.timeline));
        line(&mut out, "  ", &bars(answer));
    }
    who(&mut out, answer);
    place_now(&mut out, answer);
    let people = people_lines(answer);
    if !people.is_empty() {
        title(&mut out, "Those who leave");
        people.iter().for_each(|text| line(&mut out, "  ", text));
    }
    last(&mut out, answer);
    unclassified(&mut out, answer);
    states(&mut out, "Logs", &answer.logs);
    states(&mut out, "Sources", &answer.sources);
    if !answer.not_visible.is_empty() {
        title(&mut out, "Not visible here");
        let rows = answer.not_visible.iter().map(|row| format!("{}: {}; add {}", row.log, row.signal, row.needs));
        rows.for_each(|text| line(&mut out, "  ", &text));
    }
    out
}

fn why(out: &mut String, answer: &Answer) {
    title(out, "Why");
    let causes = causes(answer);
    if causes.is_empty() {
        line(out, "  ", "No cause holds in the last hour.");
    }
    for (one, windows) in causes {
        let held = format!(
            "{} ({}; {}; last {})",
            one.cause.as_str(),
            place(one),
            one.confidence.as_str(),
            windows.join(", ")
        );
        line(out, "  ", &held);
        line(out, "    ", &one.sentence);
        for piece in &one.evidence {
            line(out, "    - ", &format!("{}: {}, {}", piece.signal, measured(piece), piece.source));
        }
        line(out, "    ", &format!("First: {}", one.first_fix));
    }
}

/// Requests by height, losses by a mark below.
fn bars(answer: &Answer) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let rates: Vec<f64> = answer.timeline.iter().map(|point| point.requests as f64 / point.seconds).collect();
    let most = rates.iter().copied().fold(0.1, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one of eight heights")]
    let height = |rate: &f64| HEIGHTS[((rate / most * 7.0).round() as usize).min(7)];
    rates.iter().map(height).collect()
}

fn who(out: &mut String, answer: &Answer) {
    title(out, "Who gave up, in which phase");
    let windows = windows(answer);
    let row = |out: &mut String, name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>12}")).collect();
        let _ = writeln!(out, "  {name:<30}{cells}");
    };
    row(out, "", windows.iter().map(|(label, _)| format!("last {label}")).collect());
    let requests = windows.iter().map(|(_, window)| per_second(window.requests as f64 / window.seconds.max(1.0)));
    row(out, "all requests", requests.collect());
    row(out, "users lost", windows.iter().map(|(_, window)| percent(window.lost_ratio())).collect());
    for ([party, phase, code], rates) in gave_up(answer) {
        row(out, &format!("{party} {phase} {code}"), rates.into_iter().map(per_second).collect());
    }
}

fn place_now(out: &mut String, answer: &Answer) {
    if answer.routes.is_empty() && answer.upstreams.is_empty() {
        return;
    }
    title(out, "Where, now");
    for row in &answer.routes {
        let text = format!(
            "{} {}: {} left, {} errors, of {} requests",
            server(&row.server),
            row.route,
            row.left,
            row.errors,
            row.requests
        );
        line(out, "  ", &text);
    }
    for row in &answer.upstreams {
        line(
            out,
            "  ",
            &format!("{}: {} answered, {} failed; {}", row.upstream, row.answered, row.failed, failures(&row.failures)),
        );
    }
}

fn last(out: &mut String, answer: &Answer) {
    /// A terminal has few lines; the page and the JSON have all.
    const SHOWN: usize = 10;
    if answer.abandoned.is_empty() {
        return;
    }
    title(out, "The last to leave");
    for row in answer.abandoned.iter().take(SHOWN) {
        let upstream = row.upstream.as_ref().map_or_else(String::new, |name| format!(" for {name}"));
        let id = row.request_id.as_ref().map_or_else(String::new, |id| format!(" id {id}"));
        let what = format!("{} {} {} {}", row.time, server(&row.server), row.method, row.route);
        line(out, "  ", &format!("{what}: {}{upstream}{id}", seconds(row.waited_seconds)));
    }
}

fn unclassified(out: &mut String, answer: &Answer) {
    if answer.unclassified.is_empty() {
        return;
    }
    title(out, "Error-log entries that no rule knows (numbers and names folded to #)");
    for row in &answer.unclassified {
        line(out, "  ", &format!("{} × [{}] {}", row.count, row.level, row.pattern));
        let sample = row.sample.as_ref().filter(|sample| **sample != row.pattern);
        sample.iter().for_each(|sample| line(out, "    ", &format!("e.g. {sample}")));
    }
}

fn states(out: &mut String, name: &str, states: &[LogState]) {
    title(out, name);
    for one in states {
        line(out, "  ", &format!("{:<8}{} {}", shown(&one.state), one.name, one.sentence));
    }
}

fn title(out: &mut String, text: &str) {
    let _ = writeln!(out, "\n{text}");
}

/// Wraps at words; what belongs to it is indented further.
fn line(out: &mut String, indent: &str, text: &str) {
    let hanging = " ".repeat(indent.chars().count() + 2);
    let mut width = indent.chars().count();
    out.push_str(indent);
    let mut first = true;
    for word in text.split(' ') {
        let length = word.chars().count();
        if !first && width + 1 + length > COLUMNS {
            out.push('\n');
            out.push_str(&hanging);
            width = hanging.len();
        } else if !first {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
        first = false;
    }
    out.push('\n');
}
