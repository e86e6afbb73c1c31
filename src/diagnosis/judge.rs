//! Walks the table of causes for the host and for each server, and leaves out what a cause below explains already.
//! Does not know: any single cause.

use super::case::{COMPARABLE, Case, Found, Look};
use super::cause::Cause;
use super::facts::Facts;
use super::finding::Diagnosis;
use super::rows::{ROWS, Row};
use super::window::Window;

/// Where a runbook stands.
const RUNBOOKS: &str = "https://github.com/hangup-exporter/hangup/blob/main/docs/runbooks/";

/// What holds in a window.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// The most telling first.
    pub causes: Vec<Diagnosis>,
    /// For each server, those causes of the host whose losses are comparable with what its users lose.
    pub shared: Vec<(String, Cause)>,
}

/// A cause that holds, and what is needed to weigh it against others.
struct Held<'t> {
    row: &'t Row,
    found: Found,
    server: String,
}

/// All causes that hold in this window.
pub fn diagnose(window: &Window<'_>, facts: &Facts) -> Judged {
    let whole = Case::whole(window, facts);
    let host_rows = ROWS.iter().filter(|row| row.cause.is_of_host());
    let mut held: Vec<Held<'_>> = host_rows.filter_map(|row| judge(row, &whole, "")).collect();
    let mut shared = Vec::new();
    for (id, name, _) in window.servers() {
        let case = Case::of(window, facts, Some(id), name);
        for row in ROWS.iter().filter(|row| !row.cause.is_of_host()) {
            let candidate = judge(row, &case, name);
            held.extend(candidate.filter(|candidate| !held.iter().any(|below| below.explains(candidate))));
        }
        let comparable = |below: &&Held<'_>| {
            below.server.is_empty() && below.found.weight as f64 >= COMPARABLE * case.sum.server.lost() as f64
        };
        shared.extend(held.iter().filter(comparable).map(|below| (name.to_owned(), below.row.cause)));
    }
    // What harms users first, then from the packet upwards, then by weight.
    held.sort_by_key(|one| (one.row.cause.is_harmless(), one.row.cause, std::cmp::Reverse(one.found.weight)));
    Judged { causes: held.into_iter().map(Held::told).collect(), shared }
}

/// It holds, and it lasts.
fn judge<'t>(row: &'t Row, case: &Case<'_>, server: &str) -> Option<Held<'t>> {
    let found = (row.judge)(case)?;
    lasts(row, &case.looks).then(|| Held { row, found, server: server.to_owned() })
}

/// Whether what it is known by is in enough stretches; next to the worst of them, a few are none.
fn lasts(row: &Row, looks: &[Look]) -> bool {
    let events: Vec<u64> = looks.iter().map(row.events).collect();
    let worst = events.iter().copied().max().unwrap_or(0);
    let filled = events.iter().filter(|count| **count > 0 && **count * 10 > worst);
    filled.count() >= row.stretches
}

impl Held<'_> {
    /// The same server or the host, the same upstream where both name one, and a share that is comparable.
    fn explains(&self, other: &Held<'_>) -> bool {
        let place = self.server.is_empty() || self.server == other.server;
        let upstreams = self.found.upstream.as_ref().zip(other.found.upstream.as_ref());
        place
            && upstreams.is_none_or(|(mine, theirs)| mine == theirs)
            && self.row.explains.contains(&other.found.symptom)
            && self.found.weight as f64 >= COMPARABLE * other.found.weight as f64
    }

    fn told(self) -> Diagnosis {
        let Held { row, found, server } = self;
        Diagnosis {
            cause: row.cause,
            server,
            upstream: found.upstream,
            route: found.route,
            confidence: found.confidence,
            sentence: found.sentence,
            evidence: found.evidence,
            otherwise: row.otherwise.to_owned(),
            first_fix: row.first_fix.to_owned(),
            runbook: format!("{RUNBOOKS}{}.md", row.runbook),
        }
    }
}
