//! Values as written, layer over layer, each with its origin; and the layer that the environment gives.
//! Does not know: what a value means.

use std::collections::BTreeMap;

use super::discover::Found;
use super::origin::{Origin, Problem, Written};
use super::setting::AnySetting;
use super::settings::{self, NGINX_ACCESS_LOG, NGINX_ERROR_LOG, NGINX_SCRAPE_URI};

/// What one layer gives for one setting. An empty list is given, too: it means none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingValue {
    pub origin: Origin,
    pub values: Vec<Written>,
}

impl SettingValue {
    /// What was written on one flag or in one variable: a list is split into its values, a single value keeps its text
    /// whole, nothing at all unsets it.
    pub fn of(setting: &dyn AnySetting, origin: Origin, texts: &[String]) -> SettingValue {
        let split = |text: &String| match setting.is_list() {
            true => setting.form().split(text),
            false => Some(text.clone()).filter(|text| !text.is_empty()).into_iter().collect(),
        };
        let written = |text| Written { text, origin: origin.clone() };
        let values = texts.iter().flat_map(split).map(written).collect();
        SettingValue { origin, values }
    }
}

/// One layer, or several of them merged.
#[derive(Debug, Clone, Default)]
pub struct Layer(BTreeMap<&'static str, SettingValue>);

impl Layer {
    /// `None`: this layer does not speak of it.
    pub fn get(&self, setting: &dyn AnySetting) -> Option<&SettingValue> {
        self.0.get(setting.name())
    }

    /// The values, where this layer gives any or says that there are none.
    pub fn written(&self, setting: &dyn AnySetting) -> Option<&[Written]> {
        self.get(setting).map(|given| given.values.as_slice())
    }

    pub fn set(&mut self, setting: &dyn AnySetting, value: SettingValue) {
        self.0.insert(setting.name(), value);
    }

    /// Puts `upper` over this one: a setting it speaks of is replaced as a whole, lists are not joined.
    pub fn merge(mut self, upper: Layer) -> Layer {
        self.0.extend(upper.0);
        self
    }
}

/// The layer of nginx.conf.
pub(super) fn discovered(found: &Found) -> Layer {
    let written = |text: &String, origin: &Origin| Written { text: text.clone(), origin: origin.clone() };
    let mut layer = Layer::default();
    let mut set = |setting: &dyn AnySetting, values: Vec<Written>| {
        if let Some(first) = values.first() {
            layer.set(setting, SettingValue { origin: first.origin.clone(), values });
        }
    };
    let main = found.main.iter().map(|path| written(&path.display().to_string(), &Origin::Default));
    set(&settings::NGINX_CONFIG, main.collect());
    set(&NGINX_ACCESS_LOG, found.access_logs.iter().map(|log| written(&log.path, &log.origin)).collect());
    set(&NGINX_ERROR_LOG, found.error_logs.iter().map(|log| written(&log.path, &log.origin)).collect());
    set(&NGINX_SCRAPE_URI, found.status_page.iter().map(|page| written(&page.uri, &page.origin)).collect());
    layer
}

/// What is read when hangup is built, and may still be set when it runs.
const BUILD_VARIABLES: &[&str] = &["HANGUP_REVISION"];

/// The layer of the environment. A variable that is not known is refused, as an unknown key of the file is.
pub(super) fn from_env(env: &BTreeMap<String, String>) -> (Layer, Vec<Problem>) {
    let mut layer = Layer::default();
    let mut problems = Vec::new();
    for (name, value) in env.iter().filter(|(name, _)| name.starts_with("HANGUP_")) {
        match settings::all().find(|setting| setting.env() == *name) {
            Some(setting) => {
                let origin = Origin::Env(name.clone());
                layer.set(setting, SettingValue::of(setting, origin, std::slice::from_ref(value)));
            }
            None if is_of_kubernetes(name) || BUILD_VARIABLES.contains(&name.as_str()) => {}
            None => problems.push(unknown(name)),
        }
    }
    (layer, problems)
}

/// Every pod near a service called `hangup`, or `hangup-web`, gets some of these: `HANGUP_SERVICE_HOST`,
/// `HANGUP_PORT_10499_TCP_ADDR`, `HANGUP_WEB_SERVICE_PORT_HTTP`, `HANGUP_WEB_PORT`, …
fn is_of_kubernetes(name: &str) -> bool {
    let is_protocol = |word: &str| ["TCP", "UDP", "SCTP"].contains(&word);
    let words: Vec<&str> = name.split('_').collect();
    let of_port = |at: usize| match &words[at + 1..] {
        [] => true,
        [number, protocol, ..] => number.bytes().all(|byte| byte.is_ascii_digit()) && is_protocol(protocol),
        _ => false,
    };
    let of_service = |at: usize| matches!(words.get(at + 1), Some(&("HOST" | "PORT")));
    (1..words.len()).any(|at| match words[at] {
        "PORT" => at == 1 || of_port(at),
        "SERVICE" => at == 1 || of_service(at),
        _ => false,
    })
}

fn unknown(name: &str) -> Problem {
    let near = nearest(name, settings::all().map(AnySetting::env));
    let hint = near.map_or("`hangup help` lists all of them".to_owned(), |known| format!("the nearest is `{known}`"));
    Problem::new(Origin::Env(name.to_owned()), format!("there is no such variable; {hint}"))
}

/// The name, key or variable that comes nearest to what was written, if any is near.
pub(super) fn nearest(written: &str, names: impl Iterator<Item = String>) -> Option<String> {
    /// More than this share of different letters is no misspelling any more.
    const LIKENESS_MIN: f64 = 0.6;
    let scored = names.map(|name| (strsim::normalized_damerau_levenshtein(written, &name), name));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 >= LIKENESS_MIN).then_some(best.1)
}
