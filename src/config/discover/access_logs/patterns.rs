//! Log paths with variables in them, as globs, and whether such a glob is safe.

use std::collections::{BTreeMap, BTreeSet};

use super::{Candidate, Context, Finding, Weight};
use crate::config::unescaped;

/// A path with variables as a glob: each variable may be anything within its directory.
pub(crate) fn of(path: &str) -> String {
    let mut pattern = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('$') {
        pattern.push_str(&glob::Pattern::escape(&rest[..at]));
        let after = &rest[at + 1..];
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        rest = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').map_or("", |(_, rest)| rest),
            None => after.trim_start_matches(name),
        };
        if !pattern.ends_with('*') {
            pattern.push('*');
        }
    }
    pattern + &glob::Pattern::escape(rest)
}

/// A glob must not reach files it does not mean: rotated ones, and other logs nginx writes.
pub(super) fn drop_unsafe(contexts: &mut [Context], findings: &mut Vec<Finding>) {
    let all = contexts.iter().flat_map(|context| &context.candidates);
    let fixed: BTreeSet<String> = all.filter(|c| !c.varies).map(|c| c.path.clone()).collect();
    let mut refused = BTreeMap::new();
    for context in contexts {
        let reason = |c: &Candidate| if c.varies { unsafe_glob(&c.path, &fixed) } else { None };
        let (dropped, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut context.candidates).into_iter().partition(|candidate| reason(candidate).is_some());
        let whole = kept.iter().find(|candidate| candidate.condition.is_none());
        for candidate in dropped {
            let finding = finding(&candidate, reason(&candidate).unwrap_or_default(), whole);
            let told = refused.entry(candidate.origin).or_insert_with(|| finding.clone());
            // Where it is the only one it is missed, wherever else it has company.
            if finding.weight < told.weight {
                *told = finding;
            }
        }
        context.candidates = kept;
    }
    findings.extend(refused.into_values());
}

/// `whole`: a log beside it that has all its requests.
fn finding(candidate: &Candidate, reason: String, whole: Option<&Candidate>) -> Finding {
    let (shown, origin) = (&candidate.shown, Some(candidate.origin.clone()));
    match whole {
        Some(whole) => {
            let text = format!("{shown} is not followed: the same requests are in {}", whole.shown);
            Finding::new(Weight::Note, origin, text)
        }
        None => {
            let text = format!(
                "{shown} cannot be followed: a pattern for its variables {reason}; name its files with --nginx.access-log"
            );
            Finding::new(Weight::Problem, origin, text)
        }
    }
}

fn unsafe_glob(path: &str, fixed: &BTreeSet<String>) -> Option<String> {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    if file.ends_with('*') {
        return Some("would match rotated files, too".to_owned());
    }
    if !directory.split('/').nth(1).is_some_and(|first| !first.is_empty() && !first.contains('*')) {
        return Some("could be anywhere".to_owned());
    }
    let matcher = glob::Pattern::new(path).ok()?;
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
    let other = fixed.iter().find(|other| matcher.matches_with(other, options))?;
    Some(format!("would match {}, too", unescaped(other)))
}
