//! docs/incidents.md: what the tests measured, as tables between two marks each.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

use super::Outcome;
use super::scale::FACTOR;
use crate::rules::root;

pub fn write_incidents(outcomes: &[Outcome]) {
    let mut table = String::from(
        "| incident | what happens | reached a person | inhibited | seconds here | minutes as shipped | the diagnosis names (after seconds here) |\n|---|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        writeln!(table, "{}", row(outcome)).expect("a string takes all");
    }
    print!("{table}");
    if std::env::var("INCIDENT").unwrap_or_default().is_empty() {
        replace("incidents", &table);
    }
}

fn row(outcome: &Outcome) -> String {
    let arrived: Vec<_> = outcome.arrived.keys().map(|(name, severity)| format!("**{name}** ({severity})")).collect();
    let inhibited: BTreeSet<&str> = outcome.inhibited.iter().map(|(name, _)| name.as_str()).collect();
    let inhibited: Vec<_> = inhibited.into_iter().collect();
    let first = outcome.arrived.values().min().map(|first| first.as_secs_f64());
    let here = first.map_or("–".to_owned(), |seconds| format!("{seconds:.1}"));
    let shipped = first.map_or("–".to_owned(), |seconds| format!("{:.1}", seconds * f64::from(FACTOR) / 60.0));
    let dash = |list: Vec<String>| if list.is_empty() { "nothing".to_owned() } else { list.join(", ") };
    let named = outcome.diagnosed.named(outcome.began).into_iter();
    let named = named.map(|(cause, after)| format!("`{cause}` ({:.0})", after.as_secs_f64())).collect();
    format!(
        "| {} | {} | {} | {} | {here} | {shipped} | {} |",
        outcome.incident.name,
        outcome.incident.what,
        dash(arrived),
        dash(inhibited.into_iter().map(str::to_owned).collect()),
        dash(named)
    )
}

/// Puts `text` between the marks of that name.
pub fn replace(name: &str, text: &str) {
    let path: PathBuf = root().join("docs/incidents.md");
    let old = std::fs::read_to_string(&path).expect("docs/incidents.md");
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = old.split_once(&begin).expect("the mark at which the table begins");
    let (_, after) = rest.split_once(&end).expect("the mark at which it ends");
    std::fs::write(&path, format!("{before}{begin}{text}{end}{after}")).expect("writable");
}
