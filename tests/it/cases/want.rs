//! Compares what a step wants with what it got.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::Missing;
use super::case::{Texts, Want};
use super::folder::fill;
use crate::support::scrape::Scrape;

/// What came of one step.
#[derive(Default)]
pub struct Got {
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub seconds: f64,
    /// A server's.
    pub page: Option<String>,
    pub scrape: Option<Scrape>,
}

pub fn missing(want: &Want, got: &Got, dir: &Path) -> Missing {
    let mut missing = Missing::new();
    if want.exit.is_some() && want.exit != got.exit {
        missing.push(format!("exit is {:?}, not {:?}", got.exit, want.exit));
    }
    texts(&want.says, &format!("{}\n{}", got.stdout, got.stderr), dir, &mut missing);
    if let Some(page) = &got.page {
        texts(&want.page, &without_marks(page), dir, &mut missing);
    }
    if let Some(wanted) = &want.json {
        match serde_json::from_str::<Value>(&got.stdout) {
            Ok(found) => part_of(wanted, &found, "", &mut missing),
            Err(e) => missing.push(format!("no JSON ({e}): {}{}", start(&got.stdout), start(&got.stderr))),
        }
    }
    if let Some(scrape) = &got.scrape {
        missing.extend(want.metrics.iter().filter_map(|wanted| metric(&fill(wanted, dir), scrape)));
        missing.extend(
            want.series_max
                .filter(|max| scrape.0.len() > *max)
                .map(|max| format!("{} series, over {max}", scrape.0.len())),
        );
    }
    missing.extend(
        want.seconds_max.filter(|max| got.seconds > *max).map(|max| format!("took {} s, over {max}", got.seconds)),
    );
    missing
}

fn texts(want: &Texts, text: &str, dir: &Path, missing: &mut Missing) {
    let flowing = Regex::new("[ \n]+").expect("a regex").replace_all(text, " ").into_owned();
    let holds = |pattern: &String, text: &str| {
        let pattern = pattern.replace("@DIR@", &regex::escape(&dir.display().to_string()));
        Regex::new(&pattern).unwrap_or_else(|e| panic!("{e}")).is_match(text)
    };
    let mut add = |what: &str, part: &String| missing.push(format!("{what} `{part}` …{}", end(&flowing)));
    want.has.iter().filter(|part| !flowing.contains(&fill(part, dir))).for_each(|part| add("lacks", part));
    want.lacks.iter().filter(|part| flowing.contains(&fill(part, dir))).for_each(|part| add("has", part));
    want.matches.iter().filter(|pattern| !holds(pattern, &flowing)).for_each(|part| add("does not match", part));
    want.never.iter().filter(|pattern| holds(pattern, text)).for_each(|part| add("matches", part));
}

/// HTML to the words in it.
fn without_marks(page: &str) -> String {
    let text = Regex::new("(?s)<(style|script).*?</(style|script)>|<[^>]*>")
        .expect("a regex")
        .replace_all(page, " ")
        .into_owned();
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn part_of(wanted: &Value, found: &Value, at: &str, missing: &mut Missing) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (key, value) in wanted {
                part_of(value, found.get(key).unwrap_or(&Value::Null), &format!("{at}.{key}"), missing);
            }
        }
        (Value::Array(wanted), Value::Array(found)) => {
            let matched = |value: &Value| {
                found.iter().any(|found| {
                    let mut inside = Missing::new();
                    part_of(value, found, "", &mut inside);
                    inside.is_empty()
                })
            };
            let lacking = wanted.iter().filter(|value| !matched(value));
            missing.extend(lacking.map(|value| format!("{at} has no {value} but {found:?}")));
        }
        _ => {
            let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
            let equal = wanted == found || wanted.as_f64().zip(found.as_f64()).is_some_and(|(a, b)| close(a, b));
            if !equal {
                missing.push(format!("{at} is {found}, not {wanted}"));
            }
        }
    }
}

fn metric(wanted: &str, scrape: &Scrape) -> Option<String> {
    let sample = &Scrape::parse(wanted).0[0];
    let labels: Vec<_> = sample.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let sum = scrape.sum(&sample.name, &labels);
    let beside: Vec<_> = scrape.select(&sample.name, &[]).filter(|s| s.value != 0.0).take(12).collect();
    (sum != sample.value).then(|| format!("{wanted} is {sum}; there are {beside:?}"))
}

fn start(text: &str) -> String {
    text.chars().take(300).collect()
}

/// Where the findings stand.
fn end(text: &str) -> String {
    let length = text.chars().count();
    text.chars().skip(length.saturating_sub(400)).collect()
}
