//! Of the logs that get the same requests, the ones to follow, so that each request is met once.
//! Does not know: where they are written down.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::conditions::Conditions;
use super::{AccessLog, Candidate, Context, Finding, NamedFormat, Origin, Weight, label_of_unnamed};

/// One log for each context, or several that share its requests out between them, and the same ones wherever possible:
/// two that get the same requests would count them twice.
pub(super) fn choose(contexts: &[Context], conditions: &Conditions<'_>, findings: &mut Vec<Finding>) -> Vec<AccessLog> {
    let (logs, places, said, once) = (Vec::new(), HashMap::new(), HashSet::new(), HashSet::new());
    let mut chosen = Chosen { logs, places, said, once, conditions, findings };
    for context in contexts {
        chosen.context(context);
    }
    // Where some servers write it once, what looks like a second time may be theirs.
    let Chosen { logs, once, .. } = chosen;
    let finished = logs.into_iter().map(|(log, labels)| {
        let doubled = if once.contains(log.path.as_str()) { Vec::new() } else { log.doubled };
        AccessLog { server: label_of_unnamed(&labels, Some(&log.format.format)), doubled, ..log }
    });
    finished.collect()
}

/// The logs so far, each with the labels of the servers that write it.
struct Chosen<'c, 'f> {
    logs: Vec<(AccessLog, BTreeSet<&'c str>)>,
    /// Where in `logs` a path stands.
    places: HashMap<&'c str, usize>,
    /// What a thousand servers have in common is told once.
    said: HashSet<(Origin, String)>,
    /// Paths that some context writes in one format only.
    once: HashSet<&'c str>,
    conditions: &'f Conditions<'f>,
    findings: &'f mut Vec<Finding>,
}

impl<'c> Chosen<'c, '_> {
    fn context(&mut self, context: &'c Context) {
        let (mut once, mut again) = (Vec::<&Candidate>::new(), Vec::new());
        for candidate in &context.candidates {
            let first = once.iter().find(|known| known.path == candidate.path);
            match first {
                Some(first) => again.push((*first, candidate)),
                None => once.push(candidate),
            }
        }
        let followed = self.chosen_of(&once);
        for log in &followed {
            self.take(log, &context.label);
            if again.iter().all(|(first, _)| first.path != log.path) {
                self.once.insert(&log.path);
            }
        }
        for (first, candidate) in again.into_iter().filter(|(first, _)| followed.iter().any(|it| it.path == first.path))
        {
            self.written_twice(first, candidate, &context.label);
        }
        self.others(&once, &followed);
        self.uncounted(context, &followed);
    }

    /// Those of them to follow. What is followed already comes first, then the best, then what shares no request with
    /// these.
    fn chosen_of(&mut self, candidates: &[&'c Candidate]) -> Vec<&'c Candidate> {
        let mut by_worth = candidates.to_vec();
        by_worth.sort_by_key(|candidate| (!self.is_followed(candidate), blindness(candidate)));
        let mut followed: Vec<&'c Candidate> = Vec::new();
        for candidate in by_worth {
            match followed.iter().find(|log| !self.apart(log, candidate)) {
                None => followed.push(candidate),
                Some(log) if self.is_followed(candidate) => {
                    let text = format!(
                        "{} and {} hold the same requests, which are counted twice; write only one",
                        log.shown, candidate.shown
                    );
                    self.say(Weight::Problem, &candidate.origin, text);
                }
                Some(_) => {}
            }
        }
        followed
    }

    fn is_followed(&self, candidate: &Candidate) -> bool {
        self.places.contains_key(candidate.path.as_str())
    }

    /// Whether no request is in both.
    fn apart(&self, one: &Candidate, other: &Candidate) -> bool {
        match (&one.condition, &other.condition) {
            (Some(one), Some(other)) => self.conditions.exclude_each_other(one, other),
            _ => false,
        }
    }

    fn others(&mut self, candidates: &[&Candidate], followed: &[&Candidate]) {
        let Some(best) = followed.first() else { return };
        for other in candidates.iter().filter(|other| !followed.iter().any(|log| log.path == other.path)) {
            if self.is_followed(other) {
                continue;
            }
            let text = match &best.condition {
                None => format!("{} is not followed: the same requests are in {}", other.shown, best.shown),
                Some(_) => format!(
                    "{} is not followed: some of its requests may be in {}, too; if none are, name both with \
                     --nginx.access-log",
                    other.shown, best.shown
                ),
            };
            self.say(Weight::Note, &other.origin, text);
        }
    }

    /// Requests that meet no condition.
    fn uncounted(&mut self, context: &Context, followed: &[&Candidate]) {
        let written = context.candidates.iter().filter(|log| followed.iter().any(|it| it.path == log.path));
        let conditions: Option<Vec<&str>> = written.map(|log| log.condition.as_deref()).collect();
        let Some(conditions) = conditions.filter(|conditions| !self.conditions.cover_all(conditions)) else { return };
        let Some(first) = followed.first().filter(|_| !conditions.is_empty()) else { return };
        let names: Vec<&str> = followed.iter().map(|log| log.shown.as_str()).collect();
        let meet = if names.len() == 1 { "do not meet" } else { "meet none of" };
        let text = format!("requests that {meet} the if= of {} are in no count", names.join(", "));
        self.say(Weight::Note, &first.origin, text);
    }

    fn take(&mut self, best: &'c Candidate, label: &'c str) {
        let Some(&place) = self.places.get(best.path.as_str()) else {
            self.places.insert(&best.path, self.logs.len());
            return self.logs.push((follow(best), BTreeSet::from([label])));
        };
        let (log, labels) = &mut self.logs[place];
        labels.insert(label);
        if let Some(line) = &best.line
            && !log.lines.contains(line)
        {
            log.lines.push(line.clone());
        }
        if log.format.format.source() != best.format.format.source() {
            let (one, two) = (&log.format.name, &best.format.name);
            let text = format!(
                "{} is written in two formats, {one} ({}) and {two} ({}); give each its own file",
                log.shown, log.origin, best.origin
            );
            self.say(Weight::Problem, &best.origin, text);
        }
    }

    /// Two lines of one context that name the same file: nginx writes a request for each of them.
    fn written_twice(&mut self, first: &Candidate, again: &'c Candidate, label: &'c str) {
        let is_same = first.format.format.source() == again.format.format.source();
        if !self.apart(first, again) && !is_same {
            return self.written_in_two_formats(first, again);
        }
        self.take(again, label);
        if !self.apart(first, again) {
            let text = format!(
                "{} has each request twice, since {} names it as well; take one of the two lines out",
                again.shown, first.origin
            );
            self.say(Weight::Problem, &again.origin, text);
        }
    }

    /// Two lines of one context that name the same file in two formats: the one that shows less is passed over.
    fn written_in_two_formats(&mut self, first: &Candidate, again: &'c Candidate) {
        let Some(&place) = self.places.get(again.path.as_str()) else { return };
        let log = &mut self.logs[place].0;
        log.lines.extend(again.line.clone().filter(|line| !log.lines.contains(line)));
        let known = |named: &NamedFormat| named.format.source() == again.format.format.source();
        if known(&log.format) || log.doubled.iter().any(known) {
            return;
        }
        let mut worse = again.format.clone();
        if worse.format.missing().len() < log.format.format.missing().len() {
            std::mem::swap(&mut worse, &mut log.format);
        }
        let text = format!(
            "{} has each request twice, since {} names it as well; those in the format {} are counted: take the line of \
             {} out",
            again.shown, first.origin, log.format.name, worse.name
        );
        log.doubled.push(worse);
        self.say(Weight::Problem, &again.origin, text);
    }

    fn say(&mut self, weight: Weight, origin: &Origin, text: String) {
        if self.said.insert((origin.clone(), text.clone())) {
            self.findings.push(Finding::new(weight, Some(origin.clone()), text));
        }
    }
}

/// Less is better: all requests before some, a fixed file before a pattern, more variables before fewer.
fn blindness(candidate: &Candidate) -> (bool, bool, usize) {
    (candidate.condition.is_some(), candidate.varies, candidate.format.format.missing().len())
}

fn follow(candidate: &Candidate) -> AccessLog {
    AccessLog {
        path: candidate.path.clone(),
        shown: candidate.shown.clone(),
        format: candidate.format.clone(),
        server: String::new(),
        origin: candidate.origin.clone(),
        lines: candidate.line.iter().cloned().collect(),
        doubled: Vec::new(),
    }
}
