//! What every dashboard and every panel promises: unique ids, nothing hard-coded, a next step, a unit, a place.

use super::files::{self, Dashboard, Panel};
use std::collections::BTreeSet;

/// Grafana 12's model; the types that the source is checked against know it.
const SCHEMA_VERSION: u32 = 41;
const GRID_WIDTH: u32 = 24;
const RUNBOOKS: &str = "https://github.com/hangup-exporter/hangup/blob/main/docs/runbooks/";
/// Grafana fills these in itself.
const BUILT_IN: [&str; 1] = ["__rate_interval"];

#[test]
fn ids_are_unique() {
    let all = files::all();
    assert_eq!(all.len(), 5);
    unique("uid", all.iter().map(|d| d.uid.clone()));
    unique("panel title", all.iter().flat_map(Dashboard::drawn).map(|p| p.title.clone()));
    for dashboard in &all {
        unique("panel id", dashboard.panels.iter().map(|p| p.id));
        for panel in dashboard.drawn() {
            unique("refId", panel.targets.iter().map(|t| t.ref_id.clone()));
            unique("legend", panel.targets.iter().map(|t| t.legend_format.clone()));
        }
    }
}

#[test]
fn nothing_is_hard_coded() {
    let matcher =
        regex::Regex::new(r#"\b(job|instance|server|route|upstream)(=~?|!=|!~)"([^"]*)""#).expect("a pattern");
    let variable = regex::Regex::new(r"\$\{?([a-zA-Z_]\w*)").expect("a pattern");
    for dashboard in files::all() {
        let declared: BTreeSet<_> = dashboard.templating.list.iter().map(|v| v.name.as_str()).collect();
        let mut used = BTreeSet::from(["datasource".to_owned()]);
        for target in dashboard.drawn().flat_map(|p| &p.targets) {
            for found in matcher.captures_iter(&target.expr) {
                // Whether an alert has the label at all is another question than which value it has.
                if found[3].is_empty() {
                    continue;
                }
                assert_eq!(found[3], format!("${}", &found[1]), "{}: {}", dashboard.title, target.expr);
            }
            assert!(target.expr.contains("$instance"), "{}: every instance? {}", dashboard.title, target.expr);
            used.extend(variable.captures_iter(&target.expr).map(|found| found[1].to_owned()));
        }
        used.retain(|name| !BUILT_IN.contains(&name.as_str()));
        assert_eq!(used, declared.iter().map(|&n| n.to_owned()).collect(), "{}: used and declared", dashboard.title);
        assert!(declared.is_superset(&BTreeSet::from(["datasource", "job", "instance"])), "{}", dashboard.title);
    }
}

#[test]
fn the_data_source_is_the_variable() {
    for dashboard in files::all() {
        let first = &dashboard.templating.list[0];
        assert_eq!((first.name.as_str(), first.kind.as_str()), ("datasource", "datasource"));
        assert_eq!(first.query, "prometheus");
        let variables = dashboard.templating.list[1..].iter().map(|v| v.datasource.as_ref());
        let panels = dashboard.drawn().map(|p| p.datasource.as_ref());
        let targets = dashboard.drawn().flat_map(|p| &p.targets).map(|t| Some(&t.datasource));
        for source in variables.chain(panels).chain(targets) {
            let source = source.unwrap_or_else(|| panic!("{}: a panel or variable without source", dashboard.title));
            assert_eq!((source.kind.as_str(), source.uid.as_str()), ("prometheus", "${datasource}"));
        }
    }
}

#[test]
fn every_panel_says_what_is_bad_and_where_to_look_next() {
    let all = files::all();
    let titles: BTreeSet<_> = all.iter().flat_map(Dashboard::drawn).map(|p| p.title.as_str()).collect();
    let bold = regex::Regex::new(r"\*\*([^*]+)\*\*").expect("a pattern");
    for panel in all.iter().flat_map(Dashboard::drawn) {
        let named: Vec<_> = bold.captures_iter(&panel.description).map(|c| c[1].to_owned()).collect();
        for name in &named {
            assert!(titles.contains(name.as_str()), "{}: there is no panel {name:?}", panel.title);
            assert_ne!(*name, panel.title, "a panel that sends the reader to itself");
        }
        let leads_on = !named.is_empty() || panel.description.contains("Next: the runbook");
        assert!(leads_on, "{} leads nowhere: {}", panel.title, panel.description);
    }
}

#[test]
fn links_lead_somewhere() {
    for dashboard in files::all() {
        assert_eq!(dashboard.schema_version, SCHEMA_VERSION);
        assert!(!dashboard.description.is_empty() && dashboard.tags.contains(&"hangup".to_owned()));
        let [siblings] = dashboard.links.as_slice() else { panic!("{}: the link to its siblings", dashboard.title) };
        assert_eq!(siblings.tags, ["hangup"]);
        assert!(siblings.include_vars && siblings.keep_time);
        for link in dashboard.drawn().flat_map(|p| &p.links) {
            let name = link.url.strip_prefix(RUNBOOKS).unwrap_or_else(|| panic!("{} is no runbook", link.url));
            let file = files::repository().join("docs/runbooks").join(name);
            assert!(file.exists() && name == format!("{}.md", link.title), "{}", file.display());
        }
    }
}

#[test]
fn units_and_thresholds_are_set() {
    for panel in files::all().iter().flat_map(Dashboard::drawn) {
        if panel.kind == "heatmap" {
            assert!(panel.options["yAxis"]["unit"].is_string(), "{}", panel.title);
            continue;
        }
        let defaults = &panel.field_config["defaults"];
        assert!(defaults["unit"].is_string(), "{}: no unit", panel.title);
        let steps = defaults["thresholds"]["steps"].as_array().unwrap_or_else(|| panic!("{}", panel.title));
        let drawn = defaults["custom"]["thresholdsStyle"]["mode"].as_str().unwrap_or("dashed");
        assert_eq!(
            drawn != "off" || panel.kind != "timeseries",
            steps.len() > 1 || panel.kind != "timeseries",
            "{}",
            panel.title
        );
    }
}

/// Okabe's and Ito's, which people with any kind of colour vision tell apart; `text` is black or white.
const COLOURS: [&str; 9] =
    ["#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00", "#CC79A7", "#999999", "text"];

#[test]
fn colours_can_be_told_apart() {
    let value = regex::Regex::new(r#""(?:color|fixedColor|iconColor|fill)": "([^"]*)""#).expect("a pattern");
    for path in files::paths() {
        let text = std::fs::read_to_string(&path).expect("readable");
        let used: BTreeSet<String> = value.captures_iter(&text).map(|found| found[1].to_owned()).collect();
        let other: Vec<_> = used.iter().filter(|used| !COLOURS.contains(&used.as_str()) && *used != "dash").collect();
        assert!(!used.is_empty() && other.is_empty(), "{}: {other:?}", path.display());
    }
}

/// What is up or down says so in words; a firing alert is a line through every graph; a row of a table leads on.
#[test]
fn values_are_words_and_rows_are_links() {
    for path in files::paths() {
        let text = std::fs::read_to_string(&path).expect("readable");
        assert!(text.contains("\"name\": \"Firing alerts\"") && text.contains("ALERTS{"), "{}", path.display());
    }
    for panel in files::all().iter().flat_map(Dashboard::drawn) {
        let up_or_down = panel
            .targets
            .iter()
            .any(|t| !t.expr.starts_with("count(") && (t.expr.contains("_up{") || t.expr.contains("(up{")));
        let words = panel.field_config.to_string().contains("\"type\":\"value\"");
        assert!(words || !up_or_down, "{} shows 0 and 1", panel.title);
        let exemplars = panel.targets.iter().filter(|t| t.expr.contains("_bucket{") && panel.kind != "table");
        assert!(exemplars.clone().all(|t| t.exemplar), "{} hides the examples", panel.title);
    }
    let all = files::all();
    let linked = all.iter().flat_map(Dashboard::drawn).filter(|p| p.field_config.to_string().contains("&var-")).count();
    assert_eq!(linked, 2, "by route and by upstream");
}

#[test]
fn panels_neither_overlap_nor_overflow() {
    for dashboard in files::all() {
        for (i, a) in dashboard.panels.iter().enumerate() {
            assert!(a.grid_pos.x + a.grid_pos.w <= GRID_WIDTH, "{} overflows", a.title);
            for b in &dashboard.panels[i + 1..] {
                assert!(!overlap(a, b), "{}: {} lies on {}", dashboard.title, a.title, b.title);
            }
        }
    }
}

fn overlap(a: &Panel, b: &Panel) -> bool {
    let (a, b) = (a.grid_pos, b.grid_pos);
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

#[track_caller]
fn unique<T: Ord + std::fmt::Debug>(what: &str, values: impl Iterator<Item = T>) {
    let mut seen = BTreeSet::new();
    for value in values {
        assert!(!seen.contains(&value), "{what} {value:?} twice");
        seen.insert(value);
    }
}
