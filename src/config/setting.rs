//! What a setting is: a name, a type, a default, a help text, and whether a reload takes it.
//! Does not know: which settings there are (`settings.rs`), what their values do.

use super::origin::Written;
use super::value_type::{Form, ValueType};

/// One setting, and the type that its value has in the program.
pub struct Setting<T: 'static, A: Arity = One> {
    /// The flag without its dashes. The other names are derived from it.
    pub name: &'static str,
    pub value_type: &'static ValueType<T>,
    /// Taken from the part of hangup that uses the value.
    pub default: fn() -> A::Value<T>,
    pub reload: Reload,
    pub help: &'static str,
}

/// The one setting that is no key of the file.
pub(super) const CONFIG_FILE: &str = "config.file";

/// Whether a reload takes a new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    Applied,
    /// A reload that would change it is refused, and says so by name.
    NeedsRestart,
}

/// How many values a setting has.
pub trait Arity: 'static {
    type Value<T>;
    const IS_LIST: bool;
    fn from_values<T>(values: Vec<T>, default: fn() -> Self::Value<T>) -> Self::Value<T>;
    fn into_values<T>(value: Self::Value<T>) -> Vec<T>;
}

/// Always one value: where it is unset, the default.
pub enum One {}

/// One value or none.
pub enum Optional {}

/// A list, which may be empty.
pub enum List {}

/// A list that is the default where it would be empty.
pub enum AtLeastOne {}

impl Arity for One {
    type Value<T> = T;
    const IS_LIST: bool = false;
    fn from_values<T>(mut values: Vec<T>, default: fn() -> T) -> T {
        values.pop().unwrap_or_else(default)
    }
    fn into_values<T>(value: T) -> Vec<T> {
        vec![value]
    }
}

impl Arity for Optional {
    type Value<T> = Option<T>;
    const IS_LIST: bool = false;
    fn from_values<T>(mut values: Vec<T>, _: fn() -> Option<T>) -> Option<T> {
        values.pop()
    }
    fn into_values<T>(value: Option<T>) -> Vec<T> {
        value.into_iter().collect()
    }
}

impl Arity for List {
    type Value<T> = Vec<T>;
    const IS_LIST: bool = true;
    fn from_values<T>(values: Vec<T>, _: fn() -> Vec<T>) -> Vec<T> {
        values
    }
    fn into_values<T>(value: Vec<T>) -> Vec<T> {
        value
    }
}

impl Arity for AtLeastOne {
    type Value<T> = Vec<T>;
    const IS_LIST: bool = true;
    fn from_values<T>(values: Vec<T>, default: fn() -> Vec<T>) -> Vec<T> {
        if values.is_empty() { default() } else { values }
    }
    fn into_values<T>(value: Vec<T>) -> Vec<T> {
        value
    }
}

impl<T, A: Arity> Setting<T, A> {
    pub(super) const fn new(
        name: &'static str,
        value_type: &'static ValueType<T>,
        default: fn() -> A::Value<T>,
        reload: Reload,
        help: &'static str,
    ) -> Setting<T, A> {
        Setting { name, value_type, default, reload, help }
    }

    /// The value out of what was written, the default where nothing was. Texts that cannot be read are left out.
    pub fn resolve(&self, written: Option<&[Written]>) -> A::Value<T> {
        let Some(written) = written else { return (self.default)() };
        let values = written.iter().filter_map(|value| (self.value_type.parse)(&value.text).ok());
        A::from_values(values.collect(), self.default)
    }
}

/// A setting of any type: what the command line, the environment, the file and the reference need to know.
pub trait AnySetting: Sync {
    fn name(&self) -> &'static str;
    fn help(&self) -> &'static str;
    fn reload(&self) -> Reload;
    fn is_list(&self) -> bool;
    /// How one value is written.
    fn form(&self) -> &Form;
    /// What is wrong with a value, if anything is.
    fn check(&self, text: &str) -> Result<(), String>;
    /// The resolved values as a person would write them.
    fn texts(&self, written: Option<&[Written]>) -> Vec<String>;

    /// The default as a person would write it; empty: none.
    fn default_texts(&self) -> Vec<String> {
        self.texts(None)
    }

    /// `web.listen-address` → `HANGUP_WEB_LISTEN_ADDRESS`.
    fn env(&self) -> String {
        format!("HANGUP_{}", self.name().replace(['.', '-'], "_").to_uppercase())
    }

    /// `web.listen-address` → `web.listen_address`, the first dot a level of the file. `None`: not a key of the file,
    /// which cannot name itself.
    fn key(&self) -> Option<String> {
        let (group, rest) = self.name().split_once('.').unwrap_or(("", self.name()));
        let dot = if group.is_empty() { "" } else { "." };
        (self.name() != CONFIG_FILE).then(|| format!("{group}{dot}{}", rest.replace(['.', '-'], "_")))
    }
}

impl<T, A: Arity> AnySetting for Setting<T, A> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn help(&self) -> &'static str {
        self.help
    }

    fn reload(&self) -> Reload {
        self.reload
    }

    fn is_list(&self) -> bool {
        A::IS_LIST
    }

    fn form(&self) -> &Form {
        &self.value_type.form
    }

    fn check(&self, text: &str) -> Result<(), String> {
        (self.value_type.parse)(text).map(|_| ())
    }

    fn texts(&self, written: Option<&[Written]>) -> Vec<String> {
        A::into_values(self.resolve(written)).iter().map(self.value_type.print).collect()
    }
}
