//! The settings after everything: each row of the table with its value and who gave it.
//! Does not know: what a value does.

use super::layers::{Layer, SettingValue};
use super::origin::{Origin, Problem, Written};
use super::setting::{AnySetting, Arity, Reload, Setting};
use super::settings;
use super::value_type::ListStyle;

/// All layers merged. What no layer speaks of has its default.
#[derive(Debug, Clone, Default)]
pub struct Settings(Layer);

/// A value, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value<T> {
    pub value: T,
    pub origin: Origin,
}

/// A setting with a value, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    pub name: &'static str,
    pub value: String,
    pub origin: Origin,
}

impl Settings {
    pub fn new(merged: Layer) -> Settings {
        Settings(merged)
    }

    /// Values that cannot be read count as not given: [`Settings::problems`] tells them.
    pub fn get<T, A: Arity>(&self, setting: &Setting<T, A>) -> A::Value<T> {
        setting.resolve(self.0.written(setting))
    }

    /// Every value that was given and can be read.
    pub fn values<T, A: Arity>(&self, setting: &Setting<T, A>) -> Vec<Value<T>> {
        let written = self.0.written(setting).unwrap_or_default();
        let read = |written: &Written| {
            let value = (setting.value_type.parse)(&written.text).ok()?;
            Some(Value { value, origin: written.origin.clone() })
        };
        written.iter().filter_map(read).collect()
    }

    pub fn origin(&self, setting: &dyn AnySetting) -> Origin {
        self.0.get(setting).map_or(Origin::Default, |given| given.origin.clone())
    }

    /// Every value that cannot be read.
    pub fn problems(&self) -> Vec<Problem> {
        let given = settings::all().filter_map(|setting| Some((setting, self.0.get(setting)?)));
        let values = given.flat_map(|(setting, given)| given.values.iter().map(move |value| (setting, value)));
        let wrong = |(setting, value): (&dyn AnySetting, &Written)| {
            Some(Problem::new(value.origin.clone(), setting.check(&value.text).err()?))
        };
        values.filter_map(wrong).collect()
    }

    /// The settings that have other values here than in the running process, and that no reload can change there.
    pub fn needing_restart(&self, running: &Settings) -> Vec<&'static str> {
        let fixed = settings::all().filter(|setting| setting.reload() == Reload::NeedsRestart);
        let changed = fixed
            .filter(|setting| setting.texts(self.0.written(*setting)) != setting.texts(running.0.written(*setting)));
        changed.map(AnySetting::name).collect()
    }

    /// Every setting with every value. A list set to nothing is a line, too.
    pub fn printed(&self) -> Vec<Printed> {
        settings::all().flat_map(|setting| printed(setting, self.0.get(setting))).collect()
    }
}

fn printed(setting: &dyn AnySetting, given: Option<&SettingValue>) -> Vec<Printed> {
    let style = setting.form().list_style;
    let line = |value: String, origin: &Origin| Printed { name: setting.name(), value, origin: origin.clone() };
    let values = match given {
        Some(given) => given.values.clone(),
        None => written_default(setting),
    };
    let origin = given.map_or(&Origin::Default, |given| &given.origin);
    let one_origin = values.iter().all(|value| value.origin == *origin);
    match style {
        _ if values.is_empty() => vec![line("(none)".to_owned(), origin)],
        ListStyle::CountedDefault if given.is_none() => {
            vec![line(format!("({} built-in patterns)", values.len()), origin)]
        }
        ListStyle::OneLine if one_origin => {
            let texts: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
            vec![line(texts.join(" "), origin)]
        }
        _ => values.iter().map(|value| line(without_password(&value.text), &value.origin)).collect(),
    }
}

fn written_default(setting: &dyn AnySetting) -> Vec<Written> {
    setting.default_texts().into_iter().map(|text| Written { text, origin: Origin::Default }).collect()
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
