//! The incident bench: each row of incidents.yml is played through promtool, and what then reaches a person is compared
//! with what the row says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::LazyLock;

use promtool::Fired;
use row::{Row, rows};
use told::{inhibitions, told};

mod alertmanager;
mod document;
mod promtool;
pub mod row;
mod told;
pub mod traffic;

const ROWS_AT_LEAST: usize = 120;

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(rows);
/// Played once for all tests.
static FIRED: LazyLock<BTreeMap<String, Vec<Fired>>> = LazyLock::new(|| promtool::play(&ROWS));

/// By alert and severity: when it was first told, in seconds after the trouble began.
fn told_of(row: &Row) -> BTreeMap<String, i64> {
    let (rules, fired) = (inhibitions(), &FIRED[&row.name]);
    let mut all = BTreeMap::new();
    for alert in fired.iter().filter(|alert| alert.label("severity") != "reference") {
        if let Some(second) = told(alert, fired, &rules, row.every) {
            let since = i64::from(second) - i64::from(row.from);
            let earliest = all.entry(alert.name()).or_insert(since);
            *earliest = since.min(*earliest);
        }
    }
    all
}

/// What is wrong with a row, in words; empty when all is right.
fn judge(row: &Row) -> Vec<String> {
    let (told, fired) = (told_of(row), &FIRED[&row.name]);
    let mut wrong = Vec::new();
    for (alert, by) in &row.told {
        match told.get(alert) {
            None => wrong.push(format!("{alert} is not told")),
            Some(_) if *by == 0 => {}
            Some(since) if *since > i64::from(*by) => {
                wrong.push(format!("{alert} is told after {since} s, not {by} s"))
            }
            Some(since) if *since <= 0 => wrong.push(format!("{alert} is told {since} s before the trouble")),
            Some(_) => {}
        }
    }
    // Info is context: nobody is disturbed by it.
    for alert in told.keys().filter(|alert| !alert.ends_with(" info") && !row.told.contains_key(*alert)) {
        wrong.push(format!("{alert} is told as well, after {} s", told[alert]));
    }
    for held in &row.held {
        if !fired.iter().any(|alert| alert.name() == *held) {
            wrong.push(format!("{held} did not fire"));
        }
    }
    for alert in fired.iter().filter(|alert| told.contains_key(&alert.name()) && alert.label("severity") == "page") {
        let evaluations = (alert.last - alert.first) / row.every + 1;
        if !row.again && alert.times != evaluations {
            wrong.push(format!("{} fires in pieces: {} of {evaluations} evaluations", alert.name(), alert.times));
        }
    }
    wrong
}

#[test]
fn every_incident_is_told_as_its_row_says() {
    let mut report = String::new();
    for row in ROWS.iter() {
        for wrong in judge(row) {
            writeln!(report, "{}: {wrong}", row.name).expect("a string");
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn the_bench_is_as_long_as_it_says_and_no_name_is_used_twice() {
    let names: BTreeSet<_> = ROWS.iter().map(|row| &row.name).collect();
    assert!(names.len() == ROWS.len() && names.len() >= ROWS_AT_LEAST, "{} names, {} rows", names.len(), ROWS.len());
}

/// Silent before its trouble and firing in it, and silent where the trouble is another.
#[test]
fn every_alert_fires_in_some_row_and_not_in_most() {
    for rule in super::alerts() {
        let name = format!("{} {}", super::text(&rule, "/alert"), super::text(&rule, "/labels/severity"));
        let fires = |row: &&Row| FIRED[&row.name].iter().any(|alert| alert.name() == name && alert.first > row.from);
        let rows = ROWS.iter().filter(fires).count();
        assert!(rows > 0, "no row makes {name} fire");
        assert!(rows < ROWS.len() / 2, "{name} fires in {rows} of {} rows", ROWS.len());
    }
}

#[test]
fn whatever_a_burn_rate_alert_pages_hangup_pages() {
    let mut missed = Vec::new();
    let mut paged = 0;
    for row in ROWS.iter() {
        let fired = &FIRED[&row.name];
        let Some(reference) = fired.iter().find(|alert| alert.label("severity") == "reference") else { continue };
        paged += 1;
        let page = |name: &String| name.ends_with(" page");
        if !told_of(row).keys().any(page) {
            missed.push(format!("{} (burn rate after {} s)", row.name, reference.first - row.from));
        }
    }
    assert!(paged > 20, "the reference pages {paged} rows only, so this proves little");
    assert!(missed.is_empty(), "{missed:#?}");
}
