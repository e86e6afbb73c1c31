//! hangup's counts as lines that can be compared with what clients know: `gave up cart client response 499` → 12.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::scrape::Scrape;

/// What was counted, by the words of the labels, and how often.
pub type Books = BTreeMap<String, u64>;

/// The families that are compared: how a line of the books begins, the family, and the labels that make up the line.
const FAMILIES: &[(&str, &str, &[&str])] = &[
    ("requests", "hangup_http_requests_total", &["route", "method", "status"]),
    ("outcomes", "hangup_http_request_duration_seconds_count", &["route", "outcome"]),
    ("gave up", "hangup_http_gave_up_total", &["route", "party", "phase", "code"]),
    ("abandoned", "hangup_http_abandoned_total", &["route", "method", "patience", "agent"]),
    ("tries", "hangup_upstream_tries_total", &["upstream", "status"]),
    ("responses", "hangup_upstream_response_duration_seconds_count", &["upstream", "outcome"]),
    ("timeouts", "hangup_upstream_timeouts_total", &["upstream", "phase"]),
    ("failures", "hangup_upstream_failures_total", &["upstream", "kind"]),
    ("clients", "hangup_client_failures_total", &["kind"]),
    ("exhausted", "hangup_nginx_exhausted_total", &["resource"]),
    ("lines", "hangup_log_lines_total", &["result"]),
    ("messages", "hangup_error_log_messages_total", &["class"]),
];

/// What says nothing about who gave up: lines that were read well, messages of a known class, and idle connections
/// closed, among which are the test's own first look and hangup's polls.
const LEFT_OUT: &[&str] = &[
    "lines parsed",
    "messages upstream_timeout",
    "messages upstream_failure",
    "messages client_failure",
    "messages exhausted",
    "messages routine",
    "clients idle_closed",
];

/// The books of a scrape. `names` are addresses of upstreams and what they are called here.
pub fn of(scrape: &Scrape, names: &[(String, &'static str)]) -> Books {
    let named = |value: &str| match names.iter().find(|(address, _)| address == value) {
        Some((_, name)) => (*name).to_owned(),
        None => value.to_owned(),
    };
    let mut books = Books::new();
    for (title, family, labels) in FAMILIES {
        for sample in scrape.select(family, &[]).filter(|sample| sample.value > 0.0) {
            let values: Vec<String> = labels.iter().map(|label| named(&sample.labels[*label])).collect();
            *books.entry(format!("{title} {}", values.join(" "))).or_default() += sample.value as u64;
        }
    }
    books.retain(|line, _| !LEFT_OUT.contains(&line.as_str()));
    books
}

/// A line for each count that is not as expected. A count of 0 is the same as a line that is not there.
pub fn differences(books: &Books, expected: &[(&str, u64)]) -> String {
    let expected: BTreeMap<&str, u64> = expected.iter().copied().collect();
    let unexpected = books.keys().map(String::as_str).filter(|line| !expected.contains_key(line));
    let mut told = String::new();
    for line in expected.keys().copied().chain(unexpected) {
        let (is, should) = (books.get(line).copied().unwrap_or(0), expected.get(line).copied().unwrap_or(0));
        if is != should {
            writeln!(told, "  {line}: hangup counted {is} of {should}").expect("a String takes every write");
        }
    }
    told
}
