//! What a run came to: lines written, counted, lost, doubled; and the table of all runs.

use super::load::Routes;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub written: u64,
    pub counted: u64,
    /// By route, so that one does not hide the other.
    pub lost: u64,
    pub doubled: u64,
}

impl Outcome {
    pub fn of(written: &Routes, counted: &Routes) -> Outcome {
        let less = |these: &Routes, those: &Routes| -> u64 { more(these, those).values().sum() };
        Outcome {
            written: written.values().sum(),
            counted: counted.values().sum(),
            lost: less(written, counted),
            doubled: less(counted, written),
        }
    }

    /// From a counter that knows no routes.
    pub fn of_totals(written: u64, counted: u64) -> Outcome {
        Outcome { written, counted, lost: written.saturating_sub(counted), doubled: counted.saturating_sub(written) }
    }

    pub fn is_exact(&self) -> bool {
        self.lost == 0 && self.doubled == 0
    }
}

/// What one has more of than the other.
pub fn more(these: &Routes, those: &Routes) -> Routes {
    let more = |(route, count): (&String, &u64)| {
        let more = count.saturating_sub(those.get(route).copied().unwrap_or(0));
        (more > 0).then(|| (route.clone(), more))
    };
    these.iter().filter_map(more).collect()
}

/// Rows on standard output as they come, and what was not as it must be.
pub struct Table(Vec<String>);

impl Table {
    pub fn new(counted: &str) -> Table {
        println!("\n| style | reader | written | {counted} | lost | doubled | lost % | |");
        println!("|---|---|---|---|---|---|---|---|");
        Table(Vec::new())
    }

    pub fn row(&mut self, style: &str, reader: &str, outcome: Outcome, note: &str, must_be_exact: bool) {
        let Outcome { written, counted, lost, doubled } = outcome;
        let share = 100.0 * lost as f64 / written.max(1) as f64;
        println!("| {style} | {reader} | {written} | {counted} | {lost} | {doubled} | {share:.2} | {note} |");
        if must_be_exact && !outcome.is_exact() {
            self.0.push(format!("{style}, {reader}: lost {lost}, doubled {doubled}"));
        }
    }

    pub fn wrong(&mut self, what: String) {
        self.0.push(what);
    }

    /// Fails if a row was not exact that had to be.
    #[track_caller]
    pub fn hold(self) {
        assert!(self.0.is_empty(), "not exact: {:#?}", self.0);
    }
}

#[test]
fn lost_and_doubled_do_not_hide_each_other() {
    let routes = |pairs: &[(&str, u64)]| pairs.iter().map(|(route, count)| ((*route).to_owned(), *count)).collect();
    let outcome = Outcome::of(&routes(&[("a", 5), ("b", 3)]), &routes(&[("a", 4), ("b", 5), ("c", 1)]));
    assert_eq!(outcome, Outcome { written: 8, counted: 10, lost: 1, doubled: 3 });
}
