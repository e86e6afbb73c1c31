//! Log paths with variables in them, as globs, and whether such a glob is safe.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Finding, Weight};

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
        context.candidates.retain(|candidate| {
            let reason = if candidate.varies { unsafe_glob(&candidate.path, &fixed) } else { None };
            let Some(reason) = reason else { return true };
            let why = format!("the name of this log holds variables, and {} {reason}", candidate.path);
            refused.insert(candidate.path.clone(), (candidate.origin.clone(), why));
            false
        });
    }
    findings.extend(refused.into_values().map(|(origin, why)| {
        Finding::new(Weight::Problem, Some(origin), format!("{why}; name its files with --nginx.access-log"))
    }));
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
    Some(format!("would match {other}, too"))
}
