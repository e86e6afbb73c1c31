//! The page as lines of text, section by section. Does not know: how many lines anybody sees.

use super::lines::{Lines, Style};
use super::words::{
    causes, clock, failures, gave_up, measured, people_lines, per_second, percent, place, seconds, server, shown,
    timeline_in_words, windows,
};
use crate::diagnosis::{Answer, Diagnosis, LogState};

const COLUMNS: usize = 80;

/// The whole page, 80 columns wide.
pub(crate) fn plain(answer: &Answer) -> String {
    let mut lines = Lines::new(COLUMNS);
    head(&mut lines, answer);
    why(&mut lines, answer);
    when(&mut lines, answer);
    who(&mut lines, answer);
    if !(answer.routes.is_empty() && answer.upstreams.is_empty()) {
        lines.title("Where, now");
        routes(&mut lines, answer);
        upstreams(&mut lines, answer);
    }
    people(&mut lines, answer);
    /// A terminal has few lines; the page and the JSON have all.
    const SHOWN: usize = 10;
    last(&mut lines, answer, SHOWN, |_, _| true);
    unclassified(&mut lines, answer);
    read(&mut lines, answer);
    lines.plain()
}

/// Whose diagnosis it is, the sentence, and what is wrong with hangup itself.
pub(crate) fn head(lines: &mut Lines, answer: &Answer) {
    lines.add("", &format!("hangup on {}: {}", answer.host, clock(answer)), Style::Dim);
    lines.text("", "");
    let (word, style) = if answer.trouble { ("TROUBLE: ", Style::Bad) } else { ("", Style::Title) };
    lines.add("", &format!("{word}{}", answer.sentence), style);
    answer.problems.iter().for_each(|problem| lines.add("  ", &format!("WRONG: {problem}"), Style::Bad));
}

pub(crate) fn why(lines: &mut Lines, answer: &Answer) {
    lines.title("Why");
    let causes = causes(answer);
    if causes.is_empty() {
        lines.text("  ", "No cause holds in the last hour.");
    }
    causes.into_iter().for_each(|(one, windows)| cause(lines, one, &windows));
}

/// One cause with its evidence, and the windows in which it holds.
pub(crate) fn cause(lines: &mut Lines, one: &Diagnosis, windows: &[&str]) {
    let name = one.cause.as_str();
    let held = format!("{name} ({}; {}; last {})", place(one), one.confidence.as_str(), windows.join(", "));
    lines.add("  ", &held, if one.cause.is_harmless() { Style::Plain } else { Style::Bad });
    lines.text("    ", &one.sentence);
    for piece in &one.evidence {
        lines.text("    - ", &format!("{}: {}, {}", piece.signal, measured(piece), piece.source));
    }
    lines.text("    ", &format!("First: {}", one.first_fix));
}

pub(crate) fn when(lines: &mut Lines, answer: &Answer) {
    if answer.timeline.len() > 1 {
        lines.title("When");
        lines.text("  ", &timeline_in_words(&answer.timeline));
        lines.text("  ", &bars(answer));
    }
}

/// Requests by height.
fn bars(answer: &Answer) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let rates: Vec<f64> = answer.timeline.iter().map(|point| point.requests as f64 / point.seconds).collect();
    let most = rates.iter().copied().fold(0.1, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one of eight heights")]
    let height = |rate: &f64| HEIGHTS[((rate / most * 7.0).round() as usize).min(7)];
    rates.iter().map(height).collect()
}

pub(crate) fn who(lines: &mut Lines, answer: &Answer) {
    lines.title("Who gave up, in which phase");
    let windows = windows(answer);
    let mut row = |name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>12}")).collect();
        lines.row(format!("  {name:<30}{cells}"), Style::Plain);
    };
    row("", windows.iter().map(|(label, _)| format!("last {label}")).collect());
    let requests = windows.iter().map(|(_, window)| per_second(window.requests as f64 / window.seconds.max(1.0)));
    row("all requests", requests.collect());
    row("users lost", windows.iter().map(|(_, window)| percent(window.lost_ratio())).collect());
    for ([party, phase, code], rates) in gave_up(answer) {
        row(&format!("{party} {phase} {code}"), rates.into_iter().map(per_second).collect());
    }
}

fn routes(lines: &mut Lines, answer: &Answer) {
    for row in &answer.routes {
        let of = format!("{} left, {} errors, of {} requests", row.left, row.errors, row.requests);
        lines.text("  ", &format!("{} {}: {of}", server(&row.server), row.route));
    }
}

pub(crate) fn upstreams(lines: &mut Lines, answer: &Answer) {
    for row in &answer.upstreams {
        let counts = format!("{} answered, {} failed; {}", row.answered, row.failed, failures(&row.failures));
        lines.text("  ", &format!("{}: {counts}", row.upstream));
    }
}

pub(crate) fn people(lines: &mut Lines, answer: &Answer) {
    let people = people_lines(answer);
    if !people.is_empty() {
        lines.title("Those who leave");
        people.iter().for_each(|text| lines.text("  ", text));
    }
}

/// The last to leave, `most` at most: those on a server and a route that `shown` takes.
pub(crate) fn last(lines: &mut Lines, answer: &Answer, most: usize, shown: impl Fn(&str, &str) -> bool) {
    let mut rows = answer.abandoned.iter().filter(|row| shown(&row.server, &row.route)).take(most).peekable();
    if rows.peek().is_some() {
        lines.title("The last to leave");
    }
    for row in rows {
        let upstream = row.upstream.as_ref().map_or_else(String::new, |name| format!(" for {name}"));
        let id = row.request_id.as_ref().map_or_else(String::new, |id| format!(" id {id}"));
        let what = format!("{} {} {} {}", row.time, server(&row.server), row.method, row.route);
        lines.text("  ", &format!("{what}: {}{upstream}{id}", seconds(row.waited_seconds)));
    }
}

pub(crate) fn unclassified(lines: &mut Lines, answer: &Answer) {
    if answer.unclassified.is_empty() {
        return;
    }
    lines.title("Error-log entries that no rule knows (numbers and names folded to #)");
    for row in &answer.unclassified {
        lines.text("  ", &format!("{} × [{}] {}", row.count, row.level, row.pattern));
        let sample = row.sample.as_ref().filter(|sample| **sample != row.pattern);
        sample.iter().for_each(|sample| lines.text("    ", &format!("e.g. {sample}")));
    }
}

/// Logs, sources, and what is not visible.
pub(crate) fn read(lines: &mut Lines, answer: &Answer) {
    states(lines, "Logs", &answer.logs);
    states(lines, "Sources", &answer.sources);
    if !answer.not_visible.is_empty() {
        lines.title("Not visible here");
        let rows = answer.not_visible.iter().map(|row| format!("{}: {}; add {}", row.log, row.signal, row.needs));
        rows.for_each(|text| lines.text("  ", &text));
    }
}

fn states(lines: &mut Lines, name: &str, states: &[LogState]) {
    lines.title(name);
    for one in states {
        let style = if one.state == "down" { Style::Bad } else { Style::Plain };
        lines.add("  ", &format!("{:<8}{} {}", shown(&one.state), one.name, one.sentence), style);
    }
}
