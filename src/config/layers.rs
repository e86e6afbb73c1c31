//! Values as written, layer over layer: which of them wins, and who wrote it.
//! Does not know: what a value means.

use std::collections::BTreeMap;

use super::origin::{Finding, Origin, Problem, Weight};
use super::settings::{CONFIG_FILE, Kind, SETTINGS, Setting, named};

/// One value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    pub origin: Origin,
}

/// What one layer says about one setting. An empty list is said, too: it means none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub origin: Origin,
    pub values: Vec<Written>,
}

impl Said {
    /// All values from one place, as a flag or a variable gives them.
    pub fn all(origin: Origin, texts: impl IntoIterator<Item = String>) -> Said {
        let values = texts.into_iter().map(|text| Written { text, origin: origin.clone() }).collect();
        Said { origin, values }
    }
}

/// One layer, or several of them merged. Keyed by the setting's name.
pub type Layer = BTreeMap<&'static str, Said>;

/// A setting's value after everything, as `check` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub name: String,
    pub value: String,
    pub origin: Origin,
}

/// What was written for a setting on one flag or in one variable, as its list of values.
/// A single value keeps its text whole; nothing at all unsets it.
pub fn said(setting: &Setting, origin: Origin, texts: &[String]) -> Said {
    let split = |text: &String| match setting.repeats {
        true => setting.kind.split(text),
        false => Some(text.clone()).filter(|text| !text.is_empty()).into_iter().collect(),
    };
    Said::all(origin, texts.iter().flat_map(split))
}

/// The layer under all others.
pub fn defaults() -> Layer {
    let row = |setting: &Setting| setting.default.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    SETTINGS.iter().map(|setting| (setting.name, Said::all(Origin::Default, row(setting)))).collect()
}

/// The layer of the environment. Other programs' `HANGUP_…` variables are possible (Kubernetes makes some for a
/// service of that name), so an unknown one is no error; a near miss is worth a word.
pub fn from_env(env: &BTreeMap<String, String>) -> (Layer, Vec<Finding>) {
    let mut layer = Layer::new();
    let mut findings = Vec::new();
    for (name, value) in env.iter().filter(|(name, _)| name.starts_with("HANGUP_")) {
        match SETTINGS.iter().find(|setting| setting.env() == *name) {
            Some(setting) => {
                layer.insert(setting.name, said(setting, Origin::Env(name.clone()), std::slice::from_ref(value)));
            }
            None => findings.extend(near_miss(name)),
        }
    }
    (layer, findings)
}

/// Puts `upper` over `lower`: a setting it speaks of is replaced as a whole, lists are not joined.
pub fn over(mut lower: Layer, upper: Layer) -> Layer {
    lower.extend(upper);
    lower
}

/// The single value of a setting, where there is one.
pub fn single<'a>(layer: &'a Layer, name: &str) -> Option<&'a Written> {
    layer.get(name).and_then(|said| said.values.last())
}

/// Every setting with every value, for a person. A list set to nothing is a line, too.
pub fn printed(layer: &Layer) -> Vec<Resolved> {
    let lines = SETTINGS.iter().filter_map(|setting| Some((setting.name, layer.get(setting.name)?)));
    lines.flat_map(|(name, said)| resolved(name, said)).collect()
}

fn resolved(name: &str, said: &Said) -> Vec<Resolved> {
    let line = |value: String, origin: &Origin| Resolved { name: name.to_owned(), value, origin: origin.clone() };
    let one_origin = said.values.iter().all(|value| value.origin == said.origin);
    let kind = named(name).map(|setting| setting.kind);
    match said.values.as_slice() {
        [] => vec![line("(none)".to_owned(), &said.origin)],
        // A list of numbers reads better on one line; the others are one value a line.
        values if one_origin && kind == Some(Kind::Seconds) => {
            let texts: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
            vec![line(texts.join(" "), &said.origin)]
        }
        // Nobody wrote them, so nobody looks for one of them here.
        values if kind == Some(Kind::Regex) && said.origin == Origin::Default => {
            vec![line(format!("({} built-in patterns)", values.len()), &said.origin)]
        }
        values => values.iter().map(|value| line(without_password(&value.text), &value.origin)).collect(),
    }
}

/// A URI without its user and password: what is printed ends up in tickets.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rsplit_once('@') {
        Some((user, _)) => format!("{scheme}://***{}", &rest[user.len()..]),
        None => text.to_owned(),
    }
}

/// The setting whose name, key or variable comes nearest to what was written, if any is near.
pub fn nearest(written: &str, names: impl Iterator<Item = String>) -> Option<String> {
    /// More than this share of different letters is no misspelling any more.
    const LIKENESS_MIN: f64 = 0.6;
    let scored = names.map(|name| (strsim::normalized_damerau_levenshtein(written, &name), name));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 >= LIKENESS_MIN).then_some(best.1)
}

fn near_miss(name: &str) -> Option<Finding> {
    // Kubernetes' service variables: HANGUP_PORT_10499_TCP_ADDR, HANGUP_SERVICE_HOST, …
    if name.contains("_SERVICE_") || name.contains("_PORT") {
        return None;
    }
    let known = nearest(name, SETTINGS.iter().map(Setting::env))?;
    let text = format!("this variable is not known and was left out; is {known} meant?");
    Some(Finding::new(Weight::Note, Some(Origin::Env(name.to_owned())), text))
}

/// The configuration file, if one is named.
pub fn config_file(flags: &Layer, env: &Layer) -> Option<Written> {
    [flags, env].iter().find_map(|layer| layer.get(CONFIG_FILE)).and_then(|said| said.values.last()).cloned()
}

/// Refuses values that cannot be meant, wherever they were written.
pub fn choices(layer: &Layer) -> Vec<Problem> {
    let mut problems = Vec::new();
    for setting in SETTINGS {
        let (Kind::Choice(allowed), Some(said)) = (setting.kind, layer.get(setting.name)) else { continue };
        let wrong = said.values.iter().filter(|value| !allowed.contains(&value.text.as_str()));
        problems.extend(wrong.map(|value| {
            Problem::new(value.origin.clone(), format!("`{}` is none of {}", value.text, allowed.join(", ")))
        }));
    }
    problems
}
