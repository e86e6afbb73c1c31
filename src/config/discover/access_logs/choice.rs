//! Of the logs that get the same requests, the one to follow. Does not know: where they are written down.

use std::collections::BTreeSet;

use super::{AccessLog, Candidate, Context, Finding, SHARED, Weight};

/// One log for each context, and the same one wherever possible: two that get the same requests would count them twice.
pub(super) fn choose(contexts: &[Context], findings: &mut Vec<Finding>) -> Vec<AccessLog> {
    let mut chosen: Vec<(AccessLog, BTreeSet<&str>)> = Vec::new();
    for context in contexts {
        let taken = |c: &&Candidate| chosen.iter().any(|(log, _)| log.path == c.path);
        let known: Vec<&Candidate> = context.candidates.iter().filter(taken).collect();
        if let [first, second, ..] = known.as_slice() {
            let text = format!(
                "{} and {} hold the same requests, which are counted twice; write only one",
                first.path, second.path
            );
            say_once(findings, Finding::new(Weight::Problem, Some(second.origin.clone()), text));
        }
        let best = known.first().copied().or_else(|| context.candidates.iter().min_by_key(|c| blindness(c)));
        let Some(best) = best else { continue };
        match chosen.iter_mut().find(|(log, _)| log.path == best.path) {
            Some((log, labels)) => {
                labels.insert(&context.label);
                two_formats(log, best, findings);
            }
            None => chosen.push((follow(best), BTreeSet::from([context.label.as_str()]))),
        }
        for other in
            context.candidates.iter().filter(|c| c.path != best.path && !known.iter().any(|k| k.path == c.path))
        {
            let text = format!("{} is not followed: the same requests are in {}", other.path, best.path);
            say_once(findings, Finding::new(Weight::Note, Some(other.origin.clone()), text));
        }
    }
    chosen.into_iter().map(|(log, labels)| AccessLog { server: label(&labels), ..log }).collect()
}

/// Less is better: all requests before some, a fixed file before a pattern, more variables before fewer.
fn blindness(candidate: &Candidate) -> (bool, bool, usize) {
    (candidate.conditional, candidate.varies, candidate.format.format.missing().len())
}

fn follow(candidate: &Candidate) -> AccessLog {
    AccessLog {
        path: candidate.path.clone(),
        format: candidate.format.clone(),
        server: String::new(),
        origin: candidate.origin.clone(),
    }
}

fn two_formats(log: &AccessLog, other: &Candidate, findings: &mut Vec<Finding>) {
    if log.format.format.source() == other.format.format.source() {
        return;
    }
    let (one, two) = (&log.format.name, &other.format.name);
    let text =
        format!("{} is written in two formats, {one} ({}) and {two}; give each its own file", log.path, log.origin);
    say_once(findings, Finding::new(Weight::Problem, Some(other.origin.clone()), text));
}

fn label(labels: &BTreeSet<&str>) -> String {
    match labels.iter().collect::<Vec<_>>().as_slice() {
        [only] => (**only).to_owned(),
        _ => SHARED.to_owned(),
    }
}

fn say_once(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}
