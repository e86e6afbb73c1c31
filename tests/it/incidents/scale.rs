//! The shipped files with all durations divided by one number, so that an incident of minutes takes seconds.
//! Counts stay what they are: the traffic of the tests is as much denser as the windows are shorter.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// 5 minutes become 15 s: long enough for real requests, which no factor makes shorter.
pub const FACTOR: u32 = 20;

/// Range selectors, offsets and `for` of rules; the waits of Alertmanager's routes.
static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<before>\[|offset |for: |\binterval: |group_wait: |group_interval: )(?P<n>\d+)(?P<unit>s|m|h|d)\b")
        .expect("a regex")
});
/// How far ahead a prediction looks, in seconds.
static AHEAD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?P<before>predict_linear\([^()]*\[\w+\], )(?P<n>\d+)\)").expect("a regex"));

pub fn scaled(text: &str) -> String {
    let text = DURATION.replace_all(text, |found: &Captures<'_>| {
        format!("{}{}ms", &found["before"], number(found) * milliseconds(&found["unit"]) / u64::from(FACTOR))
    });
    let ahead = |found: &Captures<'_>| format!("{}{})", &found["before"], number(found) / u64::from(FACTOR));
    AHEAD.replace_all(&text, ahead).into_owned()
}

fn number(found: &Captures<'_>) -> u64 {
    found["n"].parse().expect("digits")
}

fn milliseconds(unit: &str) -> u64 {
    match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 86_400_000,
    }
}

#[test]
fn every_duration_is_scaled_and_nothing_else() {
    let check = |shipped: &str, expected: &str| assert_eq!(scaled(shipped), expected);
    check("for: 3m", "for: 9000ms");
    check("sum(rate(a_total[2m])) > 20", "sum(rate(a_total[6000ms])) > 20");
    check("avg_over_time(i:a:ratio_rate5m[1h] offset 10m)", "avg_over_time(i:a:ratio_rate5m[180000ms] offset 30000ms)");
    check("predict_linear(i:a:p95_rate5m[30m], 3600)", "predict_linear(i:a:p95_rate5m[90000ms], 180)");
    check("  group_wait: 30s\n  repeat_interval: 12h", "  group_wait: 1500ms\n  repeat_interval: 12h");
}
