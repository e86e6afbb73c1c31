//! Runs rows through promtool, many in one file, and reads back which alerts fired and when.
//!
//! promtool compares and does not print; so it is asked for every firing alert with nothing expected, and what it says
//! it got instead is the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use regex::Regex;

use super::row::Row;
use super::traffic;
use crate::rules::{AT_ONCE, alerts, groups, root, text as rule_text};

pub type Labels = BTreeMap<String, String>;

/// One alert of one row while it fired, in seconds; what it says, and how many evaluations saw it.
#[derive(Debug, Clone)]
pub struct Fired {
    pub labels: Labels,
    pub first: u32,
    pub last: u32,
    pub times: u32,
}

impl Fired {
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    pub fn fires(&self, second: u32) -> bool {
        self.first <= second && second <= self.last
    }

    /// As the table writes it.
    pub fn name(&self) -> String {
        format!("{} {}", self.label("alertname"), self.label("severity"))
    }
}

/// The multiwindow burn-rate alert that everybody has, over the same users: 14.4 times the budget of 99.5 % in an hour and
/// still, 6 times in six hours and still, from 10 users on. The hours before the test count as healthy.
const BURN_RATE: &str = r#"groups:
  - name: reference
    rules:
      - alert: BurnRate
        expr: |
          sum by (job) (increase(hangup_http_abandoned_total{agent="user"}[1h])) + sum by (job) (increase(hangup_http_requests_total{status=~"502|504|52.|59."}[1h]))
            > 0.072 * 3600 * sum by (job) (rate(hangup_http_requests_total[5m])) > 10
          and sum by (job) (rate(hangup_http_abandoned_total{agent="user"}[5m])) + sum by (job) (rate(hangup_http_requests_total{status=~"502|504|52.|59."}[5m]))
            > 0.072 * sum by (job) (rate(hangup_http_requests_total[5m]))
          or sum by (job) (increase(hangup_http_abandoned_total{agent="user"}[6h])) + sum by (job) (increase(hangup_http_requests_total{status=~"502|504|52.|59."}[6h]))
            > 0.03 * 21600 * sum by (job) (rate(hangup_http_requests_total[5m]))
          and sum by (job) (rate(hangup_http_abandoned_total{agent="user"}[30m])) + sum by (job) (rate(hangup_http_requests_total{status=~"502|504|52.|59."}[30m]))
            > 0.03 * sum by (job) (rate(hangup_http_requests_total[30m]))
        labels: {severity: reference}
"#;

/// What fired, by row.
pub fn play(rows: &[Row]) -> BTreeMap<String, Vec<Fired>> {
    // Few files, as promtool evaluates every rule for each, however few series it holds; the largest for two cores, and long
    // rows apart, as series that have ended still cost.
    let mut batches: BTreeMap<(u32, usize), Vec<&Row>> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        let part = if row.length > 2700 { AT_ONCE } else { n % AT_ONCE };
        batches.entry((row.every, if row.every < 60 { part } else { part / AT_ONCE })).or_default().push(row);
    }
    // Kept, so that one can run promtool over a batch by hand.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    std::fs::create_dir_all(&dir).expect("writable");
    std::fs::write(dir.join("burn-rate.yml"), BURN_RATE).expect("writable");
    let files = batches.iter().map(|(key, rows)| write_batch(&dir, *key, rows)).collect::<Vec<_>>();
    let (files, fired) = (Mutex::new(files), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let next = || files.lock().expect("no panic").pop();
                while let Some(file) = next() {
                    let answer = run(&file);
                    fired.lock().expect("no panic").extend(answer);
                }
            });
        }
    });
    let fired = fired.into_inner().expect("no panic");
    let mut by_row: BTreeMap<String, Vec<Fired>> = rows.iter().map(|row| (row.name.clone(), Vec::new())).collect();
    for one in fired {
        by_row.get_mut(one.label("job")).expect("only the rows fire").push(one);
    }
    by_row
}

const QUERIES: [&str; 3] = ["min_over_time(timestamp", "max_over_time(timestamp", "count_over_time("];

fn write_batch(dir: &Path, (every, part): (u32, usize), rows: &[&Row]) -> std::path::PathBuf {
    let file = dir.join(format!("{every}-{part}.test.yml"));
    let interval = rows.iter().map(|row| row.scrape).min().expect("a row");
    let mut text = format!(
        "rule_files: ['{0}/alerts/hangup.rules.yml', '{0}/alerts/hangup.alerts.yml', burn-rate.yml]\n\
         evaluation_interval: {every}s\ngroup_eval_order: [{1}]\ntests:\n  - interval: {interval}s\n    input_series:\n",
        root().display(),
        groups().join(", ")
    );
    for row in rows {
        text += &traffic::series(row, interval);
    }
    text += "    promql_expr_test:\n";
    // For each row alone: promtool's query engine holds ten thousand samples at once.
    for (row, query) in rows.iter().flat_map(|row| QUERIES.map(|query| (row, query))) {
        let (length, firing) = (row.length, format!("ALERTS{{alertstate=\"firing\", job=\"{}\"}}", row.name));
        let inner = if query.starts_with("count") { firing } else { format!("({firing})") };
        writeln!(text, "      - {{expr: '{query}{inner}[{length}s:{every}s])', eval_time: {length}s}}")
            .expect("a string");
    }
    // What the alerts say, in the middle of the usual trouble and after it.
    text += "    alert_rule_test:\n";
    let names: BTreeSet<String> = alerts().iter().map(|rule| rule_text(rule, "/alert").to_owned()).collect();
    let ends: BTreeSet<u32> = rows.iter().flat_map(|row| [row.length / 2 / every * every, row.length]).collect();
    for (name, second) in names.iter().flat_map(|name| ends.iter().map(move |second| (name, second))) {
        writeln!(text, "      - {{alertname: {name}, eval_time: {second}s}}").expect("a string");
    }
    std::fs::write(&file, text).expect("writable");
    file
}

/// What Prometheus puts into a text whose template fails, or names a label that is not there.
const BROKEN: [&str; 3] = ["<error expanding template", "<no value>", "%!"];

fn run(file: &Path) -> Vec<Fired> {
    // Its garbage collector else takes a fifth of the time.
    let output = Command::new("promtool").env("GOGC", "300").args(["test", "rules"]).arg(file).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run promtool: {error}; `make tools` installs it"));
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!printed.contains("err:") && printed.contains("FAILED"), "{}: {printed}", file.display());
    for line in printed.lines().filter(|line| line.contains("Annotations:")) {
        assert!(!BROKEN.iter().any(|sign| line.contains(sign)), "a text that cannot be read: {line}");
    }
    let [first, last, times] = QUERIES.map(|query| answer(&printed, query));
    let values = |labels: &Labels| (first[labels] as u32, last[labels] as u32, times[labels] as u32);
    first
        .keys()
        .map(|labels| {
            let (first, last, times) = values(labels);
            Fired { labels: labels.clone(), first, last, times }
        })
        .collect()
}

static SAMPLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{([^}]*)\} ([-+.0-9E]+)").expect("a regex"));
static LABEL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(\w+)="([^"]*)""#).expect("a regex"));

/// What promtool got for this query, in all rows. Where it got nothing, as expected, it says nothing.
fn answer(printed: &str, query: &str) -> BTreeMap<Labels, f64> {
    let answers = printed.split("expr: ").filter(|part| part[1..].starts_with(query));
    let got = answers.filter_map(|part| part.split("got:").nth(1)?.lines().next());
    let samples = got.flat_map(|line| SAMPLE.captures_iter(line));
    samples.map(|found| (labels(&found[1]), found[2].parse().expect("a number"))).collect()
}

fn labels(text: &str) -> Labels {
    let all = LABEL.captures_iter(text).map(|found| (found[1].to_owned(), found[2].to_owned()));
    all.filter(|(name, _)| name != "alertstate" && name != "__name__").collect()
}
