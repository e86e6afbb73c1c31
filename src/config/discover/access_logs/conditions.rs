//! Which requests the `if=` of an `access_log` lets through: whether two of them let the same one through, and whether
//! some let every one through. Knows: `map` (source: ngx_http_map_module.c). Does not know: what else sets a variable,
//! so of others nothing is said.

use std::collections::{BTreeSet, HashMap};

use regex::RegexBuilder;

use super::Tree;
use crate::dialect::nginx::conf::Directive;

/// Longer ones are not read to their end.
const ENTRIES_MAX: usize = 60;

/// What the variables of `if=` are made of.
pub(super) struct Conditions<'a> {
    /// By the variable it sets.
    maps: HashMap<&'a str, Map<'a>>,
}

/// A `map`.
struct Map<'a> {
    source: &'a str,
    /// What it looks for, and the value it gives.
    entries: Vec<(&'a str, &'a str)>,
    default: &'a str,
}

/// Requests that are alike for every map on the way to a condition.
enum Case<'a> {
    /// Those with this value.
    Value(String),
    /// Those that this regex lets through, whatever else they are.
    Regex(&'a str),
    /// Those that no entry speaks of.
    Other,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(tree: &Tree<'a>) -> Conditions<'a> {
        let maps = tree.http().flat_map(|http| &http.block).filter(|directive| directive.name == "map");
        Conditions { maps: maps.filter_map(Map::of).collect() }
    }

    /// Whether no request meets both, as far as can be known.
    pub(super) fn exclude_each_other(&self, one: &str, other: &str) -> bool {
        let truths = self.truths(&[one, other]);
        truths.is_some_and(|truths| truths.iter().all(|truths| truths.iter().filter(|met| **met).count() < 2))
    }

    /// Whether every request meets one of them, as far as can be known.
    pub(super) fn cover_all(&self, conditions: &[&str]) -> bool {
        self.truths(conditions).is_some_and(|truths| truths.iter().all(|truths| truths.contains(&true)))
    }

    /// For each case, which of the conditions are met. `None`: it cannot be told.
    fn truths(&self, conditions: &[&str]) -> Option<Vec<Vec<bool>>> {
        let names: Vec<&str> = conditions.iter().map(|condition| variable(condition)).collect::<Option<_>>()?;
        let chains: Vec<Vec<&Map<'a>>> = names.iter().map(|name| self.chain(name)).collect();
        // All have to begin with the same variable, each with at least one map.
        let base = chains.first()?.last()?.source;
        chains.iter().all(|chain| chain.last().is_some_and(|map| map.source == base)).then_some(())?;
        let first: Vec<&Map<'a>> = chains.iter().filter_map(|chain| chain.last().copied()).collect();
        let met = |case: &Case<'a>| -> Option<Vec<bool>> {
            names.iter().map(|name| self.value(name, base, case).map(|it| !matches!(it, "" | "0"))).collect()
        };
        cases(base, &first)?.iter().map(met).collect()
    }

    /// The maps that lead to a variable, the last one first.
    fn chain(&self, name: &str) -> Vec<&Map<'a>> {
        const MAPS_MAX: usize = 8;
        let maps = std::iter::successors(self.maps.get(name), |map| self.maps.get(map.source));
        maps.take(MAPS_MAX).collect()
    }

    fn value(&self, name: &str, base: &str, case: &Case<'a>) -> Option<&'a str> {
        let map = self.maps.get(name)?;
        if map.source == base {
            return map.of_case(case);
        }
        let source = self.value(map.source, base, case)?;
        map.of_case(&Case::Value(source.to_owned()))
    }
}

impl<'a> Map<'a> {
    /// The map and the variable it sets. `None`: there is more in it than can be seen.
    fn of(directive: &'a Directive) -> Option<(&'a str, Map<'a>)> {
        let [source, target] = directive.args.as_slice() else { return None };
        let mut map = Map { source: variable(source)?, entries: Vec::new(), default: "" };
        for line in &directive.block {
            match (line.name.as_str(), line.args.as_slice()) {
                ("volatile", []) => {}
                ("hostnames" | "include", _) => return None,
                ("default", [value]) => map.default = value,
                (key, [value]) => map.entries.push((key, value)),
                _ => return None,
            }
        }
        let values = map.entries.iter().map(|(_, value)| *value).chain([map.default]);
        let is_whole = map.entries.len() < ENTRIES_MAX && !values.into_iter().any(|value| value.contains('$'));
        is_whole.then(|| variable(target).map(|target| (target, map)))?
    }

    fn of_case(&self, case: &Case<'a>) -> Option<&'a str> {
        match case {
            Case::Value(value) => self.of_value(value),
            Case::Other => Some(self.default),
            Case::Regex(regex) => {
                let found = self.entries.iter().find(|(key, _)| key == regex).map(|(_, value)| *value);
                // One that is not looked for here may still be met by what is.
                found.or_else(|| self.regexes().next().is_none().then_some(self.default))
            }
        }
    }

    /// What is equal comes before what matches, and that in the order of the file.
    fn of_value(&self, value: &str) -> Option<&'a str> {
        let equal =
            self.entries.iter().find(|(key, _)| literal(key).is_some_and(|key| key.eq_ignore_ascii_case(value)));
        if let Some((_, found)) = equal {
            return Some(found);
        }
        for (key, found) in self.entries.iter().filter(|(key, _)| literal(key).is_none()) {
            if matches(key, value)? {
                return Some(found);
            }
        }
        Some(self.default)
    }

    fn regexes(&self) -> impl Iterator<Item = &'a str> {
        self.entries.iter().map(|(key, _)| *key).filter(|key| literal(key).is_none())
    }
}

/// All that these maps of one variable can tell apart. `None`: it depends on the order in which they try their regexes.
fn cases<'a>(base: &str, maps: &[&Map<'a>]) -> Option<Vec<Case<'a>>> {
    if base == "status" {
        return Some((0..1000).map(|status| Case::Value(format!("{status:03}"))).collect());
    }
    let regexes: Vec<Vec<&str>> = maps.iter().map(|map| map.regexes().collect()).collect();
    let is_plain = regexes.iter().all(|it| it.len() < 2) || regexes.windows(2).all(|pair| pair[0] == pair[1]);
    is_plain.then_some(())?;
    let keys: BTreeSet<&str> = maps.iter().flat_map(|map| map.entries.iter().map(|(key, _)| *key)).collect();
    let case = |key: &'a str| literal(key).map_or(Case::Regex(key), |text| Case::Value(text.to_owned()));
    Some(keys.into_iter().map(case).chain([Case::Other]).collect())
}

/// `None`: it is a regex. A backslash before what would be special takes that away.
fn literal(key: &str) -> Option<&str> {
    (!key.starts_with('~')).then(|| key.strip_prefix('\\').unwrap_or(key))
}

fn matches(key: &str, value: &str) -> Option<bool> {
    let (regex, any_case) = key.strip_prefix("~*").map_or((key.strip_prefix('~')?, false), |regex| (regex, true));
    let regex = RegexBuilder::new(regex).case_insensitive(any_case).size_limit(1 << 20).build().ok()?;
    Some(regex.is_match(value))
}

/// The name in `$name` or `${name}`.
fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some(name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::discover::tests::Map as Files;
    use crate::dialect::nginx::conf;

    /// Whether `$a` and `$b` exclude each other, and whether one of them is always met.
    #[track_caller]
    fn check(maps: &str, expected: (bool, bool)) {
        let files = Files::of(&[("/nginx.conf", &format!("http {{ {maps} }}"))]);
        let conf = conf::parse(Path::new("/nginx.conf"), &files);
        let tree = Tree::new(&conf.directives, "");
        let conditions = Conditions::new(&tree);
        let got = (conditions.exclude_each_other("$a", "${b}"), conditions.cover_all(&["$a", "$b"]));
        assert_eq!(got, expected, "{maps}");
    }

    #[test]
    fn what_cannot_be_met_at_once_is_known() {
        check("map $status $a { ~^[23] 1; default 0; } map $status $b { ~^[23] 0; default 1; }", (true, true));
        // Spelt differently, and the status has but three digits.
        check("map $status $a { ~^[23] 1; } map $status $b { ~^[45] 1; }", (true, false));
        check("map $status $a { ~^[23] 1; } map $status $b { ~^[145] 1; ~^0 1; ~^[6-9] yes; }", (true, true));
        check("map $status $a { ~^[23] 1; } map $status $b { ~^2 0; default 1; }", (false, true));
        check("map $status $a { 499 1; } map $a $b { 1 0; default 1; }", (true, true));
        check("map $uri $a { /health 0; default 1; } map $uri $b { /health 1; }", (true, true));
        check("map $uri $a { ~*^/api 1; } map $uri $b { ~*^/api 0; default 1; }", (true, true));
        check("map $uri $a { ~^/api 1; } map $uri $b { ~^/apis 1; }", (false, false));
        check("map $uri $a { ~^/x 1; ~^/xy 0; } map $uri $b { ~^/xy 1; ~^/x 0; }", (false, false));
        check("map $uri $a { /x 1; } map $host $b { y 1; }", (false, false));
        check("map $uri $a { hostnames; /x 1; } map $uri $b { /x 0; default 1; }", (false, false));
        check("map $uri $a { /x $c; } map $uri $b { /x 0; default 1; }", (false, false));
        check("map $uri $a { default 0; } geo $b { default 1; }", (false, false));
        check("map $b $a { 1 0; default 1; } map $a $b { 1 0; default 1; }", (false, false));
    }

    #[test]
    fn longer_maps_than_are_read_tell_nothing() {
        let entries: String = (0..100).map(|n| format!("/{n} 1; ")).collect();
        check(&format!("map $uri $a {{ {entries} }} map $uri $b {{ default 0; }}"), (false, false));
    }
}
