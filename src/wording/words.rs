//! Numbers, names and rows as a person reads them. Does not know: where they stand.

use crate::diagnosis::{Answer, Diagnosis, Evidence, Point, WindowAnswer};

/// "2026-11-27T03:20:00Z, up for 3 h 12 min, hangup 0.1.0"
pub(crate) fn clock(answer: &Answer) -> String {
    format!("{}, up for {}, hangup {}", answer.now, span(answer.uptime_seconds), answer.hangup)
}

/// "3 h 12 min"
pub(crate) fn span(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an uptime")]
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3_600 => format!("{} min", whole / 60),
        3_600..86_400 => format!("{} h {} min", whole / 3_600, whole % 3_600 / 60),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3_600),
    }
}

/// nginx's default server has an empty name.
pub(crate) fn server(name: &str) -> &str {
    if name.is_empty() { "the unnamed server" } else { name }
}

pub(crate) fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

pub(crate) fn per_second(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.2}/s") } else { format!("{rate:.0}/s") }
}

pub(crate) fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "not logged".to_owned(), |seconds| format!("{seconds:.2} s"))
}

/// Where a cause is: of which server, upstream and route.
pub(crate) fn place(one: &Diagnosis) -> String {
    let server = if one.server.is_empty() { "the whole host".to_owned() } else { format!("server {}", one.server) };
    let upstream = one.upstream.as_ref().map(|name| format!("upstream {name}"));
    let route = one.route.as_ref().map(|name| format!("route {name}"));
    [Some(server), upstream, route].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// "12 % (limit 1 %)"
pub(crate) fn measured(piece: &Evidence) -> String {
    match piece.limit {
        Some(_) => format!("{} (limit {})", piece.value_text(), piece.limit_text()),
        None => piece.value_text(),
    }
}

/// The windows, the shortest first.
pub(crate) fn windows(answer: &Answer) -> Vec<(&str, &WindowAnswer)> {
    let mut windows: Vec<(&str, &WindowAnswer)> = answer.windows.iter().map(|(label, one)| (&**label, one)).collect();
    windows.sort_by_key(|(label, one)| (length(label), one.requests));
    windows
}

fn length(label: &str) -> u64 {
    let number = label.trim_end_matches(['m', 's']).parse().unwrap_or(0);
    if label.ends_with('m') { number * 60 } else { number }
}

/// Each cause once, as the shortest window that has it tells it, and in which windows it holds.
pub(crate) fn causes(answer: &Answer) -> Vec<(&Diagnosis, Vec<&str>)> {
    let mut causes: Vec<(&Diagnosis, Vec<&str>)> = Vec::new();
    for (label, window) in windows(answer) {
        for one in &window.diagnosis {
            let same = |held: &Diagnosis| {
                (held.cause, &held.server, &held.upstream) == (one.cause, &one.server, &one.upstream)
            };
            match causes.iter_mut().find(|(held, _)| same(held)) {
                Some((_, labels)) => labels.push(label),
                None => causes.push((one, vec![label])),
            }
        }
    }
    causes
}

/// Who gave up, in which phase, under which code; its rate in each window.
pub(crate) fn gave_up(answer: &Answer) -> Vec<([&str; 3], Vec<f64>)> {
    let windows = windows(answer);
    let mut rows: Vec<([&str; 3], Vec<f64>)> = Vec::new();
    for (at, (_, window)) in windows.iter().enumerate() {
        for row in &window.gave_up {
            let key = [row.party.as_str(), row.phase.as_str(), row.code.as_str()];
            let found = rows.iter().position(|(held, _)| *held == key);
            let place = found.unwrap_or_else(|| {
                rows.push((key, vec![0.0; windows.len()]));
                rows.len() - 1
            });
            rows[place].1[at] = row.per_second;
        }
    }
    rows
}

pub(crate) fn failures(rows: &[(String, u64)]) -> String {
    rows.iter().map(|(kind, count)| format!("{kind}: {count}")).collect::<Vec<_>>().join(", ")
}

pub(crate) fn people_lines(answer: &Answer) -> Vec<String> {
    let busiest = answer.busiest_sources.iter().map(|row| {
        let address = row.address.as_deref().unwrap_or("one address (shown only to readers on this machine)");
        format!(
            "{}: {} of the recent 499s come from {address}, which is {}.",
            server(&row.server),
            percent(row.ratio),
            row.kind
        )
    });
    let patience = answer.patience.iter().map(|row| {
        let shares =
            row.left_after_seconds.iter().map(|(share, seconds)| format!("{:.0} % by {seconds:.1} s", share * 100.0));
        let shares = shares.collect::<Vec<_>>().join(", ");
        format!("{}: had nobody been answered, {shares} would have left ({} did).", server(&row.server), row.departures)
    });
    let wasted = answer.wasted.iter().map(|row| {
        format!(
            "{}: upstreams worked {:.0} s for clients that had left, {:.0} s of them on requests that may have had effects.",
            server(&row.server),
            row.seconds,
            row.unsafe_seconds
        )
    });
    let leads = answer.leads.iter().map(|row| {
        let which = if row.going_on { "in this incident" } else { "in the last incident" };
        let what =
            if row.seconds >= 0.0 { "before the first gateway errors" } else { "after the first gateway errors" };
        format!("{}: {which} users left {:.0} s {what}.", server(&row.server), row.seconds.abs())
    });
    busiest.chain(patience).chain(wasted).chain(leads).collect()
}

/// What is wrong is louder, also without colour.
pub(crate) fn shown(state: &str) -> &str {
    if state == "down" { "DOWN" } else { state }
}

/// A time line for whoever does not see it. `points`: at least one.
pub(crate) fn timeline_in_words(points: &[Point]) -> String {
    let (first, last) = (&points[0], &points[points.len() - 1]);
    let length = span((last.unix_ms - first.unix_ms) as f64 / 1000.0 + last.seconds);
    let sum = |count: fn(&Point) -> u64| points.iter().map(count).sum::<u64>();
    let onset = points
        .iter()
        .find(|point| point.onset)
        .map(|point| format!(" It began {} ago.", span((last.unix_ms - point.unix_ms) as f64 / 1000.0 + last.seconds)));
    format!(
        "In {length}: {} requests, {} left (499), {} gateway errors.{}",
        sum(|point| point.requests),
        sum(|point| point.left),
        sum(|point| point.errors),
        onset.unwrap_or_default()
    )
}
