//! Of the logs that get the same requests, the one to follow. Does not know: where they are written down.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{AccessLog, Candidate, Context, Finding, Origin, SHARED, Weight};

/// One log for each context, and the same one wherever possible: two that get the same requests would count them twice.
pub(super) fn choose(contexts: &[Context], findings: &mut Vec<Finding>) -> Vec<AccessLog> {
    let mut chosen = Chosen { logs: Vec::new(), places: HashMap::new(), said: HashSet::new(), findings };
    for context in contexts {
        chosen.context(context);
    }
    chosen.logs.into_iter().map(|(log, labels)| AccessLog { server: label(&labels), ..log }).collect()
}

/// The logs so far, each with the labels of the servers that write it.
struct Chosen<'c, 'f> {
    logs: Vec<(AccessLog, BTreeSet<&'c str>)>,
    /// Where in `logs` a path stands.
    places: HashMap<&'c str, usize>,
    /// What a thousand servers have in common is told once.
    said: HashSet<(Origin, String)>,
    findings: &'f mut Vec<Finding>,
}

impl<'c> Chosen<'c, '_> {
    fn context(&mut self, context: &'c Context) {
        let known: Vec<&Candidate> =
            context.candidates.iter().filter(|c| self.places.contains_key(c.path.as_str())).collect();
        if let [first, second, ..] = known.as_slice() {
            let text = format!(
                "{} and {} hold the same requests, which are counted twice; write only one",
                first.path, second.path
            );
            self.say(Weight::Problem, &second.origin, text);
        }
        let best = known.first().copied().or_else(|| context.candidates.iter().min_by_key(|c| blindness(c)));
        let Some(best) = best else { return };
        self.take(best, &context.label);
        let beside = |c: &&Candidate| c.path != best.path && !known.iter().any(|k| k.path == c.path);
        for other in context.candidates.iter().filter(beside) {
            let text = format!("{} is not followed: the same requests are in {}", other.path, best.path);
            self.say(Weight::Note, &other.origin, text);
        }
    }

    fn take(&mut self, best: &'c Candidate, label: &'c str) {
        let Some(&place) = self.places.get(best.path.as_str()) else {
            self.places.insert(&best.path, self.logs.len());
            return self.logs.push((follow(best), BTreeSet::from([label])));
        };
        let (log, labels) = &mut self.logs[place];
        labels.insert(label);
        if log.format.format.source() != best.format.format.source() {
            let (one, two) = (&log.format.name, &best.format.name);
            let text = format!(
                "{} is written in two formats, {one} ({}) and {two}; give each its own file",
                log.path, log.origin
            );
            self.say(Weight::Problem, &best.origin, text);
        }
    }

    fn say(&mut self, weight: Weight, origin: &Origin, text: String) {
        if self.said.insert((origin.clone(), text.clone())) {
            self.findings.push(Finding::new(weight, Some(origin.clone()), text));
        }
    }
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

fn label(labels: &BTreeSet<&str>) -> String {
    match labels.iter().collect::<Vec<_>>().as_slice() {
        [only] => (**only).to_owned(),
        _ => SHARED.to_owned(),
    }
}
