//! Every metric that hangup exports is drawn, and every metric that is drawn is exported.

use super::files::{self, Dashboard};
use hangup::metrics::{Kind, families};
use std::collections::BTreeSet;

/// Families that no panel shows, and why.
const NOT_DRAWN: &[(&str, &str)] = &[
    ("process_virtual_memory_bytes", "reserved address space says nothing that resident memory does not say better"),
    ("hangup_diagnosis_evidence", "each piece has a unit of its own: the page and the API show them"),
    ("hangup_log_info", "always 1: its labels are there to be joined"),
];
/// What Prometheus itself adds.
const OF_PROMETHEUS: [&str; 3] = ["ALERTS", "up", "scrape_duration_seconds"];

#[test]
fn every_family_is_drawn() {
    let drawn = drawn();
    let mut wrong = Vec::new();
    for family in families() {
        let shown = spellings(family.name, family.kind).iter().any(|name| drawn.contains(name));
        let excused = NOT_DRAWN.iter().any(|(name, _)| *name == family.name);
        if shown == excused {
            wrong.push(family.name);
        }
    }
    assert!(wrong.is_empty(), "either on a panel or in the list of those that are not: {wrong:?}");
}

#[test]
fn every_drawn_metric_exists() {
    let mut known: BTreeSet<String> = families().flat_map(|f| spellings(f.name, f.kind)).collect();
    known.extend(OF_PROMETHEUS.map(str::to_owned));
    known.extend(recorded());
    for name in drawn() {
        assert!(known.contains(&name), "{name} is drawn, and nothing exports or records it");
    }
}

fn spellings(name: &str, kind: Kind) -> Vec<String> {
    match kind {
        Kind::Histogram => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).into(),
        Kind::Summary => ["", "_sum", "_count"].map(|end| format!("{name}{end}")).into(),
        _ => vec![name.to_owned()],
    }
}

/// A metric is a name before its matchers; all of the dashboards' selectors have matchers.
fn drawn() -> BTreeSet<String> {
    let name = regex::Regex::new(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{").expect("a pattern");
    let dashboards = files::all();
    let queries = dashboards.iter().flat_map(Dashboard::drawn).flat_map(|p| &p.targets).map(|t| t.expr.as_str());
    let variables = dashboards.iter().flat_map(|d| &d.templating.list).filter_map(|v| v.query["query"].as_str());
    let labels = regex::Regex::new(r"label_values\((\w+)[,{]").expect("a pattern");
    let of_variables = variables.flat_map(|q| labels.captures_iter(q)).map(|c| c[1].to_owned());
    queries.flat_map(|q| name.captures_iter(q)).map(|c| c[1].to_owned()).chain(of_variables).collect()
}

fn recorded() -> Vec<String> {
    let read = |name| std::fs::read_to_string(files::repository().join("alerts").join(name)).expect("readable");
    let text = ["hangup.rules.yml", "hangup.alerts.yml"].map(read).concat();
    text.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).map(str::to_owned).collect()
}
