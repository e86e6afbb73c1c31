//! hangup's configuration file: YAML to values as written, each with its line.
//! Does not know: what a value means; only which keys there are.

pub(super) mod document;

use std::path::Path;

use document::{Key, Node, Value, Wrong};

use super::layers::{Layer, SettingValue, nearest};
use super::origin::{Origin, Place, Problem, Written};
use super::setting::AnySetting;
use super::settings;
use super::value_type::Syntax;

/// Reads the file's text. All that is wrong with it is told at once.
pub(super) fn read(path: &Path, text: &str) -> Result<Layer, Vec<Problem>> {
    let mut reader = Reader { path, layer: Layer::default(), problems: Vec::new() };
    match document::read(text) {
        Ok(root) => reader.root(&root),
        Err(Wrong { line, what }) => reader.wrong(line, format!("invalid YAML: {what}")),
    }
    if reader.problems.is_empty() { Ok(reader.layer) } else { Err(reader.problems) }
}

struct Reader<'a> {
    path: &'a Path,
    layer: Layer,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn root(&mut self, root: &Node) {
        match &*root.value {
            Value::Nothing => {}
            Value::Map(entries) => self.entries("", entries),
            _ => self.wrong(root.line, "the file must be a mapping, as in `web: {listen_address: [\":10499\"]}`"),
        }
    }

    fn entries(&mut self, above: &str, entries: &[(Key, Node)]) {
        for (key, node) in entries {
            let full = if above.is_empty() { key.text.clone() } else { format!("{above}.{}", key.text) };
            let setting = settings::all().find(|setting| setting.key().as_deref() == Some(&full));
            match (setting, &*node.value) {
                (Some(setting), _) => self.setting(setting, &full, node, key.line),
                (None, Value::Map(inner)) if is_group(&full) => self.entries(&full, inner),
                (None, Value::Nothing) if is_group(&full) => {}
                (None, _) if is_group(&full) => self.wrong(node.line, format!("`{full}` must be a mapping")),
                (None, _) => self.unknown(&full, key.line),
            }
        }
    }

    fn unknown(&mut self, full: &str, line: usize) {
        let near = nearest(full, settings::all().filter_map(AnySetting::key).chain(groups()));
        let hint =
            near.map_or("`hangup help` lists all keys".to_owned(), |key| format!("the nearest known key is `{key}`"));
        self.wrong(line, format!("`{full}` is not a key of this file; {hint}"));
    }

    fn setting(&mut self, setting: &dyn AnySetting, full: &str, node: &Node, key_line: usize) {
        let origin = self.origin(key_line);
        let mut values = Vec::new();
        match &*node.value {
            Value::Nothing => {}
            Value::List(items) if setting.is_list() => {
                for item in items {
                    values.extend(self.value(setting, full, item));
                }
            }
            Value::List(_) => self.wrong(node.line, format!("`{full}` takes one value, not a list")),
            _ => values.extend(self.value(setting, full, node)),
        }
        // As on the command line, an empty text means none.
        values.retain(|value| !value.text.is_empty());
        self.layer.set(setting, SettingValue { origin, values });
    }

    fn value(&mut self, setting: &dyn AnySetting, full: &str, node: &Node) -> Option<Written> {
        let text = match (&*node.value, setting.form().syntax) {
            (Value::Scalar(text), Syntax::Pair(_)) if text.contains('=') => text.clone(),
            (Value::Map(fields), Syntax::Pair(key)) => self.pair(key, full, fields, node.line)?,
            (_, Syntax::Pair(key)) => {
                self.wrong(node.line, format!("each entry of `{full}` must be a mapping of `name` and `{key}`"));
                return None;
            }
            (Value::Scalar(text), _) => text.clone(),
            _ => {
                self.wrong(node.line, format!("`{full}` must be a plain value ({})", setting.form().placeholder));
                return None;
            }
        };
        Some(Written { text, origin: self.origin(node.line) })
    }

    /// `{name: api, match: ^/api/}` as `api=^/api/`, the form flags and variables have.
    fn pair(&mut self, key: &str, full: &str, fields: &[(Key, Node)], at: usize) -> Option<String> {
        let (mut name, mut value) = (None, None);
        for (field, node) in fields {
            match (&*node.value, field.text.as_str()) {
                (Value::Scalar(text), "name") => name = Some(text),
                (Value::Scalar(text), field) if field == key => value = Some(text),
                (_, other) => {
                    let text = format!("`{other}` does not belong here; each entry of `{full}` has `name` and `{key}`");
                    self.wrong(field.line, text);
                }
            }
        }
        match (name, value) {
            (Some(name), Some(value)) => Some(format!("{name}={value}")),
            _ => {
                self.wrong(at, format!("each entry of `{full}` needs both `name` and `{key}`"));
                None
            }
        }
    }

    fn origin(&self, line: usize) -> Origin {
        Origin::File(Place { file: self.path.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) })
    }

    fn wrong(&mut self, line: usize, text: impl Into<String>) {
        self.problems.push(Problem::new(self.origin(line), text));
    }
}

/// Whether keys stand below this one.
fn is_group(full: &str) -> bool {
    groups().any(|group| group == full)
}

/// The keys that hold others.
fn groups() -> impl Iterator<Item = String> {
    settings::all().filter_map(AnySetting::key).filter_map(|key| Some(key.split_once('.')?.0.to_owned()))
}
