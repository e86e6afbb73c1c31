//! Every metric and label that a rule names is one that the exporter has, or that another rule records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use hangup::metrics::{Kind, families};
use regex::Regex;
use serde_json::Value;

use super::{alerts, records, root, text, unit_tests, yaml};

/// Labels that Prometheus, its service discovery or a central ruler add to every series.
const SCRAPED: [&str; 4] = ["job", "instance", "cluster", "namespace"];

type Names = BTreeMap<String, BTreeSet<String>>;

static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[a-zA-Z_][a-zA-Z0-9_:]*").expect("a regex"));
static SELECTOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([a-zA-Z_][a-zA-Z0-9_:]*)\s*\{([^}]*)\}").expect("a regex"));
static MATCHER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)").expect("a regex"));
static GROUPING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\(([^)]*)\)").expect("a regex")
});
static STRING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""[^"]*""#).expect("a regex"));
static RANGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[\w+\]").expect("a regex"));

/// Names of series with their labels: what the exporter has, and what the rules record.
fn known() -> Names {
    let mut known = exported();
    for rule in records() {
        let record = text(&rule, "/record");
        known.insert(record.to_owned(), level(record));
    }
    known
}

fn exported() -> Names {
    let alerts = labels(&["alertname", "alertstate", "severity", "server", "scope", "route", "source"]);
    let mut known = Names::from([("up".to_owned(), labels(&[])), ("ALERTS".to_owned(), alerts)]);
    for family in families() {
        let names: &[&str] = match family.kind {
            Kind::Histogram => &["_bucket", "_sum", "_count"],
            Kind::Summary => &["", "_sum", "_count"],
            Kind::Counter | Kind::Gauge | Kind::Unknown => &[""],
        };
        for suffix in names {
            // A native histogram has the bare name.
            known.entry(family.name.to_owned()).or_insert_with(|| labels(family.labels));
            let mut own = labels(family.labels);
            own.extend((*suffix == "_bucket").then(|| "le".to_owned()));
            known.insert(format!("{}{suffix}", family.name), own);
        }
    }
    known
}

fn labels(own: &[&str]) -> BTreeSet<String> {
    own.iter().chain(&SCRAPED).map(|label| (*label).to_owned()).collect()
}

/// The labels that a record is named after: the first part of level:metric:operation.
fn level(record: &str) -> BTreeSet<String> {
    let (level, _) = record.split_once(':').unwrap_or_else(|| panic!("{record} names no level"));
    let words = level.split('_').flat_map(|word| if word == "listener" { vec!["address", "port"] } else { vec![word] });
    words.chain(["job", "scope", "cluster", "namespace"]).map(str::to_owned).collect()
}

fn grouped_by(expression: &str) -> BTreeSet<String> {
    let listed = GROUPING.captures_iter(expression).flat_map(|found| {
        let list = found[1].to_owned();
        NAME.find_iter(&list).map(|label| label.as_str().to_owned()).collect::<Vec<_>>()
    });
    listed.chain(SCRAPED.map(str::to_owned)).collect()
}

/// What looks like a metric in an expression: a word of ours that is neither label, string nor function.
fn metrics(expression: &str) -> BTreeSet<String> {
    let bare = STRING.replace_all(expression, "");
    let bare = GROUPING.replace_all(&bare, "");
    let bare = RANGE.replace_all(&bare, "");
    let bare = Regex::new(r"\{[^}]*\}").expect("a regex").replace_all(&bare, "").into_owned();
    let words = NAME.find_iter(&bare).map(|word| word.as_str().to_owned());
    words
        .filter(|word| word.contains(':') || word.contains("hangup") || word.contains("nginx") || word == "up")
        .collect()
}

#[test]
fn rules_name_only_metrics_and_labels_that_exist() {
    let known = known();
    let mut named = 0;
    for rule in records().iter().chain(&alerts()) {
        let expression = text(rule, "/expr");
        for metric in metrics(expression) {
            assert!(known.contains_key(&metric), "{metric} does not exist, and this names it: {expression}");
            named += 1;
        }
        for selector in SELECTOR.captures_iter(expression) {
            check_labels(&known, &selector[1], &selector[2]);
        }
        check_grouping(&known, expression);
    }
    assert!(named > 100, "only {named} names were found, so the search is broken");
}

#[test]
fn runbooks_name_only_metrics_that_exist() {
    let (known, mut named) = (known(), 0);
    let ours = Regex::new(r"\b(?:[a-z_]+:[a-z0-9_]+:[a-z0-9_]+|(?:hangup|nginx)_[a-z0-9_]+)").expect("a regex");
    for entry in std::fs::read_dir(root().join("docs/runbooks")).expect("docs/runbooks") {
        let page = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&page).expect("readable");
        for metric in ours.find_iter(&text) {
            assert!(known.contains_key(metric.as_str()), "{}: there is no {}", page.display(), metric.as_str());
            named += 1;
        }
    }
    assert!(named > 40, "only {named} names were found, so the search is broken");
}

fn check_labels(known: &Names, metric: &str, matchers: &str) {
    let labels = known.get(metric).unwrap_or_else(|| panic!("{metric} does not exist"));
    for matcher in MATCHER.captures_iter(&STRING.replace_all(matchers, "\"\"")) {
        assert!(labels.contains(&matcher[1]), "{metric} has no label {}, only {labels:?}", &matcher[1]);
    }
}

#[test]
fn records_have_the_labels_they_are_named_after() {
    for rule in records() {
        let (record, grouped) = (text(&rule, "/record"), grouped_by(text(&rule, "/expr")));
        // What only combines other records keeps their labels and groups by none.
        if text(&rule, "/expr").contains("by (") {
            // `scope` is there in the rows of fleets only.
            let missing: Vec<_> = level(record)
                .difference(&grouped)
                .filter(|label| !["scope", "cluster", "namespace"].contains(&label.as_str()))
                .cloned()
                .collect();
            assert!(missing.is_empty(), "{record} is not by {missing:?}");
        }
    }
}

/// Summing by a label that no series in the expression has gives a result that looks right and says nothing.
fn check_grouping(known: &Names, expression: &str) {
    let there: BTreeSet<&String> =
        metrics(expression).iter().filter_map(|metric| known.get(metric)).flatten().collect();
    for label in grouped_by(expression).difference(&SCRAPED.map(str::to_owned).into()) {
        assert!(there.contains(label), "nothing in this has a label {label}: {expression}");
    }
}

#[test]
fn unit_tests_feed_only_series_that_the_exporter_has() {
    let exported = exported();
    for file in unit_tests() {
        let tests = yaml(&file)["tests"].take();
        let series =
            tests.as_array().expect("tests").iter().filter_map(|test| test["input_series"].as_array()).flatten();
        for one in series.map(|series: &Value| text(series, "/series").to_owned()) {
            let found = SELECTOR.captures(&one).unwrap_or_else(|| panic!("{}: {one}", file.display()));
            check_labels(&exported, &found[1], &found[2]);
            if &found[1] != "up" && !found[1].starts_with("process") {
                check_complete(&exported, &found[1], &found[2]);
            }
        }
    }
}

/// A test whose series lack a label of the real ones proves nothing about vector matching.
fn check_complete(exported: &Names, metric: &str, written: &str) {
    // The address of a status page is only there beside others, a location only where it has a timeout of its own, and an
    // agent on requests only where it is no user's; the last two are the discovery's.
    let users = ["hangup_http_requests_total", "hangup_http_gave_up_total"].contains(&metric);
    let optional = ["addr", "location", "cluster", "namespace", if users { "agent" } else { "" }];
    let missing = exported[metric]
        .iter()
        .filter(|label| !optional.contains(&label.as_str()) && !written.contains(&format!("{label}=")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new(), "{metric}{{{written}}}");
}
