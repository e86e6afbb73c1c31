//! Keys and values of the web configuration file, with what is wrong with them and where.
//! Does not know: what any key means.

use std::path::{Path, PathBuf};

use super::super::layers::nearest;
use super::super::origin::{Origin, Place, Problem};
use super::super::values;
use super::super::yaml::document::{Node, Value};
use crate::dialect::nginx::conf::Files;

pub(super) struct Reader<'a> {
    path: &'a Path,
    files: &'a dyn Files,
    pub(super) problems: Vec<Problem>,
}

/// The keys of a mapping that are known there.
pub(super) struct Fields(pub(super) Vec<(String, Node)>);

impl Fields {
    /// A key that has no value is as good as none.
    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.0.iter().position(|(name, node)| name == key && !matches!(*node.value, Value::Nothing))?;
        Some(self.0.swap_remove(at).1)
    }

    /// The text of a key, where it has one.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let (_, node) = self.0.iter().find(|(name, _)| name == key)?;
        match &*node.value {
            Value::Scalar(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(path: &'a Path, files: &'a dyn Files) -> Reader<'a> {
        Reader { path, files, problems: Vec::new() }
    }

    pub(super) fn text(&mut self) -> Option<String> {
        let bytes = self.files.read(self.path);
        let text = bytes.map_err(|error| error.to_string());
        let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned()));
        text.map_err(|what| self.wrong(1, format!("it cannot be read: {what}"))).ok()
    }

    /// A file that this one names.
    pub(super) fn named(&mut self, path: &str, key: &str, line: usize) -> Option<Vec<u8>> {
        let path = self.beside(path);
        let read = self.files.read(&path);
        read.map_err(|error| self.wrong(line, format!("`{key}` {} cannot be read: {error}", path.display()))).ok()
    }

    pub(super) fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// The entries of a mapping, of which nothing else is known.
    pub(super) fn entries(&mut self, node: &Node, what: &str) -> Vec<(String, Node)> {
        match &*node.value {
            Value::Map(entries) => entries.iter().map(|(key, node)| (key.text.clone(), node.clone())).collect(),
            Value::Nothing => Vec::new(),
            _ => {
                let what = if what.is_empty() { "the file".to_owned() } else { format!("`{what}`") };
                self.wrong(node.line, format!("{what} must be a mapping"));
                Vec::new()
            }
        }
    }

    /// The entries of a mapping that has only these keys.
    pub(super) fn fields(&mut self, node: &Node, what: &str, keys: &[&str]) -> Fields {
        let entries = self.entries(node, what);
        let lines: Vec<usize> = match &*node.value {
            Value::Map(entries) => entries.iter().map(|(key, _)| key.line).collect(),
            _ => Vec::new(),
        };
        for ((key, _), line) in entries.iter().zip(lines).filter(|((key, _), _)| !keys.contains(&key.as_str())) {
            let near = nearest(key, keys.iter().map(ToString::to_string));
            let hint = near.map_or(format!("known are {}", keys.join(", ")), |key| format!("the nearest is `{key}`"));
            let place = if what.is_empty() { String::new() } else { format!(" of `{what}`") };
            self.wrong(line, format!("`{key}` is not a key{place}; {hint}"));
        }
        Fields(entries.into_iter().filter(|(key, _)| keys.contains(&key.as_str())).collect())
    }

    pub(super) fn scalar(&mut self, node: &Node, key: &str) -> Option<String> {
        match &*node.value {
            Value::Scalar(text) => Some(text.clone()),
            Value::Nothing => None,
            _ => {
                self.wrong(node.line, format!("`{key}` must be a plain value"));
                None
            }
        }
    }

    pub(super) fn parsed<T>(
        &mut self,
        node: &Node,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.scalar(node, key)?;
        parse(&text).map_err(|what| self.wrong(node.line, format!("`{key}`: {what}"))).ok()
    }

    pub(super) fn switch(&mut self, node: &Node, key: &str) -> Option<bool> {
        self.parsed(node, key, values::switch)
    }

    /// The texts of a list.
    pub(super) fn list(&mut self, node: &Node, key: &str) -> Vec<(usize, String)> {
        let Value::List(items) = &*node.value else {
            self.wrong(node.line, format!("`{key}` must be a list"));
            return Vec::new();
        };
        items.iter().filter_map(|item| Some((item.line, self.scalar(item, key)?))).collect()
    }

    pub(super) fn wrong(&mut self, line: usize, what: impl Into<String>) {
        let problem = self.problem(line, what);
        self.problems.push(problem);
    }

    pub(super) fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        Problem::new(Origin::File(Place { file: self.path.to_owned(), line }), what)
    }
}
