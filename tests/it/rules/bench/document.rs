//! docs/alerts.md: every alert with what it says, and every incident of the bench with who is told what and when. Written
//! from alerts/*.yml and incidents.yml with UPDATE_DOCS=1, and held against them.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use super::{ROWS, told_of};
use crate::rules::{alerts, root, text};

/// A label in a text, or what stands in for it.
static LABEL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{ (or )?\$labels\.(?<label>\w+)[^}]*\}\}").expect("a regex"));

#[test]
fn the_list_of_alerts_is_the_rules() {
    let page = root().join("docs/alerts.md");
    let is = std::fs::read_to_string(&page).expect("docs/alerts.md");
    let mut must = is.clone();
    for (mark, table) in [("alerts", list_of_alerts()), ("incidents", list_of_incidents())] {
        must = between(&must, mark, &table);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &must).expect("writable");
    } else {
        assert_eq!(is, must, "docs/alerts.md is behind: UPDATE_DOCS=1 writes it anew");
    }
}

fn between(page: &str, mark: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {mark} -->"), format!("<!-- /{mark} -->"));
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let after = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}")).1;
    format!("{before}{begin}\n{table}{end}{after}")
}

fn list_of_alerts() -> String {
    let mut table = "| alert | severity | cause | says |\n|---|---|---|---|\n".to_owned();
    for rule in alerts() {
        let [name, severity, cause] = ["/alert", "/labels/severity", "/labels/cause"].map(|part| text(&rule, part));
        let summary = LABEL.replace_all(text(&rule, "/annotations/summary"), "$label").replace('|', "\\|");
        writeln!(table, "| [{name}](runbooks/{name}.md) | {severity} | `{cause}` | {summary} |").expect("a string");
    }
    table
}

fn list_of_incidents() -> String {
    let mut table = "| incident | scrape | told, after |\n|---|---|---|\n".to_owned();
    for row in ROWS.iter() {
        let told: Vec<_> = told_of(row).iter().map(|(alert, since)| format!("{alert}, {}", minutes(*since))).collect();
        let told = if told.is_empty() { "nothing".to_owned() } else { told.join("; ") };
        writeln!(table, "| {} | {} s | {told} |", row.what, row.scrape).expect("a string");
    }
    table
}

fn minutes(seconds: i64) -> String {
    if seconds < 0 { "before".to_owned() } else { format!("{}:{:02}", seconds / 60, seconds % 60) }
}
