//! Reads the values of single settings, and keeps what is wrong with them.
//! Does not know: which settings belong together.

use super::layers::{self, Layer, Written};
use super::origin::Problem;
use super::settings::named;
use super::values;

/// The merged layer, and the problems so far.
pub struct Reader<'a> {
    pub layer: &'a Layer,
    pub problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub fn new(layer: &'a Layer) -> Reader<'a> {
        Reader { layer, problems: layers::choices(layer) }
    }

    fn written(&self, name: &str) -> Vec<Written> {
        self.layer.get(name).map(|said| said.values.clone()).unwrap_or_default()
    }

    /// Every value that can be read, each with what was written; the others are problems.
    pub fn pairs<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<(Written, T)> {
        let mut pairs = Vec::new();
        for written in self.written(name) {
            match parse(&written.text) {
                Ok(value) => pairs.push((written, value)),
                Err(text) => self.problem(&written, text),
            }
        }
        pairs
    }

    pub fn many<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        self.pairs(name, parse).into_iter().map(|(_, value)| value).collect()
    }

    pub fn maybe<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.many(name, parse).pop()
    }

    /// A value there always is. One that was unset or cannot be read falls back to the default, the latter
    /// only so that the rest can be read, too: its problem is already told.
    pub fn one<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        self.maybe(name, &parse).unwrap_or_else(|| default(name, parse))
    }

    pub fn word(&mut self, name: &str) -> String {
        self.one(name, values::text)
    }

    fn problem(&mut self, written: &Written, text: impl Into<String>) {
        self.problems.push(Problem::new(written.origin.clone(), text));
    }
}

/// The default of a setting that has one.
pub fn default<T>(name: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
    let text = named(name).and_then(|setting| setting.default.last()).expect("asked only for settings with a default");
    parse(text).expect("each default can be read: a test reads them all")
}
