//! The exposition as scrapers see it. `UPDATE_EXPECT=1 cargo test metrics::` rewrites the golden files.

mod fixture;
mod protobuf;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::tally::Options;

fn text(scrape: &Scrape<'_>, format: Format) -> String {
    String::from_utf8(encode(scrape, format)).unwrap()
}

fn fixture_text(format: Format) -> String {
    text(&fixture::scrape(&fixture::tally()), format)
}

#[track_caller]
fn check_golden(file: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metrics/golden").join(file);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    let different = actual.lines().zip(expected.lines()).find(|(actual, expected)| actual != expected);
    assert!(actual == expected, "not as in {}; the first difference: {different:?}", path.display());
}

#[test]
fn classic_text_is_as_in_the_golden_file() {
    check_golden("classic.txt", &fixture_text(Format::Classic));
}

#[test]
fn openmetrics_text_is_as_in_the_golden_file() {
    check_golden("openmetrics.txt", &fixture_text(Format::OpenMetrics));
}

#[test]
fn every_family_of_the_tables_has_a_sample_in_the_fixture_and_no_other_is_there() {
    let classic = fixture_text(Format::Classic);
    let shown: Vec<&str> = classic.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let listed: Vec<&str> = families().map(|family| family.name).collect();
    assert_eq!(shown, listed);
}

#[test]
fn names_units_labels_and_help_texts_keep_the_rules() {
    let mut names = BTreeSet::new();
    for Family { name, kind, labels, help, .. } in families() {
        assert!(names.insert(name), "{name} is there twice");
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}: a counter ends in _total, nothing else");
        let word =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(word(name) && labels.iter().all(|label| word(label)), "{name} {labels:?}");
        assert!(!labels.contains(&"le") && !labels.contains(&"quantile"), "{name}: {labels:?} are reserved");
        assert!(help.ends_with('.') && help.starts_with(char::is_uppercase), "{name}: {help:?} is no sentence");
        assert!(!help.contains(['\n', '\\']), "{name}: the README's table shows {help:?} as it is");
    }
}

#[test]
fn units_follow_from_the_name() {
    for (name, base, unit) in [
        ("hangup_http_requests_total", "hangup_http_requests", None),
        ("hangup_http_request_duration_seconds", "hangup_http_request_duration_seconds", Some("seconds")),
        ("hangup_log_bytes_total", "hangup_log_bytes", Some("bytes")),
        ("process_cpu_seconds_total", "process_cpu_seconds", Some("seconds")),
        ("hangup_http_abandoned_cliff_ratio", "hangup_http_abandoned_cliff_ratio", Some("ratio")),
        ("nginx_connections_accepted", "nginx_connections_accepted", None),
    ] {
        let family = families().find(|family| family.name == name).unwrap();
        assert_eq!((family.base_name(), family.unit()), (base, unit), "{name}");
    }
}

#[test]
fn the_names_of_nginx_prometheus_exporter_stand_in_both_texts() {
    for format in [Format::Classic, Format::OpenMetrics] {
        let text = fixture_text(format);
        for line in [
            "nginx_up 1",
            "nginx_connections_accepted 120",
            "nginx_connections_active 9",
            "nginx_connections_handled 117",
            "nginx_connections_reading 1",
            "nginx_connections_waiting 2",
            "nginx_connections_writing 6",
            "nginx_http_requests_total 400",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {format:?}");
        }
    }
}

#[test]
fn several_pages_are_told_apart_by_their_address() {
    let tally = fixture::tally();
    let mut scrape = fixture::scrape(&tally);
    scrape.readings.stub_status = vec![fixture::page("http://a/s"), fixture::page("unix:/b:/s")];
    let text = text(&scrape, Format::Classic);
    for line in ["nginx_up{addr=\"http://a/s\"} 1", "nginx_up{addr=\"unix:/b:/s\"} 1"] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_page_that_does_not_answer_is_down_and_one_not_asked_yet_is_unknown() {
    let tally = fixture::tally();
    let mut scrape = fixture::scrape(&tally);
    scrape.readings.stub_status[0].status = None;
    let down = text(&scrape, Format::Classic);
    assert!(down.contains("\nnginx_up 0\n") && !down.contains("\nnginx_connections_active "), "{down}");
    assert!(down.contains("\nhangup_nginx_connections_dropped_total 3\n"), "{down}");

    scrape.readings.stub_status = vec![Default::default()];
    assert!(!text(&scrape, Format::Classic).contains("nginx_up"));
}

#[test]
fn what_is_not_known_gives_no_sample() {
    let tally = Tally::new(Options::default());
    let text = text(&fixture::bare(&tally), Format::Classic);
    for absent in
        ["nginx_up", "nginx_connections", "conntrack", "process_", "hangup_log_", "source_up", "timeout_seconds"]
    {
        assert!(!text.contains(absent), "{absent} is in\n{text}");
    }
    assert!(text.contains("hangup_build_info{version=\"0.1.0\"} 1\n"), "{text}");
}

#[test]
fn only_openmetrics_has_units_exemplars_and_an_end() {
    let (classic, open) = (fixture_text(Format::Classic), fixture_text(Format::OpenMetrics));
    for mark in ["# UNIT ", " # {request_id=\"bb01\"} 5.001 1795270642.000\n", "# EOF\n"] {
        assert!(open.contains(mark) && !classic.contains(mark), "{mark}");
    }
    assert!(open.ends_with("\n# EOF\n"));
}

#[test]
fn promtool_has_nothing_to_say() {
    #[expect(clippy::disallowed_methods, reason = "a test asks Prometheus' own linter")]
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed (make test does it)");
    let classic = fixture_text(Format::Classic);
    promtool.stdin.take().unwrap().write_all(classic.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn a_family_may_go_without_a_label() {
    let tally = fixture::tally();
    let pair = |label: &str| Without { family: "hangup_http_requests_total".to_owned(), label: label.to_owned() };
    let without = vec![pair("route"), pair("status")];
    assert!(without.iter().all(Without::is_known) && !pair("party").is_known());
    let shown = text(&Scrape { without, ..fixture::scrape(&tally) }, Format::Classic);
    let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with("hangup_http_requests_total{")).collect();
    let all: u64 = tally.requests().map(|row| row.count).sum();
    let sum: u64 = rows.iter().map(|row| row.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(sum, all);
    assert!(rows.iter().all(|row| row.contains("route=\"\"") && row.contains("status=\"\"")), "{rows:?}");
    let distinct: BTreeSet<&str> = rows.iter().map(|row| row.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(distinct.len(), rows.len());
}

#[test]
fn the_number_of_series_is_that_of_the_exposition() {
    let classic = fixture_text(Format::Classic);
    let lines = classic.lines().filter(|line| !line.starts_with('#')).count();
    assert!(classic.contains(&format!("\nhangup_series {lines}\n")), "{lines}");
}
