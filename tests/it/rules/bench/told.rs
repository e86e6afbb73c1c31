//! What of all that fires reaches a person: the inhibition rules and the waits of alertmanager.yml, applied to a timeline.
//!
//! A model of Alertmanager; `alertmanager.rs` holds it against the real one.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::promtool::Fired;
use crate::rules::{root, yaml};

/// How long Alertmanager waits before it tells, in seconds: shipped group_wait of pages, and of everything else.
const WAITS: [(&str, u32); 2] = [("page", 10), ("", 300)];

pub struct Inhibition {
    source: Vec<Matcher>,
    target: Vec<Matcher>,
    equal: Vec<String>,
}

struct Matcher {
    label: String,
    /// Of the whole value.
    value: Regex,
    negated: bool,
}

pub fn inhibitions() -> Vec<Inhibition> {
    let config = yaml(&root().join("alerts/alertmanager.yml"));
    let words = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|word| word.as_str().expect("text").to_owned()).collect()
    };
    let rules = config["inhibit_rules"].as_array().expect("inhibit_rules").iter();
    rules
        .map(|rule| Inhibition {
            source: words(&rule["source_matchers"]).iter().map(|text| matcher(text)).collect(),
            target: words(&rule["target_matchers"]).iter().map(|text| matcher(text)).collect(),
            equal: words(&rule["equal"]),
        })
        .collect()
}

static MATCHER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"^(\w+)\s*(=~|!=|!~|=)\s*"(.*)"$"#).expect("a regex"));

fn matcher(text: &str) -> Matcher {
    let found = MATCHER.captures(text).unwrap_or_else(|| panic!("no matcher: {text}"));
    let value = if found[2].ends_with('~') { found[3].to_owned() } else { regex::escape(&found[3]) };
    Matcher {
        label: found[1].to_owned(),
        value: Regex::new(&format!("^(?:{value})$")).expect("a regex"),
        negated: found[2].starts_with('!'),
    }
}

impl Inhibition {
    /// Alertmanager never lets an alert silence itself: what matches both sides is no source for itself.
    fn silences(&self, source: &Fired, target: &Fired) -> bool {
        let all = |matchers: &[Matcher], alert: &Fired| {
            matchers.iter().all(|one| one.value.is_match(alert.label(&one.label)) != one.negated)
        };
        let both = all(&self.target, source) && all(&self.source, target);
        all(&self.source, source)
            && all(&self.target, target)
            && !both
            && self.equal.iter().all(|label| source.label(label) == target.label(label))
    }
}

/// When the alert is told, if ever: the first moment after which nothing holds it back for as long as its group waits.
pub fn told(alert: &Fired, all: &[Fired], rules: &[Inhibition], every: u32) -> Option<u32> {
    let wait = WAITS.iter().find(|(severity, _)| *severity == alert.label("severity") || severity.is_empty());
    let wait = wait.expect("the last one fits all").1;
    let sources = sources(alert, all, rules);
    let held = |second: u32| sources.iter().any(|source| source.fires(second));
    let mut free_since = None;
    for second in (alert.first..=alert.last).step_by(every as usize) {
        match (held(second), free_since) {
            (true, _) => free_since = None,
            (false, None) => free_since = Some(second),
            (false, Some(_)) => {}
        }
        // It must not be held back at the moment it would be sent either.
        if let Some(since) = free_since
            && second + every > since + wait
        {
            return Some(since + wait);
        }
    }
    None
}

/// All that can silence the alert while it fires.
pub fn sources<'a>(alert: &Fired, all: &'a [Fired], rules: &[Inhibition]) -> Vec<&'a Fired> {
    let silences =
        |source: &&Fired| source.labels != alert.labels && rules.iter().any(|rule| rule.silences(source, alert));
    all.iter().filter(silences).collect()
}
