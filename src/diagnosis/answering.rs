//! Fills an answer from the windows: one sentence, causes, a time line, what stands out. Does not know: any single cause.

use super::answer::{Answer, GaveUpRate, Point, RouteNow, UpstreamNow, VERSION, WindowAnswer};
use super::case::{SHARE, is_lost};
use super::facts::Facts;
use super::finding::{Unit, written};
use super::judge::diagnose;
use super::server::{Server, add};
use super::stretch::Upstream;
use super::window::Window;
use super::windows::{Recent, Span};

/// Rows of a table that anybody reads.
const ROWS_MAX: usize = 10;

impl Answer {
    /// What the windows say; the rest is for the caller to fill in.
    pub fn of(windows: &impl Recent, facts: &Facts, now_ms: i64) -> Answer {
        let mut answer = Answer { version: VERSION, ..Answer::default() };
        for span in Span::ALL {
            let window = windows.window(span, now_ms);
            answer.windows.insert(windows.label(span), WindowAnswer::of(&window, facts));
        }
        let now = windows.window(Span::Middle, now_ms);
        (answer.routes, answer.upstreams) = (routes(&now), upstreams(&now));
        answer.timeline = timeline(windows, now_ms);
        let short = answer.windows.get(&windows.label(Span::Short)).cloned().unwrap_or_default();
        let middle = answer.windows.get(&windows.label(Span::Middle)).cloned().unwrap_or_default();
        answer.trouble = short.trouble || middle.trouble;
        answer.sentence = sentence(&short, &middle);
        answer
    }
}

/// The causes of the last minute before those of the last five: that is what goes on.
fn sentence(short: &WindowAnswer, middle: &WindowAnswer) -> String {
    let harmful = |window: &WindowAnswer| window.diagnosis.iter().find(|one| !one.cause.is_harmless()).cloned();
    let more = |window: &WindowAnswer| window.diagnosis.iter().filter(|one| !one.cause.is_harmless()).count();
    if let Some(first) = harmful(short).or_else(|| harmful(middle)) {
        let others = more(short).max(more(middle)).saturating_sub(1);
        return match others {
            0 => first.sentence,
            1 => format!("{} One more cause holds.", first.sentence),
            _ => format!("{} {others} more causes hold.", first.sentence),
        };
    }
    let window = if short.trouble { short } else { middle };
    if window.trouble {
        return format!(
            "Users are being lost ({} of the requests: {} left, {} got a gateway error), and no cause is visible here yet.",
            written(window.lost_ratio(), Unit::Ratio),
            window.left,
            window.errors
        );
    }
    if middle.requests == 0 {
        return "No request has been seen in the last minutes.".to_owned();
    }
    let quiet = format!(
        "Nothing stands out: {} of the last {} requests were lost.",
        written(middle.lost_ratio(), Unit::Ratio),
        middle.requests
    );
    let harmless = middle.diagnosis.first().or(short.diagnosis.first());
    harmless.map_or(quiet.clone(), |one| format!("{quiet} {}", one.sentence))
}

impl WindowAnswer {
    pub fn of(window: &Window<'_>, facts: &Facts) -> WindowAnswer {
        let whole = window.sum.whole();
        let seconds = window.seconds();
        let mut counts: Vec<_> = Vec::new();
        whole.gave_up.iter().for_each(|(by, count)| add(&mut counts, *by, *count));
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let gave_up = counts.into_iter().map(|(by, count)| GaveUpRate {
            party: by.party.as_str().to_owned(),
            phase: by.phase.as_str().to_owned(),
            code: by.code.to_string(),
            count,
            per_second: count as f64 / seconds,
        });
        WindowAnswer {
            seconds,
            requests: whole.requests,
            users: whole.users(),
            left: whole.left.total(),
            errors: whole.errors(),
            trouble: window.servers().any(|(_, name, server)| is_lost(server, facts.limits_of(name))),
            gave_up: gave_up.collect(),
            diagnosis: diagnose(window, facts).causes,
        }
    }

    pub fn lost_ratio(&self) -> f64 {
        (self.left + self.errors) as f64 / self.users.max(1) as f64
    }
}

fn routes(window: &Window<'_>) -> Vec<RouteNow> {
    let of = |(_, server, counts): (u16, &str, &Server)| {
        let rows = counts.routes.iter().map(|route| RouteNow {
            server: server.to_owned(),
            route: window.route_name(route.route).to_owned(),
            requests: route.requests,
            left: route.left,
            errors: route.errors,
        });
        rows.collect::<Vec<_>>()
    };
    let mut rows: Vec<RouteNow> = window.servers().flat_map(of).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.left + row.errors));
    rows.truncate(ROWS_MAX);
    rows
}

fn upstreams(window: &Window<'_>) -> Vec<UpstreamNow> {
    use crate::record::{TimeoutPhase, UpstreamFailure};
    let of = |(_, name, counts): (u16, &str, &Upstream)| {
        let phases =
            TimeoutPhase::ALL.iter().map(|phase| (format!("timed out: {}", phase.as_str()), counts.timeout(*phase)));
        let kinds = UpstreamFailure::ALL.iter().map(|kind| (kind.as_str().to_owned(), counts.failure(*kind)));
        let mut failures: Vec<(String, u64)> = phases.chain(kinds).filter(|(_, count)| *count > 0).collect();
        failures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        UpstreamNow {
            upstream: name.to_owned(),
            answered: counts.answered,
            failed: counts.failed,
            timeouts: counts.timeouts.iter().sum(),
            failures,
        }
    };
    let mut rows: Vec<UpstreamNow> = window.upstreams().map(of).filter(|row| !row.failures.is_empty()).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.failures.iter().map(|(_, count)| count).sum::<u64>()));
    rows.truncate(ROWS_MAX);
    rows
}

fn timeline(windows: &impl Recent, now_ms: i64) -> Vec<Point> {
    let point = |window: Window<'_>| {
        let whole = window.sum.whole();
        Point {
            unix_ms: window.unix_ms,
            seconds: window.seconds(),
            requests: whole.requests,
            left: whole.left.total(),
            errors: whole.errors(),
            onset: false,
        }
    };
    let mut points: Vec<Point> = windows.timeline(now_ms).into_iter().map(point).collect();
    if let Some(onset) = onset(&points) {
        points[onset].onset = true;
    }
    points
}

/// The first point of the losses that last until the end; one quiet point between them is no end.
fn onset(points: &[Point]) -> Option<usize> {
    let lossy = |point: &Point| {
        let lost = point.left + point.errors;
        lost >= 3 && lost as f64 > SHARE * point.requests as f64
    };
    let (mut first, mut quiet) = (None, 0);
    for (at, point) in points.iter().enumerate().rev() {
        if lossy(point) {
            (first, quiet) = (Some(at), 0);
        } else {
            quiet += 1;
        }
        if quiet > 1 {
            break;
        }
    }
    first
}
