//! hangup's configuration file: YAML to values as written, each with its line.
//! Does not know: what a value means; only which keys there are.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::layers::{Layer, Said, Written, nearest};
use super::origin::{Origin, Place, Problem};
use super::settings::{Kind, SETTINGS, Setting};

/// Reads the file's text. All that is wrong with it is told at once.
pub fn read(path: &Path, text: &str) -> Result<Layer, Vec<Problem>> {
    let mut reader = Reader { path, layer: Layer::new(), problems: Vec::new() };
    match serde_saphyr::from_str::<Spanned<Node>>(text) {
        Ok(root) => reader.root(&root),
        Err(error) => reader.syntax(&error),
    }
    if reader.problems.is_empty() { Ok(reader.layer) } else { Err(reader.problems) }
}

/// A YAML value of any shape. Numbers and switches are kept as text: the settings' own parsers read them.
#[derive(Debug)]
enum Node {
    Nothing,
    Scalar(String),
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

struct Reader<'a> {
    path: &'a Path,
    layer: Layer,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn syntax(&mut self, error: &serde_saphyr::Error) {
        let line = error.location().map_or(1, |location| location.line());
        // The library draws a picture of the place below its first line; file and line say enough here.
        let message = error.without_snippet().to_string();
        let sentence = message.lines().next().unwrap_or_default().to_owned();
        self.wrong(line, format!("this is no YAML hangup can read: {sentence}"));
    }

    fn root(&mut self, root: &Spanned<Node>) {
        match &root.value {
            Node::Nothing => {}
            Node::Map(entries) => self.entries("", entries),
            _ => self.wrong(line(root), "the file must be a mapping, as in `web: {listen_address: [\":10499\"]}`"),
        }
    }

    fn entries(&mut self, above: &str, entries: &[(Spanned<String>, Spanned<Node>)]) {
        for (key, node) in entries {
            let full = if above.is_empty() { key.value.clone() } else { format!("{above}.{}", key.value) };
            let setting = SETTINGS.iter().find(|setting| setting.key().as_deref() == Some(&full));
            match (setting, &node.value) {
                (Some(setting), _) => self.setting(setting, &full, node, key.referenced.line()),
                (None, Node::Map(inner)) if is_group(&full) => self.entries(&full, inner),
                (None, Node::Nothing) if is_group(&full) => {}
                (None, _) if is_group(&full) => self.wrong(line(node), format!("`{full}` must be a mapping")),
                (None, _) => self.unknown(&full, key.referenced.line()),
            }
        }
    }

    fn unknown(&mut self, full: &str, line: u64) {
        let near = nearest(full, SETTINGS.iter().filter_map(Setting::key).chain(groups()));
        let hint =
            near.map_or("`hangup --help` lists all keys".to_owned(), |key| format!("the nearest known key is `{key}`"));
        self.wrong(line, format!("`{full}` is not a key of this file; {hint}"));
    }

    fn setting(&mut self, setting: &Setting, full: &str, node: &Spanned<Node>, key_line: u64) {
        let origin = self.origin(key_line);
        let mut values = Vec::new();
        match &node.value {
            Node::Nothing => {}
            Node::List(items) if setting.repeats => {
                for item in items {
                    values.extend(self.value(setting, full, item));
                }
            }
            Node::List(_) => self.wrong(line(node), format!("`{full}` takes one value, not a list")),
            _ => values.extend(self.value(setting, full, node)),
        }
        // As on the command line, an empty text means none.
        values.retain(|value| !value.text.is_empty());
        self.layer.insert(setting.name, Said { origin, values });
    }

    fn value(&mut self, setting: &Setting, full: &str, node: &Spanned<Node>) -> Option<Written> {
        let text = match (&node.value, setting.kind) {
            (Node::Scalar(text), Kind::Named(_)) if text.contains('=') => text.clone(),
            (Node::Map(fields), Kind::Named(key)) => self.pair(key, full, fields, line(node))?,
            (_, Kind::Named(key)) => {
                self.wrong(line(node), format!("each entry of `{full}` must be a mapping of `name` and `{key}`"));
                return None;
            }
            (Node::Scalar(text), _) => text.clone(),
            _ => {
                self.wrong(line(node), format!("`{full}` must be a plain value ({})", setting.kind.placeholder()));
                return None;
            }
        };
        Some(Written { text, origin: self.origin(line(node)) })
    }

    /// `{name: api, match: ^/api/}` as `api=^/api/`, the form flags and variables have.
    fn pair(&mut self, key: &str, full: &str, fields: &[(Spanned<String>, Spanned<Node>)], at: u64) -> Option<String> {
        let (mut name, mut value) = (None, None);
        for (field, node) in fields {
            match (&node.value, field.value.as_str()) {
                (Node::Scalar(text), "name") => name = Some(text),
                (Node::Scalar(text), field) if field == key => value = Some(text),
                (_, other) => {
                    let text = format!("`{other}` does not belong here; each entry of `{full}` has `name` and `{key}`");
                    self.wrong(field.referenced.line(), text);
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

    fn origin(&self, line: u64) -> Origin {
        Origin::File(Place { file: self.path.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX) })
    }

    fn wrong(&mut self, line: u64, text: impl Into<String>) {
        self.problems.push(Problem::new(self.origin(line), text));
    }
}

/// Whether keys stand below this one.
fn is_group(full: &str) -> bool {
    groups().any(|group| group == full)
}

/// The keys that hold others.
fn groups() -> impl Iterator<Item = String> {
    SETTINGS.iter().filter_map(Setting::key).filter_map(|key| Some(key.split_once('.')?.0.to_owned()))
}

fn line<T>(node: &Spanned<T>) -> u64 {
    node.referenced.line()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

/// The scalars that differ only in their type.
macro_rules! scalars {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E>(self, value: $type) -> Result<Node, E> { Ok(Node::Scalar(value.to_string())) })*
    };
}

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or a mapping")
    }

    scalars!(visit_str: &str, visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64);

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}
